"""Hypotheses from plain JAX functions: named values in, couplings and masses out, differentiated through."""

import dataclasses
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.couplings.chiral import is_chiral, to_parity
from jaxflav.couplings.linear_combination import LinearCombination
from jaxflav.hypotheses.dependence import dependence
from jaxflav.hypotheses.hypothesis import MASS, AbstractHypothesis, Shape, check_parameters
from jaxflav.hypotheses.state import Line, Particles, State
from jaxflav.hypotheses.words import state_of
from jaxflav.inputs.parameters import Parameters, load_parameters
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.numerics.promotion import default_promotion

_CONSTANTS = "constants"
_COMMON = ("scale", "unit")
_KEYS = ("lower", "upper", "start", "scale", "label", "unit")


@dataclasses.dataclass(frozen=True)
class Active:
    """A coupling that is not always 0: its name, its place in the flattened array, and whether it is imaginary."""

    name: str
    place: int
    imaginary: bool


class FunctionHypothesis(AbstractHypothesis):
    """A function of the user as a hypothesis; made by ``hypothesis``.

    Attributes
    ----------
    function : callable
        Of the parameters as keywords, and of ``constants`` if it has an argument of that name.
    active : tuple
        For each set of particles the couplings that are not always 0; None for a line.
    on : tuple of frozenset of str
        For each set of particles what its mass, width and visibility depend on.
    """

    function: Callable[..., Any] = eqx.field(static=True)
    names: tuple[str, ...] = eqx.field(static=True)
    lower: tuple[float, ...] = eqx.field(static=True)
    upper: tuple[float, ...] = eqx.field(static=True)
    start: tuple[float, ...] = eqx.field(static=True)
    scale: tuple[float, ...] = eqx.field(static=True)
    labels: tuple[str, ...] = eqx.field(static=True)
    units: tuple[str, ...] = eqx.field(static=True)
    active: tuple[tuple[Active, ...] | None, ...] = eqx.field(static=True, default=())
    on: tuple[frozenset[str], ...] = eqx.field(static=True, default=())

    def shapes(self, constants):
        """As found when the hypothesis was made."""
        return tuple(Shape(one) for one in self.on)

    def at(self, constants: Parameters, values: Float[Array, " n"]) -> State:
        """What the function gives, its couplings as coordinates along those that are not always 0."""
        state = self.raw(constants, **{name: values[i] for i, name in enumerate(self.names)})
        particles = tuple(
            one if active is None else eqx.tree_at(lambda p: p.couplings, one, _combination(one.couplings, active))
            for one, active in zip(state.particles, self.active, strict=True)
        )
        return State(particles, state.other)

    def raw(self, constants: Parameters, **values: Float[Array, ""]) -> State:
        """What the function gives, as a state in the parity basis."""
        if _CONSTANTS in inspect.signature(self.function).parameters:
            values[_CONSTANTS] = constants
        with default_promotion():  # as the user's own programs have it
            state = state_of(self.function(**values))
        particles = tuple(
            eqx.tree_at(lambda p: p.couplings, one, to_parity(constants, one.couplings))
            if isinstance(one, Particles) and is_chiral(one.couplings)
            else one
            for one in state.particles
        )
        return State(particles, dict(state.other))


def _combination(couplings, active):
    """Couplings as coordinates along the active ones."""
    names = [f.name for f in dataclasses.fields(couplings) if not f.metadata.get("static")]
    k = len(active)

    def direction(name):
        value = jnp.asarray(getattr(couplings, name))
        if name in _COMMON:
            return jnp.broadcast_to(value, (k, *value.shape))
        rows = np.zeros((k, value.size), complex)
        for i, one in enumerate(active):
            if one.name == name:
                rows[i, one.place] = 1j if one.imaginary else 1.0
        real = not jnp.iscomplexobj(value)
        return jnp.asarray(rows.real if real else rows).reshape(k, *value.shape)

    flat = {one.name: jnp.ravel(jnp.asarray(getattr(couplings, one.name))) for one in active}
    parts = [(jnp.imag if one.imaginary else jnp.real)(flat[one.name][one.place]) for one in active]
    directions = eqx.tree_at(lambda c: [getattr(c, n) for n in names], couplings, [direction(n) for n in names])
    return LinearCombination(directions, jnp.stack(parts))


