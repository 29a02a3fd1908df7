import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.numerics.complex_values import abs2, as_coupling, real_product
from tests.helpers import assert_gradient


def test_abs2_of_real_and_complex():
    assert abs2(jnp.asarray(-3.0)) == 9
    assert abs2(jnp.asarray(3.0 - 4.0j)) == 25


def test_abs2_is_flat_at_zero():
    assert jax.grad(abs2)(jnp.asarray(0.0)) == 0
    assert jax.grad(abs2)(jnp.asarray(0.0j)) == 0


def test_abs2_slope():
    assert_gradient(lambda x: abs2(x * jnp.asarray(1.0 + 2.0j)), 0.3)


@pytest.mark.parametrize(("x", "y"), [(2.0, 3.0), (2.0, 1.0 - 5.0j), (1.0 + 2.0j, 3.0 - 4.0j)])
def test_real_product_mixes_real_and_complex(x, y):
    np.testing.assert_allclose(real_product(jnp.asarray(x), jnp.asarray(y)), (x * np.conj(y)).real, rtol=1e-15)


def test_as_coupling_keeps_complex_and_converts_integers():
    assert as_coupling(1).dtype == jnp.float64
    assert as_coupling(1j).dtype == jnp.complex128
