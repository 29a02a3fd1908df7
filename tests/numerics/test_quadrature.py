import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

from jaxflav.numerics.quadrature import between_thresholds, piecewise, unit_interval


def test_unit_interval_is_exact_for_polynomials():
    x, w = unit_interval(5)
    np.testing.assert_allclose(w @ x**9, 0.1, rtol=1e-14)


def test_order_must_be_positive():
    with pytest.raises(ValueError, match="at least 1"):
        unit_interval(0)


def test_two_thresholds_with_sixteen_nodes():
    def f(x):
        return np.sqrt((x - 1) * (3 - x)) * np.exp(-x)

    expected, _ = quad(f, 1, 3, epsabs=1e-13, epsrel=1e-13)
    x, w = between_thresholds(jnp.asarray(1.0), jnp.asarray(3.0), 16)
    # quad's own error with square roots at the ends
    np.testing.assert_allclose(w @ f(np.asarray(x)), expected, rtol=1e-10)


@pytest.mark.parametrize("lower", [2.0, 5.0])
def test_closed_phase_space_has_no_weight_and_finite_derivatives(lower):
    def total(a):
        x, w = between_thresholds(a, jnp.asarray(2.0), 8)
        return w @ jnp.exp(x)

    value, slope = jax.value_and_grad(total)(jnp.asarray(lower))
    assert value == 0
    assert np.isfinite(slope)


def test_piecewise_integrates_a_broken_line_exactly():
    x, w = piecewise(np.array([0.0, 1.0, 4.0]), 2)
    np.testing.assert_allclose(w @ np.abs(x - 1), 0.5 + 4.5, rtol=1e-14)


def test_piecewise_refuses_edges_that_do_not_increase():
    with pytest.raises(ValueError, match="must increase"):
        piecewise(np.array([0.0, 0.0, 1.0]), 2)
