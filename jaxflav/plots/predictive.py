"""What draws of the parameters predict: yields beside the data, discrepancies, spectra and other decays."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

_BANDS = ((0.025, 0.975, 0.2), (0.16, 0.84, 0.4))  # quantiles, and opacity
# pairs of observables, as the correlations are shown in the literature
_PAIRS = (("BR(B+ -> K+)", "BR(B0 -> K*0)"), ("BR(B+ -> K+)", "FL(B0 -> K*0)"))


def plot_predictive(arrays: Mapping[str, np.ndarray], title: str) -> Figure:
    """Figure of replicated data with bands of 68 and 95 % beside the data, of the deviances, and of other decays.

    Parameters
    ----------
    arrays : mapping
        Content of ``arrays.npz`` as ``jaxflav predictive`` writes it.
    title : str
        Printed above the axes.
    """
    decays = len(arrays["observable_names"]) > 0
    figure = Figure(figsize=(9.0, 12.0 if decays else 8.0), layout="constrained")
    grid = figure.add_gridspec(4 if decays else 3, 2, height_ratios=(2, 1, 2, 2) if decays else (2, 1, 2))
    top = figure.add_subplot(grid[0, :])
    _draw_rows(top, figure.add_subplot(grid[1, :], sharex=top), arrays)
    top.set_title(title, fontsize="small")
    _draw_discrepancy(figure.add_subplot(grid[2, 0]), arrays)
    if decays:
        _draw_spectra(figure.add_subplot(grid[2, 1]), arrays)
        for k, pair in enumerate(_PAIRS):
            _draw_pair(figure.add_subplot(grid[3, k]), arrays, *pair)
    return figure


def _draw_rows(above, below, arrays):
    """Counts above; below all data in standard deviations from what is expected."""
    observed, normal = arrays["observed"], arrays["normal_error"] > 0
    x, counted = np.arange(len(observed)), ~normal
    edges = np.arange(counted.sum() + 1) - 0.5
    replicated = arrays["replicated"][:, counted]
    for low, high, alpha in _BANDS:
        ends = np.quantile(replicated, [low, high], axis=0)
        above.stairs(ends[1], edges, baseline=ends[0], fill=True, color="C0", alpha=alpha, lw=0)
    above.stairs(np.median(arrays["expected"][:, counted], axis=0), edges, baseline=None, color="C0", label="expected")
    counts = observed[counted]
    above.errorbar(x[counted], counts, np.sqrt(counts), fmt=".", color="black", label="data")
    above.set_yscale("symlog")
    above.set_ylabel("events")
    above.legend(frameon=False)
    expected = np.median(arrays["expected"], axis=0)
    spread = np.where(normal, arrays["normal_error"], np.sqrt(np.maximum(expected, 1e-9)))
    below.axhspan(-1, 1, color="C0", alpha=0.3, lw=0)
    below.plot(x, (observed - expected) / spread, ".", color="black")
    below.set_ylabel("pull")
    below.set_xlabel("bin" if counted.all() else "bin, measurement")


def _draw_discrepancy(axes, arrays):
    observed, replicated = arrays["deviance_observed"], arrays["deviance_replicated"]
    axes.plot(observed, replicated, ".", color="C0", ms=3, alpha=0.5)
    ends = [min(observed.min(), replicated.min()), max(observed.max(), replicated.max())]
    axes.plot(ends, ends, color="black", lw=0.8)
    axes.set_xlabel("deviance of the data")
    axes.set_ylabel("deviance of replicated data")
    axes.set_title(f"p = {np.mean(replicated >= observed):.3f}", fontsize="small")


def _draw_spectra(axes, arrays):
    for k, name in enumerate(arrays["spectrum_names"]):
        q2, curves = arrays["spectrum_q2"][k], arrays["spectra"][:, k]
        for low, high, alpha in _BANDS:
            ends = np.quantile(curves, [low, high], axis=0)
            axes.fill_between(q2, *ends, color=f"C{k}", alpha=alpha, lw=0)
        axes.plot(q2, np.median(curves, axis=0), color=f"C{k}", label=str(name))
    axes.set_xlabel(r"$q^2$ [GeV$^2$]")
    axes.set_ylabel(r"$d\mathcal{B}/dq^2$ [GeV$^{-2}$]")
    axes.set_ylim(bottom=0.0)
    axes.legend(frameon=False)


def _draw_pair(axes, arrays, x_name, y_name):
    names = arrays["observable_names"].tolist()
    x, y = (arrays["observables"][:, names.index(name)] for name in (x_name, y_name))
    axes.plot(x, y, ".", color="C0", ms=3, alpha=0.5)
    axes.ticklabel_format(scilimits=(-2, 3))
    axes.set_xlabel(x_name)
    axes.set_ylabel(y_name)
