import numpy as np

from jaxflav.inference.hypothesis_tests.toys import PValue, Significance
from jaxflav.plots.toys import plot_toys


def test_toys_without_result_are_left_out():
    local = Significance(9.0, 1.3e-3, 3.0, PValue(0.001, 0.0, 0.002, 1, 1000, 0))
    axes = plot_toys(np.array([0.0, 1.0, np.nan, 2.0]), "mu", local, "title").axes[0]
    assert sum(bar.get_height() for bar in axes.patches) == 3
    texts = [t.get_text() for t in axes.get_legend().get_texts()]
    assert any("3 toys" in t for t in texts)
    assert any("3.00" in t for t in texts)
