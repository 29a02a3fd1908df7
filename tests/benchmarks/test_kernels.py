"""Linear algebra written out with the lanes last, against NumPy."""

import numpy as np

from benchmarks.kernels import cholesky_lanes_last, solve_lanes_last, solve_three


def test_cholesky_and_solve(rng):
    matrix = rng.normal(size=(5, 6, 6))
    matrix = matrix @ matrix.swapaxes(1, 2) + np.eye(6)
    right = rng.normal(size=(5, 6, 2))
    factor = cholesky_lanes_last(np.moveaxis(matrix, 0, -1))
    np.testing.assert_allclose(np.moveaxis(factor, -1, 0), np.linalg.cholesky(matrix), atol=1e-12)
    solved = solve_lanes_last(factor, np.moveaxis(right, 0, -1))
    np.testing.assert_allclose(np.moveaxis(solved, -1, 0), np.linalg.solve(matrix, right), atol=1e-10)


def test_three_equations(rng):
    a, b = rng.normal(size=(3, 3)), rng.normal(size=3)
    np.testing.assert_allclose(solve_three(a, b), np.linalg.solve(a, b), rtol=1e-10)
