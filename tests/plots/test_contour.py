import numpy as np

from jaxflav.inference.profiling.contours import contours
from jaxflav.inference.profiling.plane import Plane
from jaxflav.plots.contour import plot_contours


def test_one_patch_per_piece_and_one_label_per_level():
    x = y = np.linspace(-2, 2, 61)
    gx, gy = np.meshgrid(x, y)
    q = 4 * ((gx**2 - 1) ** 2 + gy**2)
    plane = Plane("mass", "mu", x, y, q, (1.0, 0.0), 0.0, np.ones_like(q, dtype=bool))
    regions = {"0.68": contours(plane, 0.5), "0.95": contours(plane, 6.0)}
    axes = plot_contours(plane, regions, "title").axes[0]
    assert len(axes.patches) == 2 + 1
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["95 %", "68 %", "best point"]
    assert axes.get_xlabel() == r"$m_X$ [GeV]"
