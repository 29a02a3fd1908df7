"""Several experiments in one likelihood: theory nuisances are shared by name, everything else is independent."""

from collections.abc import Mapping, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.couplings.neutrino import sm_neutrino_couplings
from jaxflav.experiments.analysis import Analysis
from jaxflav.experiments.channels import (
    Experiment,
    TotalRate,
    breaks_of,
    channels_of,
    decay_rows,
    decays_of,
    has_prediction,
    n_rows,
)
from jaxflav.experiments.data_file import BranchingFraction, load_data
from jaxflav.experiments.hypotheses import Axes
from jaxflav.experiments.new_particle import MassSignal
from jaxflav.experiments.recast_file import Recast
from jaxflav.experiments.schema import DECAYS
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood
from jaxflav.likelihood.measurement import stack_measurements
from jaxflav.likelihood.merge import merge_tables
from jaxflav.likelihood.recast import NEW, SM
from jaxflav.numerics.quadratic import Quadratic, quadratic_of
from jaxflav.rates.decays import Decay, InvisibleDecay

STRENGTH = "strength"  # name of the parameter of a fixed direction of couplings
_SIZE = 1e-5  # branching fraction that a coupling of typical size gives


class InsensitiveError(InputError):
    """No channel is sensitive to any of the couplings."""


def load_experiments(names: Sequence[str]) -> tuple[Experiment, ...]:
    """Experiments by name or directory, each perhaps with a colon and the channels to keep: ``belle-2017:K+,K*0``.

    Raises
    ------
    InputError
        If there is none, one is given twice, or channels are asked of an experiment that is not a recast.
    UnknownNameError
        If an experiment or channel is unknown.
    """
    loaded = []
    for text in names:
        name, colon, channels = text.partition(":")
        data = load_data(name)
        if colon:
            if not isinstance(data, Recast):
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


