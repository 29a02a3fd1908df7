import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.likelihood.interpolation import asymmetric_part, factor, factor_coefficients
from tests.helpers import finite_difference

DOWN, UP = np.array([0.7, 1.2, 0.5]), np.array([1.4, 1.1, 1.5])


def value(alpha, code):
    coefficients = jnp.asarray(factor_coefficients(DOWN, UP))
    arguments = jnp.log(jnp.asarray(DOWN)), jnp.log(jnp.asarray(UP)), coefficients, code
    return factor(jnp.full(3, alpha), *arguments)


@pytest.mark.parametrize("code", ["code1", "code4"])
def test_factor_passes_through_its_three_points(code):
    for alpha, expected in ((-1.0, DOWN), (0.0, np.ones(3)), (1.0, UP), (2.0, UP**2), (-3.0, DOWN**3)):
        np.testing.assert_allclose(value(alpha, code)[0], expected, rtol=1e-12)


@pytest.mark.parametrize("code", ["code1", "code4"])
@pytest.mark.parametrize("alpha", [-2.3, -1.0, -0.4, 0.3, 1.0, 1.7])
def test_factor_slope(code, alpha):
    step = 1e-5  # at the joints of code4 the third derivative jumps
    expected = finite_difference(lambda a: value(a, code)[0], alpha, step)
    np.testing.assert_allclose(value(alpha, code)[1], expected, rtol=1e-6)


@pytest.mark.parametrize("alpha", [-1.0, 1.0])
def test_code4_joins_with_continuous_slope(alpha):
    below, above = value(alpha - 1e-9, "code4")[1], value(alpha + 1e-9, "code4")[1]
    np.testing.assert_allclose(below, above, rtol=1e-7)


@pytest.mark.parametrize("alpha", [-1.5, -1.0, -0.2, 0.0, 0.6, 1.0, 2.0])
def test_even_part_of_code4p(alpha):
    def g(a):
        return asymmetric_part(jnp.atleast_1d(a), "code4p")[0]

    np.testing.assert_allclose(
        asymmetric_part(jnp.atleast_1d(alpha), "code4p")[1], finite_difference(g, alpha, 1e-5), rtol=1e-6, atol=1e-10
    )
    np.testing.assert_allclose(g(alpha), g(-alpha))
    if abs(alpha) >= 1:
        np.testing.assert_allclose(g(alpha), abs(alpha), rtol=1e-15)
