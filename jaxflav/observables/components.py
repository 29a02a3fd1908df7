"""The parts of a spectrum, each in a bin or at a point of q2: Standard Model, tree-level tau, new particles."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.couplings.mixed_pair import MixedPairCouplings
from jaxflav.couplings.neutrino import NeutrinoCouplings, sm_neutrino_couplings
from jaxflav.couplings.scalar import ScalarCouplings
from jaxflav.couplings.vector import VectorCouplings
from jaxflav.form_factors.processes import TO_VECTOR, find_process
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError
from jaxflav.numerics.quadrature import between_thresholds
from jaxflav.numerics.safe import nan_or_zero, safe_sqrt, zero_where
from jaxflav.observables.scenario import Scenario
from jaxflav.rates.branching_fractions import two_body_branching_fraction, two_body_by_helicity
from jaxflav.rates.decays import Decay
from jaxflav.rates.hadronic import PolarisedRate
from jaxflav.rates.kinematics import meson_momentum
from jaxflav.rates.tau_tree import tau_end_point
from jaxflav.spectra.decays import decay_density
from jaxflav.spectra.resonance import resonance_density, resonance_rule
from jaxflav.spectra.tau_tree import has_tau_tree, tau_tree_density
from jaxflav.spectra.visibility import missing_alone, missing_pair

Rate = Float[Array, "*n"] | PolarisedRate
ORDER = 64


class Inputs(NamedTuple):
    """What every component depends on."""

    parameters: Parameters
    ff_set: FormFactorSet
    nuisances: Float[Array, " k"]
    decay: Decay


def in_bin(inputs: Inputs, scenario: Scenario, low: Float[Array, ""], high: Float[Array, ""]) -> dict[str, Rate]:
    """Branching fraction with q2 in [low, high), in GeV^2, of each component; an infinite high is the end point.

    Parameters
    ----------
    inputs, scenario
        Inputs and what the B decays into.
    low, high
        A true line is in one bin, or in none: there is no derivative as it moves from one to the next.

    Returns
    -------
    components
        By name: "standard model", "tau tree", "neutrinos" (with the Standard Model in them), "new particles". Each is
        an array, or a ``PolarisedRate`` for a vector meson.
    """
    result = {}
    for name, density, threshold, end in _continua(inputs, scenario):
        nodes, weights = between_thresholds(jnp.maximum(low, threshold), jnp.minimum(high, end), ORDER)
        result[name] = _weighted(density(nodes), weights)
    return result | _single_in_bin(inputs, scenario, low, high)


def at_point(inputs: Inputs, scenario: Scenario, q2: Float[Array, ""]) -> dict[str, Rate]:
    """Density dBR/dq2 in GeV^-2 of each component, at q2 in GeV^2, any shape; see ``in_bin``.

    A true line has no density, and is left out.
    """
    result = {name: density(q2) for name, density, _, _ in _continua(inputs, scenario)}
    return result | _single_at_point(inputs, scenario, q2)


def at_points_and_in_all(
    inputs: Inputs, scenario: Scenario, q2: Float[Array, " n"]
) -> tuple[dict[str, Rate], dict[str, Rate]]:
    """``at_point`` for q2 of shape (n,), and ``in_bin`` for all of q2.

    Every density of a continuum is written once for both: compilation takes half the time.
    """
    points, whole = {}, {}
    for name, density, threshold, end in _continua(inputs, scenario):
        nodes, weights = between_thresholds(threshold, end, ORDER)
        rate = density(jnp.concatenate([q2, nodes]))
        points[name] = jax.tree.map(lambda x: x[: len(q2)], rate)
        whole[name] = _weighted(jax.tree.map(lambda x: x[len(q2) :], rate), weights)
    in_all = _single_in_bin(inputs, scenario, jnp.zeros(()), jnp.asarray(jnp.inf))
    return points | _single_at_point(inputs, scenario, q2), whole | in_all


def standard_model(inputs: Inputs, q2: Float[Array, "*n"]) -> Rate:
    """Density dBR/dq2 of the short-distance neutrinos of the Standard Model, GeV^-2."""
    parameters, ff_set, nuisances, decay = inputs
    couplings = sm_neutrino_couplings(parameters, decay.ckm)
    return decay_density(parameters, ff_set, nuisances, couplings, jnp.zeros(()), decay, q2)


def _continua(inputs, scenario):
    """Name, density, threshold and end point of every continuum."""
    parameters, ff_set, nuisances, decay = inputs
    m_B, m_K = decay.masses(parameters)
    couplings = scenario.couplings_at(parameters)
    has_neutrinos = isinstance(couplings, NeutrinoCouplings)
    end, zero = (m_B - m_K) ** 2, jnp.zeros(())
    if scenario.standard_model and not has_neutrinos:
        yield "standard model", lambda q2: standard_model(inputs, q2), zero, end
    if scenario.tau_tree and has_tau_tree(decay):
        tau_end = tau_end_point(m_B, m_K, parameters["m_tau"])
        yield "tau tree", lambda q2: tau_tree_density(parameters, decay, q2), zero, tau_end
    if couplings is None or isinstance(couplings, ScalarCouplings | VectorCouplings):
        return
    if scenario.width is not None:
        raise InputError("a width is for one new particle, ScalarCouplings or VectorCouplings; leave it out for pairs")

    def density(q2):
        arguments = parameters, ff_set, nuisances, couplings, scenario.mass, decay, q2
        rate = decay_density(*arguments, paper_signs=scenario.paper_signs)
        if scenario.visibility is None or has_neutrinos:
            return rate
        return _scaled(
            rate, missing_pair(scenario.visibility, pair_masses(scenario, couplings), q2, meson_momentum(m_B, m_K, q2))
        )

    first, second = (zero, zero) if has_neutrinos else pair_masses(scenario, couplings)
    yield "neutrinos" if has_neutrinos else "new particles", density, (first + second) ** 2, end


def pair_masses(scenario: Scenario, couplings) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Masses of the two invisible particles, GeV."""
    return scenario.mass, jnp.zeros(()) if isinstance(couplings, MixedPairCouplings) else scenario.mass


