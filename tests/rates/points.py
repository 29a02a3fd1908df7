"""Random points at which rates are compared: masses, form factors, complex couplings."""

import dataclasses

import jax.numpy as jnp

from jaxflav.couplings.fermion_pair import FermionPairCouplings
from jaxflav.couplings.gravitino_pair import GravitinoPairCouplings
from jaxflav.couplings.scalar import ScalarCouplings
from jaxflav.couplings.scalar_pair import ScalarPairCouplings
from jaxflav.couplings.vector import VectorCouplings
from jaxflav.couplings.vector_pair import VectorPairCouplings
from jaxflav.form_factors.b_to_v import BToVFormFactors
from jaxflav.form_factors.sets import BToPFormFactors
from jaxflav.rates.kinematics import Kinematics

QUARKS = {"mb": 4.18, "ms": 0.0935}
MESONS = {"K": (5.27941, 0.493677), "Kst": (5.27972, 0.89555)}

PAIRS = {
    "phiphi": ScalarPairCouplings,
    "psipsi": FermionPairCouplings,
    "VV": VectorPairCouplings,
    "PsiPsi": GravitinoPairCouplings,
}
SINGLES = {"phi": ScalarCouplings, "V": VectorCouplings}


def coupling_names(family):
    """Names of the couplings of a family, without Lambda."""
    return [field.name for field in dataclasses.fields(family) if field.name not in ("scale", "self_conjugate")]


def random_couplings(family, rng, names=None):
    """Complex values of order 1 by name, of all couplings or of those named."""
    return {name: complex(*rng.normal(size=2)) for name in (names or coupling_names(family))}


def random_form_factors(meson, rng):
    """Form factors of order 0.3 to 1.3, as the named tuple and as floats by name."""
    if meson == "K":
        ff = BToPFormFactors(*(jnp.asarray(x) for x in rng.uniform(0.3, 1.3, 3)))
        return ff, {"fp": float(ff.f_plus), "f0": float(ff.f_0), "fT": float(ff.f_T)}
    ff = BToVFormFactors(*(jnp.asarray(x) for x in rng.uniform(0.3, 1.3, 7)))
    return ff, {name: float(x) for name, x in ff._asdict().items()}


def kinematics(meson):
    """Masses of mesons and quarks; "Bs" is B_s -> invisible."""
    m_B, m_K = (5.367, 0.0) if meson == "Bs" else MESONS[meson]
    return Kinematics(m_parent=m_B, m_daughter=m_K, m_heavy=QUARKS["mb"], m_light=QUARKS["ms"])
