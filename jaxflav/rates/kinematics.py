"""Kinematics of B -> meson + invisible."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.numerics.safe import kallen_of_masses, safe_divide, safe_sqrt


def meson_momentum(m_B: Float[Array, "*n"], m_K: Float[Array, "*n"], q2: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Momentum |p_K| = sqrt(lambda(m_B^2, m_K^2, q2))/(2 m_B) of the meson in the B rest frame, GeV.

    Masses in GeV, q2 in GeV^2. Zero, with zero derivatives, at and beyond the end point (m_B - m_K)^2.
    """
    below = q2 < (m_B - m_K) ** 2
    # lambda is positive again beyond (m_B + m_K)^2, where there is no decay
    return safe_sqrt(jnp.where(below, kallen_of_masses(m_B, m_K, q2), 0.0)) / (2 * m_B)


def pair_velocity2(mass: Float[Array, ""], q2: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Squared velocity beta^2 = 1 - 4 m^2/q2 of the particles of a pair in its rest frame.

    Mass in GeV, q2 in GeV^2. Zero, with zero derivatives, below the threshold q2 = 4 m^2; 1 for a massless pair of
    any q2 >= 0.
    """
    is_open = (q2 >= 4 * mass**2) & (q2 >= 0)
    return jnp.where(is_open, 1 - safe_divide(4 * mass**2, jnp.where(is_open, q2, 1.0)), 0.0)
