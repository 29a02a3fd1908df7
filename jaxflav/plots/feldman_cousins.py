"""Confidence set of one parameter by toys."""

import numpy as np
from matplotlib.figure import Figure

from jaxflav.inference.hypothesis_tests.feldman_cousins import ConfidenceSet
from jaxflav.plots.labels import label_of


def plot_confidence_set(found: ConfidenceSet, title: str) -> Figure:
    """Figure of the p-value over one parameter, and what is accepted.

    Parameters
    ----------
    found : ConfidenceSet
        Of one parameter.
    title : str
        Printed above the axes.
    """
    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    axes = figure.subplots()
    x, limit = found.points[:, 0], 1 - found.confidence
    value, low, high = (np.array([getattr(p, name) for p in found.p_values]) for name in ("value", "low", "high"))
    axes.fill_between(x, low, high, color="C0", alpha=0.25, lw=0, label="68 % from the number of toys")
    axes.plot(x, value, color="C0", marker=".")
    axes.axhline(limit, color="0.4", ls="--", label=f"{100 * found.confidence:g} % confidence")
    axes.fill_between(
        x,
        0,
        1,
        where=found.accepted,
        transform=axes.get_xaxis_transform(),
        color="C3",
        alpha=0.12,
        lw=0,
        label="accepted",
    )
    axes.set_xlim(x.min(), x.max())
    axes.set_ylim(0, 1)
    axes.set_xlabel(label_of(found.names[0]))
    axes.set_ylabel("p-value")
    axes.set_title(title, fontsize="small")
    axes.legend(frameon=False)
    return figure
