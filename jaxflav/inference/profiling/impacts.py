"""Pulls of the nuisance parameters, and their impacts on a parameter of interest."""

import dataclasses

import numpy as np

from jaxflav.inference.fitting.batch import fit_many, require_converged
from jaxflav.inference.fitting.covariance import covariance
from jaxflav.inference.fitting.numbers import require_numbers
from jaxflav.inference.fitting.problem import Problem, free_index
from jaxflav.inference.profiling.profile import best_fit


@dataclasses.dataclass(frozen=True)
class Impacts:
    """Constrained parameters, the one with the largest impact first.

    Attributes
    ----------
    parameter : str
        Parameter of interest.
    best, error : float
        Its best value and standard deviation.
    names : tuple of n str
        Nuisance parameters.
    pull : (n,) array
        Best value minus auxiliary measurement, in standard deviations of the constraint.
    constraint : (n,) array
        Standard deviation after the fit over that of the constraint.
    down, up : (n,) arrays
        Change of the parameter of interest if the nuisance is held one post-fit standard deviation below or above its
        best value, all else refitted.
    """

    parameter: str
    best: float
    error: float
    names: tuple[str, ...]
    pull: np.ndarray
    constraint: np.ndarray
    down: np.ndarray
    up: np.ndarray


def impacts(problem: Problem, name: str) -> Impacts:
    """Pulls, constraints and impacts of all nuisance parameters of a problem, ranked.

    Parameters
    ----------
    problem : Problem
        The problem.
    name : str
        Parameter of interest.

    Raises
    ------
    InputError
        If the parameter is unknown or held.
    ArithmeticError
        If a fit does not converge, or the curvature of the best fit is not positive definite.
    """
    k = free_index(problem, name)
    likelihood = problem.likelihood
    best = best_fit(problem).parameters[0]
    errors = np.sqrt(np.diag(covariance(likelihood, best, np.asarray(problem.context), problem.fixed)))
    model, n_signal = likelihood.model, likelihood.n_signal
    normal, poisson = np.asarray(model.normal), np.asarray(model.poisson)
    constrained = np.concatenate([np.arange(n_signal) >= likelihood.signal.n_free, normal | poisson])
    centre = np.concatenate([np.zeros(n_signal), np.asarray(model.measured)])
    width = np.concatenate([np.ones(n_signal), np.asarray(model.spread)])
    index = np.flatnonzero(constrained & ~problem.fixed)
    index = index[index != k]
    shifts = np.empty((2, len(index)))
    contexts, rows = np.full(len(index), problem.context), np.arange(len(index))
    held = np.tile(problem.fixed, (len(index), 1))
    held[rows, index] = True
    for side, sign in enumerate((-1, 1)):
        starts = np.tile(best, (len(index), 1))
        bounds = np.asarray(likelihood.lower)[index], np.asarray(likelihood.upper)[index]
        starts[rows, index] = np.clip(best[index] + sign * errors[index], *bounds)
        fits = require_converged(fit_many(likelihood, contexts, starts, held), "impacts")
        shifts[side] = fits.parameters[:, k] - best[k]
    names = [likelihood.parameter_names[i] for i in index]
    require_numbers(shifts, names, f"the impact on {name!r}")
    order = np.argsort(-np.abs(shifts).max(axis=0), kind="stable")
    index = index[order]
    return Impacts(
        parameter=name,
        best=float(best[k]),
        error=float(errors[k]),
        names=tuple(likelihood.parameter_names[i] for i in index),
        pull=(best[index] - centre[index]) / width[index],
        constraint=errors[index] / width[index],
        down=shifts[0][order],
        up=shifts[1][order],
    )
