import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.inference.evidence.arrowhead import Layout, arrowhead

LAYOUT = Layout(9, (0, 3, 7), ((1, 2), (4, 9), (5, 6), (8, 9)))


@pytest.fixture(scope="module")
def matrix():
    rng = np.random.default_rng(0)
    mask = np.zeros((9, 9), dtype=bool)
    mask[[0, 3, 7]] = mask[:, [0, 3, 7]] = True
    for group in ((1, 2), (4,), (5, 6), (8,)):
        mask[np.ix_(group, group)] = True
    root = rng.normal(size=(9, 9))
    return np.where(mask, root @ root.T / 9, 0.0) + 5 * np.eye(9)


def factors(matrix, damping=0.0):
    return arrowhead(lambda u: jnp.asarray(matrix) @ u, jnp.ones(9), LAYOUT, damping)


def test_gradient_determinant_and_solution_are_those_of_the_matrix(matrix):
    gradient, factor = factors(matrix)
    np.testing.assert_allclose(gradient, matrix.sum(axis=1), rtol=1e-13)
    np.testing.assert_allclose(factor.log_determinant(), np.linalg.slogdet(matrix)[1], rtol=1e-13)
    vector = np.random.default_rng(1).normal(size=9)
    np.testing.assert_allclose(factor.solve(jnp.asarray(vector)), np.linalg.solve(matrix, vector), rtol=1e-12)


def test_spread_is_a_root_of_the_inverse(matrix):
    _, factor = factors(matrix)
    root = np.array([factor.spread(*LAYOUT.split(jnp.asarray(row))) for row in np.eye(9)]).T
    np.testing.assert_allclose(root @ root.T, np.linalg.inv(matrix), rtol=1e-12, atol=1e-14)


def test_damping_raises_the_diagonal(matrix):
    _, factor = factors(matrix, 0.5)
    raised = matrix + 0.5 * np.diag(np.diagonal(matrix))
    np.testing.assert_allclose(factor.log_determinant(), np.linalg.slogdet(raised)[1], rtol=1e-13)


def test_not_positive_definite_is_nan(matrix):
    _, factor = factors(matrix - 12 * np.eye(9))
    assert np.isnan(factor.log_determinant())


def test_split_and_join_are_inverse():
    vector = jnp.arange(9.0)
    np.testing.assert_array_equal(LAYOUT.join(*LAYOUT.split(vector)), vector)
