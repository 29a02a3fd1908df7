"""Several experiments in one likelihood: theory nuisances are shared by name, everything else is independent."""

from collections.abc import Mapping, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from jaxflav.couplings.neutrino import sm_neutrino_couplings
from jaxflav.experiments.analysis import Analysis
from jaxflav.experiments.channels import (
    Experiment,
    LongitudinalFraction,
    TotalRate,
    breaks_of,
    channels_of,
    decay_rows,
    decays_of,
    has_prediction,
    n_rows,
)
from jaxflav.experiments.combined_signal import STRENGTH, CombinedSignal
from jaxflav.experiments.data_file import BranchingFraction, load_data
from jaxflav.experiments.hypotheses import Axes
from jaxflav.experiments.prospects import FL, Prospects
from jaxflav.experiments.recast_file import Recast
from jaxflav.experiments.schema import DECAYS
from jaxflav.experiments.thresholds import mass_threshold
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood
from jaxflav.likelihood.measurement import NormalMeasurement, stack_measurements
from jaxflav.likelihood.merge import merge_tables
from jaxflav.likelihood.recast import NEW, SM
from jaxflav.numerics.quadratic import Quadratic, quadratic_of
from jaxflav.rates.decays import Decay, InvisibleDecay

_MEASURED = BranchingFraction | Prospects  # experiments with normal errors
_SIZE = 1e-5  # branching fraction that a coupling of typical size gives


class InsensitiveError(InputError):
    """No channel is sensitive to any of the couplings."""


def load_experiments(names: Sequence[str]) -> tuple[Experiment, ...]:
    """Experiments by name or directory, each perhaps with a colon and the channels to keep: ``belle-2017:K+,K*0``.

    Raises
    ------
    InputError
        If there is none, one is given twice, or channels are asked of an experiment that has none to choose from.
    UnknownNameError
        If an experiment or channel is unknown.
    """
    loaded = []
    for text in names:
        name, colon, channels = text.partition(":")
        data = load_data(name)
        if colon:
            if not isinstance(data, Recast | Prospects):
                raise InputError(f"{text!r}: {name} has no channels to choose from; give its name alone")
            data = data.select(tuple(c.strip() for c in channels.split(",")))
        loaded.append(data)
    check_independent(loaded)
    return tuple(loaded)


def check_independent(experiments: Sequence[Experiment]) -> None:
    """Raise InputError if there are no experiments, or two of them have data in common."""
    if not experiments:
        raise InputError("expected at least one experiment, found none")
    names = [e.name for e in experiments]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"{', '.join(twice)} is given more than once; its data count once")
    public = [e for e in experiments if isinstance(e, Analysis)]
    for i, one in enumerate(public):
        for other in public[:i]:
            common = sorted(set(one.tables.channel_names) & set(other.tables.channel_names))
            if common and one.decay == other.decay:
                raise InputError(f"{other.name} and {one.name} both have the channel {common[0]}: give one of them")
    for future in (e for e in experiments if isinstance(e, Prospects)):
        for other in (e for e in experiments if not isinstance(e, Prospects)):
            common = sorted(set(future.decays) & set(decays_of(other).values()))
            if common and other.luminosity is not None and other.luminosity.running:
                raise InputError(
                    f"{future.name} and {other.name}, which goes on running, both have the future data of {common[0]}: "
                    f"choose the other channels of {future.name}, as in {future.name}:NAME,NAME"
                )


def predictable(
    experiments: Sequence[Experiment], form_factors: Mapping[str, FormFactorSet]
) -> tuple[tuple[Experiment, ...], tuple[str, ...]]:
    """Experiments without the channels whose decays have no prediction, and the names of these channels.

    Parameters
    ----------
    experiments : sequence of experiments
        Of ``load_experiments``.
    form_factors : mapping of process to FormFactorSet
        A decay to a meson has a prediction if there are form factors of its process.
    """
    kept, left_out = [], []
    for experiment in experiments:
        decays = decays_of(experiment)
        good = [name for name, decay in decays.items() if has_prediction(decay, form_factors)]
        left_out += [f"{name} ({decay})" for name, decay in decays.items() if name not in good]
        if len(good) == len(decays):
            kept.append(experiment)
        elif good:
            kept.append(experiment.select(tuple(name.partition(":")[2] for name in good)))
    return tuple(kept), tuple(left_out)


