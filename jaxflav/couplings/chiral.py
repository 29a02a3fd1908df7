"""Couplings in the chiral basis of the quark fields, and the maps from and to the parity basis.

The coefficients are those of operators that respect the gauge symmetry of the Standard Model: scalar and tensor
operators flip the chirality of the quarks, and carry a factor v/(sqrt2 Lambda) for the Higgs field they need.

References
----------
Bolton et al., arXiv:2403.13887, Eqs. (A1)-(A4).
"""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Inexact

from jaxflav.couplings.base import Couplings
from jaxflav.couplings.fermion_pair import FermionPairCouplings
from jaxflav.couplings.gravitino_pair import GravitinoPairCouplings
from jaxflav.couplings.scalar import ScalarCouplings
from jaxflav.couplings.scalar_pair import ScalarPairCouplings
from jaxflav.couplings.vector import VectorCouplings
from jaxflav.couplings.vector_pair import VectorPairCouplings
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError
from jaxflav.numerics.complex_values import same_kind, scale_by

# (A1); each inverse is a multiple of the transpose
_P = np.array([[1, 1], [-1, 1]]) / 2
_Q = np.array([[1, 1, 1, 1], [-1, 1, -1, 1], [-1, -1, 1, 1], [1, -1, -1, 1]]) / 4


class ChiralScalarCouplings(Couplings):
    """C_dphi^{S,L}, C_dphi^{S,R} of one scalar (A2), and those of its derivative, V_L and V_R; Lambda in GeV."""

    S_L: Inexact[Array, "*n"] = 0.0
    S_R: Inexact[Array, "*n"] = 0.0
    V_L: Inexact[Array, "*n"] = 0.0
    V_R: Inexact[Array, "*n"] = 0.0
    scale: Float[Array, ""] = 1e4


class ChiralVectorCouplings(Couplings):
    """C_dV^{V,L}, C_dV^{V,R}, C_dV^{T,L}, C_dV^{T,R} of one vector (A4); Lambda in GeV."""

    V_L: Inexact[Array, "*n"] = 0.0
    V_R: Inexact[Array, "*n"] = 0.0
    T_L: Inexact[Array, "*n"] = 0.0
    T_R: Inexact[Array, "*n"] = 0.0
    scale: Float[Array, ""] = 1e4


class ChiralScalarPairCouplings(Couplings):
    """C_dphiphi^{S,L}, ... of a pair of scalars (A2); Lambda in GeV."""

    S_L: Inexact[Array, "*n"] = 0.0
    S_R: Inexact[Array, "*n"] = 0.0
    V_L: Inexact[Array, "*n"] = 0.0
    V_R: Inexact[Array, "*n"] = 0.0
    scale: Float[Array, ""] = 1e4
    self_conjugate: bool = eqx.field(static=True, default=False)


class ChiralVectorPairCouplings(Couplings):
    """C_dVV^{S,L}, C_dVV^{S,R} of a pair of vectors (A4); Lambda in GeV."""

    S_L: Inexact[Array, "*n"] = 0.0
    S_R: Inexact[Array, "*n"] = 0.0
    scale: Float[Array, ""] = 1e4
    self_conjugate: bool = eqx.field(static=True, default=False)


class ChiralFermionPairCouplings(Couplings):
    """C_dpsi^{V,LL}, ... of a pair of fermions (A3), chirality of the quarks first; Lambda in GeV."""

    V_LL: Inexact[Array, "*n"] = 0.0
    V_LR: Inexact[Array, "*n"] = 0.0
    V_RL: Inexact[Array, "*n"] = 0.0
    V_RR: Inexact[Array, "*n"] = 0.0
    S_LL: Inexact[Array, "*n"] = 0.0
    S_LR: Inexact[Array, "*n"] = 0.0
    S_RL: Inexact[Array, "*n"] = 0.0
    S_RR: Inexact[Array, "*n"] = 0.0
    T_LL: Inexact[Array, "*n"] = 0.0
    T_RR: Inexact[Array, "*n"] = 0.0
    scale: Float[Array, ""] = 1e4
    self_conjugate: bool = eqx.field(static=True, default=False)


class ChiralGravitinoPairCouplings(ChiralFermionPairCouplings):
    """Those of a pair of spin-3/2 fermions: as for spin 1/2, and TS for the operators of F_TS, F_TP, F_TtS, F_TtP."""

    TS_LL: Inexact[Array, "*n"] = 0.0
    TS_LR: Inexact[Array, "*n"] = 0.0
    TS_RL: Inexact[Array, "*n"] = 0.0
    TS_RR: Inexact[Array, "*n"] = 0.0


def _block(parity: str, chiral: str, higgs: bool) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    return tuple(parity.split()), tuple(chiral.split()), higgs


