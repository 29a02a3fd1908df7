"""Draws of a posterior: joint regions of the quantities, and the chains that they are from."""

import warnings
from collections.abc import Sequence

import numpy as np
import scipy
from matplotlib.figure import Figure

from jaxflav.plots.labels import label_of

PROBABILITIES = (0.68, 0.95)
_BINS = 20  # of a rank histogram
_CELLS, _SMOOTH = 40, 1.0  # along each axis, and how many of them the density is smoothed over


def plot_corner(draws: np.ndarray, names: Sequence[str], title: str) -> Figure:
    """Figure of all marginal densities, and of the regions of highest density with 68 and 95 % for all pairs.

    Parameters
    ----------
    draws : (chains, n, k) array
        Of k quantities.
    names : sequence of k str
        Their names.
    title : str
        Printed above the axes.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of ArviZ, which corner imports where it is installed
        import corner
    k = len(names)
    figure = Figure(figsize=(1.2 + 2.2 * k, 1.2 + 2.2 * k))
    figure.subplots(k, k, squeeze=False)
    corner.corner(
        draws.reshape(-1, k),
        labels=[label_of(name) for name in names],
        levels=PROBABILITIES,
        quantiles=[(1 - PROBABILITIES[0]) / 2, 0.5, (1 + PROBABILITIES[0]) / 2],
        bins=_CELLS,
        smooth=_SMOOTH,
        show_titles=True,
        title_fmt=".3g",
        title_kwargs={"fontsize": "small"},
        plot_datapoints=False,
        fig=figure,
    )
    figure.suptitle(title, fontsize="small")
    return figure


def rank_histograms(draws: np.ndarray, bins: int = _BINS) -> np.ndarray:
    """How many draws of each chain, (chains, bins), have a rank among all draws (chains, n) in each of the bins.

    Chains that agree have flat ones: Vehtari et al., Bayesian Analysis 16 (2021) 667.
    """
    ranks = scipy.stats.rankdata(draws.ravel(), method="ordinal").reshape(draws.shape)
    edges = np.linspace(0.5, draws.size + 0.5, bins + 1)
    return np.array([np.histogram(chain, edges)[0] for chain in ranks])


def plot_traces(draws: np.ndarray, names: Sequence[str], title: str) -> Figure:
    """Figure of the chains, and of their rank histograms, which are flat if the chains agree.

    Parameters
    ----------
    draws, names, title
        As for ``plot_corner``.
    """
    figure = Figure(figsize=(9.0, 1.0 + 1.6 * len(names)), layout="constrained")
    rows = figure.subplots(len(names), 2, squeeze=False, width_ratios=(2, 1))
    for i, (name, (trace, ranks)) in enumerate(zip(names, rows, strict=True)):
        bins = min(_BINS, draws.shape[1])
        for chain, (values, histogram) in enumerate(
            zip(draws[..., i], rank_histograms(draws[..., i], bins), strict=True)
        ):
            trace.plot(values, color=f"C{chain}", lw=0.5, label=f"chain {chain}")
            ranks.stairs(histogram, np.linspace(0, 1, bins + 1), color=f"C{chain}")
        ranks.axhline(draws.shape[1] / bins, color="black", lw=0.8, ls=":")
        ranks.set_ylim(bottom=0.0)
        trace.set_ylabel(label_of(name))
        trace.margins(x=0.0)
    rows[0, 0].set_title(title, fontsize="small")
    rows[-1, 0].set_xlabel("draw")
    rows[-1, 1].set_xlabel("rank among all draws")
    return figure
