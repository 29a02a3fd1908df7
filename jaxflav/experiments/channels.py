"""What experiments measure of each decay, as linear functions of its spectrum, by helicity where F_L is measured."""

import dataclasses
from collections.abc import Mapping, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.experiments.analysis import Analysis
from jaxflav.experiments.data_file import MeasuredBranchingFraction
from jaxflav.experiments.prospects import FL, Prospects
from jaxflav.experiments.recast_file import Recast
from jaxflav.experiments.schema import DECAYS
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.hypotheses.state import Particles
from jaxflav.inputs.parameters import Parameters
from jaxflav.numerics.product_rule import product_rule
from jaxflav.numerics.safe import safe_sqrt
from jaxflav.rates.arguments import as_mass, nan_of
from jaxflav.rates.branching_fractions import (
    invisible_branching_fraction,
    two_body_branching_fraction,
    two_body_by_helicity,
)
from jaxflav.rates.decays import Decay, InvisibleDecay
from jaxflav.rates.hadronic import PolarisedRate
from jaxflav.rates.kinematics import two_body_momentum
from jaxflav.response.binned import Binned, EfficiencyTable, binned_yields
from jaxflav.response.efficiency import Efficiency, yields
from jaxflav.spectra.decays import decay_density
from jaxflav.spectra.resonance import breit_wigner, resonance_rule
from jaxflav.spectra.spectrum import Spectrum, continuum, line, total
from jaxflav.spectra.visibility import missing_alone

Experiment = Analysis | Recast | MeasuredBranchingFraction | Prospects
ORDER = 128  # nodes between threshold and end point
_NODES = 28  # at which the density of a pair is evaluated
_BETWEEN_EDGES = 32  # nodes of the rule between neighbouring edges of bins
_BETWEEN_KNOTS = 5  # and between neighbouring knots of an efficiency, of which there are a hundred


class TotalRate(eqx.Module):
    """The branching fraction itself, of an experiment that quotes it."""


class LongitudinalFraction(eqx.Module):
    """F_L of an experiment that measures it: the longitudinal and the total branching fraction, whose ratio it is."""


Response = Efficiency | Binned | TotalRate | LongitudinalFraction


@dataclasses.dataclass(frozen=True)
class Channel:
    """One decay in one experiment.

    Attributes
    ----------
    name : str
        ``experiment:channel``, or the name of the experiment if it has one channel.
    decay : str
        Name of the decay.
    response : Efficiency, Binned, TotalRate or LongitudinalFraction
        From the spectrum to the rows of this channel.
    """

    name: str
    decay: str
    response: Response


def decays_of(experiment: Experiment) -> dict[str, str]:
    """Decay of every channel of an experiment, by the name of the channel as in ``Channel``."""
    if isinstance(experiment, Recast | Prospects):
        parts = experiment.channels if isinstance(experiment, Recast) else experiment.measurements
        names = (f"{experiment.name}:{c.name}" for c in parts)
        return dict(zip(names, experiment.decays, strict=True))
    return {experiment.name: experiment.decay.name if isinstance(experiment, Analysis) else experiment.decay}


def channels_of(experiment: Experiment) -> tuple[Channel, ...]:
    """Channels of an experiment with their responses; a public likelihood is one channel."""
    if isinstance(experiment, Recast):
        responses = experiment.responses
    elif isinstance(experiment, Prospects):
        kinds = (LongitudinalFraction if m.observable.quantity == FL else TotalRate for m in experiment.measurements)
        responses = tuple(kind() for kind in kinds)
    else:
        responses = (experiment.response() if isinstance(experiment, Analysis) else TotalRate(),)
    return tuple(Channel(*names, r) for names, r in zip(decays_of(experiment).items(), responses, strict=True))


def has_prediction(decay: str, form_factors: Mapping[str, FormFactorSet]) -> bool:
    """Whether jaxflav predicts a decay with these form factors, by process."""
    known = DECAYS.get(decay)
    return isinstance(known, InvisibleDecay) or (isinstance(known, Decay) and known.process in form_factors)


def rows_of(response: Response, spectrum: Spectrum, longitudinal: Spectrum | None = None) -> Float[Array, " rows"]:
    """Expected events in the bins of a channel, its branching fraction, or its longitudinal and total ones.

    The longitudinal part of the spectrum is needed for F_L alone.
    """
    if isinstance(response, Efficiency):
        return yields(response, spectrum)
    if isinstance(response, Binned):
        return binned_yields(response, spectrum)
    if isinstance(response, LongitudinalFraction):
        return jnp.stack([total(longitudinal), total(spectrum)])
    return total(spectrum)[None]


def n_rows(response: Response) -> int:
    """Number of rows of a channel."""
    if isinstance(response, LongitudinalFraction):
        return 2
    return 1 if isinstance(response, TotalRate) else response.n_bins


def breaks_of(responses: Sequence[Response]) -> np.ndarray:
    """Values of q2 in GeV^2, ascending, where the responses have kinks or steps, or might have."""
    points = [np.zeros(0)]
    for response in responses:
        if isinstance(response, Binned):
            edges = np.asarray(response.edges)
            points.append(edges[np.isfinite(edges)])
            if isinstance(response.efficiency, EfficiencyTable):
                points.append(np.asarray(response.efficiency.q2))
    return np.unique(np.concatenate(points))


