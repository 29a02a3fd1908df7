import jax
import jax.numpy as jnp
import numpy as np

from jaxflav.couplings.scalar import ScalarCouplings, density_couplings
from tests.helpers import assert_gradient

QUARKS = (jnp.asarray(4.18), jnp.asarray(0.09))


def test_derivative_couplings_are_densities():
    g_S, g_P = density_couplings(ScalarCouplings(g_S=1.0, g_P=2j, g_V=3.0, g_A=4 + 1j, scale=1e3), *QUARKS)
    np.testing.assert_allclose(g_S, 1 + 3j * (4.18 - 0.09) / 1e3, rtol=1e-15)
    np.testing.assert_allclose(g_P, 2j - 1j * (4 + 1j) * (4.18 + 0.09) / 1e3, rtol=1e-15)


def test_real_arrays_and_derivatives():
    g_S, g_P = density_couplings(ScalarCouplings(g_S=jnp.ones(3)), *QUARKS)
    np.testing.assert_array_equal(g_S, np.ones(3) + 0j)
    assert (g_P.shape, g_P.dtype) == ((), jnp.complex128)
    assert_gradient(lambda x: density_couplings(ScalarCouplings(g_V=x, scale=1.0), *QUARKS)[0].imag, 0.3)
    assert jax.grad(lambda x: jnp.abs(density_couplings(ScalarCouplings(g_V=x), *QUARKS)[0]) ** 2)(0.5) > 0
