"""The same fit by Minuit, with our gradient: a cross-check by an algorithm that shares nothing with ours."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PyTree

from jaxflav.inference.fitting.result import CONVERGED, NO_PROGRESS, Fit
from jaxflav.io.errors import InputError
from jaxflav.likelihood.likelihood import Likelihood, log_likelihood
from jaxflav.numerics.precision import require_x64

_value_and_gradient = jax.jit(jax.value_and_grad(log_likelihood, argnums=1))


def fit_with_minuit(
    likelihood: Likelihood,
    context: PyTree = None,
    start: np.ndarray | None = None,
    fixed: np.ndarray | None = None,
    tolerance: float = 1e-4,
) -> Fit:
    """Maximise the likelihood with MIGRAD; arguments and result as for ``fit``, on the host and one at a time.

    Parameters
    ----------
    tolerance : float
        Of MIGRAD: the estimated distance to the minimum of -ln L is below 0.001 times this.

    Raises
    ------
    InputError
        If iminuit is not installed.
    RuntimeError
        If JAX is not in double precision.
    """
    require_x64()
    try:
        from iminuit import Minuit
    except ImportError:
        raise InputError("this cross-check needs iminuit: pip install 'jaxflav[minuit]'") from None
    x = np.array(likelihood.start if start is None else start, dtype=float)
    moving = ~np.asarray(likelihood.fixed if fixed is None else likelihood.fixed | fixed)

    def full(z):
        y = x.copy()
        y[moving] = z
        return jnp.asarray(y)

    def objective(z):
        return -float(_value_and_gradient(likelihood, full(z), context)[0])

    def gradient(z):
        return -np.asarray(_value_and_gradient(likelihood, full(z), context)[1])[moving]

    minuit = Minuit(objective, x[moving], grad=gradient)
    minuit.errordef = Minuit.LIKELIHOOD
    minuit.tol = tolerance
    width = np.asarray(likelihood.model.width)
    width = np.where(np.asarray(likelihood.model.normal), width, 0.1)
    steps = 0.1 * np.concatenate([likelihood.signal.scale, width])[moving]
    bounds = np.stack([likelihood.lower, likelihood.upper], axis=1)[moving]
    for i, (limits, step) in enumerate(zip(bounds, steps, strict=True)):
        minuit.limits[i] = tuple(limits)
        minuit.errors[i] = step
    minuit.migrad(ncall=100_000)
    slope = np.abs(gradient(np.array(minuit.values))) * np.array(minuit.errors)
    return Fit(
        full(np.array(minuit.values)),
        jnp.asarray(-minuit.fval),
        jnp.asarray(CONVERGED if minuit.valid else NO_PROGRESS),
        jnp.asarray(minuit.nfcn),
        jnp.asarray(minuit.fmin.edm),
        jnp.asarray(slope.max()),
    )
