"""What every rate asks of its arguments, in one place.

One rule holds for all: what is known when a function is called and cannot be, such as a negative mass or NaN, is an
``InputError``; what JAX traces, inside ``jit``, ``vmap`` or ``grad``, gives NaN instead. Form factors and q2 are not
looked at: a NaN among them gives NaN.
"""

import dataclasses
import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.couplings.base import Couplings
from jaxflav.couplings.chiral import is_chiral
from jaxflav.form_factors.b_to_v import BToVFormFactors
from jaxflav.form_factors.sets import BToPFormFactors
from jaxflav.io.errors import InputError
from jaxflav.numerics.precision import require_x64

FormFactors = BToPFormFactors | BToVFormFactors


def not_negative(what: str, value: Any) -> Float[Array, "*n"]:
    """A number, or an array of them, in double precision; NaN where it is traced and negative or infinite.

    Raises
    ------
    InputError
        If it is not traced and not finite and at least 0.
    RuntimeError
        If JAX does not compute in double precision.
    """
    require_x64()
    if isinstance(value, jax.core.Tracer):
        value = jnp.asarray(value, float)
        return jnp.where((value >= 0) & (value < jnp.inf), value, jnp.nan)
    number = np.asarray(value)
    if not np.all((number >= 0) & (number < np.inf)):
        raise InputError(f"{what} must be finite and not negative, found {number.tolist()}")
    return jnp.asarray(value, float)


def as_mass(mass: Any) -> Float[Array, "*n"]:
    """Mass of an invisible particle, GeV; raises as ``not_negative``."""
    return not_negative("the mass of an invisible particle, in GeV,", mass)


def as_float64(tree: Any) -> Any:
    """All numbers of a tree, such as form factors, in double precision; raises ``RuntimeError`` without it."""
    require_x64()
    return jax.tree.map(lambda x: jnp.asarray(x, float), tree)


def as_form_factors(form_factors: Any) -> FormFactors:
    """Form factors in double precision; raises ``InputError`` if they are not those of a known final state."""
    if not isinstance(form_factors, FormFactors):
        raise InputError(f"expected BToPFormFactors or BToVFormFactors, found {_kind_of(form_factors)}")
    return as_float64(form_factors)


def check_couplings(couplings: Any, families: tuple[type, ...], what: str) -> None:
    """Check the family of couplings, and that there is one set of them.

    Parameters
    ----------
    families
        Classes that are allowed.
    what
        What has such couplings, for the message: "a pair".

    Raises
    ------
    InputError
        If the couplings are of another family, or have axes: rates are for one set of couplings, and ``jax.vmap`` maps
        them over many. Axes that belong to a family, those of flavour, are summed over.
    """
    if not isinstance(couplings, families):
        *first, last = (family.__name__ for family in families)
        hint = ": convert them with to_parity" if isinstance(couplings, Couplings) and is_chiral(couplings) else ""
        raise InputError(
            f"expected the couplings of {what} ({', '.join(first)} or {last}), found {_kind_of(couplings)}{hint}"
        )
    for field in dataclasses.fields(couplings):
        shape = jnp.shape(getattr(couplings, field.name)) if not field.metadata.get("static") else ()
        if len(shape) > couplings.flavour_axes:
            raise InputError(
                f"{type(couplings).__name__}: {field.name} has the shape {shape}, which is that of many sets of "
                "couplings; rates are for one set: map them over the others with jax.vmap"
            )


def nan_of(*trees: Any) -> Float[Array, ""]:
    """NaN if a number of couplings or masses is NaN, also one that the rate does not depend on; 0 otherwise."""
    is_nan = [jnp.any(jnp.isnan(x)) for x in jax.tree.leaves(trees)]
    return jnp.where(functools.reduce(jnp.logical_or, is_nan), jnp.nan, 0.0)


def _kind_of(x):
    if isinstance(x, jax.Array | np.ndarray | np.number | int | float | complex):
        return f"a bare number or array ({type(x).__name__})"
    return type(x).__name__
