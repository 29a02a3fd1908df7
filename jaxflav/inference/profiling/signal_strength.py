"""Signal strength of a published likelihood: best value, error, and the significance against 0 and 1."""

import dataclasses

import numpy as np

from jaxflav.inference.fitting.batch import require_converged
from jaxflav.inference.fitting.numbers import require_numbers
from jaxflav.inference.fitting.problem import define_problem, fit_held, free_index
from jaxflav.inference.profiling.profile import best_fit, curvature_error, interval
from jaxflav.io.errors import InputError
from jaxflav.likelihood.likelihood import Likelihood


@dataclasses.dataclass(frozen=True)
class SignalStrength:
    """Result of ``fit_signal_strength``.

    Attributes
    ----------
    mu, mu_error : float
        Best value of the parameter of interest and its standard deviation from the curvature.
    interval_68 : (float, float)
        Where twice the log-likelihood is lower by 1, all nuisance parameters refitted.
    q0, q1 : float
        -2 ln of the likelihood at 0, and at 1, over that at the best value.
    log_likelihood : float
        At the best value.
    converged : bool
        Always true: a fit that does not converge raises.
    """

    mu: float
    mu_error: float
    interval_68: tuple[float, float]
    q0: float
    q1: float
    log_likelihood: float
    converged: bool


def fit_signal_strength(likelihood: Likelihood) -> SignalStrength:
    """Fit the parameter of interest of a likelihood as it was published, with all nuisance parameters.

    Raises
    ------
    InputError
        If the likelihood has no parameter of interest.
    ArithmeticError
        If a fit does not converge.
    """
    poi = likelihood.model.poi
    if not poi:
        raise InputError("this likelihood names no parameter of interest ('poi' of its measurement)")
    problem = define_problem(likelihood)
    best = best_fit(problem)
    k = free_index(problem, poi)
    held = require_converged(fit_held(problem, [poi], np.array([[0.0], [1.0]])), f"fit with {poi!r} held at 0 and 1")
    mu, top = float(best.parameters[0, k]), float(best.log_likelihood[0])
    error = curvature_error(problem, poi, best.parameters[0])
    range_68 = interval(problem, poi, 1.0, best)
    q0, q1 = require_numbers(2 * (top - held.log_likelihood), poi, "the likelihood ratio").tolist()
    return SignalStrength(mu, error, (range_68.low, range_68.high), q0, q1, top, True)
