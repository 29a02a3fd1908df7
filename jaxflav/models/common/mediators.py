"""Mediators that are off shell or broad: B -> K psi psibar through a vector or a scalar of any mass and width.

If the width is not small beside the resolution in q2, or the mediator is lighter than two psi, the couplings of the
pair depend on q2: products of those of the quarks and of psi, over D = q2 - M^2 + i M Gamma(q2). All of them share the
phase of 1/D, so its modulus is enough. In the limit of a narrow width the rate is that of B -> K V times
BR(V -> psi psibar). [V 4]
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.couplings.fermion_pair import FermionPairCouplings
from jaxflav.couplings.scalar import ScalarCouplings, density_couplings
from jaxflav.couplings.vector import VectorCouplings
from jaxflav.models.common.phase_space import nan_if_negative
from jaxflav.numerics.complex_values import as_coupling, scale_by
from jaxflav.rates.arguments import FormFactors
from jaxflav.rates.hadronic import PolarisedRate
from jaxflav.rates.kinematics import Kinematics
from jaxflav.rates.three_body import pair_density
from jaxflav.spectra.resonance import WIDTH_FLOOR


def inverse_propagator(q2: Float[Array, "*n"], mass: Float[Array, ""], width: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Modulus of 1/D in GeV^-2; q2 in GeV^2, mass and total width at q2 in GeV; NaN for a negative mass or width.

    Below mass x width = ``WIDTH_FLOOR`` = 1e-12 GeV^2 the width is held, as for lines in the spectra.
    """
    g = jnp.maximum(nan_if_negative(mass) * nan_if_negative(width), WIDTH_FLOOR)
    return 1 / jnp.sqrt((q2 - mass**2) ** 2 + g**2)


def fermions_through_vector(
    quarks: VectorCouplings,
    gV: Float[Array, ""],
    gA: Float[Array, ""],
    q2: Float[Array, ""],
    *,
    mass: Float[Array, ""],
    width: Float[Array, ""],
    m_psi: Float[Array, ""],
    kinematics: Kinematics,
    majorana: bool = False,
) -> FermionPairCouplings:
    """Couplings of a pair of fermions that a vector mediates, for the density of the rate at q2.

    f_VV = h_V gV/D and alike; the term q^mu q^nu/M^2 of the propagator gives f_SP = -2 m_psi (m_b - m_s) f_VA/M^2 and
    f_PP = +2 m_psi (m_b + m_s) f_AA/M^2 [V 10]: the part of spin 0 vanishes at q2 = M^2.

    Parameters
    ----------
    quarks
        h_V and h_A of the mediator; the tensor couplings are not mediated.
    gV, gA
        L = V_mu psibar gamma^mu (gV + gA gamma_5) psi, and half of that for a Majorana psi.
    q2
        One value, GeV^2: ``mediated_density`` maps over many.
    mass, width
        Of the mediator, GeV; the total width is that at q2, and may depend on it.
    m_psi
        GeV.
    kinematics
        Masses of mesons and quarks.
    majorana
        Whether psi is its own antiparticle; then gV drops out.
    """
    D = inverse_propagator(q2, mass, width) * (0.5 if majorana else 1.0)
    h_V, h_A = (as_coupling(h) for h in (quarks.h_V, quarks.h_A))
    f_VA, f_AA = scale_by(gA * D, h_V), scale_by(gA * D, h_A)
    k, spin_0 = kinematics, 2 * m_psi / mass**2
    couplings = {
        "f_VA": f_VA,
        "f_AA": f_AA,
        "f_SP": scale_by(-spin_0 * (k.m_heavy - k.m_light), f_VA),
        "f_PP": scale_by(spin_0 * (k.m_heavy + k.m_light), f_AA),
        "scale": 1.0,
    }
    if majorana:
        return FermionPairCouplings(**couplings, self_conjugate=True)
    return FermionPairCouplings(**couplings, f_VV=scale_by(gV * D, h_V), f_AV=scale_by(gV * D, h_A))


def fermions_through_scalar(
    quarks: ScalarCouplings,
    a: Float[Array, ""],
    b: Float[Array, ""],
    q2: Float[Array, ""],
    *,
    mass: Float[Array, ""],
    width: Float[Array, ""],
    kinematics: Kinematics,
    majorana: bool = False,
) -> FermionPairCouplings:
    """Couplings of a pair of fermions that a scalar mediates, for the density of the rate at q2.

    f_SS = g_S a/D, f_SP = i g_S b/D, f_PS = g_P a/D, f_PP = i g_P b/D, with the derivative couplings in g_S and g_P.

    Parameters
    ----------
    quarks
        Couplings of the mediator to the quarks.
    a, b
        L = S psibar (a + i b gamma_5) psi, and half of that for a Majorana psi.
    q2
        One value, GeV^2: ``mediated_density`` maps over many.
    mass, width
        Of the mediator, GeV; the total width is that at q2, and may depend on it.
    kinematics
        Masses of mesons and quarks.
    majorana
        Whether psi is its own antiparticle.
    """
    D = inverse_propagator(q2, mass, width) * (0.5 if majorana else 1.0)
    g_S, g_P = density_couplings(quarks, kinematics.m_heavy, kinematics.m_light)
    i = jnp.asarray(1j)
    return FermionPairCouplings(
        f_SS=scale_by(a * D, g_S),
        f_SP=i * scale_by(b * D, g_S),
        f_PS=scale_by(a * D, g_P),
        f_PP=i * scale_by(b * D, g_P),
        scale=1.0,
        self_conjugate=majorana,
    )


def mediated_density(
    couplings: Callable[[Float[Array, ""]], FermionPairCouplings],
    m_psi: Float[Array, ""],
    q2: Float[Array, " n"],
    form_factors: FormFactors,
    kinematics: Kinematics,
) -> Float[Array, " n"] | PolarisedRate:
    """Density dGamma/dq2 of meson -> meson + pair with couplings that depend on q2, GeV^-1.

    Parameters
    ----------
    couplings
        As a function of q2 in GeV^2: one of the two functions above, with everything else given.
    m_psi
        GeV.
    q2
        GeV^2, shape (n,).
    form_factors
        At q2, shape (n,) each.
    kinematics
        Masses of mesons and quarks.
    """
    return jax.vmap(lambda s, ff: pair_density(couplings(s), m_psi, s, ff, kinematics))(q2, form_factors)
