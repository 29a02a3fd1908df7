"""Expected significances against luminosity."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure


def plot_projection(columns: Mapping[str, np.ndarray], title: str) -> Figure:
    """Figure of sqrt(t) against luminosity, one curve for each hypothesis that the truth is tested against.

    Parameters
    ----------
    columns : mapping of name to (n,) arrays
        ``luminosity`` in ab^-1, and ``t_NAME`` of each hypothesis.
    title : str
        Printed above the axes.
    """
    figure = Figure(figsize=(5.6, 4.0), layout="constrained")
    axes = figure.subplots()
    for name, t in columns.items():
        if name.startswith("t_"):
            axes.plot(columns["luminosity"], np.sqrt(np.maximum(t, 0.0)), "o-", label=f"against {name[2:]}")
    axes.set_xscale("log")
    axes.set_xlabel("luminosity [ab$^{-1}$]")
    axes.set_ylabel(r"$\sqrt{t}$ expected")
    axes.set_title(title, fontsize="small")
    axes.legend(frameon=False, fontsize="small")
    return figure
