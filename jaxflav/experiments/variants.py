"""Other forms of a likelihood that ``combine`` made: another direction or width, a free mass, other bounds."""

import dataclasses
from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.experiments.mass_tables import mass_table, threshold_of
from jaxflav.experiments.signal import CONSTANT, DIRECT, HELD, TABLE, Forms, Signal
from jaxflav.hypotheses.hypothesis import MASS, AbstractHypothesis
from jaxflav.hypotheses.rate import BranchingFraction, Strength
from jaxflav.hypotheses.state import Particles
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError
from jaxflav.likelihood.likelihood import Likelihood

__all__ = ["prepared_forms", "source_of", "threshold_of", "with_direction", "with_free_mass", "with_width"]


def source_of(hypothesis: AbstractHypothesis, constants: Parameters) -> str:
    """Where the forms of a hypothesis come from, as ``signal`` says: ``held`` if the mass may be held."""
    on = set().union(*(shape.on for shape in hypothesis.shapes(constants)))
    if on == {MASS}:
        return HELD
    if not on:
        return CONSTANT
    return _free_source(hypothesis, constants)


def _free_source(hypothesis, constants):
    """A table, if spectra depend on masses alone; a line is as quickly folded as looked up."""
    state = jax.eval_shape(lambda values: hypothesis.at(constants, values), jnp.zeros(len(hypothesis.names)))
    narrow = (isinstance(one, Particles) and one.width is None and one.visibility is None for one in state.particles)
    return TABLE if all(narrow) else DIRECT


def prepared_forms(
    hypothesis: AbstractHypothesis,
    forms: tuple[Forms, ...],
    unit: tuple[Float[Array, " k"], ...],
    values: Float[Array, " n"],
    source: str,
):
    """Forms of every set of particles and every decay, or tables of them; None where they are made later."""
    if source not in (CONSTANT, TABLE):
        return None
    state = hypothesis.at(forms[0].constants, values)
    make = _made if source == CONSTANT else mass_table
    return tuple(tuple(make(part, one, u) for part in forms) for one, u in zip(state.particles, unit, strict=True))


@eqx.filter_jit
def _made(forms, particles, unit):
    return forms(particles, unit)


def with_free_mass(likelihood: Likelihood, start: float | None = None, *, tables: bool = True) -> Likelihood:
    """The likelihood with the mass as its parameter ``mass``, after those of the hypothesis, instead of its context.

    Parameters
    ----------
    likelihood : Likelihood
        Of ``combine``.
    start : float, optional
        Of the mass in GeV; a quarter of the threshold by default.
    tables : bool
        Whether rates come from tables in the mass (accurate to 1e-9 of their largest value), or are integrated at
        every step.

    Raises
    ------
    InputError
        If it has no mass that could be free, or the start is not between 0 and the threshold.
    """
    signal = likelihood.signal
    if not isinstance(signal, Signal) or not signal.hypothesis.has_mass:
        raise InputError("this likelihood has no new particle with a mass: there is no mass to vary")
    if signal.source != HELD:
        return likelihood
    top = float(signal.threshold)
    start = top / 4 if start is None else start
    if not 0 <= start <= top:
        raise InputError(f"mass {start:g} GeV: expected a start between 0 and the threshold {top:.4f} GeV")
    values = jnp.append(jnp.asarray(signal.start[signal.first : signal.n_free]), start)
    source = _free_source(signal.hypothesis, signal.forms[0].constants) if tables else DIRECT
    n = signal.n_free
    shifted = tuple((a + 1, b + 1) if b > a else (0, 0) for a, b in signal.rows.slices)
    free = dataclasses.replace(
        signal,
        prepared=prepared_forms(signal.hypothesis, signal.forms, signal.unit, values, source),
        source=source,
        rows=dataclasses.replace(signal.rows, slices=shifted),
        names=(*signal.names[:n], MASS, *signal.names[n:]),
        n_free=n + 1,
        lower=(*signal.lower, 0.0),
        upper=(*signal.upper, top),
        start=(*signal.start[:n], float(start), *signal.start[n:]),
        scale=(*signal.scale[:n], 1.0, *signal.scale[n:]),
    )
    return Likelihood(likelihood.model, free, likelihood.measurements)


def with_direction(likelihood: Likelihood, direction: Sequence[float]) -> Likelihood:
    """A likelihood with a strength, for another direction of the same kind; nothing is compiled anew for it.

    Parameters
    ----------
    likelihood : Likelihood
        Of ``combine`` with ``Strength``.
    direction : Couplings
        Of ``direction_of``.

    Raises
    ------
    InputError
        If it has no direction, or one of another family.
    """
    old = getattr(likelihood.signal.hypothesis, "direction", None)
    if not isinstance(likelihood.signal.hypothesis, Strength) or type(old) is not type(direction):
        found = "none" if old is None else type(old).__name__
        raise InputError(f"a direction of {type(direction).__name__} cannot replace that of the likelihood, {found}")
    return eqx.tree_at(lambda one: one.signal.hypothesis.direction, likelihood, direction)


def with_width(likelihood: Likelihood, width: float) -> Likelihood:
    """A likelihood of a branching fraction of one particle, for another width in GeV; 0 is a true line.

    Raises
    ------
    InputError
        If the likelihood is of something else, or the width is negative or not finite.
    """
    hypothesis = getattr(likelihood.signal, "hypothesis", None)
    if not isinstance(hypothesis, BranchingFraction) or hypothesis.direction is not None:
        raise InputError(
            f"a width needs a likelihood of one new particle, found {type(hypothesis or likelihood.signal).__name__}"
        )
    if not 0 <= width < float("inf"):
        raise InputError(f"width is {width!r}, expected a finite number of GeV >= 0 (0 is a true line)")
    value = jnp.asarray(float(width)) if width else None
    return eqx.tree_at(lambda one: one.signal.hypothesis.width, likelihood, value, is_leaf=lambda leaf: leaf is None)
