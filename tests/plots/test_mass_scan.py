import dataclasses

import numpy as np

from jaxflav.plots.mass_scan import plot_mass_scan
from jaxflav.studies.mass_scan import BestMass, MassScan

BEST = BestMass(2.1, (2.0, 2.2), (True, True), -13.0, 3.6, "branching_fraction", 9e-6, (6e-6, 1.1e-5), np.zeros(3))
SCAN = MassScan(
    mass=np.array([3.0, 2.1, 1.0]),
    t=np.array([-1.0, -13.0, np.nan]),
    parameter="branching_fraction",
    value=np.zeros(3),
    converged=np.array([True, True, False]),
    status=("converged",) * 3,
    iterations=np.zeros(3),
    parameters=np.zeros((3, 3)),
    t_rescaled_sm=-7.3,
    mu_rescaled_sm=4.6,
    log_likelihood_sm=0.0,
    best=BEST,
)


def test_curve_is_in_order_of_mass_with_the_reference_lines(tmp_path):
    figure = plot_mass_scan(SCAN, "title")
    axes = figure.axes[0]
    np.testing.assert_array_equal(axes.lines[0].get_xdata(), [1.0, 2.1, 3.0])
    assert axes.lines[1].get_ydata()[0] == -7.3
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert any("4.60" in label for label in labels)
    assert any("2.10" in label and "3.6" in label for label in labels)
    figure.savefig(tmp_path / "figure.pdf")
    assert (tmp_path / "figure.pdf").stat().st_size > 1000


def test_without_best_mass():
    axes = plot_mass_scan(dataclasses.replace(SCAN, best=None), "title").axes[0]
    assert len(axes.get_legend().get_texts()) == 2