def _pair_rule(responses, breaks, lower, upper):
    """Rule for the spectrum of a pair, and responses with edges and knots."""
    knots = [jnp.asarray(response.knots) for response in responses if isinstance(response, Efficiency)]
    between = _BETWEEN_KNOTS if knots else _BETWEEN_EDGES
    return product_rule(jnp.sort(jnp.concatenate([breaks, *knots])), lower, upper, _NODES, between)


def _linear_rows(response, rule, density):
    """``rows_of`` a density (nodes,) or ``PolarisedRate`` at the nodes of a rule."""
    everything = density.total if isinstance(density, PolarisedRate) else density
    if isinstance(response, LongitudinalFraction):
        parts = jnp.stack([rule.coefficients(density.longitudinal), rule.coefficients(everything)])
        return parts @ jnp.sum(rule.columns, axis=0)
    of_columns = jax.vmap(lambda column: rows_of(response, Spectrum(rule.points, column)), in_axes=1, out_axes=1)
    return of_columns(rule.columns) @ rule.coefficients(everything)


def _width_rule(particles, q2_max):
    """Masses, and shares of the rate, of one particle: its mass alone, or those of a resonance."""
    if particles.width is None:
        return particles.mass[None], jnp.ones(1)
    q2, weights = resonance_rule(particles.mass, particles.width, jnp.zeros(()), q2_max)
    return safe_sqrt(q2), weights


def decay_rows(
    responses: Sequence[Response],
    breaks: Float[Array, " n"],
    constants: Parameters,
    ff_set: FormFactorSet | None,
    nuisances: Float[Array, " k"],
    particles: Particles,
    decay: Decay | InvisibleDecay,
) -> Float[Array, " rows"]:
    """Rows of all channels of one decay, channel after channel; ``particles.factor`` is not in them.

    Parameters
    ----------
    responses : sequence of Response
        Of the channels.
    breaks : (n,) array
        Of ``breaks_of``.
    constants, ff_set, nuisances, decay
        As for ``spectra.decays.spectrum``; without form factors for an ``InvisibleDecay``.
    particles : Particles
        With couplings, not a linear combination of them.
    """
    couplings, mass = particles.couplings, particles.mass
    if isinstance(decay, InvisibleDecay):
        if particles.is_alone:
            return jnp.broadcast_to(nan_of(mass, couplings), (len(responses),))
        fraction = invisible_branching_fraction(constants, couplings, mass, decay)
        return jnp.broadcast_to(fraction, (len(responses),))
    inputs = (constants, ff_set, nuisances, couplings)
    m_B, m_K = decay.masses(constants)
    if particles.is_alone:
        masses, shares = _width_rule(particles, (m_B - m_K) ** 2)
        if particles.visibility is not None:
            shares = shares * missing_alone(particles.visibility, masses, two_body_momentum(m_B, m_K, masses))
        new = Spectrum(masses**2, shares * two_body_branching_fraction(*inputs, masses, decay))
        longitudinal = None
        if any(isinstance(response, LongitudinalFraction) for response in responses):
            by_helicity = two_body_by_helicity(*inputs, masses, decay)
            longitudinal = Spectrum(masses**2, shares * by_helicity.longitudinal)
        return jnp.concatenate([rows_of(response, new, longitudinal) for response in responses])
    lower, upper = (particles.massive * mass) ** 2, (m_B - m_K) ** 2
    rule = _pair_rule(responses, breaks, lower, upper)
    density = decay_density(*inputs, mass, decay, rule.nodes)
    rows = []
    for response in responses:
        if particles.massive == 0 and isinstance(response, Efficiency):
            # where the range of q2 does not move, by the rule that the efficiency was normalised with
            nodes, weights = map(jnp.asarray, response.nodes)
            own = decay_density(*inputs, mass, decay, nodes)
            whole = own.total if isinstance(own, PolarisedRate) else own
            rows.append(rows_of(response, continuum(whole, nodes, weights)))
        else:
            rows.append(_linear_rows(response, rule, density))
    return jnp.concatenate(rows)


def line_rows(
    responses: Sequence[Response],
    constants: Parameters,
    mass: Float[Array, ""],
    width: Float[Array, ""] | None,
    decay: Decay,
) -> Float[Array, " rows"]:
    """Rows of one particle of branching fraction 1, a line or a Breit-Wigner inside phase space; 0 beyond threshold.

    Parameters
    ----------
    responses : sequence of Response
        Of the channels.
    mass, width : scalar, scalar or None
        In GeV.
    """
    m_B, m_K = decay.masses(constants)
    threshold = m_B - m_K
    beyond = mass >= threshold
    inside = jnp.where(beyond, threshold, as_mass(mass))
    unit = jnp.where(beyond, 0.0, 1.0)
    new = line(inside**2, unit) if width is None else breit_wigner(inside, width, unit, threshold**2)
    return jnp.concatenate([rows_of(response, new) for response in responses])
