"""B -> meson + a pair of invisible particles, and B_s -> a pair of invisible particles.

References
----------
Bolton, Fajfer, Kamenik, Novoa-Brunet, arXiv:2403.13887 (Bolton et al. 2024), Appendix B.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.couplings.base import PairCouplings
from jaxflav.couplings.fermion_pair import FermionPairCouplings
from jaxflav.couplings.gravitino_pair import GravitinoPairCouplings
from jaxflav.couplings.mixed_pair import MixedPairCouplings
from jaxflav.couplings.neutrino import NeutrinoCouplings
from jaxflav.couplings.scalar_pair import ScalarPairCouplings
from jaxflav.couplings.vector_pair import VectorPairCouplings
from jaxflav.form_factors.b_to_v import BToVFormFactors
from jaxflav.form_factors.sets import BToPFormFactors
from jaxflav.rates.currents import InvisibleCurrents
from jaxflav.rates.fermion_pair import fermion_pair_currents
from jaxflav.rates.gravitino_pair import gravitino_pair_currents
from jaxflav.rates.hadronic import PolarisedRate, open_region, pseudoscalar_structures, vector_structures
from jaxflav.rates.kinematics import check_mass
from jaxflav.rates.mixed_pair import mixed_pair_currents
from jaxflav.rates.neutrino_pair import neutrino_currents
from jaxflav.rates.scalar_pair import scalar_pair_currents
from jaxflav.rates.vector_pair import vector_pair_currents

PairOrNeutrinos = PairCouplings | MixedPairCouplings | NeutrinoCouplings


def invisible_currents(
    couplings: PairOrNeutrinos,
    mass: Float[Array, ""],
    q2: Float[Array, "*n"],
    *,
    m_b: Float[Array, ""],
    m_s: Float[Array, ""],
) -> InvisibleCurrents:
    """Currents of a pair of the kind that the couplings belong to; the mass does not enter for neutrinos.

    Raises
    ------
    TypeError
        If the couplings are not those of a pair.
    InputError
        If the mass is negative.
    """
    check_mass(mass)
    if isinstance(couplings, FermionPairCouplings):
        return fermion_pair_currents(couplings, mass, q2, m_b=m_b, m_s=m_s)
    if isinstance(couplings, GravitinoPairCouplings):
        return gravitino_pair_currents(couplings, mass, q2, m_b=m_b, m_s=m_s)
    if isinstance(couplings, ScalarPairCouplings):
        return scalar_pair_currents(couplings, mass, q2)
    if isinstance(couplings, VectorPairCouplings):
        return vector_pair_currents(couplings, mass, q2)
    if isinstance(couplings, MixedPairCouplings):
        return mixed_pair_currents(couplings, mass, q2, m_b=m_b, m_s=m_s)
    if isinstance(couplings, NeutrinoCouplings):
        return neutrino_currents(couplings, q2)
    raise TypeError(
        "expected the couplings of a pair (ScalarPairCouplings, FermionPairCouplings, VectorPairCouplings, "
        f"GravitinoPairCouplings, MixedPairCouplings or NeutrinoCouplings), found {type(couplings).__name__}"
    )


def b_to_p_pair(
    couplings: PairOrNeutrinos,
    mass: Float[Array, ""],
    q2: Float[Array, "*n"],
    ff: BToPFormFactors,
    *,
    m_B: Float[Array, ""],
    m_K: Float[Array, ""],
    m_b: Float[Array, ""],
    m_s: Float[Array, ""],
) -> Float[Array, "*n"]:
    """Density dGamma/dq2 of B -> pseudoscalar + pair, GeV^-1.

    Parameters
    ----------
    couplings
        Scalars, without axes.
    mass
        Mass of one particle of the pair, GeV; of the massive one for ``MixedPairCouplings``.
    q2
        GeV^2, any shape. Below threshold and beyond the end point the density is 0, with zero derivatives.
    ff
        Form factors at q2.
    m_B, m_K
        Meson masses, GeV.
    m_b, m_s
        Quark masses, GeV; MSbar at one scale, that of the scalar couplings.

    References
    ----------
    Bolton et al. 2024, Eqs. (B6), (B8), (B10), (B11), (B20).
    """
    c = invisible_currents(couplings, mass, q2, m_b=m_b, m_s=m_s)
    h = pseudoscalar_structures(q2, ff, m_B=m_B, m_K=m_K, m_b=m_b, m_s=m_s)
    total = (  # (B8)
        c.vector * h.vector
        + 2 * c.vector_tensor * h.vector_tensor
        + 3 / 8 * c.scalar * h.scalar
        + 2 * q2 * c.tensor * h.tensor
    )
    return open_region(c.velocity * h.momentum, total) / (24 * jnp.pi**3)


def b_to_v_pair(
    couplings: PairOrNeutrinos,
    mass: Float[Array, ""],
    q2: Float[Array, "*n"],
    ff: BToVFormFactors,
    *,
    m_B: Float[Array, ""],
    m_K: Float[Array, ""],
    m_b: Float[Array, ""],
    m_s: Float[Array, ""],
    paper_signs: bool = False,
) -> PolarisedRate:
    """Density dGamma/dq2 of B -> vector meson + pair, by the helicity of the meson, GeV^-1.

    Parameters
    ----------
    couplings, mass, q2, ff, m_B, m_K, m_b, m_s
        As for ``b_to_p_pair``; m_K is the mass of the vector meson.
    paper_signs
        If true, the vector and tensor couplings interfere in V T_1 with the sign printed in (B9). It comes from
        (C5), whose sign does not fit (C7) and heavy-quark symmetry.

    References
    ----------
    Bolton et al. 2024, Eqs. (B7), (B9), (B20), (B22).
    """
    c = invisible_currents(couplings, mass, q2, m_b=m_b, m_s=m_s)
    h = vector_structures(q2, ff, m_B=m_B, m_K=m_K, m_b=m_b, m_s=m_s)
    sign = -1.0 if paper_signs else 1.0
    longitudinal = (  # (B9)
        c.axial * h.axial_0
        + 3 / 2 * c.pseudoscalar * h.pseudoscalar_0
        + q2 * c.tensor_5 * h.tensor_0
        - c.axial_tensor * h.axial_tensor_0
    )
    transverse = (  # (B9)
        q2 * (c.vector * h.vector + c.axial * h.axial)
        + c.tensor * h.tensor
        + sign * c.vector_tensor * h.vector_tensor
        + c.tensor_5 * h.tensor_5
        - c.axial_tensor * h.axial_tensor
    )
    flux = c.velocity * h.momentum
    norm = 24 * jnp.pi**3
    return PolarisedRate(open_region(flux, longitudinal) / norm, open_region(flux, transverse) / norm)


def b_to_pair(
    couplings: PairOrNeutrinos,
    mass: Float[Array, ""],
    *,
    m_B: Float[Array, ""],
    decay_constant: Float[Array, ""],
    m_b: Float[Array, ""],
    m_s: Float[Array, ""],
) -> Float[Array, ""]:
    """Rate of B_s -> pair, GeV.

    Parameters
    ----------
    couplings
        Scalars; those of the axial current and of the pseudoscalar density contribute.
    mass
        Mass of one particle of the pair, GeV. Beyond m_B/2 the rate is 0, with zero derivatives.
    m_B, decay_constant
        Of the decaying meson, GeV.
    m_b, m_s
        Quark masses, GeV.

    References
    ----------
    Bolton et al. 2024, Eqs. (B13)-(B16), where the g_AV term of (B13) is 0: the current is conserved.
    """
    c = invisible_currents(couplings, mass, m_B**2, m_b=m_b, m_s=m_s)
    total = decay_constant**2 * m_B**3 / (m_b + m_s) ** 2 * c.pseudoscalar  # (B14)
    return open_region(c.velocity, total) / (8 * jnp.pi)
