"""Upper limits over the mass, with the expected band."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from jaxflav.inference.hypothesis_tests.cls_limits import UpperLimit
from jaxflav.plots.labels import label_of


def plot_limits(
    masses: np.ndarray | None, limits: Sequence[UpperLimit], widths: Sequence[float] | None, title: str
) -> Figure:
    """Figure of observed and expected limits; a single limit is drawn as a short band.

    The band is that of the first width.

    Parameters
    ----------
    masses : (n,) array or None
        In GeV; None for one limit without mass.
    limits : sequence of UpperLimit
        All of one parameter; for n masses, width after width.
    widths : sequence of float or None
        In GeV; None for one width only.
    title : str
        Printed above the axes.
    """
    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    axes = figure.subplots()
    x = np.zeros(1) if masses is None else np.asarray(masses)
    band = np.array([one.expected for one in limits[: len(x)]])
    observed = np.array([one.observed for one in limits]).reshape(-1, len(x))
    if len(x) == 1:
        x = x + np.array([-0.1, 0.1])
        band, observed = np.repeat(band, 2, axis=0), np.repeat(observed, 2, axis=1)
    axes.fill_between(x, band[:, 0], band[:, 4], color="#f5d547", lw=0, label=r"expected $\pm 2\sigma$")
    axes.fill_between(x, band[:, 1], band[:, 3], color="#5cb85c", lw=0, label=r"expected $\pm 1\sigma$")
    axes.plot(x, band[:, 2], color="k", ls="--", label="expected median")
    for i, curve in enumerate(observed):
        label = "observed" if widths is None else f"observed, $\\Gamma_X$ = {widths[i]:g} GeV"
        axes.plot(x, curve, color="k" if i == 0 else f"C{i - 1}", label=label)
    axes.set_xlim(x[0], x[-1])
    if len(limits) > 1:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    if masses is None:
        axes.set_xticks([])
    else:
        axes.set_xlabel(r"$m_X$ [GeV]")
    axes.set_ylabel(f"{100 * limits[0].confidence:g} % CLs limit on {label_of(limits[0].name)}")
    axes.set_title(title, fontsize="small")
    axes.legend(frameon=False)
    return figure
