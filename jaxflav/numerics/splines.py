"""Uniform cubic B-splines: basis functions on the host, evaluation in JAX with four coefficients a point."""

import jax.numpy as jnp
import numpy as np
import scipy
from jaxtyping import Array, Float


def uniform_basis(x: np.ndarray, lower: float, upper: float, intervals: int) -> np.ndarray:
    """Values (len(x), intervals + 3) of the cubic B-splines with equal intervals on [lower, upper] (NumPy)."""
    step = (upper - lower) / intervals
    knots = lower + step * np.arange(-3, intervals + 4)
    return scipy.interpolate.BSpline.design_matrix(np.clip(x, lower, upper), knots, 3).toarray()


def evaluate_uniform(
    coefficients: Float[Array, "rows k"], x: Float[Array, " n"], lower: float, upper: float
) -> Float[Array, "rows n"]:
    """Value of uniform cubic splines, one per row of coefficients, at the points x.

    Twice continuously differentiable inside; the argument is held at the ends outside [lower, upper].
    """
    intervals = coefficients.shape[-1] - 3
    position = (jnp.clip(x, lower, upper) - lower) * (intervals / (upper - lower))
    cell = jnp.clip(jnp.floor(position), 0.0, intervals - 1.0)
    u = position - cell
    weights = jnp.stack([(1 - u) ** 3, 3 * u**3 - 6 * u**2 + 4, -3 * u**3 + 3 * u**2 + 3 * u + 1, u**3]) / 6.0
    around = coefficients[:, cell.astype(int)[None, :] + jnp.arange(4)[:, None]]  # rows, 4, n
    return jnp.sum(around * weights[None], axis=1)
