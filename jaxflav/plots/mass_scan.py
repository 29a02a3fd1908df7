"""t(m) over the mass of a new particle, as in Fig. 4 of Bolton et al., arXiv:2403.13887."""

import numpy as np
from matplotlib.figure import Figure

from jaxflav.studies.mass_scan import MassScan


def plot_mass_scan(scan: MassScan, title: str) -> Figure:
    """Figure of t(m), with the rescaled Standard Model, the best mass and its 68 % interval.

    Parameters
    ----------
    scan : MassScan
        Of ``scan_masses``.
    title : str
        Printed above the axes.
    """
    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    axes = figure.subplots()
    order = np.argsort(scan.mass)
    axes.plot(scan.mass[order], scan.t[order], color="C1", label=r"SM + $X$")
    axes.axhline(scan.t_rescaled_sm, color="C0", ls="--", label=rf"rescaled SM, $\mu = {scan.mu_rescaled_sm:.2f}$")
    axes.axhline(0.0, color="0.5", lw=0.8)
    if scan.best is not None:
        low, high = scan.best.interval_68
        axes.axvspan(low, high, color="C1", alpha=0.15, lw=0)
        label = rf"$m_X = {scan.best.mass:.2f}$ GeV, ${scan.best.significance:.1f}\,\sigma$"
        axes.plot(scan.best.mass, scan.best.t, "o", color="C3", label=label)
    axes.set_xlabel(r"$m_X$ [GeV]")
    axes.set_ylabel(r"$t = -2\,\ln\,L(\mathrm{SM}+X)/L(\mathrm{SM})$")
    axes.set_title(title, fontsize="small")
    axes.legend(frameon=False)
    return figure
