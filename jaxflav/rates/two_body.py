"""B -> K + one invisible particle: a scalar or a vector.

References
----------
Bolton, Fajfer, Kamenik, Novoa-Brunet, arXiv:2403.13887 (Bolton et al. 2024), Appendix B.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float, Inexact

from jaxflav.numerics.complex_values import abs2, real_product
from jaxflav.rates.kinematics import meson_momentum

# Below this squared mass, GeV^2, the rate of a longitudinal vector is held at its value there.
VECTOR_MASS2_FLOOR = 1e-12


def b_to_k_scalar(
    g_S: Inexact[Array, "*n"],
    mass: Float[Array, "*n"],
    f_0: Float[Array, "*n"],
    *,
    m_B: Float[Array, ""],
    m_K: Float[Array, ""],
    m_b: Float[Array, ""],
    m_s: Float[Array, ""],
) -> Float[Array, "*n"]:
    """Rate of B -> K phi in GeV.

    Parameters
    ----------
    g_S
        Coupling, dimensionless.
    mass
        Mass of phi, GeV. Beyond m_B - m_K the rate is 0, with zero derivatives.
    f_0
        Form factor at q2 = mass^2.
    m_B, m_K
        Meson masses, GeV.
    m_b, m_s
        Quark masses, GeV; MSbar at one scale, that of g_S.

    References
    ----------
    Bolton et al. 2024, Eq. (B1).
    """
    p = meson_momentum(m_B, m_K, mass**2)
    delta = 1 - m_K**2 / m_B**2
    return abs2(g_S) / (8 * jnp.pi) * p * m_B**2 * delta**2 / (m_b - m_s) ** 2 * f_0**2  # (B1)


def b_to_k_vector(
    h_V: Inexact[Array, "*n"],
    h_T: Inexact[Array, "*n"],
    scale: Float[Array, ""],
    mass: Float[Array, "*n"],
    f_plus: Float[Array, "*n"],
    f_T: Float[Array, "*n"],
    *,
    m_B: Float[Array, ""],
    m_K: Float[Array, ""],
    paper_signs: bool = False,
) -> Float[Array, "*n"]:
    """Rate of B -> K V in GeV.

    Parameters
    ----------
    h_V, h_T
        Couplings, dimensionless.
    scale
        Lambda of the tensor coupling, GeV.
    mass
        Mass of V, GeV. Beyond m_B - m_K the rate is 0, with zero derivatives.
    f_plus, f_T
        Form factors at q2 = mass^2.
    m_B, m_K
        Meson masses, GeV.
    paper_signs
        If true, the interference of h_V and h_T has the sign printed in Eq. (B4), which belongs to an
        incoming vector; it is the same as h_T -> -h_T.

    Notes
    -----
    A vector that couples through h_V to the current, which is not conserved, has a rate that grows like
    1/mass^2. It is held at its value at mass^2 = ``VECTOR_MASS2_FLOOR`` = 1e-12 GeV^2 below that, so that
    value and derivatives stay finite; there the description by a fixed h_V has no meaning.

    References
    ----------
    Bolton et al. 2024, Eq. (B4), with the interference positive for an outgoing vector (d_mu -> + i q_mu).
    """
    m2 = mass**2
    p = meson_momentum(m_B, m_K, m2)
    M = m_B + m_K
    sign = -1.0 if paper_signs else 1.0
    # (B4), = p^3/(2 pi) |h_V f_+/m + 2 h_T m f_T/(Lambda M)|^2
    vector = abs2(h_V) / jnp.maximum(m2, VECTOR_MASS2_FLOOR) * f_plus**2
    tensor = 4 * abs2(h_T) * m2 / (scale * M) ** 2 * f_T**2
    interference = sign * 4 * real_product(h_V, h_T) / (M * scale) * f_plus * f_T
    return p**3 / (2 * jnp.pi) * (vector + tensor + interference)
