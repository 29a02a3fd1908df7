"""B -> K or K* + one invisible particle: a scalar or a vector.

References
----------
Bolton, Fajfer, Kamenik, Novoa-Brunet, arXiv:2403.13887 (Bolton et al. 2024), Appendix B.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float, Inexact

from jaxflav.couplings.vector import VectorCouplings
from jaxflav.form_factors.b_to_v import BToVFormFactors
from jaxflav.numerics.complex_values import abs2, real_product
from jaxflav.rates.hadronic import PolarisedRate
from jaxflav.rates.kinematics import two_body_momentum

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
    p = two_body_momentum(m_B, m_K, mass)
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
    p = two_body_momentum(m_B, m_K, mass)
    M = m_B + m_K
    sign = -1.0 if paper_signs else 1.0
    # (B4), = p^3/(2 pi) |h_V f_+/m + 2 h_T m f_T/(Lambda M)|^2
    vector = abs2(h_V) / jnp.maximum(m2, VECTOR_MASS2_FLOOR) * f_plus**2
    tensor = 4 * abs2(h_T) * m2 / (scale * M) ** 2 * f_T**2
    interference = sign * 4 * real_product(h_V, h_T) / (M * scale) * f_plus * f_T
    return p**3 / (2 * jnp.pi) * (vector + tensor + interference)


def b_to_v_scalar(
    g_P: Inexact[Array, "*n"],
    mass: Float[Array, "*n"],
    A0: Float[Array, "*n"],
    *,
    m_B: Float[Array, ""],
    m_K: Float[Array, ""],
    m_b: Float[Array, ""],
    m_s: Float[Array, ""],
) -> PolarisedRate:
    """Rate of B -> K* phi in GeV, which is longitudinal.

    Parameters
    ----------
    g_P
        Coupling, dimensionless.
    mass
        Mass of phi, GeV. Beyond m_B - m_K the rate is 0, with zero derivatives.
    A0
        Form factor at q2 = mass^2.
    m_B, m_K
        Meson masses, GeV; m_K is that of the vector meson.
    m_b, m_s
        Quark masses, GeV; MSbar at one scale, that of g_P.

    References
    ----------
    Bolton et al. 2024, Eq. (B2).
    """
    p = two_body_momentum(m_B, m_K, mass)
    rate = abs2(g_P) / (2 * jnp.pi) * p**3 / (m_b + m_s) ** 2 * A0**2  # (B2)
    return PolarisedRate(rate, jnp.zeros_like(rate))


def b_to_v_vector(
    couplings: VectorCouplings,
    mass: Float[Array, "*n"],
    ff: BToVFormFactors,
    *,
    m_B: Float[Array, ""],
    m_K: Float[Array, ""],
    paper_signs: bool = False,
) -> PolarisedRate:
    """Rate of B -> K* V in GeV, by the helicity of K*.

    Parameters
    ----------
    couplings
        h_V, h_A, h_T and h_Tt.
    mass
        Mass of V, GeV. Beyond m_B - m_K the rate is 0, with zero derivatives.
    ff
        Form factors at q2 = mass^2.
    m_B, m_K
        Meson masses, GeV; m_K is that of the vector meson.
    paper_signs
        If true, h_A and h_Tt interfere with the sign printed in (B5). In the term V T_1 the signs of an incoming
        vector and of (C5) cancel, and nothing changes.

    Notes
    -----
    The longitudinal rate grows like |h_A|^2/mass^2, and is held below ``VECTOR_MASS2_FLOOR``.

    References
    ----------
    Bolton et al. 2024, Eq. (B5), where V T_1 belongs to h_V and h_T, not to h_V and h_Tt.
    """
    c, m2 = couplings, mass**2
    p = two_body_momentum(m_B, m_K, mass)
    M, delta = m_B + m_K, 1 - m_K**2 / m_B**2
    sign = -1.0 if paper_signs else 1.0
    axial_tensor = sign * real_product(c.h_A, c.h_Tt) / c.scale
    longitudinal = (
        16
        * m_K**2
        * (  # (B5)
            abs2(c.h_A) / jnp.maximum(m2, VECTOR_MASS2_FLOOR) * ff.A12**2
            + abs2(c.h_Tt) * m2 / (c.scale * M) ** 2 * ff.T23**2
            - 2 * axial_tensor / M * ff.A12 * ff.T23
        )
    )
    transverse = (  # (B5)
        2 * abs2(c.h_V) * p**2 / M**2 * ff.V**2
        + abs2(c.h_A) * M**2 / (2 * m_B**2) * ff.A1**2
        + 8 * abs2(c.h_T) * p**2 / c.scale**2 * ff.T1**2
        + 2 * abs2(c.h_Tt) * m_B**2 * delta**2 / c.scale**2 * ff.T2**2
        + 8 * real_product(c.h_V, c.h_T) * p**2 / (M * c.scale) * ff.V * ff.T1
        - 2 * axial_tensor * M * delta * ff.A1 * ff.T2
    )
    return PolarisedRate(p / (2 * jnp.pi) * longitudinal, p / (2 * jnp.pi) * transverse)
