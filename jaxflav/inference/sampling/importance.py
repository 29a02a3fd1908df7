"""Importance sampling: whether its weights can be trusted.

The largest weights are fitted by a generalised Pareto distribution; its shape k says how heavy their tail is (Vehtari
et al., arXiv:1507.02646), and their smoothed values take the place of the weights. The fit is that of Zhang and
Stephens, Technometrics 51 (2009) 316, with the weak prior of Vehtari et al. on k.
"""

import numpy as np
import scipy.special

TRUSTED = 0.7  # largest k for which results can be used


def pareto_shape(values: np.ndarray) -> tuple[float, float]:
    """Shape k and scale sigma of a generalised Pareto distribution from 0 on, density ~ (1 + k x / sigma)^(-1/k - 1).

    Parameters
    ----------
    values : (n,) array
        Positive numbers.
    """
    x = np.sort(np.asarray(values))
    n = len(x)
    m = 30 + int(np.sqrt(n))
    quartile = x[int(n / 4 + 0.5) - 1]
    theta = 1 / x[-1] + (1 - np.sqrt(m / (np.arange(1, m + 1) - 0.5))) / (3 * quartile)
    k = np.mean(np.log1p(-theta[:, None] * x), axis=1)
    profile = n * (np.log(-theta / k) - k - 1)
    best = np.sum(theta * scipy.special.softmax(profile))
    shape = np.mean(np.log1p(-best * x))
    scale = -shape / best
    return float((n * shape + 5) / (n + 10)), float(scale)


def smoothed_log_weights(log_weights: np.ndarray) -> tuple[np.ndarray, float]:
    """Log-weights with a smoothed tail, and the shape k-hat of that tail.

    Parameters
    ----------
    log_weights : (n,) array
        Up to a constant.

    Returns
    -------
    log_weights : (n,) array
        Never above the largest one given.
    k_hat : float
        Below 0.5: all is well; below 0.7: usable; above: the normal approximation misses part of the posterior.
    """
    raw = np.asarray(log_weights, dtype=float)
    shift = raw.max()
    smooth, n = raw - shift, len(raw)
    tail = int(np.ceil(min(n / 5, 3 * np.sqrt(n))))
    order = np.argsort(smooth, kind="stable")
    cutoff = smooth[order[-tail - 1]]
    excess = np.exp(smooth[order[-tail:]]) - np.exp(cutoff)
    if tail < 5 or excess[-1] <= 1e-12 or excess[int(tail / 4 + 0.5) - 1] <= 0:
        return raw, -np.inf
    k, scale = pareto_shape(excess)
    probability = (np.arange(tail) + 0.5) / tail
    quantile = scale * np.expm1(-k * np.log1p(-probability)) / k if k != 0 else -scale * np.log1p(-probability)
    smooth[order[-tail:]] = np.minimum(np.log(quantile + np.exp(cutoff)), 0.0)
    return smooth + shift, k


def effective_number(log_weights: np.ndarray) -> float:
    """Effective number of draws, (sum w)^2 / sum w^2."""
    w = np.exp(log_weights - np.max(log_weights))
    return float(w.sum() ** 2 / (w**2).sum())


def resample(log_weights: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Which of the weighted draws become n of equal weight, ascending, by systematic resampling."""
    cumulative = np.cumsum(np.exp(log_weights - np.max(log_weights)))
    at = (np.arange(n) + rng.random()) / n
    return np.minimum(np.searchsorted(cumulative / cumulative[-1], at), len(cumulative) - 1)
