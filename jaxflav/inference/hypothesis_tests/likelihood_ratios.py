"""Test statistics of one parameter mu >= 0, for the data and for many data sets at once.

All fits keep mu >= 0. Then the likelihood ratio against the best allowed value is the tilde version:
t~_mu = -2 ln L(mu)/L(best), q~_mu, which is t~_mu where the best value is below mu and 0 elsewhere, and q_0 = t~_0.

References
----------
Cowan, Cranmer, Gross, Vitells, arXiv:1007.1727: Eq. (11) for t~_mu, Eq. (12) for q_0, Eq. (16) for q~_mu, Sect. 3.2
for Asimov data.
"""

import equinox as eqx
import numpy as np
from jaxtyping import Array

from jaxflav.inference.fitting.batch import require_converged
from jaxflav.inference.fitting.problem import Data, Problem, fit_held, free_index
from jaxflav.inference.fitting.result import Fit
from jaxflav.io.errors import InputError
from jaxflav.likelihood.likelihood import expected

_expected = eqx.filter_jit(expected)


def check_bounded_at_zero(problem: Problem, name: str) -> int:
    """Position of a parameter whose lower bound is 0, as these test statistics need it.

    Raises
    ------
    InputError
        If it is unknown or held, or its lower bound is not 0.
    """
    k = free_index(problem, name)
    lower = float(problem.likelihood.lower[k])
    if lower != 0:
        raise InputError(
            f"parameter {name!r} has the lower bound {lower:g}, expected 0 for a limit or a significance; "
            "give it the bound 0 (with_lower_bound)"
        )
    return k


def with_lower_bound(problem: Problem, name: str, lower: float = 0.0) -> Problem:
    """The problem with another lower bound of an unconstrained parameter of the HistFactory model.

    Raises
    ------
    InputError
        If the parameter is unknown, held, constrained, or belongs to the signal, whose bounds are its own.
    """
    k = free_index(problem, name) - problem.likelihood.n_signal
    if k not in problem.likelihood.model.unconstrained:
        raise InputError(f"parameter {name!r} has a constraint or belongs to the signal; its bound cannot be changed")
    bounds = problem.likelihood.model.lower.at[k].set(lower)
    likelihood = eqx.tree_at(lambda one: one.model.lower, problem.likelihood, bounds)
    return Problem(likelihood, problem.context, problem.start, problem.fixed)


def expected_data(problem: Problem, parameters: np.ndarray) -> tuple[Array, Array]:
    """Expected rows (rows,) and expected auxiliary measurements (p,) at given parameters."""
    likelihood = problem.likelihood
    events = np.asarray(_expected(likelihood, np.asarray(parameters, dtype=float), np.asarray(problem.context)))
    k = likelihood.n_signal
    centre = np.array(parameters, dtype=float)
    poisson = np.asarray(likelihood.model.poisson)
    centre[k:] = np.where(poisson, np.asarray(likelihood.model.rate) * centre[k:], centre[k:])
    return events, centre


def asimov_data(problem: Problem, parameters: np.ndarray) -> Data:
    """One data set equal to its expectation at given parameters, auxiliary measurements included (Sect. 3.2)."""
    events, centre = expected_data(problem, parameters)
    return Data(events[None, :], centre[None, :])


def conditional_fit(problem: Problem, name: str, value: float) -> np.ndarray:
    """Parameters (p,) that fit the data best with one of them held at a value.

    Raises
    ------
    ArithmeticError
        If the fit does not converge.
    """
    fits = fit_held(problem, [name], np.array([[value]]))
    return require_converged(fits, f"fit with {name!r} held at {value:g}").parameters[0]


def likelihood_ratios(
    problem: Problem, name: str, values: np.ndarray, data: Data | None = None, starts: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, Fit]:
    """t~_mu and best mu of many data sets, or at many values of mu.

    Parameters
    ----------
    problem : Problem
        The problem.
    name : str
        The parameter.
    values : (n,) array
        Values of mu, one per data set.
    data : Data, optional
        Of n data sets, or of one for all values; the data of the likelihood by default.
    starts : (p,) array, optional
        Start values.

    Returns
    -------
    t : (n,) array
        NaN where one of the two fits is not a result.
    best : (n,) array
        Best mu.
    fits : Fit
        Best fits, with leading axis n, or 1 for a single data set.
    """
    k = free_index(problem, name)
    values = np.asarray(values, dtype=float)
    single = data is None or len(data) == 1
    each = data if data is None or not single else data.rows(np.zeros(len(values), dtype=int))
    free = fit_held(problem, data=data, starts=starts)
    held = fit_held(problem, [name], values[:, None], data=each, starts=starts)
    ok = free.converged & held.converged
    t = np.where(ok, np.maximum(2 * (free.log_likelihood - held.log_likelihood), 0.0), np.nan)
    return t, np.broadcast_to(free.parameters[:, k], t.shape), free


def t_mu(problem: Problem, name: str, values: np.ndarray, data: Data | None = None) -> np.ndarray:
    """t~_mu of Eq. (11), (n,), for a parameter bounded from below; NaN where a fit is not a result."""
    return likelihood_ratios(problem, name, values, data)[0]


def q_mu(
    problem: Problem, name: str, values: np.ndarray, data: Data | None = None, starts: np.ndarray | None = None
) -> np.ndarray:
    """q~_mu of Eq. (16), (n,), for upper limits; NaN where a fit is not a result.

    Raises
    ------
    InputError
        If the parameter has not the lower bound 0.
    """
    check_bounded_at_zero(problem, name)
    t, best, _ = likelihood_ratios(problem, name, values, data, starts)
    return np.where(best <= np.asarray(values), t, np.where(np.isnan(t), np.nan, 0.0))


def q_0(problem: Problem, name: str, data: Data | None = None, starts: np.ndarray | None = None) -> np.ndarray:
    """q_0 of Eq. (12), one per data set, for a discovery; NaN where a fit is not a result.

    Raises
    ------
    InputError
        If the parameter has not the lower bound 0.
    """
    check_bounded_at_zero(problem, name)
    n = 1 if data is None else len(data)
    return likelihood_ratios(problem, name, np.zeros(n), data, starts)[0]
