"""Fits in batches of one fixed size: compiled once, whatever the number of problems."""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jaxflav.inference.fitting.fisher_scoring import fit
from jaxflav.inference.fitting.maximum import is_maximum
from jaxflav.inference.fitting.result import CONVERGED, NO_PROGRESS, NOT_FINITE, STATUS_TEXT, UNCHECKED, Fit
from jaxflav.likelihood.likelihood import Likelihood

BATCH = 16

_AXES = (None, 0, 0, 0, 0, 0)
_fit_batch = jax.jit(jax.vmap(functools.partial(fit, check=False), in_axes=_AXES))
_look_batch = jax.jit(jax.vmap(is_maximum, in_axes=_AXES))
_leave_batch = jax.jit(jax.vmap(fit, in_axes=_AXES))


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

    A fit whose end may be no maximum is looked at again, and leaves a saddle, see ``settled``.

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
        size = min(BATCH, n - first)
        result = _fit_batch(likelihood, *(jnp.asarray(a[rows]) for a in rows_of))
        done.append(jax.tree.map(lambda a, size=size: np.asarray(a)[:size], result))
        if progress is not None:
            progress(size)
    fits = jax.tree.map(lambda *parts: np.concatenate(parts), *done)

    def at_ends(function):
        def at(ends, rows):
            context, _, *others = (jnp.asarray(a[rows]) for a in rows_of)
            return function(likelihood, context, jnp.asarray(ends), *others)

        return at

    return settled(fits, at_ends(_look_batch), at_ends(_leave_batch))


def settled(fits: Fit, look: Callable, leave: Callable) -> Fit:
    """Fits with all doubtful ends looked at: maxima have converged, from elsewhere the fit goes on.

    This is done on one device, in batches of one size, in programs that only such fits compile.

    Parameters
    ----------
    fits : Fit
        With a leading axis, of fits with ``check=False``.
    look, leave : callables
        Of parameters (``BATCH``, p) where fits ended and the positions (``BATCH``,) of these fits: whether they are
        maxima, and the fits from there.
    """
    fits = jax.tree.map(np.array, fits)

    def at(function, rows):
        parts = []
        for first in range(0, len(rows), BATCH):
            padded, size = np.resize(rows[first:], BATCH), min(BATCH, len(rows) - first)
            result = function(fits.parameters[padded], padded)
            parts.append(jax.tree.map(lambda a, size=size: np.asarray(a)[:size], result))
        return jax.tree.map(lambda *each: np.concatenate(each), *parts)

    doubtful = np.flatnonzero(fits.status == UNCHECKED)
    if doubtful.size:
        fits.status[doubtful[at(look, doubtful)]] = CONVERGED
    stuck = np.flatnonzero((fits.status == UNCHECKED) | (fits.status == NO_PROGRESS))
    if stuck.size:
        tried, last = fits.iterations[stuck], at(leave, stuck)
        for old, new in zip(jax.tree.leaves(fits), jax.tree.leaves(last), strict=True):
            old[stuck] = new
        fits.iterations[stuck] += tried
    return fits


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
