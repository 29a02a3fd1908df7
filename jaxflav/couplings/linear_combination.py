"""Couplings as linear combinations of fixed directions: rates are quadratic forms in the coordinates."""

import dataclasses
from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.couplings.base import Couplings
from jaxflav.couplings.neutrino import NeutrinoCouplings

_COMMON = ("scale", "unit")  # what the coefficients are multiplied by, the same in all directions


class LinearCombination(eqx.Module):
    """The couplings sum_i u_i c_i of coordinates u and directions c.

    Attributes
    ----------
    directions : Couplings, NeutrinoCouplings or None
        Of one family; every array has a leading axis of length k, one entry per direction. None where the coordinates
        are all that matters.
    coordinates : (k,) array
        Real.
    """

    directions: Couplings | NeutrinoCouplings | None
    coordinates: Float[Array, " k"]

    def total(self) -> Couplings | NeutrinoCouplings:
        """The couplings themselves."""
        return couplings_at(self.directions, self.coordinates)


def stack_directions(directions: Sequence[Couplings | NeutrinoCouplings]) -> Couplings | NeutrinoCouplings:
    """Couplings of one family (k of them) as one object whose arrays have a leading axis."""
    first = directions[0]

    def column(name):
        values = [jnp.asarray(getattr(one, name)) for one in directions]
        kind = complex if any(jnp.iscomplexobj(value) for value in values) else float
        return jnp.stack([value.astype(kind) for value in values])

    arrays = _arrays(first)
    return eqx.tree_at(lambda one: [getattr(one, n) for n in arrays], first, [column(n) for n in arrays])


def couplings_at(
    directions: Couplings | NeutrinoCouplings, coordinates: Float[Array, " k"]
) -> Couplings | NeutrinoCouplings:
    """Couplings at coordinates (k,) of stacked directions."""
    names = _arrays(directions)

    def total(name):
        value = getattr(directions, name)
        return value[0] if name in _COMMON else jnp.tensordot(coordinates.astype(value.dtype), value, axes=1)

    return eqx.tree_at(lambda one: [getattr(one, n) for n in names], directions, [total(n) for n in names])


def _arrays(couplings):
    return [f.name for f in dataclasses.fields(couplings) if not f.metadata.get("static")]
