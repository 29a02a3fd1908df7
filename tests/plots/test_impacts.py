import numpy as np

from jaxflav.inference.profiling.impacts import Impacts
from jaxflav.plots.impacts import plot_impacts


def test_the_strongest_are_shown_on_top():
    one = np.array([0.3, 0.2, 0.1])
    result = Impacts("mu", 4.6, 1.3, ("a", "b", "c"), one, np.ones(3), -one, one)
    left, right = plot_impacts(result, 2, "title").axes
    assert [t.get_text() for t in left.get_yticklabels()] == ["a", "b"]
    assert left.yaxis_inverted()
    np.testing.assert_allclose([bar.get_width() for bar in right.patches], [0.3, 0.2, -0.3, -0.2])
