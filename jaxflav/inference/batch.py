"""Fits in batches of one fixed size: compiled once, whatever the number of problems."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jaxflav.inference.fit import CONVERGED, NOT_FINITE, STATUS_TEXT, Fit, fit
from jaxflav.likelihood.likelihood import Likelihood

BATCH = 16

_fit_batch = jax.jit(jax.vmap(fit, in_axes=(None, 0, 0, 0, 0, 0)))


def fit_many(
    likelihood: Likelihood,
    contexts: np.ndarray,
    starts: np.ndarray,
    fixed: np.ndarray,
    progress: Callable[[int], None] | None = None,
    observed: np.ndarray | None = None,
    centre: np.ndarray | None = None,
) -> Fit:
    """Fit many problems that differ in context, start values, fixed parameters and data.

    Parameters
    ----------
    likelihood : Likelihood
        Of all problems.
    contexts : (n, ...) array
        Contexts of the signal, such as masses.
    starts : (p,) or (n, p) array
        Start values; fixed parameters keep them.
    fixed : (p,) or (n, p) boolean array
        Parameters held constant.
    progress : callable, optional
        Called with the number of fits done, batch after batch.
    observed : (rows,) or (n, rows) array, optional
        Counts and measured values, those of the likelihood by default.
    centre : (p,) or (n, p) array, optional
        Auxiliary measurements, those of the likelihood by default.

    Returns
    -------
    Fit
        NumPy arrays with a leading axis of length n.
    """
    contexts = np.asarray(contexts, dtype=float)
    n = len(contexts)
    observed = likelihood.observed if observed is None else observed
    centre = likelihood.centre if centre is None else centre
    rows_of = [contexts]
    for array in (starts, fixed, observed, centre):
        array = np.asarray(array)
        rows_of.append(np.broadcast_to(array, (n, array.shape[-1])))
    done = []
    for first in range(0, n, BATCH):
        rows = np.minimum(np.arange(first, first + BATCH), n - 1)
        result = _fit_batch(likelihood, *(jnp.asarray(a[rows]) for a in rows_of))
        size = min(BATCH, n - first)
        done.append(jax.tree.map(lambda a, size=size: np.asarray(a)[:size], result))
        if progress is not None:
            progress(size)
    return jax.tree.map(lambda *parts: np.concatenate(parts), *done)


def require_converged(fits: Fit, what: str) -> Fit:
    """The fits, if all of them are results.

    Parameters
    ----------
    fits : Fit
        Of ``fit_many``.
    what : str
        What was fitted, for the message.

    Raises
    ------
    ArithmeticError
        If one did not converge.
    """
    failed = np.flatnonzero(~np.asarray(fits.converged))
    if failed.size:
        status = int(np.asarray(fits.status)[failed[0]])
        reason = STATUS_TEXT[NOT_FINITE if status == CONVERGED else status]
        raise ArithmeticError(
            f"{what}: {failed.size} of {len(fits.status)} fits failed, the first one: {reason}; expected all to "
            "converge; start elsewhere, or hold the parameters that the data do not constrain"
        )
    return fits
