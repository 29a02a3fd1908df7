"""Kinematics of meson -> meson + invisible; near every threshold exact in the digits of the arguments."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.io.errors import InputError
from jaxflav.numerics.precision import require_x64
from jaxflav.numerics.safe import kallen_of_masses, safe_sqrt, square_minus, zero_where
from jaxflav.rates.arguments import as_mass


class Kinematics(eqx.Module):
    """Masses of the hadrons and of the quarks of a transition, the same for every rate.

    Attributes
    ----------
    m_parent, m_daughter
        Hadron masses, GeV; m_daughter = 0 if there is no hadron in the final state.
    m_heavy, m_light
        Masses of the quarks of the current, b and s or d, GeV; MSbar at one scale, that of the scalar couplings.

    Raises
    ------
    InputError
        If the parent is not heavier than the daughter, the heavy quark not heavier than the light one, or a mass is
        negative or not finite. Where the masses are traced, all of them are NaN instead.
    RuntimeError
        If JAX does not compute in double precision.
    """

    m_parent: Float[Array, ""]
    m_daughter: Float[Array, ""]
    m_heavy: Float[Array, ""]
    m_light: Float[Array, ""]

    def __init__(self, *, m_parent: Any, m_daughter: Any, m_heavy: Any, m_light: Any):
        require_x64()
        given = {"m_parent": m_parent, "m_daughter": m_daughter, "m_heavy": m_heavy, "m_light": m_light}
        masses = {name: jnp.asarray(mass, float) for name, mass in given.items()}
        if any(isinstance(mass, jax.core.Tracer) for mass in given.values()):
            possible = _possible(**masses)
            masses = {name: jnp.where(possible, mass, jnp.nan) for name, mass in masses.items()}
        else:
            numbers = {name: np.asarray(mass) for name, mass in given.items()}
            if not np.all(_possible(**numbers)):
                found = ", ".join(f"{name} = {mass.tolist()}" for name, mass in numbers.items())
                raise InputError(
                    "masses of a decay, in GeV, must be finite with m_parent > m_daughter >= 0 and "
                    f"m_heavy > m_light >= 0; found {found}"
                )
        for name, mass in masses.items():
            setattr(self, name, mass)


def _possible(m_parent, m_daughter, m_heavy, m_light):
    hadrons = (np.inf > m_parent) & (m_parent > m_daughter) & (m_daughter >= 0)
    return hadrons & (np.inf > m_heavy) & (m_heavy > m_light) & (m_light >= 0)


def meson_momentum(m_B: Float[Array, "*n"], m_K: Float[Array, "*n"], q2: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Momentum |p_K| = sqrt(lambda(m_B^2, m_K^2, q2))/(2 m_B) of the meson in the B rest frame, GeV.

    Masses in GeV, q2 in GeV^2. Zero, with zero derivatives, at and beyond the end point (m_B - m_K)^2.
    """
    beyond = q2 >= (m_B - m_K) ** 2
    # lambda is positive again beyond (m_B + m_K)^2, where there is no decay
    return safe_sqrt(zero_where(beyond, kallen_of_masses(m_B, m_K, q2))) / (2 * m_B)


def two_body_momentum(m_B: Float[Array, "*n"], m_K: Float[Array, "*n"], mass: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Momentum |p_K| of B -> K X in the B rest frame, GeV; masses in GeV.

    Zero, with zero derivatives, at and beyond mass = m_B - m_K. Unlike ``meson_momentum`` of the rounded mass^2 it is
    exact however close the threshold is.

    Raises
    ------
    InputError
        If the mass is negative; NaN where it is traced.
    """
    mass = as_mass(mass)
    beyond = mass >= m_B - m_K
    # near the threshold mass > m_B/2, and no difference in this order is rounded
    gap = ((m_B - mass) - m_K) * ((m_B + mass) - m_K)
    return safe_sqrt(zero_where(beyond, gap * ((m_B + m_K) ** 2 - mass**2))) / (2 * m_B)


def pair_velocity2(mass: Float[Array, ""], q2: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Squared velocity beta^2 = 1 - 4 m^2/q2 of the particles of a pair in its rest frame.

    Mass in GeV, q2 in GeV^2. Zero, with zero derivatives, at and below the threshold q2 = 4 m^2; 1 for a massless pair
    of any q2 >= 0.
    """
    closed = q2 <= 4 * mass**2
    at_rest = jnp.where((q2 == 0) & (mass == 0), 1.0, 0.0)
    return jnp.where(closed, at_rest, -square_minus(2 * mass, q2) / jnp.where(closed, 1.0, q2))
