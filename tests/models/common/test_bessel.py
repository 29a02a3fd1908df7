import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import kve

from jaxflav.models.common.bessel import scaled_bessel


@pytest.mark.parametrize("order", [0, 1, 2])
def test_against_scipy(order):
    x = np.concatenate([np.geomspace(1e-4, 1e3, 200), [1e5, 1e8]])
    found = scaled_bessel(order, jnp.asarray(x))
    np.testing.assert_allclose(found, kve(order, x), rtol=1e-11)
    np.testing.assert_allclose(found[x > 0.03], kve(order, x[x > 0.03]), rtol=1e-14)


@pytest.mark.parametrize("order", [1, 2])
def test_derivatives_are_those_of_the_recurrence(order):
    """K_n' = -K_(n-1) - n K_n/x."""
    x = np.geomspace(1e-3, 1e3, 20)
    slope = jax.vmap(jax.grad(lambda y: scaled_bessel(order, y)))(jnp.asarray(x))
    expected = kve(order, x) * (1 - order / x) - kve(order - 1, x)
    np.testing.assert_allclose(slope, expected, rtol=1e-9, atol=1e-12)


def test_no_number_where_there_is_none():
    assert np.all(np.isnan(scaled_bessel(1, jnp.asarray([np.nan, -1.0, 0.0]))))
