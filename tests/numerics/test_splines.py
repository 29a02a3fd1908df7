import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.interpolate import BSpline

from jaxflav.numerics.splines import evaluate_uniform, uniform_basis
from tests.helpers import ROUNDING, assert_gradient

LOWER, UPPER, INTERVALS = -1.0, 5.0, 12


@pytest.fixture
def coefficients(rng):
    return rng.normal(size=(3, INTERVALS + 3))


def test_against_scipy(coefficients):
    x = np.linspace(LOWER, UPPER, 401)
    step = (UPPER - LOWER) / INTERVALS
    knots = LOWER + step * np.arange(-3, INTERVALS + 4)
    expected = np.stack([BSpline(knots, c, 3)(x) for c in coefficients])
    ours = evaluate_uniform(jnp.asarray(coefficients), jnp.asarray(x), LOWER, UPPER)
    np.testing.assert_allclose(ours, expected, rtol=1e-11, atol=ROUNDING)
    np.testing.assert_allclose(coefficients @ uniform_basis(x, LOWER, UPPER, INTERVALS).T, expected, atol=ROUNDING)


@pytest.mark.parametrize("x", [0.17, 0.5, 3.0, -0.999])
def test_slope_on_and_between_knots(coefficients, x):
    # the third derivative jumps at a knot (0.5, 3.0): a fourth-order difference is of second order there
    assert_gradient(
        lambda v: evaluate_uniform(jnp.asarray(coefficients), jnp.atleast_1d(v), LOWER, UPPER)[:, 0], x, step=1e-5
    )


def test_curvature_is_continuous_at_a_knot(coefficients):
    def curvature(v):
        f = lambda u: evaluate_uniform(jnp.asarray(coefficients), jnp.atleast_1d(u), LOWER, UPPER)[:, 0]
        return jax.jacfwd(jax.jacfwd(f))(jnp.asarray(v))

    np.testing.assert_allclose(curvature(1.0 - 1e-10), curvature(1.0 + 1e-10), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("outside", [-50.0, 1e6])
def test_held_outside(coefficients, outside):
    end = np.clip(outside, LOWER, UPPER)
    at = lambda v: evaluate_uniform(jnp.asarray(coefficients), jnp.asarray([v]), LOWER, UPPER)
    np.testing.assert_array_equal(at(outside), at(end))
