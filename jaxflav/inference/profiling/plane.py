"""Profile likelihood over two axes, each a parameter or the mass, and its contours."""

import dataclasses
from collections.abc import Callable

import jax
import numpy as np

from jaxflav.inference.fitting.batch import require_converged
from jaxflav.inference.fitting.masses import MASS, check_plane_masses
from jaxflav.inference.fitting.problem import Problem, check_values, fit_held, free_index
from jaxflav.inference.fitting.result import STATUS_TEXT
from jaxflav.inference.profiling.interval import lowest_minimum
from jaxflav.io.errors import InputError

_STRIDE = 4
_NUDGE = 0.1  # of the typical size of a coupling
_SLACK = 1e-6  # of ln L: the best point may be so much below the grid


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
