"""Quadratic polynomials taken out of a function, exactly, from its values at a few points."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float


class Quadratic(eqx.Module):
    """The polynomial constant + linear x + x quadratic x, with values of shape (rows,).

    Attributes
    ----------
    constant : (rows,) array
    linear : (rows, n) array
    quadratic : (rows, n, n) array
    """

    constant: Float[Array, " rows"]
    linear: Float[Array, "rows n"]
    quadratic: Float[Array, "rows n n"]

    def __call__(self, x: Float[Array, " n"]) -> Float[Array, " rows"]:
        """Value at x."""
        return self.constant + self.linear @ x + (self.quadratic @ x) @ x


def quadratic_of(function: Callable[[Float[Array, " n"]], Float[Array, " rows"]], n: int) -> Quadratic:
    """The polynomial that a function is, if it is one of degree two at most.

    Rates are such polynomials in their couplings and in the coefficients of their form factors: (n + 1)(n + 2)/2 values
    at 0, +-1 and pairs of 1 replace the function, quadratures included, by a small product. They are one vectorised
    call, which compiles several times faster than second derivatives. The caller vouches for the degree.
    """
    one, (a, b) = np.eye(n), np.triu_indices(n, 1)
    points = np.concatenate([np.zeros((1, n)), one, -one, one[a] + one[b]])
    value = jax.vmap(function)(jnp.asarray(points))
    origin, up, down, pair = value[:1], value[1 : n + 1], value[n + 1 : 2 * n + 1], value[2 * n + 1 :]
    mixed = (pair - up[a] - up[b] + origin) / 2
    quadratic = jnp.zeros((n, n, origin.shape[-1])).at[a, b].set(mixed).at[b, a].set(mixed)
    quadratic = quadratic.at[np.arange(n), np.arange(n)].set((up + down) / 2 - origin)
    return Quadratic(origin[0], (up - down).T / 2, jnp.moveaxis(quadratic, -1, 0))
