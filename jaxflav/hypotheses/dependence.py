"""On which of its arguments each result of a JAX function depends, read off its program: no value decides it."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def dependence(function: Callable[..., Any], names: tuple[str, ...]) -> tuple[Any, list[frozenset[str]]]:
    """Shapes of the results of a function of named scalars, and for every leaf the arguments that it may depend on.

    Parameters
    ----------
    function : callable
        Of one scalar for each name, as keywords; any pytree of arrays.
    names : tuple of n str

    Returns
    -------
    shapes : pytree of ShapeDtypeStruct
    on : list of frozenset of str
        For every leaf of the result.
    """
    points = [jnp.zeros(())] * len(names)

    def positional(*values):
        return function(**dict(zip(names, values, strict=True)))

    program, shapes = jax.make_jaxpr(positional, return_shape=True)(*points)
    known = {var: frozenset({name}) for var, name in zip(program.jaxpr.invars, names, strict=True)}

    def of(atom):
        return frozenset() if hasattr(atom, "val") else known.get(atom, frozenset())

    for equation in program.jaxpr.eqns:
        together = frozenset().union(*(of(atom) for atom in equation.invars))
        known.update(dict.fromkeys(equation.outvars, together))
    return shapes, [of(atom) for atom in program.jaxpr.outvars]


def nonzero_constants(leaf: Any) -> np.ndarray:
    """Positions in the flattened array of a leaf that are not 0."""
    return np.flatnonzero(np.asarray(leaf).ravel() != 0)
