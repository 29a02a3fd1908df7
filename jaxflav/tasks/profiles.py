"""The profile likelihood of one parameter."""

import dataclasses

import numpy as np

from jaxflav.inference.fitting.problem import Problem, free_index
from jaxflav.inference.profiling import profile as profiles
from jaxflav.tasks.result import Result

_POINTS, _REACH = 41, 4.0  # default values, and how many standard deviations they reach


@dataclasses.dataclass(frozen=True)
class ProfileResult(Result):
    """Profile likelihood of one parameter.

    Attributes
    ----------
    name : str
    values, q : (n,) arrays
        2 ln L(best) - 2 ln L(value), everything else refitted; NaN where the fit is not a result.
    converged : (n,) boolean array
    status : tuple of n str
    best, error : float
        Best value, and its standard deviation from the curvature.
    interval_68 : (float, float)
        Where q = 1.
    interval_closed : (bool, bool)
        Whether q reaches 1 before the bound of the parameter.
    minus_two_log_likelihood : float
        At the best value.
    """

    name: str
    values: np.ndarray
    q: np.ndarray
    converged: np.ndarray
    status: tuple[str, ...]
    best: float
    error: float
    interval_68: tuple[float, float]
    interval_closed: tuple[bool, bool]
    minus_two_log_likelihood: float

    def columns(self):
        """Values with q."""
        return {self.name: self.values, "q": self.q, "converged": self.converged, "status": self.status}

    def __str__(self):
        low, high = self.interval_68
        ends = [end for end, closed in zip(("lower", "upper"), self.interval_closed, strict=True) if not closed]
        note = f", open at the {' and '.join(ends)} end" if ends else ""
        failed = int(np.sum(~self.converged))
        lines = [
            f"{self.name} = {self.best:.4g}, 68 % from {low:.4g} to {high:.4g}{note}",
            f"-2 ln L = {self.minus_two_log_likelihood:.3f}, {len(self.values)} values from {self.values[0]:.4g} to "
            f"{self.values[-1]:.4g}",
        ]
        return "\n".join(lines + ([f"{failed} fits are no results"] if failed else []))


def profile(problem: Problem, name: str, values: np.ndarray | None = None) -> ProfileResult:
    """Profile likelihood of a parameter, and its 68 % interval.

    Parameters
    ----------
    problem : Problem
        Of ``load``.
    name : str
        Any parameter that it does not hold.
    values : (n,) array, optional
        Where to hold it; by default 41 values within four standard deviations of the best one.

    Raises
    ------
    InputError
        If the parameter is unknown or held, or a value is not finite or outside of its bounds.
    ArithmeticError
        If the best fit does not converge.
    """
    k = free_index(problem, name)
    best = profiles.best_fit(problem)
    if values is None:
        error = profiles.curvature_error(problem, name, best.parameters[0])
        ends = best.parameters[0, k] + np.array([-_REACH, _REACH]) * error
        values = np.linspace(
            *np.clip(ends, float(problem.likelihood.lower[k]), float(problem.likelihood.upper[k])), _POINTS
        )
    found = profiles.profile(problem, name, values)
    around = profiles.interval(problem, name, 1.0, best)
    return ProfileResult(
        name=name,
        values=found.values,
        q=found.q,
        converged=np.asarray(found.converged),
        status=found.status,
        best=found.best,
        error=found.error,
        interval_68=(around.low, around.high),
        interval_closed=around.closed,
        minus_two_log_likelihood=-2 * found.log_likelihood,
    )
