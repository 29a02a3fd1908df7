"""What experiments measure of each decay, as linear functions of its spectrum, by helicity where F_L is measured."""

import dataclasses
from collections.abc import Mapping, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.couplings.base import Couplings
from jaxflav.couplings.neutrino import NeutrinoCouplings
from jaxflav.couplings.scalar import ScalarCouplings
from jaxflav.couplings.vector import VectorCouplings
from jaxflav.experiments.analysis import Analysis
from jaxflav.experiments.data_file import BranchingFraction
from jaxflav.experiments.prospects import FL, Prospects
from jaxflav.experiments.recast_file import Recast
from jaxflav.experiments.schema import DECAYS
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.inputs.parameters import Parameters
from jaxflav.numerics.quadrature import between_thresholds
from jaxflav.rates.arguments import nan_of
from jaxflav.rates.branching_fractions import invisible_branching_fraction, two_body_by_helicity
from jaxflav.rates.decays import Decay, InvisibleDecay
from jaxflav.rates.hadronic import PolarisedRate
from jaxflav.response.binned import Binned, EfficiencyTable, binned_yields
from jaxflav.response.efficiency import Efficiency, yields
from jaxflav.spectra.decays import decay_density, spectrum
from jaxflav.spectra.spectrum import Spectrum, continuum, line, total

Experiment = Analysis | Recast | BranchingFraction | Prospects
_ORDER = 128  # nodes between threshold and end point: the efficiencies of a public likelihood have a hundred knots
_ORDER_BETWEEN = 32  # between neighbouring edges of bins


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


def _rule(breaks, lower, upper):
    """Quadrature between two thresholds that may move; where they pass an edge its weights go to 0 smoothly."""
    if not len(breaks):
        return between_thresholds(lower, upper, _ORDER)
    inner = jnp.clip(breaks, lower, jnp.maximum(upper, lower))
    edges = jnp.concatenate([lower[None], inner, jnp.maximum(upper, lower)[None]])
    nodes, weights = jax.vmap(lambda a, b: between_thresholds(a, b, _ORDER_BETWEEN))(edges[:-1], edges[1:])
    return nodes.ravel(), weights.ravel()


def decay_rows(
    responses: Sequence[Response],
    breaks: Float[Array, " n"],
    parameters: Parameters,
    ff_set: FormFactorSet | None,
    nuisances: Float[Array, " k"],
    couplings: Couplings | NeutrinoCouplings,
    mass: Float[Array, ""],
    decay: Decay | InvisibleDecay,
    massive: int,
) -> Float[Array, " rows"]:
    """Rows of all channels of one decay, channel after channel.

    Parameters
    ----------
    responses : sequence of Response
        Of the channels.
    breaks : (n,) array
        Of ``breaks_of``.
    parameters, ff_set, nuisances, couplings, mass, decay
        As for ``spectra.decays.spectrum``; without form factors for an ``InvisibleDecay``.
    massive : int
        How many of the invisible particles have the mass.
    """
    if isinstance(decay, InvisibleDecay):
        if isinstance(couplings, ScalarCouplings | VectorCouplings):
            return jnp.broadcast_to(nan_of(mass, couplings), (len(responses),))
        fraction = invisible_branching_fraction(parameters, couplings, mass, decay)
        return jnp.broadcast_to(fraction, (len(responses),))
    arguments = (parameters, ff_set, nuisances, couplings, mass, decay)
    longitudinal = None
    if isinstance(couplings, ScalarCouplings | VectorCouplings):
        new = spectrum(*arguments)
        if any(isinstance(response, LongitudinalFraction) for response in responses):
            longitudinal = line(mass**2, two_body_by_helicity(*arguments).longitudinal)
    else:
        m_B, m_K = decay.masses(parameters)
        nodes, weights = _rule(breaks, (massive * mass) ** 2, (m_B - m_K) ** 2)
        density = decay_density(*arguments, nodes)
        polarised = isinstance(density, PolarisedRate)
        new = continuum(density.total if polarised else density, nodes, weights)
        longitudinal = continuum(density.longitudinal, nodes, weights) if polarised else None
    return jnp.concatenate([rows_of(response, new, longitudinal) for response in responses])
