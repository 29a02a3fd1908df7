"""Counting experiments: the limit on signal events, and the efficiency that a published limit implies."""

import numpy as np
import scipy
from scipy.special import gammaincc

from jaxflav.io.errors import InputError

_NODES = 40


def signal_limit(observed: float, background: float, uncertainty: float, confidence_level: float) -> float:
    """Upper limit on the expected signal events of a counting experiment.

    The Poisson likelihood, averaged over a normal background cut at 0, is integrated over signals from 0 on with a flat
    prior. Without uncertainty this is the CLs limit, too.

    Parameters
    ----------
    observed : float
        Observed events; need not be a whole number.
    background, uncertainty : float
        Expected background events and their standard deviation.
    confidence_level : float
        Such as 0.9.

    Raises
    ------
    InputError
        If a number is negative or not finite, or the confidence level is not between 0 and 1.

    References
    ----------
    Helene, Nucl. Instrum. Meth. 212 (1983) 319.
    """
    numbers = (observed, background, uncertainty)
    if not all(np.isfinite(v) and v >= 0 for v in numbers):
        raise InputError(f"observed, background and uncertainty must be finite and at least 0, found {numbers}")
    if not 0 < confidence_level < 1:
        raise InputError(f"a confidence level is between 0 and 1, found {confidence_level!r}")
    pull, weight = np.polynomial.hermite_e.hermegauss(_NODES)
    events = background + uncertainty * pull
    events, weight = np.maximum(events[events >= 0], 0.0), weight[events >= 0]

    def above(signal):
        return weight @ gammaincc(observed + 1, signal + events)

    most = observed + 10 * (np.sqrt(observed + 1) + uncertainty) + 20
    return float(scipy.optimize.brentq(lambda s: above(s) - (1 - confidence_level) * above(0.0), 0.0, most, xtol=1e-10))


def effective_efficiency(signal_events: float, n_mesons: float, limit: float) -> float:
    """Efficiency, sub-branching fractions included, for which a limit on events is a limit on a branching fraction."""
    return signal_events / (n_mesons * limit)
