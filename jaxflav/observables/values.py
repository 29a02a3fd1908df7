"""Values of observables: pure functions of parameters and nuisance parameters."""

from collections.abc import Mapping, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.couplings.neutrino import NeutrinoCouplings
from jaxflav.couplings.scalar import ScalarCouplings
from jaxflav.couplings.vector import VectorCouplings
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.inputs.parameters import Parameters
from jaxflav.numerics.safe import safe_divide
from jaxflav.observables.components import Inputs, Rate, at_point, at_points_and_in_all, in_bin, pair_masses
from jaxflav.observables.observable import Observable
from jaxflav.observables.scenario import Scenario
from jaxflav.rates.arguments import nan_of
from jaxflav.rates.branching_fractions import invisible_branching_fraction
from jaxflav.rates.decays import InvisibleDecay
from jaxflav.rates.hadronic import PolarisedRate
from jaxflav.spectra.visibility import missing_pair


def values(
    observables: Sequence[Observable],
    scenario: Scenario,
    parameters: Parameters,
    ff_sets: Mapping[str, FormFactorSet],
    nuisances: Mapping[str, Float[Array, " k"]],
) -> Float[Array, " n"]:
    """Values of the observables, in their order.

    Parameters
    ----------
    observables, scenario, parameters
        What to compute, of which decays, from which inputs.
    ff_sets, nuisances
        Form-factor sets and their standard-normal nuisance parameters, by process.

    Notes
    -----
    Bins of the same quantity and decay are computed together, and taken as one array: compilation costs the same
    whatever their number.
    """
    groups: dict[tuple[str, bool], list[int]] = {}
    for i, observable in enumerate(observables):
        groups.setdefault((observable.decay.name, observable.is_point), []).append(i)
    parts, order = [], []
    for indices in groups.values():
        first = observables[indices[0]]
        if isinstance(first.decay, InvisibleDecay):
            parts.append(jnp.broadcast_to(_invisible(first.decay, scenario, parameters), len(indices)))
            order += indices
            continue
        process = first.decay.process
        inputs = Inputs(parameters, ff_sets[process], nuisances[process], first.decay)
        bins = jnp.concatenate([observables[i].bin for i in indices]).reshape(-1, 2)
        shares = any(observables[i].quantity == "share" for i in indices)
        by_quantity = _quantities(inputs, scenario, bins, first.is_point, shares)
        for quantity in dict.fromkeys(observables[i].quantity for i in indices):
            rows = [row for row, i in enumerate(indices) if observables[i].quantity == quantity]
            parts.append(by_quantity[quantity]()[np.array(rows)])
            order += [indices[row] for row in rows]
    return jnp.concatenate(parts)[np.argsort(order)]


def _quantities(inputs, scenario, bins, is_point, shares):
    """Functions that give each quantity in all bins; what no observable asks for is not computed."""

    def rates_of(one, bins):
        if is_point:
            return at_point(inputs, one, bins[:, 0])
        return jax.vmap(lambda limits: in_bin(inputs, one, limits[0], limits[1]))(bins)

    if shares and is_point:
        everything, whole = at_points_and_in_all(inputs, scenario, bins[:, 0])
    elif shares:
        both = rates_of(scenario, jnp.concatenate([bins, jnp.array([[0.0, jnp.inf]])]))
        everything, whole = (jax.tree.map(lambda x, rows=rows: x[rows], both) for rows in (slice(-1), -1))
    else:
        everything, whole = rates_of(scenario, bins), {}
    rate = summed(everything, len(bins))

    def share():
        return safe_divide(total(rate), jnp.broadcast_to(total(summed(whole, 1)), len(bins)))

    def ratio():
        short_distance = {name: part for name, part in everything.items() if name != "tau tree"}
        return safe_divide(
            total(summed(short_distance, len(bins))), total(summed(rates_of(Scenario(), bins), len(bins)))
        )

    # without any component the rate has no helicities, and F_L is 0
    polarised = rate if isinstance(rate, PolarisedRate) else PolarisedRate(jnp.zeros(len(bins)), rate)
    return {"BR": lambda: total(rate), "FL": lambda: polarised.longitudinal_fraction, "R": ratio, "share": share}


def total(rate: Rate) -> Float[Array, "*n"]:
    """Sum over helicities, if there are any."""
    return rate.total if isinstance(rate, PolarisedRate) else rate


def summed(components: Mapping[str, Rate], n: int) -> Rate:
    """Sum of components of shape (n,), which do not interfere; zeros if there is none, such as of a line at a point."""
    parts = list(components.values())
    return jax.tree.map(lambda *x: sum(x), *parts) if parts else jnp.zeros(n)


def _invisible(decay, scenario, parameters):
    """Branching fraction of B_s -> invisible; vector operators of neutrinos and single particles give nothing."""
    couplings = scenario.couplings_at(parameters)
    if couplings is None:
        return jnp.zeros(())
    if isinstance(couplings, ScalarCouplings | VectorCouplings):
        return nan_of(scenario.mass, couplings)
    branching = invisible_branching_fraction(parameters, couplings, scenario.mass, decay)
    if scenario.visibility is None or isinstance(couplings, NeutrinoCouplings):
        return branching
    q2 = parameters[decay.m_parent] ** 2
    return branching * missing_pair(scenario.visibility, pair_masses(scenario, couplings), q2, jnp.zeros(()))
