"""Confidence regions in a plane."""

from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from jaxflav.inference.profiling.contours import Region
from jaxflav.inference.profiling.plane import Plane
from jaxflav.plots.labels import label_of


def plot_contours(plane: Plane, regions: dict[str, tuple[Region, ...]], title: str) -> Figure:
    """Figure of the regions of several probabilities and the best point.

    Parameters
    ----------
    plane : Plane
        Of ``profile_plane``.
    regions : dict of probability to tuple of Region
        Of ``contours``.
    title : str
        Printed above the axes.
    """
    figure = Figure(figsize=(6.4, 4.8), layout="constrained")
    axes = figure.subplots()
    for k, name in enumerate(sorted(regions, key=float, reverse=True)):
        for i, region in enumerate(regions[name]):
            path = Path.make_compound_path(*(Path(loop, closed=True) for loop in (region.outer, *region.holes)))
            label = f"{100 * float(name):g} %" if i == 0 else None
            shade = 0.25 + 0.5 * k / max(len(regions) - 1, 1)
            axes.add_patch(PathPatch(path, facecolor=("C0", shade), edgecolor="C0", label=label))
    axes.plot(*plane.best, "o", color="C3", label="best point")
    axes.set_xlim(plane.x[0], plane.x[-1])
    axes.set_ylim(plane.y[0], plane.y[-1])
    axes.set_xlabel(label_of(plane.x_name))
    axes.set_ylabel(label_of(plane.y_name))
    axes.set_title(title, fontsize="small")
    axes.legend(frameon=False)
    return figure
