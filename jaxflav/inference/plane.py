"""Profile likelihood over two axes, each a parameter or the mass, and its contours."""

import dataclasses
import itertools
from collections.abc import Callable
from types import ModuleType

import jax
import numpy as np
from scipy.stats import chi2, norm

from jaxflav.experiments.signal import Signal
from jaxflav.inference.batch import require_converged
from jaxflav.inference.fit import STATUS_TEXT
from jaxflav.inference.interval import lowest_minimum
from jaxflav.inference.problem import Problem, check_values, fit_held, free_index
from jaxflav.io.errors import InputError

_STRIDE = 4
_NUDGE = 0.1  # of the typical size of a coupling
_SLACK = 1e-6  # of ln L: the best point may be so much below the grid
MASS = "mass"  # name of the axis that is the context, in GeV


@dataclasses.dataclass(frozen=True)
class Plane:
    """Profile likelihood on a grid.

    Attributes
    ----------
    x_name, y_name : str
        Parameters, or "mass".
    x, y : (nx,), (ny,) arrays
        Ascending.
    q : (ny, nx) array
        2 ln L(best) - 2 ln L; NaN where the fit is not a result.
    best : (float, float)
        Best point in the plane, found between the grid points, unless ``remark`` says that it is one of them.
    log_likelihood : float
        There.
    converged : (ny, nx) boolean array
    remark : str or None
        Why the best point is that of the grid; None if it was found between the grid points.
    """

    x_name: str
    y_name: str
    x: np.ndarray
    y: np.ndarray
    q: np.ndarray
    best: tuple[float, float]
    log_likelihood: float
    converged: np.ndarray
    remark: str | None = None


@dataclasses.dataclass(frozen=True)
class Region:
    """One connected piece of a confidence region; the region is the union of its pieces.

    Attributes
    ----------
    outer : (n, 2) array
        Closed polygon (the last point is the first) of (x, y).
    holes : tuple of (n, 2) arrays
        Closed polygons inside it that do not belong to the region.
    cut : bool
        Whether the edge of the grid, or a fit that failed, cuts it: it may go on beyond.
    """

    outer: np.ndarray
    holes: tuple[np.ndarray, ...]
    cut: bool


def check_plane_masses(problem: Problem, masses: np.ndarray) -> np.ndarray:
    """Masses of an axis, as an array of floats in GeV.

    Raises
    ------
    InputError
        If the signal has no mass, or a mass is negative, not finite, or not below the threshold.
    """
    signal = problem.likelihood.signal
    top = float(signal.threshold) if isinstance(signal, Signal) else 0.0
    if not top:
        raise InputError(f"an axis 'mass' needs a likelihood with a new particle, found {type(signal).__name__}")
    masses = np.atleast_1d(np.asarray(masses, dtype=float))
    if masses.size == 0 or not np.all((masses >= 0) & (masses < top)):
        raise InputError(f"masses must be from 0 to below the threshold, {top:.4f} GeV; found {masses.tolist()}")
    return masses


def profile_plane(
    problem: Problem,
    x_name: str,
    x: np.ndarray,
    y_name: str,
    y: np.ndarray,
    progress: Callable[[int], None] | None = None,
) -> Plane:
    """Profile likelihood over a grid of two axes.

    Parameters
    ----------
    problem : Problem
        The problem; its context does not matter where an axis is the mass.
    x_name, y_name : str
        Two parameters that the problem does not hold, or one of them and "mass".
    x, y : (nx,), (ny,) arrays
        Grids.
    progress : callable, optional
        Called with the number of fits done.

    Raises
    ------
    InputError
        If the axes are the same, unknown or held, or a value is not allowed, or an axis has fewer than two values.
    ArithmeticError
        If no fit of the grid converges.
    """
    if x_name == y_name:
        raise InputError(f"both axes are {x_name!r}, expected two different ones")
    axes = {x_name: x, y_name: y}
    for name, values in axes.items():
        check = check_plane_masses(problem, values) if name == MASS else check_values(problem, name, values)
        axes[name] = np.unique(check)
        if len(axes[name]) < 2:
            raise InputError(f"axis {name!r} has {len(axes[name])} different values, expected at least 2")
    names = [name for name in axes if name != MASS]
    index = [free_index(problem, name) for name in names]
    grid = dict(zip(axes, np.meshgrid(*axes.values()), strict=True))
    shape = grid[x_name].shape
    values = np.stack([grid[name].ravel() for name in names], axis=1)
    contexts = grid[MASS].ravel() if MASS in grid else np.full(len(values), problem.context)

    def minima(masses):
        fits = fit_held(problem, contexts=np.asarray(masses))
        return np.where(fits.converged, -fits.log_likelihood, np.nan)

    mass, starts = problem.context, problem.start
    if MASS in axes:
        free = fit_held(problem, contexts=axes[MASS])
        mass, _ = lowest_minimum(minima, axes[MASS], np.where(free.converged, -free.log_likelihood, np.nan))
        from_free = np.where(free.converged[:, None], free.parameters, problem.start)
        starts = from_free[np.searchsorted(axes[MASS], contexts)]
    fits = _fit_grid(problem, names, values, contexts, starts, shape, progress)
    if not np.any(fits.converged):
        require_converged(fits, "fits on the grid")
    found = np.where(fits.converged, fits.log_likelihood, -np.inf)
    k = int(np.argmax(found))
    # the grid may show a higher maximum than the one next to the start: begin there as well
    tops = fit_held(
        problem,
        contexts=np.array([mass, contexts[k]]),
        starts=np.stack([problem.start, _off_zero(problem, fits.parameters[k])]),
    )
    values_there = np.where(tops.converged, tops.log_likelihood, -np.inf)
    top = int(np.argmax(values_there))
    log_likelihood, remark = float(values_there[top]), None
    at = dict(zip(names, tops.parameters[top, index].tolist(), strict=True))
    at[MASS] = float((mass, contexts[k])[top])
    if not values_there[top] >= found[k] - _SLACK:
        reason = STATUS_TEXT[int(tops.status[1])]
        remark = f"the best point is that of the grid, as the fit that begins there fails: {reason}"
        log_likelihood = float(found[k])
        at = dict(zip([*names, MASS], [*values[k].tolist(), float(contexts[k])], strict=True))
    q = np.where(fits.converged, 2 * (log_likelihood - fits.log_likelihood), np.nan)
    return Plane(
        x_name=x_name,
        y_name=y_name,
        x=axes[x_name],
        y=axes[y_name],
        q=q.reshape(shape),
        best=(at[x_name], at[y_name]),
        log_likelihood=log_likelihood,
        converged=fits.converged.reshape(shape),
        remark=remark,
    )


