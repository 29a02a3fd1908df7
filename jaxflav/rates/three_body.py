"""Meson -> meson + a pair of invisible particles, and meson -> a pair of invisible particles.

References
----------
Bolton, Fajfer, Kamenik, Novoa-Brunet, arXiv:2403.13887 (Bolton et al. 2024), Appendix B.
"""

from typing import Any

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
from jaxflav.rates.arguments import (
    FormFactors,
    as_float64,
    as_form_factors,
    as_mass,
    check_couplings,
    nan_of,
)
from jaxflav.rates.currents import InvisibleCurrents
from jaxflav.rates.fermion_pair import fermion_pair_currents
from jaxflav.rates.gravitino_pair import gravitino_pair_currents
from jaxflav.rates.hadronic import PolarisedRate, open_region, pseudoscalar_structures, vector_structures
from jaxflav.rates.kinematics import Kinematics
from jaxflav.rates.mixed_pair import mixed_pair_currents
from jaxflav.rates.neutrino_pair import neutrino_currents
from jaxflav.rates.scalar_pair import scalar_pair_currents
from jaxflav.rates.vector_pair import vector_pair_currents

PairOrNeutrinos = PairCouplings | MixedPairCouplings | NeutrinoCouplings

_CURRENTS = {
    ScalarPairCouplings: scalar_pair_currents,
    FermionPairCouplings: fermion_pair_currents,
    VectorPairCouplings: vector_pair_currents,
    GravitinoPairCouplings: gravitino_pair_currents,
    MixedPairCouplings: mixed_pair_currents,
    NeutrinoCouplings: neutrino_currents,
}


def invisible_currents(
    couplings: PairOrNeutrinos, mass: Float[Array, ""], q2: Float[Array, "*n"], kinematics: Kinematics
) -> InvisibleCurrents:
    """Currents of a pair of the kind that the couplings belong to; the mass does not enter for neutrinos.

    Parameters and exceptions are those of ``pair_density``. A NaN in a mass or in any coupling makes the velocity of
    the pair NaN, and with it every rate.
    """
    check_couplings(couplings, tuple(_CURRENTS), "a pair")
    mass, q2 = as_mass(mass), as_float64(q2)
    function = next(function for kind, function in _CURRENTS.items() if isinstance(couplings, kind))
    currents = function(couplings, mass, q2, kinematics)
    return currents._replace(velocity=currents.velocity + nan_of(couplings, mass, kinematics))


def pair_density(
    couplings: PairOrNeutrinos,
    mass: Float[Array, ""],
    q2: Float[Array, "*n"],
    form_factors: FormFactors,
    kinematics: Kinematics,
    *,
    paper_signs: bool = False,
) -> Float[Array, "*n"] | PolarisedRate:
    """Density dGamma/dq2 of meson -> meson + pair, GeV^-1.

    Parameters
    ----------
    couplings
        One set of couplings of a pair: their class says which particles.
    mass
        Mass of one particle of the pair, GeV; of the massive one for ``MixedPairCouplings``.
    q2
        GeV^2, any shape. Below threshold and beyond the end point the density is 0, with zero derivatives.
    form_factors
        Form factors at q2: their class says which meson.
    kinematics
        Masses of mesons and quarks.
    paper_signs
        If true, the vector and tensor couplings interfere in V T_1 of a vector meson with the sign printed in (B9). It
        comes from (C5), whose sign does not fit (C7) and heavy-quark symmetry.

    Returns
    -------
    density
        An array for a pseudoscalar, a ``PolarisedRate`` of two arrays for a vector meson.

    Raises
    ------
    InputError
        If the couplings are not one set of those of a pair, the form factors not those of a meson, or the mass is
        negative or not finite.
    RuntimeError
        If JAX does not compute in double precision.

    References
    ----------
    Bolton et al. 2024, Eqs. (B6)-(B11), (B20), (B22).
    """
    c = invisible_currents(couplings, mass, q2, kinematics)
    q2, form_factors = as_float64(q2), as_form_factors(form_factors)
    if isinstance(form_factors, BToVFormFactors):
        return _to_vector(c, q2, form_factors, kinematics, -1.0 if paper_signs else 1.0)
    h = pseudoscalar_structures(q2, form_factors, kinematics)
    total = (  # (B8)
        c.vector * h.vector
        + 2 * c.vector_tensor * h.vector_tensor
        + 3 / 8 * c.scalar * h.scalar
        + 2 * q2 * c.tensor * h.tensor
    )
    return open_region(c.velocity * h.momentum, total) / (24 * jnp.pi**3)


def _to_vector(c, q2, form_factors, kinematics, sign):
    h = vector_structures(q2, form_factors, kinematics)
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


def invisible_rate(
    couplings: PairOrNeutrinos, mass: Float[Array, ""], decay_constant: Any, kinematics: Kinematics
) -> Float[Array, ""]:
    """Rate of meson -> pair, GeV.

    Parameters
    ----------
    couplings
        As for ``pair_density``; those of the axial current and of the pseudoscalar density contribute.
    mass
        Mass of one particle of the pair, GeV. Beyond m_parent/2 the rate is 0, with zero derivatives.
    decay_constant
        Of the decaying meson, GeV.
    kinematics
        Mass of the meson, without a daughter, and of the quarks.

    Raises
    ------
    InputError, RuntimeError
        As for ``pair_density``.

    References
    ----------
    Bolton et al. 2024, Eqs. (B13)-(B16), where the g_AV term of (B13) is 0: the current is conserved.
    """
    k, decay_constant = kinematics, as_float64(decay_constant)
    c = invisible_currents(couplings, mass, k.m_parent**2, k)
    total = decay_constant**2 * k.m_parent**3 / (k.m_heavy + k.m_light) ** 2 * c.pseudoscalar  # (B14)
    return open_region(c.velocity, total) / (8 * jnp.pi)
