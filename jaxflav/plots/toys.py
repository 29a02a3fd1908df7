"""Best values of a parameter in toys without signal."""

import numpy as np
from matplotlib.figure import Figure

from jaxflav.inference.hypothesis_tests.toys import Significance
from jaxflav.plots.labels import label_of


def plot_toys(best: np.ndarray, parameter: str, local: Significance, title: str) -> Figure:
    """Figure of the best values of toys in which the parameter is 0.

    Parameters
    ----------
    best : (toys,) array
        NaN where the fit is not a result.
    parameter : str
        Its name.
    local : Significance
        Of the data, for the legend.
    title : str
        Printed above the axes.
    """
    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    axes = figure.subplots()
    known = best[np.isfinite(best)]
    axes.hist(known, bins=40, color="C0", alpha=0.7, label=f"{len(known)} toys with {label_of(parameter)} = 0")
    reached = f"reached by {local.p_toys.passed} of {local.p_toys.toys} toys"
    axes.plot([], [], " ", label=rf"data: ${local.z_asymptotic:.2f}\,\sigma$, {reached}")
    axes.set_yscale("log")
    axes.set_xlabel(f"best {label_of(parameter)}")
    axes.set_ylabel("toys")
    axes.set_title(title, fontsize="small")
    axes.legend(frameon=False)
    return figure
