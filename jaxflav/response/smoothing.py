"""Smooth positive curves through counts of simulated events: Poisson regression on cubic splines.

The logarithm of the curve is a spline, its curvature is penalised, and Akaike's criterion chooses the strength
of the penalty. Where simulation is plentiful the curve follows it; where it is scarce, near the end point, the
curve continues smoothly. Because a constant factor is not penalised, the fitted counts add up to the simulated
ones exactly.

References
----------
Eilers and Marx, Statistical Science 11 (1996) 89: B-splines with penalties.
"""

import numpy as np

PENALTIES = 10.0 ** np.arange(6, -3, -1)
_STEPS = 200
_MEDIAN_CHI2 = 0.4549  # of one degree of freedom
_TOLERANCE = 1e-8  # predicted decrease of the objective: 1e-4 standard deviations of a coefficient


def effective_weight(yields: np.ndarray) -> float:
    """Variance over expectation of a histogram of weighted events, from the scatter between neighbouring bins.

    For Poisson counts of equal weight it is that weight. The median over the second differences ignores the few
    places where the curve itself bends within three bins.
    """
    scatter = (yields[:-2] - 2 * yields[1:-1] + yields[2:]) ** 2
    scale = yields[:-2] + 4 * yields[1:-1] + yields[2:]
    some = scale > 0
    return float(np.median(scatter[some] / scale[some]) / _MEDIAN_CHI2)


def _penalised_poisson(counts, exposure, basis, penalty, start):
    """Coefficients that maximise the penalised likelihood, fitted counts, and effective degrees of freedom.

    With ``exposure`` (bins, nodes) and ``basis`` (bins, nodes, k) the expectation is the sum over nodes of
    exposure * exp(basis a).
    """
    difference = np.diff(np.eye(basis.shape[-1]), 2, axis=0)
    curvature = penalty * difference.T @ difference

    def objective(a):
        nodes = np.exp(basis @ a) * exposure
        mean = nodes.sum(axis=1)
        return mean.sum() - counts @ np.log(mean) + a @ curvature @ a / 2, mean, nodes

    a = start
    value, mean, nodes = objective(a)
    for _ in range(_STEPS):
        slope = np.einsum("jg,jgk->jk", nodes, basis)
        gradient = slope.T @ (1 - counts / mean) + curvature @ a
        information = slope.T @ (slope / mean[:, None])
        step = -np.linalg.solve(information + curvature + 1e-10 * np.eye(len(a)), gradient)
        decrease = -gradient @ step
        if decrease < _TOLERANCE:
            freedom = np.trace(np.linalg.solve(information + curvature + 1e-10 * np.eye(len(a)), information))
            return a, mean, freedom
        length = 1.0
        while True:
            trial = objective(a + length * step)
            if trial[0] <= value - 1e-4 * length * decrease + 1e-13 * abs(value) or length < 1e-8:
                break
            length /= 2
        a, (value, mean, nodes) = a + length * step, trial
    raise ArithmeticError(f"smoothing of a response did not converge in {_STEPS} steps (penalty {penalty:g})")


def smooth_log_curve(counts: np.ndarray, exposure: np.ndarray, basis: np.ndarray) -> tuple[np.ndarray, float]:
    """Spline coefficients of the logarithm of a curve through simulated counts.

    Parameters
    ----------
    counts : (bins,) array
        Simulated events in units of their ``effective_weight``.
    exposure : (bins, nodes) array
        Integration weights: the curve 1 would give ``exposure.sum(axis=1)`` events.
    basis : (bins, nodes, k) array
        Spline basis at the nodes.

    Returns
    -------
    coefficients : (k,) array
        Of the logarithm of the curve.
    penalty : float
        The penalty that Akaike's criterion chose.
    """
    a = np.full(basis.shape[-1], np.log(counts.sum() / exposure.sum()))
    best = (np.inf, a, np.nan)
    for penalty in PENALTIES:
        a, mean, freedom = _penalised_poisson(counts, exposure, basis, penalty, a)
        seen = counts > 0
        deviance = 2 * np.sum(counts[seen] * np.log(counts[seen] / mean[seen]))
        criterion = deviance + 2 * freedom
        if criterion < best[0]:
            best = (criterion, a, penalty)
        elif criterion > best[0] + 10:
            break
    return best[1], best[2]
