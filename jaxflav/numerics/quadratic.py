"""Quadratic polynomials taken out of a function, exactly, by differentiating it."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
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

    Rates are such polynomials in their couplings and in the coefficients of their form factors: three evaluations
    of derivatives replace the function, quadratures included, by a small product. The caller vouches for the degree.
    """
    origin = jnp.zeros(n)
    return Quadratic(function(origin), jax.jacfwd(function)(origin), jax.jacfwd(jax.jacfwd(function))(origin) / 2)
