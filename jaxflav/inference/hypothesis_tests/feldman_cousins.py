"""Confidence sets with exact coverage by toys, for one or two parameters.

A point belongs to the set if the data are not among the least likely of its own toys, ordered by the likelihood ratio
to the best allowed point; the toys have the nuisance parameters that fit the data best there.

References
----------
Feldman, Cousins, arXiv:physics/9711021.
"""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from jaxflav.inference.fitting.batch import require_converged
from jaxflav.inference.fitting.problem import Problem, check_values, fit_held
from jaxflav.inference.hypothesis_tests.toys import PValue, p_value, sample_toys
from jaxflav.inference.profiling.profile import best_fit
from jaxflav.io.errors import InputError


@dataclasses.dataclass(frozen=True)
class ConfidenceSet:
    """Result of ``feldman_cousins``.

    Attributes
    ----------
    names : tuple of str
        The parameters.
    points : (n, k) array
        Values of the parameters.
    t : (n,) array
        Twice the logarithm of the likelihood ratio of the data to the best fit.
    p_values : tuple of n PValue
        Share of the toys of a point that are as unlikely as the data.
    confidence : float
        Such as 0.9.
    accepted : (n,) boolean array
        Whether the point belongs to the set: p > 1 - confidence.
    undecided : (n,) boolean array
        Whether the number of toys leaves that open: 1 - confidence is inside the 68.3 % interval of p.
    seed : int
    """

    names: tuple[str, ...]
    points: np.ndarray
    t: np.ndarray
    p_values: tuple[PValue, ...]
    confidence: float
    accepted: np.ndarray
    undecided: np.ndarray
    seed: int


def feldman_cousins(
    problem: Problem,
    names: Sequence[str],
    points: np.ndarray,
    confidence: float = 0.9,
    n_toys: int = 500,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
) -> ConfidenceSet:
    """Which points of a grid belong to the confidence set.

    Parameters
    ----------
    problem : Problem
        The problem.
    names : sequence of one or two str
        Parameters that it does not hold.
    points : (n,) or (n, k) array
        Their values.
    confidence : float
        Confidence level.
    n_toys : int
        Per point.
    seed : int
        Of the toys; every point has its own stream.
    progress : callable, optional
        Called with 1 for every point done.

    Raises
    ------
    InputError
        If names, points, confidence level or the number of toys are not allowed.
    ArithmeticError
        If a fit to the data, or more than 1 % of the toys of a point, do not converge.
    """
    points = np.asarray(points, dtype=float).reshape(len(points), -1)
    if len(names) not in (1, 2) or points.shape[1] != len(names):
        raise InputError(f"{len(names)} parameters and points of {points.shape[1]} values, expected one or two of both")
    if not 0 < confidence < 1:
        raise InputError(f"confidence level is {confidence!r}, expected one between 0 and 1 such as 0.9")
    for name, column in zip(names, points.T, strict=True):
        check_values(problem, name, column)
    best = best_fit(problem)
    held = require_converged(fit_held(problem, names, points, starts=best.parameters[0]), "fit with parameters held")
    t = np.maximum(2 * (best.log_likelihood[0] - held.log_likelihood), 0.0)
    p_values = []
    for i, point in enumerate(points):
        truth = held.parameters[i]
        toys = sample_toys(problem, truth, n_toys, seed * len(points) + i)
        free = fit_held(problem, data=toys, starts=truth)
        fixed = fit_held(problem, names, np.tile(point, (n_toys, 1)), data=toys, starts=truth)
        ratios = np.maximum(2 * (free.log_likelihood - fixed.log_likelihood), 0.0)
        p_values.append(p_value(np.where(free.converged & fixed.converged, ratios, np.nan), t[i]))
        if progress is not None:
            progress(1)
    limit = 1 - confidence
    return ConfidenceSet(
        names=tuple(names),
        points=points,
        t=t,
        p_values=tuple(p_values),
        confidence=confidence,
        accepted=np.array([p.value > limit for p in p_values]),
        undecided=np.array([p.low < limit < p.high for p in p_values]),
        seed=seed,
    )
