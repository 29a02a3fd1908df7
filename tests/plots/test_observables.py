import numpy as np

from jaxflav.plots.observables import plot_curves


def test_curves_with_bands():
    q2 = np.linspace(1, 5, 5)
    curves = {"a": (q2, 0.1 * q2), "b": (np.where(q2 > 2, 1.0, np.nan), np.zeros(5))}
    axes = plot_curves(q2, curves, "y", "title").axes[0]
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), q2)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b"]
    assert len(axes.collections) == 2
    assert axes.get_xlim() == (1, 5)
