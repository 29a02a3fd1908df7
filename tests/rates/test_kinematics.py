import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.rates.kinematics import meson_momentum
from tests.helpers import ROUNDING, assert_gradient

M, m = 5.27941, 0.493677
END = (M - m) ** 2


def momentum(q2):
    return meson_momentum(jnp.asarray(M), jnp.asarray(m), q2)


@pytest.mark.parametrize("q2", [-1.0, 0.0, 4.41, 20.0])
def test_energies_of_both_particles_add_up(q2):
    p = float(momentum(jnp.asarray(q2)))
    np.testing.assert_allclose(np.sqrt(p**2 + m**2) + np.sqrt(p**2 + q2), M, rtol=ROUNDING)


@pytest.mark.parametrize("q2", [END, END + 1e-9, (M + m) ** 2, 50.0])
def test_zero_and_flat_at_the_end_point_and_beyond(q2):
    assert jax.value_and_grad(momentum)(jnp.asarray(q2)) == (0, 0)


def test_finite_slope_just_below_the_end_point():
    p, slope = jax.value_and_grad(momentum)(jnp.asarray(END - 1e-9))
    assert p > 0
    # p is proportional to sqrt(END - q2); the difference END - q2 has seven digits
    np.testing.assert_allclose(slope, -p / 2 / 1e-9, rtol=1e-5)


def test_gradient():
    assert_gradient(momentum, 10.0)