def combine(
    experiments: Sequence[Experiment],
    parameters: Parameters,
    form_factors: Sequence[FormFactorSet],
    axes: Axes,
    direction: Sequence[float] | None = None,
) -> Likelihood:
    """Likelihood of several experiments for the Standard Model plus new physics.

    Theory nuisances (form factors of a process, |V_tb V_ts^*|, X_t, decay constants) are one set for all experiments;
    everything else is independent. Its context is the mass of one new particle in GeV.

    Parameters
    ----------
    experiments : sequence of experiments
        Of ``load_experiments``, every channel with a prediction: see ``predictable``.
    parameters : Parameters
        Constants.
    form_factors : sequence of FormFactorSet
        One for every process of the decays.
    axes : CouplingAxes or NeutrinoAxes
        The couplings, as ``hypotheses.coupling_axes`` makes them. They are parameters of the likelihood, and fits start
        away from 0, where all rates are stationary.
    direction : sequence of k floats, optional
        Then the parameter is one ``strength`` instead, at least 0, that multiplies the rates of these couplings: the
        square of a coupling whose direction is 1.

    Raises
    ------
    InsensitiveError
        If no channel is sensitive to any of the couplings.
    InputError
        If a channel has no prediction, two sets of form factors are for the same process, or a strength is asked of
        neutrino coefficients, which interfere with the Standard Model.
    """
    check_independent(experiments)
    sets = {one.process: one for one in form_factors}
    if len(sets) < len(form_factors):
        raise InputError(f"expected one set for each process, found {', '.join(f.process for f in form_factors)}")
    decay_of = {name: decay for e in experiments for name, decay in decays_of(e).items()}
    missing = [f"{name} ({decay})" for name, decay in decay_of.items() if not has_prediction(decay, sets)]
    if missing:
        raise InputError(
            f"no prediction for {', '.join(missing)}: choose other channels (predictable does), or give form factors; "
            f"there are some of {', '.join(sets)}"
        )
    if direction is not None and not axes.homogeneous:
        raise InputError("neutrino coefficients interfere with the Standard Model: they are parameters, no strength")
    channels = [channels_of(e) for e in experiments]
    names = list(dict.fromkeys(decay_of.values()))
    decays = tuple(DECAYS[name] for name in names)
    by_decay = [[c for group in channels for c in group if c.decay == name] for name in names]
    used = list(dict.fromkeys(d.process for d in decays if isinstance(d, Decay)))
    sigmas = _theory(parameters, decays, axes)
    first = int(axes.adds_to_standard_model)
    n_free = first + (1 if direction is not None else len(axes.parameters))
    at, position = {}, n_free + len(sigmas)
    for process in used:
        at[process] = (position, position + len(sets[process].mean))
        position = at[process][1]
    signal_sets = tuple(sets[d.process] if isinstance(d, Decay) else None for d in decays)
    responses = tuple(tuple(c.response for c in group) for group in by_decay)
    breaks = tuple(jnp.asarray(breaks_of(group)) for group in responses)
    unit = np.ones(len(axes.parameters)) if not axes.homogeneous else _sizes(parameters, decays, signal_sets, axes)
    theory = list(sigmas)
    squares = tuple(tuple(tuple(theory.index(n) for n in component) for component in _squared(d, axes)) for d in decays)
    sm_rows, new_rows, replaced, ratios = _layout(experiments, channels, by_decay, axes)
    free = (STRENGTH,) if direction is not None else axes.parameters
    start = (0.0,) if direction is not None else tuple(float(u) * (1 + i / 4) for i, u in enumerate(unit))
    nuisances = (*theory, *(f"form_factor[{p}][{i}]" for p in used for i in range(at[p][1] - at[p][0])))
    standard_model = _standard_model(parameters, decays, signal_sets, responses, breaks)
    signal = CombinedSignal(
        inputs=parameters,
        form_factors=signal_sets,
        responses=responses,
        breaks=breaks,
        axes=axes,
        direction=None if direction is None else jnp.asarray(direction, float),
        unit=jnp.asarray(unit),
        standard_model=standard_model,
        threshold=jnp.asarray(mass_threshold(parameters, decays, axes.massive)),
        relative=jnp.asarray([float(v) for v in sigmas.values()]),
        decays=decays,
        squares=squares,
        slices=tuple(at[d.process] if isinstance(d, Decay) else (0, 0) for d in decays),
        sm_rows=sm_rows,
        new_rows=new_rows,
        ratios=ratios,
        names=(*("mu",) * first, *free, *nuisances),
        n_free=n_free,
        lower=(0.0,) * first + ((0.0,) if direction is not None else (-np.inf,) * len(free)),
        start=(1.0,) * first + start + (0.0,) * len(nuisances),
        scale=(1.0,) * first + ((1.0,) if direction is not None else tuple(map(float, unit))) + (1.0,) * len(nuisances),
    )
    binned = [e for e in experiments if not isinstance(e, _MEASURED)]
    measurements = _measurements(experiments, by_decay, standard_model)
    return Likelihood(
        build_histfactory(merge_tables([(e.name, _tables(e)) for e in binned]), replaced),
        signal,
        stack_measurements(list(measurements.values()), list(measurements)),
    )


