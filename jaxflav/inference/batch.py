"""Fits in batches of one fixed size: compiled once, whatever the number of problems."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jaxflav.inference.fit import Fit, fit
from jaxflav.likelihood.likelihood import Likelihood

BATCH = 16

_fit_batch = jax.jit(jax.vmap(fit, in_axes=(None, 0, 0, 0)))


def fit_many(
    likelihood: Likelihood,
    contexts: np.ndarray,
    starts: np.ndarray,
    fixed: np.ndarray,
    progress: Callable[[int], None] | None = None,
) -> Fit:
    """Fit many problems that differ in context, start values and fixed parameters.

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

    Returns
    -------
    Fit
        NumPy arrays with a leading axis of length n.
    """
    contexts = np.asarray(contexts, dtype=float)
    n = len(contexts)
    starts = np.broadcast_to(starts, (n, np.shape(starts)[-1]))
    fixed = np.broadcast_to(fixed, (n, np.shape(fixed)[-1]))
    done = []
    for first in range(0, n, BATCH):
        rows = np.minimum(np.arange(first, first + BATCH), n - 1)
        result = _fit_batch(likelihood, *(jnp.asarray(a[rows]) for a in (contexts, starts, fixed)))
        size = min(BATCH, n - first)
        done.append(jax.tree.map(lambda a, size=size: np.asarray(a)[:size], result))
        if progress is not None:
            progress(size)
    return jax.tree.map(lambda *parts: np.concatenate(parts), *done)
