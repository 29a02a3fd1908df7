from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.numerics.safe import (
    kallen,
    kallen_of_masses,
    nan_or_zero,
    safe_divide,
    safe_sqrt,
    square_minus,
    zero_where,
)
from tests.helpers import assert_gradient, assert_nan


@pytest.mark.parametrize("x", [-1.0, -1e-300, 0.0])
def test_safe_sqrt_is_zero_and_flat_outside(x):
    value, slope = jax.value_and_grad(safe_sqrt)(jnp.asarray(x))
    assert value == 0
    assert slope == 0


def test_safe_sqrt_inside():
    assert safe_sqrt(jnp.asarray(2.0)) == np.sqrt(2.0)
    assert_gradient(safe_sqrt, 0.7)


def test_safe_divide():
    slopes = jax.grad(safe_divide, argnums=(0, 1))(jnp.asarray(3.0), jnp.asarray(0.0))
    assert safe_divide(jnp.asarray(3.0), jnp.asarray(0.0)) == 0
    assert slopes == (0, 0)
    assert safe_divide(jnp.asarray(3.0), jnp.asarray(4.0)) == 0.75


def test_kallen_forms_agree_and_the_second_does_not_cancel():
    M, m = jnp.asarray(5.27941), jnp.asarray(0.493677)
    np.testing.assert_allclose(
        kallen_of_masses(M, m, jnp.asarray(3.0)), kallen(M**2, m**2, jnp.asarray(3.0)), rtol=1e-13
    )
    # exact for these binary numbers to 3e-24 (M - m)^2, and the compiler does not undo it
    for gap in (1e-3, 1e-9, 1e-12):
        q2 = (M - m) ** 2 - gap
        exact_M, exact_m, exact_q2 = (Fraction(float(x)) for x in (M, m, q2))
        expected = float(((exact_M - exact_m) ** 2 - exact_q2) * ((exact_M + exact_m) ** 2 - exact_q2))
        for function in (kallen_of_masses, jax.jit(kallen_of_masses)):
            np.testing.assert_allclose(function(M, m, q2), expected, rtol=1e-10 if gap < 1e-9 else 1e-13)


def test_square_minus_has_all_digits(rng):
    for a in rng.uniform(0.1, 10, 20):
        for b in (a**2, np.nextafter(a**2, 0), 0.3, -4.0):
            expected = float(Fraction(a) ** 2 - Fraction(b))
            for function in (square_minus, jax.jit(square_minus)):
                np.testing.assert_allclose(function(a, b), expected, rtol=1e-15, atol=1.4e-23 * a**2)
    # half of the digits of a leave the derivatives alone
    a, b = jnp.asarray(1.7), jnp.asarray(2.9)
    np.testing.assert_allclose(jax.grad(square_minus, argnums=(0, 1))(a, b), (3.4, -1), rtol=1e-15)
    np.testing.assert_allclose(jax.grad(jax.grad(square_minus))(a, b), 2, rtol=1e-15)


def test_nan_stays_nan():
    assert_nan(safe_sqrt, 2.0)
    for denominator in (0.0, 4.0):
        assert_nan(safe_divide, 3.0, denominator)
    assert_nan(lambda x: zero_where(x > 1, x), 2.0)
    assert_nan(lambda x, y: nan_or_zero(x, y), 2.0, 1j)
    # one element that is NaN leaves the others alone
    np.testing.assert_array_equal(
        zero_where(jnp.asarray([True, False, True]), jnp.asarray([np.nan, 1.0, np.inf])), [np.nan, 1, 0]
    )
    assert jax.grad(nan_or_zero)(2.0) == 0