def with_direction(likelihood: Likelihood, direction: Sequence[float]) -> Likelihood:
    """A likelihood made by ``combine`` with a direction, for another one (k,); nothing is compiled anew for it.

    Raises
    ------
    InputError
        If it has no direction, or one of another length.
    """
    old, new = likelihood.signal.direction, jnp.asarray(direction, float)
    if old is None or new.shape != old.shape:
        found = "none" if old is None else f"{len(old)} couplings"
        raise InputError(f"a direction of shape {new.shape} cannot replace that of the likelihood, which has {found}")
    return eqx.tree_at(lambda one: one.signal.direction, likelihood, new)


def _measurements(experiments, by_decay, standard_model):
    """Measurements by name; future ones are centred at the Standard Model, which their errors may be relative to."""
    channels = [c for group in by_decay for c in group]
    values = jnp.concatenate([p.constant for p in standard_model])
    first = dict(zip((c.name for c in channels), np.cumsum([0, *(n_rows(c.response) for c in channels)]), strict=False))
    result = {}
    for experiment in experiments:
        if isinstance(experiment, BranchingFraction):
            result[experiment.name] = experiment.measurement
        elif isinstance(experiment, Prospects):
            for name, one, error in zip(decays_of(experiment), experiment.measurements, experiment.errors, strict=True):
                at = first[name]
                value = float(values[at] / values[at + 1] if one.observable.quantity == FL else values[at])
                result[name] = NormalMeasurement(value, error * value if one.relative else error)
    return result


def _tables(experiment):
    return experiment.tables() if isinstance(experiment, Recast) else experiment.tables.without(experiment.dropped)


def _squared(decay, axes):
    """Names of the theory nuisances whose square multiplies the rates of the Standard Model and of new physics."""
    if isinstance(decay, InvisibleDecay):
        return (), (decay.decay_constant,)
    return ((decay.ckm, "X_t"), ()) if axes.adds_to_standard_model else ((), (decay.ckm,))


def _theory(parameters, decays, axes):
    """Relative standard deviation of every theory nuisance, by name."""
    parts = [_squared(decay, axes) for decay in decays]
    names = dict.fromkeys(name for sm, new in parts for name in (*sm, *new))
    at = {name: parameters.index(name) for name in names}
    return {name: parameters.uncertainties[i] / float(parameters.values[i]) for name, i in at.items()}


