import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.numerics.safe import kallen, kallen_of_masses, safe_divide, safe_sqrt
from tests.helpers import assert_gradient


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
    threshold = (M - m) ** 2
    gap = 1e-9
    expected = gap * ((M + m) ** 2 - threshold)
    np.testing.assert_allclose(kallen_of_masses(M, m, threshold - gap), expected, rtol=1e-5)
    assert kallen_of_masses(M, m, threshold) == 0
