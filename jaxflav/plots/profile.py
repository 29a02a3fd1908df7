"""Profile likelihood of one parameter."""

import numpy as np
from matplotlib.figure import Figure

from jaxflav.inference.profiling.profile import Interval, Profile
from jaxflav.plots.labels import label_of


def plot_profile(profile: Profile, intervals: dict[str, Interval], title: str) -> Figure:
    """Figure of q over a parameter, with its intervals.

    Parameters
    ----------
    profile : Profile
        Of ``profile``.
    intervals : dict of probability in per cent to Interval
        Shown as bands.
    title : str
        Printed above the axes.
    """
    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    axes = figure.subplots()
    order = np.argsort(profile.values)
    for k, (name, found) in enumerate(sorted(intervals.items(), reverse=True)):
        axes.axvspan(found.low, found.high, color=("C0", 0.15 + 0.2 * k), lw=0, label=f"{name} %")
        axes.axhline(found.level, color="0.6", lw=0.8, ls=":")
    axes.plot(profile.values[order], profile.q[order], color="C0")
    axes.axvline(profile.best, color="C3", lw=1, label=f"{profile.best:.3g} ± {profile.error:.2g}")
    axes.set_ylim(0, np.nanmax([*profile.q, 1.0]))
    axes.set_xlim(profile.values.min(), profile.values.max())
    axes.set_xlabel(label_of(profile.name))
    axes.set_ylabel(r"$q = 2\,\ln\,L(\mathrm{best})/L$")
    axes.set_title(title, fontsize="small")
    axes.legend(frameon=False)
    return figure