def hypothesis(function: Callable[..., Any], parameters: Mapping[str, Any]) -> FunctionHypothesis:
    """A hypothesis from a function of named values.

    Parameters
    ----------
    function : callable
        Pure JAX function of the parameters as keywords; with an argument ``constants`` it gets the ``Parameters``, too.
        It returns a mapping with couplings of one family, such as ``h_V``, and, where they are needed, ``mass`` (GeV),
        ``width`` (GeV), ``invisible_fraction``, ``c_tau`` (m), ``scale`` (Lambda in GeV), ``family``,
        ``self_conjugate`` and ``other``, a mapping of further quantities; or a list of such mappings, whose rates add;
        or a ``State``.
    parameters : mapping
        For every parameter (lower, upper) or (lower, upper, start), or a mapping with the keys lower, upper, start,
        scale, label and unit, of which the first two are needed; a start is needed where a bound is infinite.

    Raises
    ------
    InputError
        If bounds, start or the results of the function are not as described, a parameter has no effect, or the function
        gives NaN at the start values.
    UnknownNameError
        If it returns a coupling or another key that does not exist.
    """
    names = (*(name for name in parameters if name != MASS), *((MASS,) if MASS in parameters else ()))
    rows = [_row(name, parameters[name]) for name in names]
    columns = {key: tuple(row[key] for row in rows) for key in _KEYS}
    columns |= {"labels": columns.pop("label"), "units": columns.pop("unit")}
    check_parameters(names, columns["lower"], columns["upper"], columns["start"])
    _check_signature(function, names)
    bare = FunctionHypothesis(function=function, names=names, **columns)
    constants = load_parameters()
    shapes, on = dependence(lambda **values: bare.raw(constants, **values), names)
    leaves = jax.tree.unflatten(jax.tree.structure(shapes), on)
    start = bare.raw(constants, **dict(zip(names, map(jnp.asarray, columns["start"]), strict=True)))
    _check(bare, shapes, start, frozenset().union(*on))
    active, shape_on = [], []
    for kind, depends, value in zip(shapes.particles, leaves.particles, start.particles, strict=True):
        active.append(None if isinstance(kind, Line) else _active(kind.couplings, depends.couplings, value.couplings))
        parts = (depends.mass, depends.width, depends.visibility)
        shape_on.append(frozenset().union(*jax.tree.leaves(parts, is_leaf=lambda x: isinstance(x, frozenset))))
    return dataclasses.replace(bare, active=tuple(active), on=tuple(shape_on))


def _row(name, given):
    if isinstance(given, Mapping):
        for key in given:
            if key not in _KEYS:
                raise UnknownNameError(f"key of parameter {name!r}", str(key), _KEYS)
        row = dict(given)
    elif isinstance(given, Sequence) and len(given) in (2, 3):
        row = dict(zip(_KEYS, given, strict=False))
    else:
        raise InputError(f"parameter {name!r}: expected (lower, upper) or (lower, upper, start), found {given!r}")
    try:
        low, high = float(row["lower"]), float(row["upper"])
        start = float(row["start"]) if row.get("start") is not None else None
    except (KeyError, TypeError, ValueError):
        raise InputError(
            f"parameter {name!r}: expected numbers lower and upper, perhaps start; found {given!r}"
        ) from None
    if start is None and not np.isfinite(high - low):
        raise InputError(
            f"parameter {name!r}: bounds {low:g} and {high:g} need a start value, such as {name}=(0, inf, 1)"
        )
    start = (low + high) / 2 if start is None else start
    size = (high - low) / 10 if np.isfinite(high - low) else max(abs(start), 1e-300)
    label = row.get("label", name)
    unit = row.get("unit", "GeV" if name == MASS else "1")
    return {
        "lower": low,
        "upper": high,
        "start": start,
        "scale": float(row.get("scale", size)),
        "label": label,
        "unit": unit,
    }


def _check_signature(function, names):
    if not callable(function):
        raise InputError(f"a hypothesis needs a function of its parameters, found {function!r}")
    signature = inspect.signature(function)
    takes = [n for n, p in signature.parameters.items() if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    anything = any(p.kind == p.VAR_KEYWORD for p in signature.parameters.values())
    missing = [n for n in takes if n not in (*names, _CONSTANTS) and signature.parameters[n].default is inspect._empty]
    unknown = [n for n in names if n not in takes and not anything]
    if missing or unknown:
        raise InputError(
            f"the function takes {', '.join(takes)}, the parameters are {', '.join(names)}: give bounds for "
            f"{', '.join(missing) or 'each argument'}{', and leave out ' + ', '.join(unknown) if unknown else ''}"
        )


def _check(bare, shapes, start, used):
    for path, leaf in jax.tree_util.tree_leaves_with_path(shapes):
        name = jax.tree_util.keystr(path)
        neutrino = leaf.shape == (3, 3)
        if leaf.shape != () and not neutrino:
            raise InputError(
                f"the function returns {name} of shape {leaf.shape}, expected a scalar; map over arrays with jax.vmap"
            )
    for path, leaf in jax.tree_util.tree_leaves_with_path(start):
        if not np.all(np.isfinite(np.asarray(leaf))):
            at = ", ".join(f"{n} = {v:g}" for n, v in zip(bare.names, bare.start, strict=True))
            raise InputError(
                f"the function returns {jax.tree_util.keystr(path)} = {leaf} at {at}; give a start where it is finite"
            )
    for one in start.particles:
        if float(one.mass) < 0:
            raise InputError(
                f"the function returns a mass of {float(one.mass):g} GeV at the start values, expected none below 0"
            )
    for name in bare.names:
        if name not in used:
            raise InputError(f"nothing depends on the parameter {name!r}; use it in the function, or leave it out")


def _active(couplings, depends, start):
    """Couplings that are not always 0; raises InputError where the common scale is no constant."""
    found = []
    for field in dataclasses.fields(couplings):
        if field.metadata.get("static"):
            continue
        shape, on, value = (getattr(one, field.name) for one in (couplings, depends, start))
        if field.name in _COMMON:
            if on:
                raise InputError(
                    f"{field.name!r} depends on {', '.join(sorted(on))}; keep it fixed, and vary the couplings"
                )
            continue
        flat = np.asarray(value).ravel()
        parts = (False, True) if np.issubdtype(shape.dtype, np.complexfloating) else (False,)
        for place in range(flat.size):
            for imaginary in parts:
                part = flat[place].imag if imaginary else flat[place].real
                if on or part != 0:
                    found.append(Active(field.name, place, imaginary))
    if not found:
        raise InputError(
            f"the function returns {type(couplings).__name__} without a coupling that is not 0; give it one"
        )
    return tuple(found)
