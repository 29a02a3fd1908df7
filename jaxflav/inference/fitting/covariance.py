"""Covariance of a fit from the curvature of the log-likelihood, and the expected information."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PyTree

from jaxflav.inference.fitting.numbers import require_numbers
from jaxflav.likelihood.likelihood import Likelihood, linearise, log_likelihood

_hessian = jax.jit(jax.hessian(log_likelihood, argnums=1))


def covariance(
    likelihood: Likelihood, parameters: np.ndarray, context: PyTree = None, fixed: np.ndarray | None = None
) -> np.ndarray:
    """Inverse of the observed information matrix, (p, p); rows and columns of fixed parameters are 0.

    Parameters
    ----------
    likelihood : Likelihood
        The likelihood.
    parameters : (p,) array
        Best fit, inside its bounds.
    context : pytree, optional
        Context of the signal.
    fixed : (p,) boolean array, optional
        Parameters held constant, in addition to those that the workspace holds.

    Raises
    ------
    ArithmeticError
        If the matrix is not positive definite, so that the point is no maximum, or has a NaN.
    """
    information = -np.asarray(_hessian(likelihood, parameters, context))
    moving = ~np.asarray(likelihood.fixed)
    if fixed is not None:
        moving &= ~np.asarray(fixed)
    block = np.ix_(moving, moving)
    names = [name for name, free in zip(likelihood.parameter_names, moving, strict=True) if free]
    require_numbers(information[block], names, "the curvature of the log-likelihood in the direction")
    try:
        np.linalg.cholesky(information[block])
    except np.linalg.LinAlgError:
        lowest = np.linalg.eigvalsh(information[block])[0]
        raise ArithmeticError(
            f"the information matrix has the eigenvalue {lowest:.3g}, expected positive ones: the point is not "
            "a maximum; fit first, or fix the parameters that the data do not constrain"
        ) from None
    result = np.zeros_like(information)
    result[block] = require_numbers(np.linalg.inv(information[block]), names, "the covariance")
    return result


@eqx.filter_jit
def expected_information(likelihood: Likelihood, x: Float[Array, " p"], context: PyTree) -> Float[Array, "p p"]:
    """Expected information matrix of rows and constraints at the parameters x, and at a context."""
    model, k, free = likelihood.model, likelihood.n_signal, likelihood.signal.n_free
    at = linearise(likelihood, x, context)
    jacobian = jnp.zeros((len(at.expected), len(x) + 1)).at[:, : at.dense.shape[1]].set(at.dense)
    bins = jnp.arange(model.n_bins)[:, None]
    jacobian = jacobian.at[bins, k + model.local_index].add(at.local)[:, :-1]
    error = likelihood.normal_error
    variance = jnp.where(error > 0, error**2, jnp.maximum(at.expected, 1e-9))
    precision = jnp.where(model.normal, 1.0 / jnp.where(model.normal, model.width, 1.0) ** 2, 0.0)
    precision = precision + jnp.where(model.poisson, model.rate / jnp.where(model.poisson, x[k:], 1.0), 0.0)
    theory = jnp.where(jnp.arange(k) >= free, 1.0, 0.0)
    return (jacobian / variance[:, None]).T @ jacobian + jnp.diag(jnp.concatenate([theory, precision]))
