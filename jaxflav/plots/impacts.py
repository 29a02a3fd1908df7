"""Pulls and impacts of nuisance parameters."""

import numpy as np
from matplotlib.figure import Figure

from jaxflav.inference.profiling.impacts import Impacts
from jaxflav.plots.labels import label_of


def plot_impacts(impacts: Impacts, top: int, title: str) -> Figure:
    """Figure of the strongest nuisance parameters: impacts as bars, pulls with their constraint as points.

    Parameters
    ----------
    impacts : Impacts
        Of ``impacts``.
    top : int
        How many to show.
    title : str
        Printed above the axes.
    """
    n = min(top, len(impacts.names))
    figure = Figure(figsize=(8.0, 1.6 + 0.24 * n), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    rows = np.arange(n)
    left.axvspan(-1, 1, color="0.92", lw=0)
    left.errorbar(impacts.pull[:n], rows, xerr=impacts.constraint[:n], fmt="o", color="k", ms=3, lw=1)
    left.set_xlim(-3, 3)
    left.set_yticks(rows, impacts.names[:n], fontsize="x-small")
    left.set_xlabel("pull")
    right.barh(rows, impacts.up[:n], color="C3", alpha=0.7, label=r"$+1\sigma$")
    right.barh(rows, impacts.down[:n], color="C0", alpha=0.7, label=r"$-1\sigma$")
    right.axvline(0, color="k", lw=0.8)
    right.set_xlabel(f"impact on {label_of(impacts.parameter)}")
    right.legend(frameon=False, fontsize="small")
    left.invert_yaxis()
    value = f"{impacts.parameter} = {impacts.best:.3g} ± {impacts.error:.2g}"
    figure.suptitle(f"{title}\n{value}", fontsize="small")
    return figure
