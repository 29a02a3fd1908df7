"""Distributions of q2 and F_L(q2), as in Fig. 2 of Bolton et al., arXiv:2403.13887, and in arXiv:2503.19025."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure


def plot_curves(q2: np.ndarray, curves: Mapping[str, tuple[np.ndarray, np.ndarray]], ylabel: str, title: str) -> Figure:
    """Figure of curves over q2 with bands.

    Parameters
    ----------
    q2 : (n,) array
        In GeV^2.
    curves : mapping
        By label, values and uncertainties, each of shape (n,); NaN is left out.
    ylabel, title : str
        Printed on the axes.
    """
    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    axes = figure.subplots()
    for i, (label, (value, error)) in enumerate(curves.items()):
        axes.plot(q2, value, color=f"C{i}", label=label)
        axes.fill_between(q2, value - error, value + error, color=f"C{i}", alpha=0.25, lw=0)
    axes.set_xlabel(r"$q^2$ [GeV$^2$]")
    axes.set_ylabel(ylabel)
    axes.set_xlim(float(q2[0]), float(q2[-1]))
    axes.set_ylim(bottom=0.0)
    axes.set_title(title, fontsize="small")
    axes.legend(frameon=False)
    return figure
