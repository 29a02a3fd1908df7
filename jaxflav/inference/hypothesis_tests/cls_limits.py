"""Upper limits by CLs: asymptotic, with the expected band, and by toys.

CLs(mu) = CL_{s+b}/CL_b with the test statistic q~_mu; the limit is where it falls to 1 - CL.

References
----------
Cowan, Cranmer, Gross, Vitells, arXiv:1007.1727 (asymptotics of q~_mu, Asimov data); A. L. Read, J. Phys. G 28 (2002)
2693 (CLs).
"""

import dataclasses

import numpy as np
import scipy
from scipy.special import log_ndtr

from jaxflav.inference.fitting.numbers import require_numbers
from jaxflav.inference.fitting.problem import Problem
from jaxflav.inference.hypothesis_tests.likelihood_ratios import (
    asimov_data,
    check_bounded_at_zero,
    conditional_fit,
    expected_data,
    q_mu,
)
from jaxflav.inference.hypothesis_tests.toys import TIE, check_toys, sample_toys
from jaxflav.inference.profiling.interval import rise_on_side
from jaxflav.inference.profiling.profile import best_fit, curvature_error
from jaxflav.io.errors import InputError

SIGMAS = (-2, -1, 0, 1, 2)
# Against exact Poisson limits of counting experiments with data within 2 standard deviations of the background, the
# asymptotic limit is low by at most 8 % for 10 background events, 11 % for 5, 16 % for 2 and 26 % for 0.5.
FEW_EVENTS = 10.0
_REACH = 100.0
_MOVES = 4  # sets of points of a limit by toys, each of which begins where the one before ends


@dataclasses.dataclass(frozen=True)
class UpperLimit:
    """Asymptotic upper limit.

    Attributes
    ----------
    name : str
        The parameter.
    confidence : float
        Such as 0.95.
    observed : float
        Of the data.
    expected : (5,) array
        Median and band of -2, -1, 0, 1, 2 standard deviations if the parameter is 0.
    best, error : float
        Best value and its standard deviation from the curvature.
    effective_events : float
        Expected events without signal of the single bin with the same signal over noise as the observed limit.
    doubt : str or None
        Why the asymptotic limit is doubtful; None if nothing speaks against it.
    """

    name: str
    confidence: float
    observed: float
    expected: np.ndarray
    best: float
    error: float
    effective_events: float
    doubt: str | None


@dataclasses.dataclass(frozen=True)
class ToyLimit:
    """Upper limit by toys.

    Attributes
    ----------
    name, confidence : str, float
        The parameter, and such as 0.95.
    observed, error : float
        Limit, and its standard deviation from the number of toys; large where CL_b of the data is small.
    values, cls, cls_error : (n,) arrays
        Where CLs was computed, and its binomial error.
    toys : int
        Per value and hypothesis.
    failed : int
        Toys without result, of all.
    seed : int
    """

    name: str
    confidence: float
    observed: float
    error: float
    values: np.ndarray
    cls: np.ndarray
    cls_error: np.ndarray
    toys: int
    failed: int
    seed: int


def log_cls(q: np.ndarray, q_asimov: np.ndarray) -> np.ndarray:
    """ln CLs for q~_mu of the data and of the background-only Asimov data set (arXiv:1007.1727, Eqs. (64-66))."""
    root, root_asimov = np.sqrt(q), np.sqrt(q_asimov)
    beyond = q > q_asimov
    safe = np.where(root_asimov > 0, root_asimov, 1.0)
    both = np.where(beyond, (q + q_asimov) / (2 * safe), root)
    background = np.where(beyond, (q - q_asimov) / (2 * safe), root - root_asimov)
    return log_ndtr(-both) - log_ndtr(-background)


def _check_confidence(confidence):
    if not 0.5 < confidence < 1:
        raise InputError(f"confidence level is {confidence!r}, expected one between 0.5 and 1 such as 0.95")


def _effective_events(problem, name, background, value):
    """(sum s)^2 / sum(s^2/b): a single bin with so many events has the same signal and signal over noise."""
    with_signal = background.copy()
    with_signal[problem.likelihood.index(name)] = value
    b = expected_data(problem, background)[0]
    s = expected_data(problem, with_signal)[0] - b
    weight = np.sum(s**2 / np.maximum(b, np.finfo(float).tiny))
    return float(np.sum(s) ** 2 / weight) if weight > 0 else 0.0


