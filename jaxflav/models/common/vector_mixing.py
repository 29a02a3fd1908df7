"""Mixing of a light vector X with photon and Z, and the couplings to fermions that it gives.

L = -(eps/(2 c_w)) B_mu_nu X^mu_nu - m2_ZX Z_mu X^mu. The light vector couples to -eps e J_em + (g_Z/2) eps_Z J_NC, with
g_Z = g/c_w and J_NC = fbar gamma^mu ((T_3 - 2 Q s_w^2) - T_3 gamma_5) f.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float


def z_mixing(
    m2_ZX: Float[Array, "*n"],
    eps: Float[Array, "*n"],
    m_X: Float[Array, "*n"],
    m_Z: Float[Array, ""],
    sin2_w: Float[Array, ""],
) -> Float[Array, "*n"]:
    """eps_Z = m2_ZX/m_Z^2 - eps t_w m_X^2/m_Z^2, to first order in both and for m_X much below m_Z. [V 3]

    Parameters
    ----------
    m2_ZX
        Mass mixing, GeV^2.
    eps
        Kinetic mixing.
    m_X, m_Z
        GeV.
    sin2_w
        Squared sine of the weak mixing angle.
    """
    return (m2_ZX - eps * jnp.sqrt(sin2_w / (1 - sin2_w)) * m_X**2) / m_Z**2


def fermion_couplings(
    isospin: Float[Array, "*n"],
    charge: Float[Array, "*n"],
    eps: Float[Array, "*n"],
    eps_Z: Float[Array, "*n"],
    e: Float[Array, ""],
    g_Z: Float[Array, ""],
    sin2_w: Float[Array, ""],
) -> tuple[Float[Array, "*n"], Float[Array, "*n"]]:
    """Vector and axial coupling gV, gA of X to a fermion, L = X_mu fbar gamma^mu (gV + gA gamma_5) f. [V 3]

    A neutrino has gL = gV - gA = g_Z eps_Z/2 in L = gL X_mu nubar gamma^mu P_L nu.

    Parameters
    ----------
    isospin, charge
        T_3 of the left-handed fermion, and Q.
    eps, eps_Z
        Kinetic mixing with the photon and mixing with the Z.
    e, g_Z
        Positron charge and g/c_w.
    sin2_w
        Squared sine of the weak mixing angle.
    """
    neutral = g_Z / 2 * eps_Z
    return -eps * e * charge + neutral * (isospin - 2 * charge * sin2_w), -neutral * isospin
