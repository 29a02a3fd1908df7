"""Integrals of a smooth function, costly to evaluate, times weights with many knots, between two thresholds that move.

The function is evaluated at a few nodes, which give its coefficients of Legendre polynomials in a variable t from 0 to
1; the integrals of the weights times these polynomials are found on a fine composite rule with an edge at every knot.
"""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.numerics.quadrature import unit_interval

_PARTS = 16  # of the composite rule at least
_LIGHT = 5e-5  # of the upper limit: structure of a lower limit below that is not resolved


class ProductRule(eqx.Module):
    """Made by ``product_rule``.

    Attributes
    ----------
    nodes : (n,) array
        Where to evaluate the function.
    points : (m,) array
        Where to evaluate the weights.
    columns : (m, n) array
        Legendre polynomials at the points, times the weights of the composite rule there.
    """

    nodes: Float[Array, " n"]
    points: Float[Array, " m"]
    columns: Float[Array, "m n"]

    def coefficients(self, values: Float[Array, " n"]) -> Float[Array, " n"]:
        """Coefficients of Legendre polynomials of a function from its values at the nodes."""
        n = len(self.nodes)
        t, w = unit_interval(n)
        return jnp.asarray((2 * np.arange(n) + 1)[:, None] * _legendre(t, n, np).T * w[None, :]) @ values


def product_rule(
    knots: Float[Array, " k"], lower: Float[Array, ""], upper: Float[Array, ""], order: int, between: int
) -> ProductRule:
    """Rule for functions that vanish like a square root at either limit, and vary on the scale of the lower one.

    With share = sinh^2(a sin(pi t/2)) / sinh^2 a of the way from the lower limit to the upper one, such a function is
    smooth in t; a grows with the ratio of the limits. Limits may move past knots: the weights of a part that is left go
    to 0 smoothly. Where upper <= lower all weights are 0, and the derivatives are finite.

    Parameters
    ----------
    knots : (k,) array
        Ascending; those outside of the limits do not count.
    lower, upper : scalars
        At least 0.
    order : int
        Number of nodes n.
    between : int
        Nodes of the composite rule between neighbouring knots.
    """
    width = jnp.maximum(upper - lower, 0.0)
    span = jnp.where(width > 0, width, 1.0)
    reach = jnp.arcsinh(jnp.sqrt(span / jnp.maximum(lower, _LIGHT * upper)))

    def way(t):
        """Share of the way at t, and its derivative."""
        angle = np.pi / 2 * t
        eta = reach * jnp.sin(angle)
        slope = jnp.sinh(2 * eta) / jnp.sinh(reach) ** 2 * reach * jnp.cos(angle) * np.pi / 2
        return (jnp.sinh(eta) / jnp.sinh(reach)) ** 2, slope

    share = (knots - lower) / span
    inside = (share > 0) & (share < 1)
    eta = jnp.arcsinh(jnp.sqrt(jnp.where(inside, share, 0.5)) * jnp.sinh(reach))
    edges = jnp.where(inside, 2 / np.pi * jnp.arcsin(eta / reach), jnp.where(share > 0, 1.0, 0.0))
    edges = jnp.sort(jnp.concatenate([jnp.linspace(0.0, 1.0, _PARTS + 1), edges]))
    t, w = unit_interval(between)
    parts = jnp.diff(edges)[:, None]
    fine = (edges[:-1, None] + parts * t[None, :]).ravel()
    shares, slopes = way(fine)
    weights = width * slopes * (parts * w[None, :]).ravel()
    nodes = lower + width * way(jnp.asarray(unit_interval(order)[0]))[0]
    return ProductRule(nodes, lower + width * shares, _legendre(fine, order, jnp) * weights[:, None])


def _legendre(t, n, numbers):
    """Legendre polynomials of degree 0 to n - 1 on [0, 1] at t, in the last axis."""
    x = 2 * t - 1
    terms = [numbers.ones_like(x), x]
    for k in range(1, n - 1):
        terms.append(((2 * k + 1) * x * terms[-1] - k * terms[-2]) / (k + 1))
    return numbers.stack(terms[:n], axis=-1)
