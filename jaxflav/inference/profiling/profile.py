"""Profile likelihood of one parameter, and the interval that it gives at any level.

The curve is q(theta) = 2 ln L(best) - 2 ln L(theta), everything else refitted. It rises by the square of the number
of standard deviations for one parameter (Wilks), which is what MINOS of Minuit solves for.
"""

import dataclasses
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jaxflav.inference.fitting.batch import require_converged
from jaxflav.inference.fitting.covariance import covariance
from jaxflav.inference.fitting.numbers import require_numbers
from jaxflav.inference.fitting.problem import Data, Problem, check_values, fit_held, free_index
from jaxflav.inference.fitting.result import STATUS_TEXT, Fit
from jaxflav.inference.fitting.step import AT_BOUND
from jaxflav.inference.profiling.interval import rise_on_side
from jaxflav.io.errors import InputError
from jaxflav.likelihood.likelihood import expected, log_likelihood, with_observed

_gradient = jax.jit(jax.grad(log_likelihood, argnums=1))

_REACH = 100.0  # an interval is looked for within so many standard deviations
_FIRST = 1 / 8  # first step, in standard deviations


@dataclasses.dataclass(frozen=True)
class Interval:
    """Where a curve has risen by a level around its minimum.

    Attributes
    ----------
    best : float
        Position of the minimum.
    low, high : float
        Ends; the end of the allowed range where the level is not reached.
    closed : (bool, bool)
        Whether the level is reached, on either side.
    level : float
        Rise of the curve.
    """

    best: float
    low: float
    high: float
    closed: tuple[bool, bool]
    level: float


@dataclasses.dataclass(frozen=True)
class Profile:
    """Profile likelihood of one parameter.

    Attributes
    ----------
    name : str
        The parameter.
    values : (n,) array
        Where it was held.
    q : (n,) array
        2 ln L(best) - 2 ln L(value); NaN where the fit is not a result.
    converged : (n,) boolean array
    status : tuple of n str
        Why, where not.
    parameters : (n, p) array
        Refitted parameters.
    best : float
        Best value of the parameter.
    error : float
        Its standard deviation from the curvature.
    best_parameters : (p,) array
        Best fit of all parameters.
    log_likelihood : float
        At the best fit.
    """

    name: str
    values: np.ndarray
    q: np.ndarray
    converged: np.ndarray
    status: tuple[str, ...]
    parameters: np.ndarray
    best: float
    error: float
    best_parameters: np.ndarray
    log_likelihood: float


def interval_around(
    curve: Callable[[np.ndarray], np.ndarray],
    best: float,
    level: float,
    low: float,
    high: float,
    step: float,
    name: str = "the curve",
) -> Interval:
    """Interval in which a curve stays below a level, around its minimum.

    Parameters
    ----------
    curve : callable
        Values at an array of points; NaN where they are not known.
    best : float
        Position of the minimum, where the curve is 0.
    level : float
        Rise.
    low, high : float
        Range to search.
    step : float
        First distance to look at.
    name : str
        What varies, for messages.

    Raises
    ------
    ArithmeticError
        If no value of the curve is known on one side.
    """
    ends = [rise_on_side(curve, best, level, limit, step) for limit in (low, high)]
    require_numbers([best, *(end for end, _ in ends)], name, "the interval")
    return Interval(best, ends[0][0], ends[1][0], (ends[0][1], ends[1][1]), level)


def best_fit(problem: Problem, data: Data | None = None) -> Fit:
    """Fit of everything that the problem does not hold, (1, ...) arrays.

    Raises
    ------
    ArithmeticError
        If it does not converge.
    """
    return require_converged(fit_held(problem, data=data), "best fit")


def drop_curve(problem: Problem, name: str, best: Fit) -> Callable[[np.ndarray], np.ndarray]:
    """The curve q(theta) of a parameter, refitted from the best fit; NaN where a fit is not a result."""

    def curve(values):
        fits = fit_held(problem, [name], np.asarray(values)[:, None], starts=best.parameters[0])
        return np.where(fits.converged, 2 * (best.log_likelihood[0] - fits.log_likelihood), np.nan)

    return curve


