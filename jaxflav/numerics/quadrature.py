"""Fixed Gauss-Legendre rules, with maps that remove the square roots of phase space at both end points."""

from functools import cache

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float


@cache
def _gauss_legendre(order: int) -> tuple[np.ndarray, np.ndarray]:
    nodes, weights = np.polynomial.legendre.leggauss(order)
    return (nodes + 1) / 2, weights / 2


def unit_interval(order: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights, each of shape (order,), of the Gauss-Legendre rule on [0, 1] (NumPy, on the host).

    Raises
    ------
    ValueError
        If the order is smaller than 1.
    """
    if order < 1:
        raise ValueError(f"a quadrature rule needs an order of at least 1, found {order}")
    nodes, weights = _gauss_legendre(order)
    return nodes.copy(), weights.copy()


def between_thresholds(
    lower: Float[Array, ""], upper: Float[Array, ""], order: int
) -> tuple[Float[Array, " order"], Float[Array, " order"]]:
    """Rule on [lower, upper] for integrands that vanish like a square root at either end.

    With x = lower + (upper - lower) sin^2(pi t/2) the integrand becomes smooth in t, and 16 nodes are enough
    for phase space. Where upper <= lower all weights are 0, and the derivatives are finite.

    Returns
    -------
    nodes, weights
        Arrays of shape (order,), in the unit of the limits.
    """
    t, w = unit_interval(order)
    width = jnp.maximum(upper - lower, 0.0)
    nodes = lower + width * jnp.asarray(np.sin(np.pi * t / 2) ** 2)
    return nodes, width * jnp.asarray(w * np.pi / 2 * np.sin(np.pi * t))


def piecewise(breakpoints: np.ndarray, order: int) -> tuple[np.ndarray, np.ndarray]:
    """Composite rule with ``order`` nodes between neighbouring breakpoints (NumPy, on the host).

    Exact for piecewise polynomials of degree up to 2 order - 1 with these breakpoints, so for splines.

    Returns
    -------
    nodes, weights
        Arrays of shape ((len(breakpoints) - 1) * order,).

    Raises
    ------
    ValueError
        If the breakpoints do not increase.
    """
    edges = np.asarray(breakpoints, dtype=float)
    widths = np.diff(edges)
    if not np.all(widths > 0):
        raise ValueError(f"breakpoints of a quadrature rule must increase, found {edges.tolist()}")
    t, w = unit_interval(order)
    return (edges[:-1, None] + widths[:, None] * t).ravel(), (widths[:, None] * w).ravel()
