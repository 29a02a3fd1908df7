"""Meson -> meson + one invisible particle: a scalar or a vector.

References
----------
Bolton, Fajfer, Kamenik, Novoa-Brunet, arXiv:2403.13887 (Bolton et al. 2024), Appendix B.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.couplings.scalar import ScalarCouplings, density_couplings
from jaxflav.couplings.vector import VectorCouplings
from jaxflav.form_factors.b_to_v import BToVFormFactors
from jaxflav.numerics.complex_values import abs2, abs2_of_sum
from jaxflav.numerics.safe import nan_or_zero
from jaxflav.rates.arguments import FormFactors, as_form_factors, as_mass, check_couplings, nan_of
from jaxflav.rates.hadronic import PolarisedRate
from jaxflav.rates.kinematics import Kinematics, two_body_momentum

# Below this squared mass, GeV^2, the rate of a longitudinal vector is held at its value there.
VECTOR_MASS2_FLOOR = 1e-12


def particle_rate(
    couplings: ScalarCouplings | VectorCouplings,
    mass: Float[Array, "*n"],
    form_factors: FormFactors,
    kinematics: Kinematics,
    *,
    paper_signs: bool = False,
) -> Float[Array, "*n"] | PolarisedRate:
    """Rate of meson -> meson + X in GeV.

    Parameters
    ----------
    couplings
        One set of ``ScalarCouplings`` or ``VectorCouplings``: their class says which particle.
    mass
        Mass of X, GeV, any shape. Beyond m_parent - m_daughter the rate is 0, with zero derivatives.
    form_factors
        Form factors at q2 = mass^2: their class says which meson.
    kinematics
        Masses of mesons and quarks.
    paper_signs
        If true, h_V and h_T interfere with the sign printed in (B4), and h_A and h_Tt with that of (B5), which belong
        to an incoming vector. In the term V T_1 of (B5) the signs of an incoming vector and of (C5) cancel, and nothing
        changes.

    Returns
    -------
    rate
        An array for a pseudoscalar, a ``PolarisedRate`` of two arrays for a vector meson.

    Raises
    ------
    InputError
        If the couplings are not one set of those of one particle, the form factors not those of a meson, or a mass is
        negative or not finite.
    RuntimeError
        If JAX does not compute in double precision.

    Notes
    -----
    A vector that couples through h_V or h_A to a current, which is not conserved, has a rate that grows like
    1/mass^2. That factor is held at its value at mass^2 = ``VECTOR_MASS2_FLOOR`` = 1e-12 GeV^2 below that, so that
    value and derivatives stay finite; there the description by a fixed coupling has no meaning.

    Each helicity is the square of one amplitude: no rate is negative, however exactly two couplings cancel.

    References
    ----------
    Bolton et al. 2024, Eqs. (B1), (B2), (B4) with the interference positive for an outgoing vector (d_mu -> + i q_mu),
    and (B5), where V T_1 belongs to h_V and h_T, not to h_V and h_Tt.
    """
    check_couplings(couplings, (ScalarCouplings, VectorCouplings), "one particle")
    mass, ff = as_mass(mass), as_form_factors(form_factors)
    p = two_body_momentum(kinematics.m_parent, kinematics.m_daughter, mass)
    p = p + nan_of(couplings, kinematics) + nan_or_zero(*ff)
    to_vector = isinstance(ff, BToVFormFactors)
    if isinstance(couplings, ScalarCouplings):
        return (_scalar_to_v if to_vector else _scalar_to_p)(couplings, p, ff, kinematics)
    sign = -1.0 if paper_signs else 1.0
    return (_vector_to_v if to_vector else _vector_to_p)(couplings, mass, p, ff, kinematics, sign)


def _scalar_to_p(couplings, p, ff, k):
    g_S, _ = density_couplings(couplings, k.m_heavy, k.m_light)
    delta = 1 - k.m_daughter**2 / k.m_parent**2
    factor = abs2(g_S) / (8 * jnp.pi) * k.m_parent**2 * delta**2 / (k.m_heavy - k.m_light) ** 2
    return factor * p * ff.f_0**2  # (B1)


def _scalar_to_v(couplings, p, ff, k):
    _, g_P = density_couplings(couplings, k.m_heavy, k.m_light)
    rate = abs2(g_P) / (2 * jnp.pi) * p**3 / (k.m_heavy + k.m_light) ** 2 * ff.A0**2  # (B2)
    return PolarisedRate(rate, nan_or_zero(rate))


def _vector_to_p(couplings, mass, p, ff, k, sign):
    c, m2 = couplings, mass**2
    tensor = sign * 2 * m2 / (c.scale * (k.m_parent + k.m_daughter)) * ff.f_T
    # (B4), = p^3/(2 pi m^2) |h_V f_+ + 2 h_T m^2 f_T/(Lambda M)|^2
    square = abs2_of_sum((ff.f_plus, c.h_V), (tensor, c.h_T))
    return p**3 / (2 * jnp.pi) * square / jnp.maximum(m2, VECTOR_MASS2_FLOOR)


def _vector_to_v(couplings, mass, p, ff, k, sign):
    c, m2, m_B, m_K = couplings, mass**2, k.m_parent, k.m_daughter
    M, delta = m_B + m_K, 1 - m_K**2 / m_B**2
    # (B5)
    longitudinal = abs2_of_sum((ff.A12, c.h_A), (-sign * m2 / (c.scale * M) * ff.T23, c.h_Tt))
    parallel = abs2_of_sum((M / m_B * ff.A1, c.h_A), (-sign * 2 * m_B * delta / c.scale * ff.T2, c.h_Tt))
    perpendicular = abs2_of_sum((ff.V / M, c.h_V), (2 / c.scale * ff.T1, c.h_T))
    flux = p / (2 * jnp.pi)
    return PolarisedRate(
        flux * 16 * m_K**2 / jnp.maximum(m2, VECTOR_MASS2_FLOOR) * longitudinal,
        flux * (parallel / 2 + 2 * p**2 * perpendicular),
    )