def curvature_error(problem: Problem, name: str, parameters: np.ndarray) -> float:
    """Standard deviation of a parameter from the curvature of the log-likelihood.

    Where nothing is seen the observed curvature may be zero; it is then the one that is expected at the best fit. Where
    that vanishes, too, as nothing is expected, ln L falls in a straight line from a bound on: the standard deviation is
    that of an exponential density.

    Raises
    ------
    ArithmeticError
        If neither curvature is positive definite, and no slope presses the parameter on a bound.
    """
    k = free_index(problem, name)
    likelihood, context = problem.likelihood, np.asarray(problem.context)
    try:
        matrix = covariance(likelihood, parameters, context, problem.fixed)
    except ArithmeticError:
        asimov = with_observed(likelihood, expected(likelihood, jnp.asarray(parameters), context))
        try:
            matrix = covariance(asimov, parameters, context, problem.fixed)
        except ArithmeticError:
            slope = abs(float(_gradient(likelihood, jnp.asarray(parameters), context)[k]))
            bounds = float(likelihood.lower[k]), float(likelihood.upper[k])
            if not slope > 0 or min(abs(parameters[k] - bound) for bound in bounds) > AT_BOUND:
                raise
            return 1.0 / slope
    return float(require_numbers(np.sqrt(matrix[k, k]), name, "the standard deviation"))


def profile(problem: Problem, name: str, values: np.ndarray, progress: Callable[[int], None] | None = None) -> Profile:
    """Profile likelihood of a parameter over values.

    Parameters
    ----------
    problem : Problem
        The problem.
    name : str
        Any parameter that it does not hold.
    values : (n,) array
        Where to hold it.
    progress : callable, optional
        Called with the number of fits done.

    Raises
    ------
    InputError
        If the parameter is unknown or held, or a value is not finite or outside of its bounds.
    ArithmeticError
        If the best fit does not converge.
    """
    k = free_index(problem, name)
    values = check_values(problem, name, values)
    best = best_fit(problem)
    fits = fit_held(problem, [name], values[:, None], starts=best.parameters[0], progress=progress)
    return Profile(
        name=name,
        values=values,
        q=np.where(fits.converged, 2 * (best.log_likelihood[0] - fits.log_likelihood), np.nan),
        converged=fits.converged,
        status=tuple(STATUS_TEXT[int(s)] for s in fits.status),
        parameters=fits.parameters,
        best=float(best.parameters[0, k]),
        error=curvature_error(problem, name, best.parameters[0]),
        best_parameters=best.parameters[0],
        log_likelihood=float(best.log_likelihood[0]),
    )


def interval(problem: Problem, name: str, level: float = 1.0, best: Fit | None = None) -> Interval:
    """Interval of a parameter in which q stays below a level, as MINOS gives it.

    Parameters
    ----------
    problem : Problem
        The problem.
    name : str
        Any parameter that it does not hold.
    level : float
        Rise of q: the square of the number of standard deviations.
    best : Fit, optional
        Best fit, if it is known, as ``best_fit`` returns it.

    Returns
    -------
    Interval
        Open on the side where q does not rise to the level before the bound of the parameter, or within 100
        standard deviations.

    Raises
    ------
    InputError
        If the parameter is unknown or held, or the level is not positive.
    ArithmeticError
        If the best fit does not converge, all fits on one side of it fail, or an end is not a number.

    References
    ----------
    F. James, M. Roos, Comput. Phys. Commun. 10 (1975) 343 (MINOS).
    """
    if not level > 0:
        raise InputError(f"level is {level!r}, expected a positive rise such as 1 for one standard deviation")
    k = free_index(problem, name)
    best = best_fit(problem) if best is None else best
    value = float(best.parameters[0, k])
    error = curvature_error(problem, name, best.parameters[0])
    bounds = float(problem.likelihood.lower[k]), float(problem.likelihood.upper[k])
    ends = np.clip([value - _REACH * error, value + _REACH * error], *bounds)
    return interval_around(drop_curve(problem, name, best), value, level, *ends, error * _FIRST, name)
