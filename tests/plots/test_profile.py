import numpy as np

from jaxflav.inference.profiling.profile import Interval, Profile
from jaxflav.plots.profile import plot_profile


def profile_with(values, q):
    ok = np.ones(len(values), dtype=bool)
    return Profile("mu", values, q, ok, ("converged",) * len(values), np.zeros((3, 1)), 1.0, 1.0, np.ones(1), 0.0)


def test_curve_is_in_order_and_intervals_are_named():
    values = np.array([2.0, 0.0, 1.0])
    result = profile_with(values, (values - 1) ** 2)
    ranges = {"68": Interval(1.0, 0.0, 2.0, (True, True), 1.0), "95": Interval(1.0, -1.0, 3.0, (True, True), 3.84)}
    axes = plot_profile(result, ranges, "title").axes[0]
    curve = max(axes.lines, key=lambda line: len(line.get_xdata()))
    np.testing.assert_array_equal(curve.get_xdata(), [0.0, 1.0, 2.0])
    np.testing.assert_array_equal(curve.get_ydata(), [1.0, 0.0, 1.0])
    assert {"68 %", "95 %"} < {t.get_text() for t in axes.get_legend().get_texts()}


def test_a_flat_curve_has_an_axis():
    axes = plot_profile(profile_with(np.array([0.0, 1.0, 2.0]), np.zeros(3)), {}, "title").axes[0]
    assert axes.get_ylim() == (0.0, 1.0)
