import numpy as np
import pytest

from jaxflav.inference.profiling.interval import lowest_minimum, minimum_near, rise_on_side


def parabola(x):
    return ((np.asarray(x) - 2.0) / 0.3) ** 2


@pytest.mark.parametrize(("limit", "expected"), [(0.0, 1.7), (9.0, 2.3)])
def test_parabola(limit, expected):
    point, closed = rise_on_side(parabola, 2.0, 1.0, limit, 0.01)
    assert closed
    np.testing.assert_allclose(point, expected, atol=1e-4)


def test_open_end():
    assert rise_on_side(parabola, 2.0, 1.0, 2.1, 0.01) == (2.1, False)
    assert rise_on_side(parabola, 2.0, 1.0, 2.0, 0.01) == (2.0, False)


def test_unknown_values_are_passed_over():
    curve = lambda x: np.where(np.asarray(x) < 2.1, np.nan, parabola(x))
    point, closed = rise_on_side(curve, 2.0, 1.0, 9.0, 0.01)
    assert closed
    np.testing.assert_allclose(point, 2.3, atol=1e-3)


def test_first_crossing_of_two():
    curve = lambda x: 2 * np.sin(np.asarray(x))
    point, closed = rise_on_side(curve, 0.0, 1.0, 10.0, 0.1)
    assert closed
    np.testing.assert_allclose(point, np.pi / 6, atol=1e-4)


def test_minimum():
    point, value = minimum_near(parabola, 1.0, 3.5)
    np.testing.assert_allclose(point, 2.0, atol=2e-3)
    assert value < 1e-4


def test_the_lowest_of_two_minima_need_not_be_next_to_the_lowest_grid_point():
    """The minimum at 2.25 is narrow and falls between grid points; that at 0 is on one."""
    curve = lambda x: np.minimum((x := np.asarray(x)) ** 2, 25 * (x - 2.25) ** 2 - 0.5)
    grid = np.linspace(-3, 3.5, 14)
    assert grid[np.argmin(curve(grid))] == 0.0
    point, value = lowest_minimum(curve, grid, curve(grid))
    np.testing.assert_allclose(point, 2.25, atol=2e-3)
    np.testing.assert_allclose(value, -0.5, atol=1e-4)
    unknown = np.where(np.abs(grid - 2.25) < 1, np.nan, curve(grid))
    np.testing.assert_allclose(lowest_minimum(curve, grid, unknown)[0], 0.0, atol=2e-3)
