"""The rates of jaxflav as functions with the arguments of :mod:`tests.brute_force.rates`."""

from functools import cache

import jax
import jax.numpy as jnp

from jaxflav.couplings import (
    FermionPairCouplings,
    GravitinoPairCouplings,
    MixedPairCouplings,
    NeutrinoCouplings,
    ScalarCouplings,
    ScalarPairCouplings,
    VectorCouplings,
    VectorPairCouplings,
)
from jaxflav.form_factors import BToPFormFactors, BToVFormFactors
from jaxflav.rates import Kinematics, invisible_rate, pair_density, particle_rate
from tests.brute_force.random_points import COUPLINGS

FAMILIES = {
    "scalar": ScalarCouplings,
    "vector": VectorCouplings,
    "scalar_pair": ScalarPairCouplings,
    "vector_pair": VectorPairCouplings,
    "fermion_pair": FermionPairCouplings,
    "gravitino_pair": GravitinoPairCouplings,
}


@cache
def compiled(meson, single):
    """Jitted function of couplings, mass, q2, form factors and kinematics."""
    if single:
        return jax.jit(lambda c, mass, q2, ff, kinematics: particle_rate(c, mass, ff, kinematics))
    if meson == "bs":
        return jax.jit(lambda c, mass, q2, ff, kinematics: invisible_rate(c, mass, ff, kinematics))
    return jax.jit(pair_density)


def of_module(meson, couplings, mass, q2, m_B, m_K, m_b, m_s, values):
    """The rate for couplings of jaxflav: the total, or (longitudinal, transverse) for K*, as floats."""
    mesons, quarks = {"m_parent": m_B, "m_daughter": m_K or 0.0}, {"m_heavy": m_b or 1.0, "m_light": m_s or 0.0}
    kinematics = Kinematics(**mesons, **quarks)
    if meson == "bs":
        ff = jnp.asarray(values["f_B"])
    else:
        ff = {"k": BToPFormFactors, "kstar": BToVFormFactors}[meson]
        # f_plus, f_0, f_T, and A_0 for A0 ...
        names = [name if name in values else f"{name[0]}_{name[1:]}" for name in ff._fields]
        ff = ff(*(jnp.asarray(values[name]) for name in names))
    single = isinstance(couplings, ScalarCouplings | VectorCouplings)
    q2 = None if q2 is None else jnp.asarray(q2)
    found = compiled(meson, single)(couplings, jnp.asarray(mass), q2, ff, kinematics)
    return (float(found.longitudinal), float(found.transverse)) if meson == "kstar" else float(found)


def rate(meson, final):
    """Function with the arguments of ``tests.brute_force.rates`` for "k", "kstar" or "bs" and a kind of particle."""
    family = FAMILIES[final]

    def of_names(couplings, mass, q2, m_B, m_K, m_b, m_s, scale, form_factors, identical=False):
        options = {"self_conjugate": True} if identical else {}
        # all given, so that nothing is compiled again for other names
        zero = {} if identical else dict.fromkeys(COUPLINGS[final].split(), 0j)
        c = family(**zero | couplings, scale=scale, **options)
        return of_module(meson, c, mass, q2, m_B, m_K, m_b, m_s, form_factors)

    return of_names


def mixed_pair(meson):
    """Function with the arguments of the brute force for two fermions, but of the couplings V_L ... of one state."""

    def of_names(couplings, mass, *rest):
        *masses, scale, form_factors = rest
        assert scale is None
        zero = dict.fromkeys(("V_L", "V_R", "S_L", "S_R", "T_L", "T_R"), 0j)
        return of_module(meson, MixedPairCouplings(**zero | couplings), mass, *masses, form_factors)

    return of_names


def neutrinos(meson):
    """Function with the arguments of the brute force for neutrinos, with the coefficients of either kind."""
    names = {"C_VLL": "C_L", "C_VLR": "C_R"}

    def of_names(couplings, mass, *rest):
        *masses, scale, form_factors = rest
        assert scale is None
        c = NeutrinoCouplings(unit=1.0, **{names.get(x, x.removeprefix("C_")): y for x, y in couplings.items()})
        return of_module(meson, c, mass, *masses, form_factors)

    return of_names
