"""The matrix of expected separations."""

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import SymLogNorm
from matplotlib.figure import Figure

from jaxflav.studies.projections import Discrimination


def plot_discrimination(found: Sequence[Discrimination], luminosities: Sequence[float], title: str) -> Figure:
    """Figure with one matrix of t for each luminosity (ab^-1); empty where there is no result.

    Parameters
    ----------
    found : sequence of Discrimination
        Of ``discriminate``.
    luminosities : sequence of float
        In ab^-1.
    title : str
        Printed above.
    """
    n = len(found[0].hypotheses)
    figure = Figure(figsize=(2.5 + 0.55 * n * len(found), 2.0 + 0.42 * n), layout="constrained")
    top = max(1.0, *(float(np.nanmax(one.t, initial=0.0)) for one in found))
    for k, axes in enumerate(np.atleast_1d(figure.subplots(1, len(found), sharey=True))):
        one = found[k]
        axes.imshow(np.maximum(one.t, 0.0), norm=SymLogNorm(1.0, vmin=0.0, vmax=top), cmap="Blues")
        for i, j in np.argwhere(np.isfinite(one.t)):
            colour = "white" if one.t[i, j] > 0.1 * top else "black"
            text = f"{max(one.t[i, j], 0.0):.{0 if one.t[i, j] >= 10 else 1}f}"
            axes.text(j, i, text, ha="center", va="center", fontsize="x-small", color=colour)
        axes.set_xticks(range(n), one.hypotheses, rotation=90, fontsize="small")
        axes.set_yticks(range(len(one.truths)), one.truths, fontsize="small")
        axes.set_xlabel("hypothesis")
        axes.set_title(f"t at {luminosities[k]:g} ab$^{{-1}}$", fontsize="small")
        if k == 0:
            axes.set_ylabel("truth")
    figure.suptitle(title, fontsize="small")
    return figure
