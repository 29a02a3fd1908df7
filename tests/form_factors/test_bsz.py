from math import sqrt

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.form_factors.bsz import expansion, z
from tests.helpers import ROUNDING, assert_gradient

M, m = 5.27934, 0.493677
A = [[0.33, -0.96, -0.30], [0.33, 0.335, 0.004]]
POLES = [5.415, 5.630]
arrays = [jnp.asarray(x) for x in (A, POLES, M, m)]


def z_plain(t):
    tp, tm = (M + m) ** 2, (M - m) ** 2
    t0 = tp * (1 - sqrt(1 - tm / tp))
    return (sqrt(tp - t) - sqrt(tp - t0)) / (sqrt(tp - t) + sqrt(tp - t0))


def plain(i, t):
    x = z_plain(t) - z_plain(0.0)
    return sum(a * x**k for k, a in enumerate(A[i])) / (1 - t / POLES[i] ** 2)


@pytest.mark.parametrize("q2", [-1.0, 0.0, 4.41, 12.0, 22.9, 30.0])
def test_against_plain_floats(q2):
    expected = [plain(0, q2), plain(1, q2)]
    np.testing.assert_allclose(expansion(*arrays, jnp.asarray(q2)), expected, rtol=ROUNDING)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0,)])
def test_any_shape(shape):
    q2 = jnp.linspace(0, 20, 6)[: int(np.prod(shape))].reshape(shape)
    result = expansion(*arrays, q2)
    assert result.shape == (2, *shape)
    expected = [[plain(i, float(t)) for t in q2.ravel()] for i in (0, 1)]
    np.testing.assert_allclose(result.reshape(2, -1), np.reshape(expected, (2, -1)), rtol=ROUNDING)


def test_lowest_coefficient_is_the_value_at_zero():
    np.testing.assert_array_equal(expansion(*arrays, jnp.asarray(0.0)), [0.33, 0.33])


@pytest.mark.parametrize("q2", [-1.0, 0.0, 10.0, 22.9, 28.0, 30.0])
def test_gradient(q2):
    assert_gradient(lambda t: expansion(*arrays, t), q2)


@pytest.mark.parametrize("q2", [5.415**2, (M + m) ** 2, (M + m) ** 2 - 1e-9, 33.4, 1e4])
def test_finite_at_the_pole_and_beyond_the_pair_threshold(q2):
    value, slope = jax.jvp(lambda t: expansion(*arrays, t), (jnp.asarray(q2),), (jnp.asarray(1.0),))
    assert np.all(np.isfinite(value))
    assert np.all(np.isfinite(slope))


def test_z_is_minus_one_at_the_pair_threshold_and_beyond():
    q2 = jnp.asarray([(M + m) ** 2, 40.0])
    np.testing.assert_array_equal(z(jnp.asarray(M), jnp.asarray(m), q2), [-1, -1])
