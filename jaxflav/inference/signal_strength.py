"""Signal strength of a published likelihood: best value, error, and the significance against 0 and 1."""

import dataclasses

import numpy as np

from jaxflav.inference.batch import fit_many
from jaxflav.inference.covariance import covariance
from jaxflav.inference.fit import STATUS_TEXT
from jaxflav.inference.interval import rise_on_side
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
    k = likelihood.index(poi)
    start = np.array(likelihood.start)
    hold = np.zeros(len(start), dtype=bool)
    hold[k] = True

    def at(values, begin):
        starts = np.tile(begin, (len(values), 1))
        starts[:, k] = values
        return fit_many(likelihood, np.zeros(len(values)), starts, hold)

    free = fit_many(likelihood, np.zeros(1), start, np.zeros(len(start), dtype=bool))
    held = at(np.array([0.0, 1.0]), start)
    for result in (free, held):
        if not np.all(result.converged):
            bad = int(result.status[~result.converged][0])
            raise ArithmeticError(f"the fit of {poi!r} failed: {STATUS_TEXT[bad]}")
    best, mu, top = free.parameters[0], float(free.parameters[0, k]), float(free.log_likelihood[0])
    error = float(np.sqrt(covariance(likelihood, best)[k, k]))

    def drop(values):
        result = at(values, best)
        return np.where(result.converged, 2 * (top - result.log_likelihood), np.nan)

    lower, upper = float(likelihood.lower[k]), float(likelihood.model.upper[k - likelihood.n_signal])
    ends = [rise_on_side(drop, mu, 1.0, end, error / 8)[0] for end in (lower, upper)]
    q0, q1 = (2 * (top - held.log_likelihood)).tolist()
    return SignalStrength(mu, error, (ends[0], ends[1]), q0, q1, top, True)
