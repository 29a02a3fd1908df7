"""t(m) of many scenarios, as in Figs. 4 and 5 of Bolton et al., arXiv:2403.13887."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from jaxflav.studies.every_scenario import ScenarioScan

_STYLES = ("-", "--", ":", "-.")


def plot_scenarios(scans: Sequence[ScenarioScan], title: str) -> Figure:
    """Figure of t(m), a panel per family, with the rescaled Standard Model as a horizontal line.

    Parameters
    ----------
    scans : sequence of ScenarioScan
        Of ``scan_scenarios``.
    title : str
        Printed above the panels.
    """
    families = list(dict.fromkeys(one.scenario.family for one in scans))
    columns = min(len(families), 3)
    rows = -(-len(families) // columns)
    figure = Figure(figsize=(0.6 + 4.0 * columns, 0.4 + 3.2 * rows), layout="constrained")
    grid = figure.subplots(rows, columns, sharey=True, squeeze=False).ravel()
    for axes in grid[len(families) :]:
        axes.set_visible(False)
    for axes, family in zip(grid, families, strict=False):
        of_family = [one for one in scans if one.scenario.family == family]
        for k, one in enumerate(of_family):
            scan = one.scan
            label = one.scenario.label.removeprefix(f"{family} ")
            axes.plot(scan.mass, scan.t, f"C{k % 10}", ls=_STYLES[k // 3 % len(_STYLES)], label=label)
            if one.viable:
                axes.plot(scan.best.mass, scan.best.t, f"C{k % 10}o", markersize=4)
        axes.axhline(of_family[0].scan.t_rescaled_sm, color="0.3", ls="--", lw=0.8)
        axes.axhline(0.0, color="0.6", lw=0.8)
        axes.set_title(family, fontsize="small")
        axes.set_xlabel(r"$m_X$ [GeV]")
        axes.legend(frameon=False, fontsize="x-small", ncols=1 + len(of_family) // 6)
    for axes in grid[::columns]:
        axes.set_ylabel(r"$t$")
    lowest = min(-1.0, *(np.nanmin(one.scan.t) for one in scans))
    grid[0].set_ylim(1.1 * lowest, -0.2 * lowest)
    figure.suptitle(title, fontsize="small")
    return figure
