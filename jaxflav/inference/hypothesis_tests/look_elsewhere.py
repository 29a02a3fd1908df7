"""Global significance of a line whose mass was not known beforehand.

q(m) is the evidence for a line at mass m. The chance that its largest value exceeds c anywhere is at most

    P(q > c) + <N(c0)> exp(-(c - c0)/2),

with the mean number <N(c0)> of up-crossings of a low level c0, which few toys give.

References
----------
Gross, Vitells, arXiv:1005.1891, Eqs. (2) and (3); P(q > c) is half a chi-squared, as the line is positive.
"""

import dataclasses
from collections.abc import Callable

import numpy as np
import scipy

from jaxflav.inference.fitting.masses import check_plane_masses
from jaxflav.inference.fitting.problem import Data, Problem, fit_held
from jaxflav.inference.hypothesis_tests.likelihood_ratios import check_bounded_at_zero, conditional_fit
from jaxflav.inference.hypothesis_tests.toys import PValue, boundary_p_value, p_value, sample_toys
from jaxflav.io.errors import InputError


@dataclasses.dataclass(frozen=True)
class LookElsewhere:
    """Result of ``look_elsewhere``.

    Attributes
    ----------
    masses, q : (n,) arrays
        Grid in GeV and evidence of the data.
    best_mass, q_max : float
        Largest evidence on the grid.
    p_local, z_local : float
        There, from half a chi-squared.
    reference_level : float
        c0.
    upcrossings, upcrossings_error : float
        Mean number per toy at c0, and its standard deviation.
    p_global, p_global_error, z_global : float
        Bound of Gross and Vitells.
    trial_factor : float
        p_global/p_local.
    p_toys : PValue
        Share of the toys whose largest evidence reaches that of the data: the same question without asymptotics.
    toy_maxima : (toys,) array
        Largest evidence of each toy; NaN where a fit is not a result.
    seed : int
    """

    masses: np.ndarray
    q: np.ndarray
    best_mass: float
    q_max: float
    p_local: float
    z_local: float
    reference_level: float
    upcrossings: float
    upcrossings_error: float
    p_global: float
    p_global_error: float
    z_global: float
    trial_factor: float
    p_toys: PValue
    toy_maxima: np.ndarray
    seed: int


def evidence_over_mass(
    problem: Problem,
    name: str,
    masses: np.ndarray,
    data: Data,
    start: np.ndarray | None = None,
    progress: Callable[[int], None] | None = None,
) -> np.ndarray:
    """q(m) = 2 ln L(best at m) - 2 ln L(no line) of every data set, (sets, masses); NaN where a fit is not a result."""
    sets, n = len(data), len(masses)
    none = fit_held(problem, [name], np.zeros((sets, 1)), data=data, starts=start)
    rows = np.repeat(np.arange(sets), n)
    fits = fit_held(
        problem,
        contexts=np.tile(masses, sets),
        data=data.rows(rows),
        starts=None if start is None else none.parameters[rows],
        progress=progress,
    )
    ok = fits.converged & none.converged[rows]
    q = np.where(ok, np.maximum(2 * (fits.log_likelihood - none.log_likelihood[rows]), 0.0), np.nan)
    return q.reshape(sets, n)


def count_upcrossings(curves: np.ndarray, level: float) -> np.ndarray:
    """How often each curve (rows, points) rises through a level; one that begins above counts for that."""
    above = curves > level
    return above[:, 0].astype(int) + np.sum(above[:, 1:] & ~above[:, :-1], axis=1)


def look_elsewhere(
    problem: Problem,
    name: str,
    masses: np.ndarray,
    n_toys: int = 100,
    seed: int = 0,
    reference_level: float = 0.5,
    progress: Callable[[int], None] | None = None,
) -> LookElsewhere:
    """Global significance of the strongest line over a grid of masses.

    Parameters
    ----------
    problem : Problem
        Of a likelihood with a new particle, such as with ``held={"mu": 1.0}``.
    name : str
        Strength of the line, such as "branching_fraction".
    masses : (n,) array
        In GeV, fine against the resolution: a line narrower than the spacing is missed.
    n_toys : int
        Toys of the best fit without line.
    seed : int
        Of the toys.
    reference_level : float
        c0; 0.5 is where few toys have many crossings.
    progress : callable, optional
        Called with the number of fits done, n * (n_toys + 1) in all.

    Raises
    ------
    InputError
        If a mass, the level, the parameter or the number of toys is not allowed.
    ArithmeticError
        If a fit to the data, or more than 1 % of the toys, do not converge.
    """
    check_bounded_at_zero(problem, name)
    masses = np.unique(check_plane_masses(problem, masses))
    if len(masses) < 2 or not reference_level > 0:
        raise InputError(
            f"look-elsewhere: {len(masses)} masses and reference level {reference_level!r}, expected at least 2 masses "
            "and a positive level"
        )
    truth = conditional_fit(problem, name, 0.0)
    likelihood = problem.likelihood
    seen = Data(np.asarray(likelihood.observed)[None, :], np.asarray(likelihood.centre)[None, :])
    q = evidence_over_mass(problem, name, masses, seen, truth, progress)[0]
    toys = evidence_over_mass(problem, name, masses, sample_toys(problem, truth, n_toys, seed), truth, progress)
    # a single failed mass hides no crossing of a fine grid: bridge it; a toy of which nothing is left is failed
    maxima = np.max(np.where(np.isnan(toys).mean(axis=1, keepdims=True) > 0.05, np.nan, np.nan_to_num(toys)), axis=1)
    q_max = float(np.max(q))
    toy_p = p_value(maxima, q_max)
    bridged = np.stack([_bridge(row) for row in toys[np.isfinite(maxima)]])
    crossings = count_upcrossings(bridged, reference_level)
    mean, error = float(crossings.mean()), float(crossings.std() / np.sqrt(len(crossings)))
    local = boundary_p_value(q_max)
    decay = float(np.exp(-(q_max - reference_level) / 2))
    p_global = min(local + mean * decay, 1.0)
    return LookElsewhere(
        masses=masses,
        q=q,
        best_mass=float(masses[int(np.argmax(q))]),
        q_max=q_max,
        p_local=local,
        z_local=float(np.sqrt(q_max)),
        reference_level=reference_level,
        upcrossings=mean,
        upcrossings_error=error,
        p_global=p_global,
        p_global_error=error * decay,
        z_global=float(scipy.stats.norm.isf(p_global)),
        trial_factor=p_global / local,
        p_toys=toy_p,
        toy_maxima=maxima,
        seed=seed,
    )


def _bridge(curve):
    known = np.isfinite(curve)
    return np.interp(np.arange(len(curve)), np.flatnonzero(known), curve[known])