class CombinedSignal(MassSignal):
    """Rows of several experiments for mu times the Standard Model plus new physics with some couplings.

    Parameters of the signal: ``mu``, the couplings of ``axes`` (or ``strength``, see ``combine``), and theory
    nuisances, standard normal: CKM element, X_t and decay constants as relative shifts, and the form factors of each
    process. The context is the mass of one new particle in GeV. Rates are polynomials of degree two in couplings and
    form factors, so that a mass is prepared once, exactly, and couplings at that mass cost next to nothing.

    Attributes
    ----------
    inputs : Parameters
        Constants.
    form_factors : tuple of FormFactorSet or None
        Of each decay; None for a decay to nothing visible.
    axes : CouplingAxes or NeutrinoAxes
        Couplings.
    direction : (k,) array or None
        Couplings at ``strength`` = 1; None if the couplings themselves are parameters.
    standard_model : tuple of Quadratic
        Rows of each decay in the Standard Model as polynomials in its form-factor nuisance parameters.
    threshold : scalar
        Mass in GeV from which on there is no new decay in any channel; 0 for neutrinos.
    """

    inputs: Parameters
    form_factors: tuple[FormFactorSet | None, ...]
    responses: tuple[tuple[Any, ...], ...]
    breaks: tuple[Float[Array, " n"], ...]
    axes: Axes
    direction: Float[Array, " k"] | None
    unit: Float[Array, " k"]
    standard_model: tuple[Quadratic, ...]
    threshold: Float[Array, ""]
    relative: Float[Array, " theory"]
    decays: tuple[Decay | InvisibleDecay, ...]
    squares: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = eqx.field(static=True)
    slices: tuple[tuple[int, int], ...] = eqx.field(static=True)
    sm_rows: tuple[int, ...] = eqx.field(static=True)
    new_rows: tuple[int, ...] = eqx.field(static=True)
    names: tuple[str, ...] = eqx.field(static=True)
    n_free: int = eqx.field(static=True)
    lower: tuple[float, ...] = eqx.field(static=True)
    start: tuple[float, ...] = eqx.field(static=True)
    scale: tuple[float, ...] = eqx.field(static=True)

    @property
    def proportional_to(self) -> str | None:
        """``strength``, if there is one; rates are quadratic in couplings."""
        return None if self.direction is None else STRENGTH

    def _rows(self, i, couplings, nuisances, mass):
        decay, ff_set = self.decays[i], self.form_factors[i]
        where = self.responses[i], self.breaks[i]
        return decay_rows(*where, self.inputs, ff_set, nuisances, couplings, mass, decay, self.axes.massive)

    def prepare(self, context: Float[Array, ""]) -> tuple[Quadratic, ...]:
        """For each decay the rows of every monomial in the couplings, (monomials * rows,), at a mass in GeV."""
        if self.direction is not None:
            points, solve = self.direction[None, :], jnp.ones((1, 1))
        else:
            points, monomials = _interpolation(len(self.unit), self.axes.homogeneous)
            points, solve = jnp.asarray(points) * self.unit[None, :], jnp.asarray(np.linalg.inv(monomials))
        couplings = jax.vmap(lambda values: self.axes.at(self.inputs, values))(points)

        def of_decay(i):
            def rows(nuisances):
                return (solve @ jax.vmap(lambda one: self._rows(i, one, nuisances, context))(couplings)).ravel()

            return quadratic_of(rows, self.slices[i][1] - self.slices[i][0])

        return tuple(of_decay(i) for i in range(len(self.decays)))

    def predict(self, parameters: Float[Array, " p"], prepared: tuple[Quadratic, ...]) -> Float[Array, " rows"]:
        """Rows in the order that ``combine`` gave the experiments."""
        first, k = int(self.axes.adds_to_standard_model), self.n_free
        values = parameters[first:k]
        monomials = values if self.direction is not None else _monomials(values / self.unit, self.axes.homogeneous)
        shift = 1.0 + self.relative * parameters[k : k + self.relative.shape[0]]
        old, new = [], []
        for (a, b), sm, polynomial, (in_sm, in_new) in zip(
            self.slices, self.standard_model, prepared, self.squares, strict=True
        ):
            nuisances = parameters[a:b]
            rows = monomials @ polynomial(nuisances).reshape(len(monomials), -1)
            new.append(rows * _product(shift, in_new) ** 2)
            old.append(parameters[0] * sm(nuisances) * _product(shift, in_sm) ** 2)
        zero = jnp.zeros(1)
        old, new = (jnp.concatenate([*rows, zero]) for rows in (old, new))
        return old[np.array(self.sm_rows)] + new[np.array(self.new_rows)]

    def curvature(self, parameters, prepared, weights):
        """Second derivatives by the couplings; none for a strength, which the rates are linear in."""
        if self.direction is not None:
            return None
        free, rest = parameters[: self.n_free], parameters[self.n_free :]
        return jax.hessian(lambda x: weights @ self.predict(jnp.concatenate([x, rest]), prepared))(free)


def _product(shift, index):
    return jnp.prod(shift[np.array(index, dtype=int)])


def _monomials(u, homogeneous, concatenate=jnp.concatenate):
    """All products u_a u_b with a <= b; with linear and constant terms if the polynomial has them."""
    a, b = np.triu_indices(len(u))
    squares = u[a] * u[b]
    return squares if homogeneous else concatenate([np.ones(1), u, squares])


