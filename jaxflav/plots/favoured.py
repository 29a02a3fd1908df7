"""Favoured regions of two couplings."""

from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from jaxflav.inference.profiling.contours import contour_level, contours
from jaxflav.inference.profiling.plane import Plane
from jaxflav.plots.labels import label_of
from jaxflav.studies.favoured_regions import FavouredRegions


def plot_favoured(regions: FavouredRegions, title: str) -> Figure:
    """Figure of the 1 sigma region of each experiment, and the 1, 2 and 3 sigma regions of all together.

    Parameters
    ----------
    regions : FavouredRegions
        Of ``favoured_regions``.
    title : str
        Printed above the axes.
    """
    figure = Figure(figsize=(7.6, 5.0), layout="constrained")
    axes = figure.subplots()
    for k, (name, plane) in enumerate(regions.single.items()):
        _fill(axes, plane, 1, facecolor=(f"C{k}", 0.18), edgecolor=f"C{k}", linewidth=0.8, label=f"{name}, 1σ")
    plane = regions.combined
    for sigma, style in ((3, ":"), (2, "--"), (1, "-")):
        _fill(axes, plane, sigma, facecolor="none", edgecolor="black", linestyle=style, label=f"combined, {sigma}σ")
    axes.plot(*plane.best, "x", color="black", label="best point")
    axes.plot(0.0, 0.0, "s", color="black", markersize=4, fillstyle="none", label="Standard Model")
    axes.set_xlim(plane.x[0], plane.x[-1])
    axes.set_ylim(plane.y[0], plane.y[-1])
    axes.set_xlabel(label_of(plane.x_name))
    axes.set_ylabel(label_of(plane.y_name))
    axes.set_title(title, fontsize="small")
    figure.legend(loc="outside right upper", frameon=False, fontsize="small")
    return figure


def _fill(axes, plane: Plane, sigma: int, label: str, **style) -> None:
    for i, region in enumerate(contours(plane, contour_level(sigma=sigma))):
        path = Path.make_compound_path(*(Path(loop, closed=True) for loop in (region.outer, *region.holes)))
        axes.add_patch(PathPatch(path, label=label if i == 0 else None, **style))
