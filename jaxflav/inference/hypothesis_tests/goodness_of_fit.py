"""Goodness of fit by the saturated model."""

import dataclasses

import jax
import numpy as np
import scipy
from scipy.special import xlogy

from jaxflav.inference.fitting.batch import require_converged
from jaxflav.inference.fitting.problem import Data, Problem, fit_held
from jaxflav.inference.fitting.step import unconstrained_index
from jaxflav.inference.hypothesis_tests.toys import PValue, p_value, sample_toys
from jaxflav.likelihood.likelihood import constraint, expected

_rows = jax.jit(jax.vmap(expected, in_axes=(None, 0, None)))
_constraint = jax.jit(jax.vmap(constraint, in_axes=(None, 0, 0)))


@dataclasses.dataclass(frozen=True)
class GoodnessOfFit:
    """Result of ``goodness_of_fit``.

    Attributes
    ----------
    statistic : float
        2 ln L(saturated) - 2 ln L(best fit).
    degrees : int
        Bins and measurements minus free parameters without constraint.
    p_asymptotic : float
        From a chi-squared with so many degrees of freedom.
    p_toys : PValue or None
        From toys of the best fit, if they were asked for.
    """

    statistic: float
    degrees: int
    p_asymptotic: float
    p_toys: PValue | None


def saturated_statistic(problem: Problem, data: Data, starts: np.ndarray | None = None) -> np.ndarray:
    """2 ln L(saturated) - 2 ln L(best fit) of every data set, (n,); NaN where the fit is not a result.

    The saturated model has an own parameter for every count and every auxiliary measurement.
    """
    likelihood = problem.likelihood
    fits = fit_held(problem, data=data, starts=starts)
    rows, n = np.asarray(_rows(likelihood, fits.parameters, np.asarray(problem.context))), likelihood.model.n_bins
    counts, events = data.observed[:, :n], rows[:, :n]
    deviance = 2 * np.sum(xlogy(counts, counts) - xlogy(counts, events) - counts + events, axis=1)
    deviance += np.sum(((data.observed - rows)[:, n:] / np.asarray(likelihood.measurements.error)) ** 2, axis=1)
    model = likelihood.model
    scale = np.where(np.asarray(model.poisson), np.asarray(model.rate), 1.0)
    saturated = data.centre / np.concatenate([np.ones(likelihood.n_signal), scale])
    terms = _constraint(likelihood, saturated, data.centre) - _constraint(likelihood, fits.parameters, data.centre)
    return np.where(fits.converged, deviance + 2 * np.asarray(terms), np.nan)


def goodness_of_fit(problem: Problem, n_toys: int = 0, seed: int = 0) -> GoodnessOfFit:
    """How well the best fit describes the data.

    Parameters
    ----------
    problem : Problem
        The problem; what it holds is not fitted.
    n_toys : int
        Number of toys of the best fit; none by default.
    seed : int
        Of the toys.

    Raises
    ------
    ArithmeticError
        If the fit does not converge, or too many toys fail.

    References
    ----------
    Baker, Cousins, Nucl. Instrum. Meth. 221 (1984) 437.
    """
    likelihood = problem.likelihood
    data = Data(np.asarray(likelihood.observed)[None, :], np.asarray(likelihood.centre)[None, :])
    best = require_converged(fit_held(problem, data=data), "best fit").parameters[0]
    statistic = float(saturated_statistic(problem, data)[0])
    free = int(np.sum(~problem.fixed[unconstrained_index(likelihood)]))
    degrees = likelihood.n_rows - free
    toys = None
    if n_toys:
        toys = p_value(saturated_statistic(problem, sample_toys(problem, best, n_toys, seed), best), statistic)
    return GoodnessOfFit(statistic, degrees, float(scipy.stats.chi2.sf(statistic, degrees)), toys)
