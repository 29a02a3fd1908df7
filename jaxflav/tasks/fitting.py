"""The best fit of a problem, from as many starts as its couplings need, with errors and what follows from it."""

import dataclasses

import numpy as np

from jaxflav.hypotheses.hypothesis import MASS
from jaxflav.inference.fitting.batch import require_converged
from jaxflav.inference.fitting.covariance import covariance
from jaxflav.inference.fitting.many_starts import global_fit
from jaxflav.inference.fitting.problem import Problem, fit_held
from jaxflav.inference.fitting.result import STATUS_TEXT
from jaxflav.inference.fitting.step import AT_BOUND
from jaxflav.inference.profiling.profile import curvature_error
from jaxflav.io.errors import InputError
from jaxflav.tasks.derived import derived_quantities
from jaxflav.tasks.result import Quantity, Result, with_error

_STARTS = 16  # where there may be several maxima


@dataclasses.dataclass(frozen=True)
class FitResult(Result):
    """Best fit of a problem.

    Attributes
    ----------
    names : tuple of p str
        All parameters; ``free`` are those of the hypothesis, and mu, that were fitted.
    values, errors : (p,) arrays
        Errors are standard deviations from the curvature: 0 for what is held, NaN where there is none.
    covariance : (p, p) array
        Likewise. Parameters on a bound are held in it, but for their own variance.
    mass : float or None
        In GeV, where it is held.
    minus_two_log_likelihood : float
    status : str
        ``converged``: any other raises.
    maxima : tuple of (float, int)
        -2 ln L of every maximum that was found, the lowest first, and from how many starts.
    derived : tuple of Quantity
        Branching fractions of new particles in the decays of the data; moduli of couplings where the parameter is a
        branching fraction, or the square of a coupling.
    """

    names: tuple[str, ...]
    free: tuple[str, ...]
    values: np.ndarray
    errors: np.ndarray
    covariance: np.ndarray
    mass: float | None
    minus_two_log_likelihood: float
    status: str
    maxima: tuple[tuple[float, int], ...]
    derived: tuple[Quantity, ...]

    def __getitem__(self, name: str) -> float:
        """Best value of a parameter, or a derived quantity."""
        for one in self.derived:
            if one.name == name:
                return one.value
        if name not in self.names:
            raise KeyError(f"{name!r}: there are {', '.join((*self.free, *(one.name for one in self.derived)))}")
        return float(self.values[self.names.index(name)])

    def error(self, name: str) -> float:
        """Standard deviation of a parameter."""
        return float(self.errors[self.names.index(name)])

    def columns(self):
        """Parameters with their errors."""
        return {"parameter": self.names, "value": self.values, "error": self.errors}

    def __str__(self):
        lines = [f"{name} = {with_error(self[name], self.error(name))}" for name in self.free]
        lines += [] if self.mass is None else [f"{MASS} = {self.mass:g} GeV, held"]
        lines += [str(one) for one in self.derived]
        lines.append(f"-2 ln L = {self.minus_two_log_likelihood:.3f}, {self.status}")
        others = ", ".join(f"{value:.3f}" for value, _ in self.maxima[1:4])
        return "\n".join(lines + ([f"other maxima at -2 ln L = {others}"] if others else []))


def fit(problem: Problem, starts: int | None = None, seed: int = 0) -> FitResult:
    """Maximise the likelihood over everything that the problem does not hold.

    Parameters
    ----------
    problem : Problem
        Of ``load``.
    starts : int, optional
        Number of starts: first that of the problem, then random ones. One by default where all rates are proportional
        to one parameter, 16 elsewhere: couplings have symmetric maxima, interference makes others, rates are stationary
        where a coupling is 0, and a free mass has several maxima.
    seed : int
        Of the random starts.

    Raises
    ------
    InputError
        If there is less than one start.
    ArithmeticError
        If no fit converges.
    """
    signal = problem.likelihood.signal
    n_free = signal.n_free - int(np.sum(problem.fixed[: signal.n_free]))
    simple = n_free == 0 or (getattr(signal, "proportional_to", None) is not None and MASS not in signal.names)
    starts = (1 if simple else _STARTS) if starts is None else starts
    if starts < 1:
        raise InputError(f"number of starts is {starts}, expected at least 1")
    if starts == 1:
        best = require_converged(fit_held(problem), "best fit")
        maxima = ((-2 * float(best.log_likelihood[0]), 1),)
    else:
        found = global_fit(problem, starts, seed)
        best = require_converged(fit_held(problem, starts=found.parameters[:1]), "best fit")
        maxima = tuple(zip((-2 * found.log_likelihood).tolist(), found.found.tolist(), strict=True))
    return _result(problem, best, maxima)


def _result(problem, best, maxima):
    likelihood, x = problem.likelihood, np.asarray(best.parameters[0])
    names, n_free = likelihood.parameter_names, likelihood.signal.n_free
    matrix, errors = _errors(problem, x)
    return FitResult(
        names=names,
        free=tuple(name for name, held in zip(names[:n_free], problem.fixed, strict=False) if not held),
        values=x,
        errors=errors,
        covariance=matrix,
        mass=float(problem.context) if getattr(problem, "holds_mass", False) else None,
        minus_two_log_likelihood=-2 * float(best.log_likelihood[0]),
        status=STATUS_TEXT[int(best.status[0])],
        maxima=maxima,
        derived=derived_quantities(likelihood, x, problem.context, matrix),
    )


def _errors(problem, x):
    """Covariance with what is on a bound held, and standard deviations, on a bound from the expected curvature."""
    likelihood = problem.likelihood
    lower, upper = np.asarray(likelihood.lower), np.asarray(likelihood.upper)
    held = problem.fixed | np.asarray(likelihood.fixed)
    scale = np.ones(len(x))
    scale[: likelihood.n_signal] = np.asarray(likelihood.signal.scale)
    bound = ~held & ((np.abs(x - lower) <= AT_BOUND * scale) | (np.abs(x - upper) <= AT_BOUND * scale))
    try:
        matrix = covariance(likelihood, x, np.asarray(problem.context), held | bound)
    except ArithmeticError:
        matrix = np.full((len(x), len(x)), np.nan)
    errors = np.sqrt(np.diagonal(matrix))
    for k in np.flatnonzero(bound):
        try:
            errors[k] = curvature_error(problem, likelihood.parameter_names[k], x)
        except ArithmeticError:
            errors[k] = np.nan
        matrix[k, k] = errors[k] ** 2
    return matrix, errors