def _single_in_bin(inputs, scenario, low, high):
    """``in_bin`` of a single new particle, nothing for other scenarios."""
    couplings = scenario.couplings_at(inputs.parameters)
    if not isinstance(couplings, ScalarCouplings | VectorCouplings):
        return {}
    if scenario.width is None:
        rate = _scaled(_two_body(inputs, scenario, couplings, scenario.mass), _missing_alone(inputs, scenario))
        outside, limits = (scenario.mass**2 < low) | (scenario.mass**2 >= high), nan_or_zero(low, high)
        return {"new particles": jax.tree.map(lambda x: zero_where(outside, x) + limits, rate)}
    m_B, m_K = inputs.decay.masses(inputs.parameters)
    rule = resonance_rule(scenario.mass, scenario.width, low, jnp.minimum(high, (m_B - m_K) ** 2), ORDER)
    return {"new particles": _weighted(_resonant(inputs, scenario, couplings, rule[0]), rule[1])}


def _single_at_point(inputs, scenario, q2):
    """``at_point`` of a single new particle with a width, nothing for other scenarios."""
    couplings = scenario.couplings_at(inputs.parameters)
    if not isinstance(couplings, ScalarCouplings | VectorCouplings) or scenario.width is None:
        return {}
    shape = resonance_density(q2, scenario.mass, scenario.width)
    return {"new particles": _scaled(_resonant(inputs, scenario, couplings, q2), shape)}


def _two_body(inputs, scenario, couplings, mass):
    parameters, ff_set, nuisances, decay = inputs
    is_vector = find_process(decay.process) is TO_VECTOR
    function = two_body_by_helicity if is_vector else two_body_branching_fraction
    return function(parameters, ff_set, nuisances, couplings, mass, decay, paper_signs=scenario.paper_signs)


def _resonant(inputs, scenario, couplings, q2):
    """Branching fraction of X of the mass sqrt(q2), whose visible decays are prompt."""
    fraction = 1.0 if scenario.visibility is None else scenario.visibility.invisible_fraction
    return _scaled(_two_body(inputs, scenario, couplings, safe_sqrt(q2)), fraction)


def _missing_alone(inputs, scenario):
    if scenario.visibility is None:
        return 1.0
    m_B, m_K = inputs.decay.masses(inputs.parameters)
    return missing_alone(scenario.visibility, scenario.mass, meson_momentum(m_B, m_K, scenario.mass**2))


def _weighted(density, weights):
    return jax.tree.map(lambda x: jnp.sum(x * weights), density)


def _scaled(rate, factor):
    return jax.tree.map(lambda x: x * factor, rate)