def _off_zero(problem, parameters):
    """Parameters with those of the signal that are 0 moved off: rates are stationary where a coupling is 0."""
    signal = problem.likelihood.signal
    scale = np.zeros(len(parameters))
    scale[: signal.n_free] = signal.scale[: signal.n_free]
    return np.where((parameters == 0) & ~problem.fixed, scale * _NUDGE, parameters)


def _fit_grid(problem, names, values, contexts, starts, shape, progress):
    """Fits on the whole grid: every fourth point of both axes, then the others, each from its nearest neighbour."""
    rows, columns = np.meshgrid(*(np.arange(n) for n in shape), indexing="ij")
    steps = [
        np.minimum(_STRIDE * ((index + _STRIDE // 2) // _STRIDE), (n - 1) // _STRIDE * _STRIDE)
        for index, n in zip((rows, columns), shape, strict=True)
    ]
    near = (steps[0] * shape[1] + steps[1]).ravel()
    first = np.unique(near)
    rest = np.setdiff1d(np.arange(len(values)), first)

    def fits_of(points, starts):
        return fit_held(problem, names, values[points], contexts=contexts[points], starts=starts, progress=progress)

    starts = np.broadcast_to(starts, (len(values), len(problem.start)))
    coarse = fits_of(first, starts[first])
    known = np.where(coarse.converged[:, None], coarse.parameters, starts[first])
    parts = [coarse]
    if len(rest):
        parts.append(fits_of(rest, known[np.searchsorted(first, near[rest])]))
    order = np.argsort(np.concatenate([first, rest]))
    return jax.tree.map(lambda *arrays: np.concatenate(arrays)[order], *parts)


def contour_level(probability: float | None = None, sigma: float | None = None) -> float:
    """Rise of q that bounds a region of two parameters, for a probability such as 0.95 or a number of sigma.

    Raises
    ------
    InputError
        If not exactly one of them is given, or it is out of range.
    """
    if (probability is None) == (sigma is None):
        raise InputError("contour level: give a probability or a number of standard deviations, one of them")
    if probability is None:
        probability = 1 - 2 * norm.sf(sigma)
    if not 0 < probability < 1:
        raise InputError(f"contour level: probability {probability!r}, expected one between 0 and 1")
    return float(chi2.ppf(probability, 2))


def require_contourpy() -> ModuleType:
    """contourpy, which comes with matplotlib; ask for it before work that needs it in the end.

    Raises
    ------
    InputError
        If it is not installed.
    """
    try:
        import contourpy
    except ImportError:
        raise InputError("contours need contourpy: pip install 'jaxflav[plot]'") from None
    return contourpy


def contours(plane: Plane, level: float) -> tuple[Region, ...]:
    """Pieces of the region where q is below a level; their polygons are closed, along the edge of the grid if need be.

    Parameters
    ----------
    plane : Plane
        Of ``profile_plane``.
    level : float
        Rise of q, such as ``contour_level(0.95)``.

    Raises
    ------
    InputError
        If contourpy, which comes with matplotlib, is not installed.
    """
    contourpy = require_contourpy()
    kind = contourpy.FillType.OuterOffset
    generator = contourpy.contour_generator(
        plane.x, plane.y, np.ma.masked_invalid(plane.q), fill_type=kind, corner_mask=True
    )
    regions = []
    for points, offsets in zip(*generator.filled(-np.inf, level), strict=True):
        loops = [points[a:b] for a, b in itertools.pairwise(offsets)]
        edge = [np.isin(loop[:, k], ends).any() for loop in loops for k, ends in enumerate(_ends(plane))]
        regions.append(Region(loops[0], tuple(loops[1:]), bool(np.any(edge) or _next_to_failure(plane, loops))))
    return tuple(regions)


def _ends(plane):
    return (plane.x[0], plane.x[-1]), (plane.y[0], plane.y[-1])


def _next_to_failure(plane, loops):
    """Whether a polygon has a corner on a grid point next to one without result."""
    bad = ~np.isfinite(plane.q)
    if not bad.any():
        return False
    wide = np.pad(bad, 1)
    rows, columns = bad.shape
    near = np.any([wide[i : i + rows, j : j + columns] for i in range(3) for j in range(3)], axis=0) & ~bad
    corners = {(plane.x[j], plane.y[i]) for i, j in np.argwhere(near)}
    return any((a, b) in corners for loop in loops for a, b in loop.tolist())
