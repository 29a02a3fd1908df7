from decimal import Decimal, localcontext

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.rates.kinematics import meson_momentum, pair_velocity2, two_body_momentum
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
    q2 = END - 1e-9
    p, slope = jax.value_and_grad(momentum)(jnp.asarray(q2))
    assert p > 0
    # p is proportional to the root of (M - m)^2 - q2, and of a factor that changes by 1e-10
    gap = float((Decimal(M) - Decimal(m)) ** 2 - Decimal(q2))
    np.testing.assert_allclose(slope, -p / 2 / gap, rtol=1e-9)


def test_gradient():
    assert_gradient(momentum, 10.0)
    assert_gradient(lambda x: two_body_momentum(jnp.asarray(M), jnp.asarray(m), x), 2.1)
    assert_gradient(lambda x: pair_velocity2(x, jnp.asarray(10.0)), 1.1)


def exact_momentum(m_B, m_K, q2):
    """The momentum of these binary numbers, in 60 digits."""
    return (((m_B - m_K) ** 2 - q2) * ((m_B + m_K) ** 2 - q2)).sqrt() / (2 * m_B)


@pytest.mark.parametrize("gap", [1e-10, 2.0**-30, 1e-6, 1e-3, 1.0])
def test_exact_at_any_distance_from_the_thresholds(gap, rng):
    momenta = jax.jit(meson_momentum), jax.jit(two_body_momentum)
    velocity2 = jax.jit(pair_velocity2)
    with localcontext(prec=60):
        for _ in range(10):
            m_B, m_K, m_X = rng.uniform(5.2, 5.4), rng.uniform(0.4, 1.1), rng.uniform(0.1, 2.0)
            q2, mass, s = (m_B - m_K) ** 2 - gap, (m_B - m_K) - gap, 4 * m_X**2 + gap
            B, K, x = Decimal(m_B), Decimal(m_K), Decimal(mass)
            expected = float(exact_momentum(B, K, Decimal(q2))), float(exact_momentum(B, K, x**2))
            found = momenta[0](m_B, m_K, q2), momenta[1](m_B, m_K, mass)
            np.testing.assert_allclose(found, expected, rtol=ROUNDING)
            expected = float(1 - 4 * Decimal(m_X) ** 2 / Decimal(s))
            np.testing.assert_allclose(velocity2(m_X, s), expected, rtol=ROUNDING)


@pytest.mark.parametrize("mass", [END**0.5, END**0.5 + 1e-9, M + m, 7.0])
def test_no_momentum_of_a_heavy_particle(mass):
    assert jax.value_and_grad(two_body_momentum, argnums=2)(jnp.asarray(M), jnp.asarray(m), mass) == (0, 0)
