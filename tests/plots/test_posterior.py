import numpy as np
from matplotlib.path import Path

from jaxflav.plots.posterior import plot_corner, plot_traces, rank_histograms

NAMES = ("mass", "f_VV")


def draws(n=2000):
    rng = np.random.default_rng(4)
    return np.array([1.0, 3.0]) + rng.normal(size=(4, n, 2)) @ np.array([[0.3, 0.1], [0.0, 0.2]])


def test_regions_hold_their_probability(tmp_path):
    figure = plot_corner(draws(), NAMES, "title")
    axes = np.array(figure.axes).reshape(2, 2)
    assert axes[1, 0].get_xlabel() == "$m_X$ [GeV]"
    assert axes[1, 0].get_ylabel() == "f_VV"
    assert figure.get_suptitle() == "title"
    # dashed lines at the quantiles of the first quantity
    lines = sorted(line.get_xdata()[0] for line in axes[0, 0].lines)
    np.testing.assert_allclose(lines, np.quantile(draws()[..., 0], [0.16, 0.5, 0.84]), rtol=1e-6)
    contours = [c for c in axes[1, 0].collections if len(c.get_paths()) and c.get_facecolor().size == 0]
    points = draws().reshape(-1, 2)
    inside = sorted(
        np.mean(path.contains_points(points)) for one in contours for path in one.get_paths() if len(path.vertices)
    )
    np.testing.assert_allclose(inside, [0.68, 0.95], atol=0.04)
    assert all(isinstance(path, Path) for one in contours for path in one.get_paths())
    figure.savefig(tmp_path / "corner.png")
    assert (tmp_path / "corner.png").stat().st_size > 1000


def test_ranks_tell_a_chain_that_is_elsewhere():
    same = draws()[..., 0]
    flat = rank_histograms(same, 10)
    assert flat.shape == (4, 10)
    np.testing.assert_array_equal(flat.sum(axis=1), 2000)
    np.testing.assert_array_equal(flat.sum(axis=0), 800)
    assert np.all(np.abs(flat - 200) < 80)
    shifted = same.copy()
    shifted[2] += 0.3
    assert rank_histograms(shifted, 10)[2, -1] > 400


def test_traces_are_the_chains():
    figure = plot_traces(draws(50), NAMES, "title")
    axes = np.array(figure.axes).reshape(2, 2)
    assert [row[0].get_ylabel() for row in axes] == ["$m_X$ [GeV]", "f_VV"]
    np.testing.assert_array_equal(axes[1, 0].lines[3].get_ydata(), draws(50)[3, :, 1])
    values, _, _ = axes[0, 1].patches[0].get_data()
    np.testing.assert_array_equal(values, rank_histograms(draws(50)[..., 0])[0])
