"""The highest of several maxima: fits from many starts, for likelihoods of couplings that have more than one."""

import dataclasses

import numpy as np

from jaxflav.inference.fitting.batch import require_converged
from jaxflav.inference.fitting.problem import Problem, fit_held
from jaxflav.io.errors import InputError

_SAME = 1e-6  # maxima of ln L closer than this are one, or equivalent, as under a flip of signs
_SPREAD = 3.0  # of the starts, in typical sizes of a parameter


@dataclasses.dataclass(frozen=True)
class GlobalFit:
    """Result of ``global_fit``.

    Attributes
    ----------
    parameters : (n, p) array
        Maxima of different height, the highest first.
    log_likelihood : (n,) array
        Their heights.
    found : (n,) array
        How many starts led to each.
    failed : int
        Starts that led to none.
    """

    parameters: np.ndarray
    log_likelihood: np.ndarray
    found: np.ndarray
    failed: int


def random_starts(problem: Problem, n: int, seed: int) -> np.ndarray:
    """Starts (n, p): that of the problem, and others with the unconstrained signal parameters drawn around it.

    Normal with three times the typical size of each parameter, reflected at its bounds. Held parameters stay.
    """
    likelihood = problem.likelihood
    free = np.flatnonzero((np.arange(len(problem.start)) < likelihood.signal.n_free) & ~problem.fixed)
    scale = np.array(likelihood.signal.scale)[free]
    lower, upper = np.asarray(likelihood.lower)[free], np.asarray(likelihood.upper)[free]
    starts = np.tile(problem.start, (n, 1))
    shift = _SPREAD * scale * np.random.default_rng(seed).standard_normal((n - 1, free.size))
    drawn = problem.start[free] + shift
    drawn = np.where(drawn < lower, 2 * np.where(np.isfinite(lower), lower, 0.0) - drawn, drawn)
    drawn = np.where(drawn > upper, 2 * np.where(np.isfinite(upper), upper, 0.0) - drawn, drawn)
    starts[1:, free] = np.clip(drawn, lower, upper)
    return starts


def global_fit(problem: Problem, n_starts: int = 16, seed: int = 0) -> GlobalFit:
    """Fit from many starts, and sort the maxima.

    Yields are quadratic in couplings: signs can flip, and interference leads to maxima of different height. No finite
    number of starts proves that the highest maximum was found; ``found`` says how often each was.

    Parameters
    ----------
    problem : Problem
        The problem.
    n_starts : int
        Number of starts, of which the first is that of the problem.
    seed : int
        Of the other starts.

    Raises
    ------
    InputError
        If there is no start.
    ArithmeticError
        If no fit converges.
    """
    if n_starts < 1:
        raise InputError(f"number of starts is {n_starts}, expected at least 1")
    fits = fit_held(problem, starts=random_starts(problem, n_starts, seed), contexts=np.full(n_starts, problem.context))
    results = np.flatnonzero(fits.converged)
    if not results.size:
        require_converged(fits, "fits from all starts")
    order = results[np.argsort(-fits.log_likelihood[results])]
    height = fits.log_likelihood[order]
    first = np.flatnonzero(np.append(True, -np.diff(height) > _SAME * np.maximum(1.0, np.abs(height[1:]))))
    return GlobalFit(
        parameters=fits.parameters[order[first]],
        log_likelihood=height[first],
        found=np.diff(np.append(first, len(order))),
        failed=n_starts - len(order),
    )