def _standard_model(parameters, decays, sets, responses, breaks):
    def polynomial(decay, ff_set, response, edges):
        if isinstance(decay, InvisibleDecay):  # helicity forbids massless neutrinos
            return Quadratic(jnp.zeros(len(response)), jnp.zeros((len(response), 0)), jnp.zeros((len(response), 0, 0)))
        return _standard_model_rows(decay, ff_set, response, edges, parameters)

    return tuple(polynomial(*row) for row in zip(decays, sets, responses, breaks, strict=True))


@eqx.filter_jit
def _standard_model_rows(decay, ff_set, response, edges, parameters):
    couplings = sm_neutrino_couplings(parameters, decay.ckm)

    def rows(nuisances):
        return decay_rows(response, edges, parameters, ff_set, nuisances, couplings, jnp.zeros(()), decay, 0)

    return quadratic_of(rows, len(ff_set.mean))


def _sizes(parameters, decays, sets, axes):
    """Value of every coupling at which the most frequent decay has a branching fraction of 1e-5.

    A coupling without effect gets the smallest of the others; fits leave it where they start.
    """
    mass = jnp.asarray(mass_threshold(parameters, decays, axes.massive) / 4)
    most = np.zeros(len(axes.parameters))
    for decay, ff_set in zip(decays, sets, strict=True):
        most = np.maximum(most, np.asarray(_branching_fractions(decay, ff_set, parameters, axes, mass)))
    if not np.any(most > 0):
        raise InsensitiveError(
            f"no channel is sensitive to {', '.join(axes.parameters)}: the decays are "
            f"{', '.join(d.name for d in decays)}; add an experiment with other final states, or choose other couplings"
        )
    return np.sqrt(_SIZE / np.where(most > 0, most, most.max()))


@eqx.filter_jit
def _branching_fractions(decay, ff_set, parameters, axes, mass):
    """Branching fraction that each coupling of size 1 gives alone."""
    nuisances = jnp.zeros(0 if ff_set is None else len(ff_set.mean))

    def fraction(values):
        couplings = axes.at(parameters, values)
        where = (TotalRate(),), jnp.zeros(0)
        return decay_rows(*where, parameters, ff_set, nuisances, couplings, mass, decay, axes.massive)[0]

    return jax.vmap(fraction)(jnp.eye(len(axes.parameters)))


def _layout(experiments, channels, by_decay, axes):
    """Where in the rows of all decays each row of the likelihood is found, and which samples are replaced.

    Returns
    -------
    sm_rows, new_rows : tuples of int
        For each yield of a replaced sample and each measurement; what does not contribute points to a 0 at the end.
    replaced : list of (channel, sample)
    ratios : tuple of (row, row)
        As in ``CombinedSignal``.
    """
    first, total = {}, 0
    for channel in (c for group in by_decay for c in group):
        first[channel.name] = (total, total + n_rows(channel.response))
        total = first[channel.name][1]
    sm, new, replaced, ratios = [], [], [], []

    def add(rows, old, other):
        sm.extend(rows if old and axes.adds_to_standard_model else [total] * len(rows))
        new.extend(rows if other else [total] * len(rows))

    measured = [isinstance(e, _MEASURED) for e in experiments]
    for i in np.argsort(measured, kind="stable"):
        experiment, rows = experiments[i], [list(range(*first[c.name])) for c in channels[i]]
        if isinstance(experiment, Prospects):
            for channel, numbers in zip(channels[i], rows, strict=True):
                if isinstance(channel.response, LongitudinalFraction):
                    ratios.append((len(sm), numbers[1]))
                add(numbers[:1], True, True)
            continue
        if not isinstance(experiment, Recast):
            add(rows[0], True, True)
            if isinstance(experiment, Analysis):
                pairs = experiment.signal
                replaced += [(f"{experiment.name}/{c}", f"{experiment.name}/{s}") for c, s in pairs]
            continue
        for sample, old in ((SM, True), (NEW, False)):
            for channel, numbers in zip(experiment.channels, rows, strict=True):
                add(numbers, old, not old)
                replaced.append((f"{experiment.name}/{channel.name}", f"{experiment.name}/{sample}"))
    return tuple(sm), tuple(new), replaced, tuple(ratios)
