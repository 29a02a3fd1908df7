"""Intervals from a curve: where it first rises by a given amount on either side of its minimum."""

from collections.abc import Callable

import numpy as np

_POINTS = 8
_ROUNDS = 3


def rise_on_side(
    curve: Callable[[np.ndarray], np.ndarray], best: float, level: float, limit: float, step: float
) -> tuple[float, bool]:
    """Point where a curve first reaches a level, going from its minimum towards a limit.

    The curve is looked at in steps that double, and the bracket is then divided three times by eight and
    interpolated.

    Parameters
    ----------
    curve : callable
        Values at an array of points; NaN where they are not known, which are passed over.
    best : float
        Position of the minimum.
    level : float
        Value to reach.
    limit : float
        End of the allowed range, on the side to search.
    step : float
        First distance to look at; positive.

    Returns
    -------
    point : float
        Where the level is reached, or the limit; NaN where no value is known.
    closed : bool
        Whether the level is reached inside the range.
    """
    direction = np.sign(limit - best)
    reach = abs(limit - best)
    if reach == 0:
        return float(limit), False
    distances = step * 2.0 ** np.arange(_POINTS)
    while distances[-1] < reach:
        distances = np.append(distances, distances[-1] * 2)
    points = best + direction * np.append(distances[distances < reach], reach)
    low, low_value, high, high_value = best, None, None, None
    for round_ in range(_ROUNDS + 1):
        if round_:
            points = np.linspace(low, high, _POINTS + 2)[1:-1]
        values = np.asarray(curve(points))
        known = np.isfinite(values)
        above = np.flatnonzero(known & (values >= level))
        if above.size:
            high, high_value = points[above[0]], values[above[0]]
        elif not round_:
            return float(limit) if known.any() else np.nan, False
        before = np.flatnonzero(known[: above[0]] if above.size else known)
        if before.size:
            low, low_value = points[before[-1]], values[before[-1]]
    if low_value is None or not np.isfinite(low_value) or high_value == low_value:
        return float(high), True
    return float(low + (high - low) * np.clip((level - low_value) / (high_value - low_value), 0.0, 1.0)), True


def minimum_near(
    curve: Callable[[np.ndarray], np.ndarray], low: float, high: float, rounds: int = 3
) -> tuple[float, float]:
    """Minimum of a curve between two points, by dividing the bracket again and again.

    Returns
    -------
    point, value : float
        The smallest known value and where it is.
    """
    best = (np.nan, np.inf)
    for _ in range(rounds):
        points = np.linspace(low, high, 2 * _POINTS)
        values = np.where(np.isfinite(v := np.asarray(curve(points))), v, np.inf)
        k = int(np.argmin(values))
        if values[k] < best[1]:
            best = (float(points[k]), float(values[k]))
        low, high = points[max(k - 1, 0)], points[min(k + 1, len(points) - 1)]
    return best


def lowest_minimum(
    curve: Callable[[np.ndarray], np.ndarray], points: np.ndarray, values: np.ndarray, count: int = 3
) -> tuple[float, float]:
    """Lowest minimum of a curve that may have several, from its values on a grid.

    The lowest minimum of the grid need not be next to that of the curve: the ``count`` lowest are all refined.

    Parameters
    ----------
    curve : callable
        Values at an array of points; NaN where they are not known.
    points : (n,) array
        Grid, ascending.
    values : (n,) array
        Of the curve on it, at least one of them known.
    count : int
        Minima to refine.

    Returns
    -------
    point, value : float
    """
    known = np.where(np.isfinite(values), values, np.inf)
    wide = np.concatenate([[np.inf], known, [np.inf]])
    minima = np.flatnonzero((known <= wide[:-2]) & (known <= wide[2:]) & np.isfinite(known))
    minima = minima[np.argsort(known[minima], kind="stable")][:count]
    top = len(points) - 1
    found = [minimum_near(curve, points[max(k - 1, 0)], points[min(k + 1, top)]) for k in minima]
    return min([*found, (float(points[minima[0]]), float(known[minima[0]]))], key=lambda one: one[1])
