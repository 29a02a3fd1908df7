"""Kinematics of B -> meson + invisible; near every threshold exact in the digits of the arguments."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.io.errors import InputError
from jaxflav.numerics.safe import kallen_of_masses, safe_sqrt, square_minus


def check_mass(mass: Float[Array, "*n"]) -> None:
    """Refuse masses of invisible particles that are negative or no number.

    Values that JAX traces cannot be checked: for them only the square counts in most rates.

    Raises
    ------
    InputError
        If one of the masses is not at least 0.
    """
    if isinstance(mass, jax.core.Tracer):
        return
    values = np.asarray(mass)
    if not np.all(values >= 0):
        raise InputError(f"the mass of an invisible particle, in GeV, must not be negative, found {values.tolist()}")


def meson_momentum(m_B: Float[Array, "*n"], m_K: Float[Array, "*n"], q2: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Momentum |p_K| = sqrt(lambda(m_B^2, m_K^2, q2))/(2 m_B) of the meson in the B rest frame, GeV.

    Masses in GeV, q2 in GeV^2. Zero, with zero derivatives, at and beyond the end point (m_B - m_K)^2.
    """
    below = q2 < (m_B - m_K) ** 2
    # lambda is positive again beyond (m_B + m_K)^2, where there is no decay
    return safe_sqrt(jnp.where(below, kallen_of_masses(m_B, m_K, q2), 0.0)) / (2 * m_B)


def two_body_momentum(m_B: Float[Array, "*n"], m_K: Float[Array, "*n"], mass: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Momentum |p_K| of B -> K X in the B rest frame, GeV; masses in GeV.

    Zero, with zero derivatives, at and beyond mass = m_B - m_K. Unlike ``meson_momentum`` of the rounded mass^2 it is
    exact however close the threshold is.

    Raises
    ------
    InputError
        If the mass is negative.
    """
    check_mass(mass)
    below = mass < m_B - m_K
    # near the threshold mass > m_B/2, and no difference in this order is rounded
    gap = ((m_B - mass) - m_K) * ((m_B + mass) - m_K)
    return safe_sqrt(jnp.where(below, gap * ((m_B + m_K) ** 2 - mass**2), 0.0)) / (2 * m_B)


def pair_velocity2(mass: Float[Array, ""], q2: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Squared velocity beta^2 = 1 - 4 m^2/q2 of the particles of a pair in its rest frame.

    Mass in GeV, q2 in GeV^2. Zero, with zero derivatives, at and below the threshold q2 = 4 m^2; 1 for a massless pair
    of any q2 >= 0.
    """
    is_open = (q2 > 4 * mass**2) & (q2 > 0)
    at_rest = jnp.where((q2 == 0) & (mass == 0), 1.0, 0.0)
    return jnp.where(is_open, -square_minus(2 * mass, q2) / jnp.where(is_open, q2, 1.0), at_rest)