def upper_limit(problem: Problem, name: str, confidence: float = 0.95) -> UpperLimit:
    """Upper limit on a parameter by asymptotic CLs, observed and expected.

    Parameters
    ----------
    problem : Problem
        The problem, such as one with a mass as context.
    name : str
        Parameter with the lower bound 0, such as "mu" or "branching_fraction".
    confidence : float
        Confidence level.

    Returns
    -------
    UpperLimit
        Look at ``doubt`` before use: with few events take ``toy_upper_limit``.

    Raises
    ------
    InputError
        If the parameter is unknown, held or has not the bound 0, or the confidence level is out of range.
    ArithmeticError
        If a fit does not converge, or the data do not limit the parameter.
    """
    _check_confidence(confidence)
    k = check_bounded_at_zero(problem, name)
    best = best_fit(problem)
    value = float(best.parameters[0, k])
    error = curvature_error(problem, name, best.parameters[0])
    background = conditional_fit(problem, name, 0.0)
    asimov = asimov_data(problem, background)
    alpha = 1 - confidence

    def asimov_curve(values):
        return q_mu(problem, name, values, asimov, background)

    def observed_curve(values):
        q = q_mu(problem, name, values, starts=best.parameters[0])
        return -log_cls(q, asimov_curve(values))

    far = min(value + _REACH * error, float(problem.likelihood.upper[k]))
    observed, closed = rise_on_side(observed_curve, value, -np.log(alpha), far, error / 4)
    # CLs = Phi(N - sqrt(q_A))/Phi(N) for the data that fluctuate by N standard deviations
    levels = [(n - scipy.stats.norm.ppf(alpha * scipy.stats.norm.cdf(n))) ** 2 for n in SIGMAS]
    band = [rise_on_side(asimov_curve, 0.0, level, far, error / 4) for level in levels]
    if not closed or not all(end for _, end in band):
        raise ArithmeticError(
            f"CLs of {name!r} does not fall to {alpha:g} up to {far:g}: the data do not limit it; check "
            "that the signal reaches a bin"
        )
    require_numbers([observed, *(x for x, _ in band)], [name] * (1 + len(band)), "the limit")
    events = _effective_events(problem, name, background, observed)
    doubt = None
    if events < FEW_EVENTS:
        doubt = (
            f"the limit rests on the equivalent of {events:.1f} events in one bin, fewer than {FEW_EVENTS:g}: the "
            "asymptotic formulas are doubtful; compare with toys"
        )
    return UpperLimit(name, confidence, observed, np.array([x for x, _ in band]), value, error, events, doubt)


def _tail(statistics, observed):
    known = statistics[np.isfinite(statistics)]
    return np.mean(known >= observed - TIE), len(statistics) - len(known)


def toy_cls(
    problem: Problem, name: str, values: np.ndarray, n_toys: int, seed: int
) -> tuple[np.ndarray, np.ndarray, int]:
    """CLs by toys at some values of a parameter.

    The toys of the two hypotheses have the nuisance parameters that fit the data best with the parameter held at
    the value and at 0.

    Returns
    -------
    cls, error : (n,) arrays
        CLs, and its standard deviation from the number of toys.
    failed : int
        Toys without result.
    """
    check_toys(n_toys, seed)
    values = np.asarray(values, dtype=float)
    q = q_mu(problem, name, values)
    if not np.all(np.isfinite(q)):
        raise ArithmeticError(f"the fit to the data fails for {name!r} = {values[~np.isfinite(q)][0]:g}: no CLs")
    background = conditional_fit(problem, name, 0.0)
    without = sample_toys(problem, background, n_toys, 2 * seed)
    cls, error, failed = np.empty(len(values)), np.empty(len(values)), 0
    for i, value in enumerate(values):
        truth = conditional_fit(problem, name, value)
        held = np.full(n_toys, value)
        signal = sample_toys(problem, truth, n_toys, 2 * seed + 1)
        both, lost = _tail(q_mu(problem, name, held, signal, truth), q[i])
        only, lost_too = _tail(q_mu(problem, name, held, without, background), q[i])
        failed += lost + lost_too
        both, only = np.clip([both, only], 0.5 / n_toys, 1.0)
        cls[i] = both / only
        error[i] = cls[i] * np.sqrt(((1 - both) / both + (1 - only) / only) / n_toys)
    return cls, error, failed


def toy_upper_limit(
    problem: Problem, name: str, confidence: float = 0.95, n_toys: int = 1000, seed: int = 0, points: int = 6
) -> ToyLimit:
    """Upper limit on a parameter by CLs from toys.

    ln CLs at points around the asymptotic limit is described by a parabola, weighted with the binomial errors. Where
    CLs crosses 1 - confidence elsewhere, as it may where few events are expected, the points follow it.

    Parameters
    ----------
    problem, name, confidence
        As for ``upper_limit``.
    n_toys : int
        Per point and hypothesis.
    seed : int
        The same seed gives the same limit.
    points : int
        Values of the parameter, at least 4.

    Raises
    ------
    InputError
        As ``upper_limit``, or if there are too few points or toys.
    ArithmeticError
        As ``upper_limit``, or if CLs does not cross 1 - confidence near the asymptotic limit: take more toys.
    """
    if points < 4:
        raise InputError(f"points is {points}, expected at least 4 for a parabola with a check")
    guess = upper_limit(problem, name, confidence).observed
    target = np.log(1 - confidence)
    for _ in range(_MOVES):
        values = guess * np.linspace(0.7, 1.4, points)
        cls, error, failed = toy_cls(problem, name, values, n_toys, seed)
        x = values / guess
        weight = cls / np.maximum(error, 0.5 / n_toys)
        coefficients = np.polyfit(x, np.log(cls), 2, w=weight)
        fine = np.linspace(x[0], x[-1], 2001)
        above = np.polyval(coefficients, fine) > target
        if above[0] and not above[-1]:
            break
        guess = values[-1] if above[-1] else values[0]
    else:
        raise ArithmeticError(
            f"CLs by toys does not cross {1 - confidence:g} between {values[0]:g} and {values[-1]:g} "
            f"(from {cls[0]:.3f} to {cls[-1]:.3f}), nor nearer to the asymptotic limit; take more toys than {n_toys}, "
            "or look at the fits"
        )
    i = int(np.argmin(above))
    slope = np.polyval(np.polyder(coefficients), fine[i])
    # all points share their toys, and so their errors: the parabola averages nothing
    uncertainty = np.interp(fine[i], x, error / cls) / abs(slope)
    return ToyLimit(name, confidence, fine[i] * guess, uncertainty * guess, values, cls, error, n_toys, failed, seed)
