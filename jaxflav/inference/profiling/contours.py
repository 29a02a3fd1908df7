"""Contours of a profile likelihood over two axes, as closed polygons."""

import dataclasses
import itertools
from types import ModuleType

import numpy as np
import scipy

from jaxflav.inference.profiling.plane import Plane
from jaxflav.io.errors import InputError


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
        probability = 1 - 2 * scipy.stats.norm.sf(sigma)
    if not 0 < probability < 1:
        raise InputError(f"contour level: probability {probability!r}, expected one between 0 and 1")
    return float(scipy.stats.chi2.ppf(probability, 2))


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
