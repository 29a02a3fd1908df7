"""Several experiments in one likelihood: theory nuisances are shared by name, everything else is independent."""

from collections.abc import Mapping, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from jaxflav.couplings.linear_combination import couplings_at
from jaxflav.couplings.neutrino import sm_neutrino_couplings
from jaxflav.experiments.analysis import Analysis
from jaxflav.experiments.channels import (
    Channel,
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
from jaxflav.experiments.data_file import MeasuredBranchingFraction, load_data
from jaxflav.experiments.prospects import FL, Prospects
from jaxflav.experiments.recast_file import Recast
from jaxflav.experiments.rows import Rows
from jaxflav.experiments.schema import DECAYS
from jaxflav.experiments.signal import HELD, Forms, Signal
from jaxflav.experiments.variants import prepared_forms, source_of, threshold_of
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.hypotheses.hypothesis import MASS, AbstractHypothesis
from jaxflav.hypotheses.rate import BranchingFraction
from jaxflav.hypotheses.state import Line, Particles
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood
from jaxflav.likelihood.measurement import NormalMeasurement, stack_measurements
from jaxflav.likelihood.merge import merge_tables
from jaxflav.likelihood.recast import NEW, SM
from jaxflav.numerics.quadratic import Quadratic, quadratic_of
from jaxflav.rates.decays import Decay, InvisibleDecay

_MEASURED = MeasuredBranchingFraction | Prospects  # experiments with normal errors
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
    constants: Parameters,
    form_factors: Sequence[FormFactorSet],
    hypothesis: AbstractHypothesis,
    *,
    vary_constants: bool = True,
) -> Likelihood:
    """Likelihood of one or several experiments for the Standard Model plus what a hypothesis adds.

    Theory nuisances (form factors of a process, |V_tb V_ts^*|, X_t, decay constants) are one set for all experiments;
    everything else is independent. A mass of the hypothesis is held: it is the context of the likelihood, in GeV; see
    ``with_free_mass``.

    Parameters
    ----------
    experiments : sequence of experiments
        Of ``load_experiments``, every channel with a prediction: see ``predictable``.
    constants : Parameters
        Constants.
    form_factors : sequence of FormFactorSet
        One for every process of the decays.
    hypothesis : AbstractHypothesis
        What is varied. Fits start away from couplings of 0, where all rates are stationary.
    vary_constants : bool
        Whether CKM elements, X_t and decay constants are nuisance parameters, too.

    Raises
    ------
    InsensitiveError
        If no channel is sensitive to any of the couplings.
    InputError
        If a channel has no prediction, two sets of form factors are for the same process, the hypothesis is a branching
        fraction of one decay and the data are of others, or it starts at a mass without a decay.
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
    names = list(dict.fromkeys(decay_of.values()))
    _check_one_decay(hypothesis, names)
    channels = [channels_of(e) for e in experiments]
    decays = tuple(DECAYS[name] for name in names)
    by_decay = [[c for group in channels for c in group if c.decay == name] for name in names]
    for name, group in zip(names, by_decay, strict=True):
        if _refers_to(hypothesis, name):
            group.append(Channel("", name, TotalRate()))  # what the rates of this decay are divided by
    used = list(dict.fromkeys(d.process for d in decays if isinstance(d, Decay)))
    sigmas = _theory(constants, decays, hypothesis) if vary_constants else {}
    source = source_of(hypothesis, constants)
    free = _free_names(hypothesis, source)
    n_free = len(free)
    at, position = {}, n_free + len(sigmas)
    for process in used:
        at[process] = (position, position + len(sets[process].mean))
        position = at[process][1]
    forms = tuple(_forms(decay, sets, group, constants) for decay, group in zip(decays, by_decay, strict=True))
    threshold = _threshold(hypothesis, forms, constants)
    unit, sizes = _sizes(hypothesis, forms, constants, threshold)
    nuisances = (*sigmas, *(f"form_factor[{p}][{i}]" for p in used for i in range(at[p][1] - at[p][0])))
    standard_model = tuple(_standard_model(one, constants) for one in forms)
    theory = list(sigmas)
    old, new, replaced, ratios = _layout(experiments, channels, by_decay, hypothesis)
    rows = Rows(
        sizes=tuple(sum(n_rows(c.response) for c in group) for group in by_decay),
        slices=tuple(at[d.process] if isinstance(d, Decay) else (0, 0) for d in decays),
        squares=tuple(
            tuple(tuple(theory.index(n) for n in part if n in theory) for part in _squared(d, hypothesis))
            for d in decays
        ),
        old=old,
        new=new,
        ratios=ratios,
    )
    columns = _columns(hypothesis, free, sizes, len(nuisances))
    signal = Signal(
        hypothesis=hypothesis,
        forms=forms,
        standard_model=standard_model,
        unit=unit,
        prepared=prepared_forms(hypothesis, forms, unit, _start(hypothesis, threshold / 4), source),
        threshold=jnp.asarray(threshold),
        relative=jnp.asarray([float(v) for v in sigmas.values()]),
        rows=rows,
        source=source,
        names=(*free, *nuisances),
        n_free=n_free,
        **columns,
    )
    measurements = _measurements(experiments, by_decay, standard_model)
    return Likelihood(
        build_histfactory(_tables(experiments), replaced),
        signal,
        stack_measurements(list(measurements.values()), list(measurements)),
    )


def _measurements(experiments, by_decay, standard_model):
    """Measurements by name; future ones are centred at the Standard Model, which their errors may be relative to."""
    channels = [c for group in by_decay for c in group]
    values = jnp.concatenate([p.constant for p in standard_model])
    first = dict(zip((c.name for c in channels), np.cumsum([0, *(n_rows(c.response) for c in channels)]), strict=False))
    result = {}
    for experiment in experiments:
        if isinstance(experiment, MeasuredBranchingFraction):
            result[experiment.name] = experiment.measurement
        elif isinstance(experiment, Prospects):
            for name, one, error in zip(decays_of(experiment), experiment.measurements, experiment.errors, strict=True):
                at = first[name]
                value = float(values[at] / values[at + 1] if one.observable.quantity == FL else values[at])
                result[name] = NormalMeasurement(value, error * value if one.relative else error)
    return result


def _tables(experiments):
    """Tables of all that have bins; names begin with that of the experiment where there are several."""
    parts = [
        (e.name, e.tables() if isinstance(e, Recast) else e.tables.without(e.dropped))
        for e in experiments
        if not isinstance(e, _MEASURED)
    ]
    return parts[0][1] if len(experiments) == len(parts) == 1 else merge_tables(parts)


def _squared(decay, hypothesis):
    """Names of the constants whose square multiplies the rates of the Standard Model and of new physics."""
    if isinstance(decay, InvisibleDecay):
        return (), (decay.decay_constant,)
    return ((decay.ckm, "X_t"), ()) if hypothesis.adds_to_standard_model else ((), (decay.ckm,))


def _theory(constants, decays, hypothesis):
    """Relative standard deviation of every constant that varies, by name."""
    parts = [_squared(decay, hypothesis) for decay in decays]
    names = dict.fromkeys(name for sm, new in parts for name in (*sm, *new))
    at = {name: constants.index(name) for name in names}
    return {name: constants.uncertainties[i] / float(constants.values[i]) for name, i in at.items()}


def _check_one_decay(hypothesis, names):
    """Raise InputError if a branching fraction is that of one decay, and there are others."""
    if isinstance(hypothesis, BranchingFraction) and set(names) != {hypothesis.decay}:
        raise InputError(
            f"a branching fraction of {hypothesis.decay} says nothing about "
            f"{', '.join(name for name in names if name != hypothesis.decay)}: give couplings, which relate decays, or "
            "data of this decay alone"
        )


def _refers_to(hypothesis, name):
    """Whether a hypothesis is a branching fraction of a pair in this decay."""
    return isinstance(hypothesis, BranchingFraction) and hypothesis.direction is not None and hypothesis.decay == name


def _free_names(hypothesis, source):
    """mu and the parameters of the hypothesis, without a mass that is held."""
    own = tuple(name for name in hypothesis.names if name != MASS or source != HELD)
    return (*("mu",) * hypothesis.adds_to_standard_model, *own)


def _forms(decay, sets, group, constants):
    responses = tuple(c.response for c in group)
    ff_set = sets[decay.process] if isinstance(decay, Decay) else None
    return Forms(decay, ff_set, responses, jnp.asarray(breaks_of(responses)), constants)


def _standard_model(forms, constants):
    if isinstance(forms.decay, InvisibleDecay):  # helicity forbids massless neutrinos
        n = len(forms.responses)
        return Quadratic(jnp.zeros(n), jnp.zeros((n, 0)), jnp.zeros((n, 0, 0)))
    return _standard_model_rows(forms)


@eqx.filter_jit
def _standard_model_rows(forms):
    particles = Particles(sm_neutrino_couplings(forms.constants, forms.decay.ckm))

    def rows(nuisances):
        return decay_rows(
            forms.responses, forms.breaks, forms.constants, forms.form_factors, nuisances, particles, forms.decay
        )

    return quadratic_of(rows, forms.n_nuisances)


def _start(hypothesis, mass):
    """Values of all parameters: those of the hypothesis, 1 where it leaves them to the likelihood, and the mass."""
    values = [1.0 if value is None else value for value in hypothesis.start]
    if hypothesis.has_mass and hypothesis.start[-1] is None:
        values[-1] = mass
    return jnp.asarray(values, float)


def _sizes(hypothesis, forms, constants, threshold):
    """For each set of particles the typical sizes of its coordinates, and values of the parameters left to us.

    A coordinate is typical if the most frequent decay has a branching fraction of 1e-5. One without effect gets the
    smallest of the others; fits leave it where it starts.
    """
    state = hypothesis.at(constants, _start(hypothesis, threshold / 4))
    left_to_us = [name for name, value in zip(hypothesis.names, hypothesis.start, strict=True) if value is None]
    left_to_us = [name for name in left_to_us if name != MASS]
    units, most_of_all = [], 0.0
    for one in state.particles:
        if isinstance(one, Line):
            units.append(np.ones(1))
            most_of_all = 1.0
            continue
        most = np.max([np.asarray(_branching_fractions(part, one)) for part in forms], axis=0)
        most_of_all = max(most_of_all, most.max())
        fixed = hypothesis.proportional_to is not None or not np.any(most > 0)
        units.append(np.ones(len(most)) if fixed else np.sqrt(_SIZE / np.where(most > 0, most, most.max())))
    if state.particles and not most_of_all > 0:
        raise InsensitiveError(
            f"no channel is sensitive to {', '.join(name for name in hypothesis.names if name != MASS)}: the decays "
            f"are {', '.join(part.decay.name for part in forms)}; add an experiment with other final states, or choose "
            "other couplings"
        )
    values = np.concatenate([np.zeros(0), *units])
    sizes = dict(zip(left_to_us, values, strict=False))
    return tuple(jnp.asarray(u) for u in units), sizes


@eqx.filter_jit
def _branching_fractions(forms, particles):
    """Branching fraction that each direction gives alone."""
    nuisances = jnp.zeros(forms.n_nuisances)

    def fraction(coordinates):
        couplings = couplings_at(particles.couplings.directions, coordinates)
        one = eqx.tree_at(lambda p: p.couplings, particles, couplings)
        where = (TotalRate(),), jnp.zeros(0)
        return decay_rows(*where, forms.constants, forms.form_factors, nuisances, one, forms.decay)[0]

    return jax.vmap(fraction)(jnp.eye(len(particles.couplings.coordinates)))


def _threshold(hypothesis, forms, constants):
    """Largest mass in GeV with a new decay, 0 where no mass is a parameter."""
    if not hypothesis.has_mass:
        return 0.0
    state = hypothesis.at(constants, _start(hypothesis, 0.1))
    ends = [threshold_of(part, one) for one in state.particles for part in forms if one.massive]
    return max(ends, default=0.0)


def _columns(hypothesis, free, sizes, n_nuisances):
    """Bounds, start values and scales of the signal parameters."""
    own = {
        name: (low, high, start, scale)
        for name, low, high, start, scale in zip(
            hypothesis.names, hypothesis.lower, hypothesis.upper, hypothesis.start, hypothesis.scale, strict=True
        )
    }
    lower, upper, starts, scales = [], [], [], []
    order = [name for name in free if name in sizes]
    for name in free:
        low, high, start, scale = own.get(name, (0.0, np.inf, 1.0, 1.0))
        if name in sizes:  # away from the saddles of equal sizes
            start = sizes[name] * (1 + order.index(name) / 4)
            scale = sizes[name]
        for column, value in zip((lower, upper, starts, scales), (low, high, start, scale), strict=True):
            column.append(float(value))
    return {
        "lower": tuple(lower),
        "upper": tuple(upper),
        "start": (*starts, *(0.0,) * n_nuisances),
        "scale": (*scales, *(1.0,) * n_nuisances),
    }


def _layout(experiments, channels, by_decay, hypothesis):
    """Where in the rows of all decays each row of the likelihood is found, and which samples are replaced.

    Returns
    -------
    sm_rows, new_rows : tuples of int
        For each yield of a replaced sample and each measurement; what does not contribute points to a 0 at the end.
    replaced : list of (channel, sample)
    ratios : tuple of (row, row)
        As in ``Rows``.
    """
    first, total = {}, 0
    for channel in (c for group in by_decay for c in group):
        first[channel.name] = (total, total + n_rows(channel.response))
        total = first[channel.name][1]
    sm, new, replaced, ratios = [], [], [], []

    def add(rows, old, other):
        sm.extend(rows if old and hypothesis.adds_to_standard_model else [total] * len(rows))
        new.extend(rows if other else [total] * len(rows))

    measured = [isinstance(e, _MEASURED) for e in experiments]
    for i in np.argsort(measured, kind="stable"):
        experiment, rows = experiments[i], [list(range(*first[c.name])) for c in channels[i]]
        prefix = f"{experiment.name}/" if len(experiments) > 1 else ""
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
                replaced += [(prefix + c, prefix + s) for c, s in pairs]
            continue
        for sample, old in ((SM, True), (NEW, False)):
            for channel, numbers in zip(experiment.channels, rows, strict=True):
                add(numbers, old, not old)
                replaced.append((prefix + channel.name, prefix + sample))
    return tuple(sm), tuple(new), replaced, tuple(ratios)
