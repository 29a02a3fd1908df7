import numpy as np

from jaxflav.inference.hypothesis_tests.cls_limits import UpperLimit
from jaxflav.plots.limit import plot_limits


def limit(scale):
    return UpperLimit("mu", 0.95, 3.0 * scale, np.arange(1.0, 6.0) * scale, 1.0, 0.5, 20.0, None)


def test_observed_and_median_over_the_mass():
    axes = plot_limits(np.array([1.0, 2.0]), [limit(1), limit(2)], None, "title").axes[0]
    median, observed = (line.get_ydata() for line in axes.lines)
    np.testing.assert_array_equal(median, [3.0, 6.0])
    np.testing.assert_array_equal(observed, [3.0, 6.0])
    assert axes.get_yscale() == "log"
    assert axes.get_ylabel() == r"95 % CLs limit on $\mu$"


def test_one_limit_is_a_band():
    axes = plot_limits(None, [limit(1)], None, "title").axes[0]
    assert len(axes.collections) == 2
    np.testing.assert_array_equal(axes.lines[1].get_ydata(), [3.0, 3.0])


def test_a_curve_for_each_width():
    axes = plot_limits(np.array([1.0, 2.0]), [limit(k) for k in (1, 2, 3, 4)], [0.0, 0.1], "title").axes[0]
    first, second = (line.get_ydata() for line in axes.lines[1:])
    np.testing.assert_array_equal(first, [3.0, 6.0])
    np.testing.assert_array_equal(second, [9.0, 12.0])
    assert [t.get_text() for t in axes.get_legend().get_texts()][-1] == r"observed, $\Gamma_X$ = 0.1 GeV"