def _fermions(f: str):
    # (A3)
    return [
        _block(f"{f}_VV {f}_VA {f}_AV {f}_AA", "V_LL V_LR V_RL V_RR", False),
        _block(f"{f}_SS {f}_SP {f}_PS {f}_PP", "S_LL S_LR S_RL S_RR", True),
        _block(f"{f}_TT {f}_TtT", "T_LL T_RR", True),
    ]


# parity basis, chiral basis, and blocks of couplings that mix: names in both, and whether the Higgs field enters
_FAMILIES = [
    # (A2)
    (ScalarCouplings, ChiralScalarCouplings, [_block("g_S g_P", "S_L S_R", True), _block("g_V g_A", "V_L V_R", False)]),
    (
        ScalarPairCouplings,
        ChiralScalarPairCouplings,
        [_block("g_SS g_PS", "S_L S_R", True), _block("g_VV g_AV", "V_L V_R", False)],
    ),
    (FermionPairCouplings, ChiralFermionPairCouplings, _fermions("f")),
    (
        GravitinoPairCouplings,
        ChiralGravitinoPairCouplings,
        [*_fermions("F"), _block("F_TS F_TP F_TtS F_TtP", "TS_LL TS_LR TS_RL TS_RR", True)],
    ),
    # (A4)
    (
        VectorCouplings,
        ChiralVectorCouplings,
        [_block("h_V h_A", "V_L V_R", False), _block("h_T h_Tt", "T_L T_R", True)],
    ),
    (VectorPairCouplings, ChiralVectorPairCouplings, [_block("h_S h_P", "S_L S_R", True)]),
]


def chiral_type(family: type[Couplings]) -> type[Couplings]:
    """Class of the chiral basis for a family of the parity basis.

    Raises
    ------
    InputError
        If the family has no chiral basis here.
    """
    for parity, chiral, _ in _FAMILIES:
        if family is parity:
            return chiral
    raise InputError(f"{family.__name__} have no chiral basis; give couplings of the parity basis")


def is_chiral(couplings: Couplings) -> bool:
    """Whether couplings are written in the chiral basis."""
    return any(type(couplings) is chiral for _, chiral, _ in _FAMILIES)


def vacuum_value(parameters: Parameters) -> Float[Array, ""]:
    """Vacuum expectation value v = (sqrt2 G_F)^(-1/2) of the Higgs field, 246 GeV."""
    return (jnp.sqrt(2.0) * parameters["G_F"]) ** -0.5


def to_chiral(parameters: Parameters, couplings: Couplings) -> Couplings:
    """Couplings of the parity basis expressed in the chiral basis; nothing is lost.

    Raises
    ------
    InputError
        If the couplings are not of the parity basis.
    """
    for parity, chiral, blocks in _FAMILIES:
        if type(couplings) is parity:
            higgs = vacuum_value(parameters) / (jnp.sqrt(2.0) * couplings.scale)
            values = {}
            for old, new, flips in blocks:
                # P^-1 = 2 P^T, Q^-1 = 4 Q^T
                inverse = len(old) * (_P if len(old) == 2 else _Q).T
                values.update(_rotated(couplings, old, new, inverse, 1 / higgs if flips else 1.0))
            return chiral(**values, **_rest(couplings))
    raise InputError(f"expected couplings of the parity basis, found {type(couplings).__name__}")


def to_parity(parameters: Parameters, couplings: Couplings) -> Couplings:
    """Couplings of the chiral basis expressed in the parity basis, in which the rates are written; nothing is lost.

    Raises
    ------
    InputError
        If the couplings are not of the chiral basis, or the particle is its own antiparticle and a coupling that must
        vanish does not.
    """
    for parity, chiral, blocks in _FAMILIES:
        if type(couplings) is chiral:
            higgs = vacuum_value(parameters) / (jnp.sqrt(2.0) * couplings.scale)
            values = {}
            for new, old, flips in blocks:
                matrix = _P if len(old) == 2 else _Q
                values.update(_rotated(couplings, old, new, matrix, higgs if flips else 1.0))
            return parity(**values, **_rest(couplings))
    raise InputError(f"expected couplings of the chiral basis, found {type(couplings).__name__}")


def _rest(couplings):
    names = [name for name in ("scale", "self_conjugate") if hasattr(couplings, name)]
    return {name: getattr(couplings, name) for name in names}


def _rotated(couplings, old, new, matrix, factor):
    values = same_kind(*(getattr(couplings, name) for name in old))
    return {
        name: scale_by(factor, sum(float(m) * x for m, x in zip(row, values, strict=True)))
        for name, row in zip(new, matrix, strict=True)
    }
