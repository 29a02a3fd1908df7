"""Covariance of a fit from the curvature of the log-likelihood."""

import jax
import numpy as np
from jaxtyping import PyTree

from jaxflav.likelihood.likelihood import Likelihood, log_likelihood

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
        If the matrix is not positive definite, so that the point is no maximum.
    """
    information = -np.asarray(_hessian(likelihood, parameters, context))
    moving = ~np.asarray(likelihood.fixed)
    if fixed is not None:
        moving &= ~np.asarray(fixed)
    block = np.ix_(moving, moving)
    try:
        np.linalg.cholesky(information[block])
    except np.linalg.LinAlgError:
        lowest = np.linalg.eigvalsh(information[block])[0]
        raise ArithmeticError(
            f"the information matrix has the eigenvalue {lowest:.3g}, expected positive ones: the point is not "
            "a maximum; fit first, or fix the parameters that the data do not constrain"
        ) from None
    result = np.zeros_like(information)
    result[block] = np.linalg.inv(information[block])
    return result