def _interpolation(k, homogeneous):
    """Points (n, k) that fix the coefficients of all monomials, and the monomials there (n, n)."""
    one = np.eye(k)
    a, b = np.triu_indices(k, 1)
    points = np.concatenate([one, one[a] + one[b]])
    if not homogeneous:
        points = np.concatenate([np.zeros((1, k)), -one, points])
    return points, np.stack([_monomials(p, homogeneous, np.concatenate) for p in points])


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
    sm_rows, new_rows, replaced = _layout(experiments, channels, by_decay, axes)
    free = (STRENGTH,) if direction is not None else axes.parameters
    start = (0.0,) if direction is not None else tuple(float(u) * (1 + i / 4) for i, u in enumerate(unit))
    nuisances = (*theory, *(f"form_factor[{p}][{i}]" for p in used for i in range(at[p][1] - at[p][0])))
    signal = CombinedSignal(
        inputs=parameters,
        form_factors=signal_sets,
        responses=responses,
        breaks=breaks,
        axes=axes,
        direction=None if direction is None else jnp.asarray(direction, float),
        unit=jnp.asarray(unit),
        standard_model=_standard_model(parameters, decays, signal_sets, responses, breaks),
        threshold=jnp.asarray(_threshold(parameters, decays, axes)),
        relative=jnp.asarray([float(v) for v in sigmas.values()]),
        decays=decays,
        squares=squares,
        slices=tuple(at[d.process] if isinstance(d, Decay) else (0, 0) for d in decays),
        sm_rows=sm_rows,
        new_rows=new_rows,
        names=(*("mu",) * first, *free, *nuisances),
        n_free=n_free,
        lower=(0.0,) * first + ((0.0,) if direction is not None else (-np.inf,) * len(free)),
        start=(1.0,) * first + start + (0.0,) * len(nuisances),
        scale=(1.0,) * first + ((1.0,) if direction is not None else tuple(map(float, unit))) + (1.0,) * len(nuisances),
    )
    measured = [e for e in experiments if isinstance(e, BranchingFraction)]
    binned = [e for e in experiments if not isinstance(e, BranchingFraction)]
    return Likelihood(
        build_histfactory(merge_tables([(e.name, _tables(e)) for e in binned]), replaced),
        signal,
        stack_measurements([e.measurement for e in measured], [e.name for e in measured]),
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
        return _neutrino_rows(response, edges, parameters, ff_set, sm_neutrino_couplings(parameters, decay.ckm), decay)

    return tuple(polynomial(*row) for row in zip(decays, sets, responses, breaks, strict=True))


@eqx.filter_jit
def _neutrino_rows(response, edges, parameters, ff_set, couplings, decay):
    def rows(nuisances):
        return decay_rows(response, edges, parameters, ff_set, nuisances, couplings, jnp.zeros(()), decay, 0)

    return quadratic_of(rows, len(ff_set.mean))


def _sizes(parameters, decays, sets, axes):
    """Value of every coupling at which the most frequent decay has a branching fraction of 1e-5.

    A coupling without effect gets the smallest of the others; fits leave it where they start.
    """
    mass = jnp.asarray(_threshold(parameters, decays, axes) / 4)
    most = np.zeros(len(axes.parameters))
    for decay, ff_set in zip(decays, sets, strict=True):
        most = np.maximum(most, np.asarray(_unit_fractions(parameters, ff_set, axes, mass, decay)))
    if not np.any(most > 0):
        raise InsensitiveError(
            f"no channel is sensitive to {', '.join(axes.parameters)}: the decays are "
            f"{', '.join(d.name for d in decays)}; add an experiment with other final states, or choose other couplings"
        )
    return np.sqrt(_SIZE / np.where(most > 0, most, most.max()))


@eqx.filter_jit
def _unit_fractions(parameters, ff_set, axes, mass, decay):
    """Branching fraction of each coupling alone at 1."""
    nuisances = jnp.zeros(0 if ff_set is None else len(ff_set.mean))

    def fraction(values):
        couplings = axes.at(parameters, values)
        where = (TotalRate(),), jnp.zeros(0)
        return decay_rows(*where, parameters, ff_set, nuisances, couplings, mass, decay, axes.massive)[0]

    return jax.vmap(fraction)(jnp.eye(len(axes.parameters)))


def _threshold(parameters, decays, axes):
    """Largest mass in GeV with a decay, 0 where nothing has a mass."""
    if not axes.massive:
        return 0.0
    ends = []
    for decay in decays:
        if isinstance(decay, InvisibleDecay):
            ends.append(float(parameters[decay.m_parent]) if axes.massive == 2 else 0.0)
        else:
            m_B, m_K = decay.masses(parameters)
            ends.append(float(m_B - m_K))
    return max(ends) / axes.massive


def _layout(experiments, channels, by_decay, axes):
    """Where in the rows of all decays each row of the likelihood is found, and which samples are replaced.

    Returns
    -------
    sm_rows, new_rows : tuples of int
        For each yield of a replaced sample and each measurement; what does not contribute points to a 0 at the end.
    replaced : list of (channel, sample)
    """
    first, total = {}, 0
    for channel in (c for group in by_decay for c in group):
        first[channel.name] = (total, total + n_rows(channel.response))
        total = first[channel.name][1]
    sm, new, replaced = [], [], []

    def add(rows, old, other):
        sm.extend(rows if old and axes.adds_to_standard_model else [total] * len(rows))
        new.extend(rows if other else [total] * len(rows))

    measured = [isinstance(e, BranchingFraction) for e in experiments]
    for i in np.argsort(measured, kind="stable"):
        experiment, rows = experiments[i], [list(range(*first[c.name])) for c in channels[i]]
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
    return tuple(sm), tuple(new), replaced
