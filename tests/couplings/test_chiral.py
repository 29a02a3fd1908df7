import dataclasses

import jax
import numpy as np
import pytest

from jaxflav.couplings.chiral import (
    ChiralFermionPairCouplings,
    ChiralGravitinoPairCouplings,
    ChiralScalarCouplings,
    ChiralScalarPairCouplings,
    ChiralVectorCouplings,
    ChiralVectorPairCouplings,
    to_chiral,
    to_parity,
    vacuum_value,
)
from jaxflav.couplings.fermion_pair import FermionPairCouplings
from jaxflav.couplings.gravitino_pair import GravitinoPairCouplings
from jaxflav.couplings.scalar import ScalarCouplings
from jaxflav.couplings.scalar_pair import ScalarPairCouplings
from jaxflav.couplings.vector import VectorCouplings
from jaxflav.couplings.vector_pair import VectorPairCouplings
from jaxflav.inputs.parameters import load_parameters
from jaxflav.io.errors import InputError
from tests.helpers import ROUNDING

P = load_parameters()
FAMILIES = {
    ScalarCouplings: ChiralScalarCouplings,
    VectorCouplings: ChiralVectorCouplings,
    ScalarPairCouplings: ChiralScalarPairCouplings,
    FermionPairCouplings: ChiralFermionPairCouplings,
    VectorPairCouplings: ChiralVectorPairCouplings,
    GravitinoPairCouplings: ChiralGravitinoPairCouplings,
}
both_bases = pytest.mark.parametrize("family", [*FAMILIES, *FAMILIES.values()])
HIGGS = 246.22 / np.sqrt(2) / 2e3


def couplings_of(family):
    return [f.name for f in dataclasses.fields(family) if f.name not in ("scale", "self_conjugate")]


@both_bases
def test_round_trip(family, rng):
    values = {name: complex(*rng.normal(size=2)) for name in couplings_of(family)}
    there, back = (to_chiral, to_parity) if family in FAMILIES else (to_parity, to_chiral)
    c = family(**values, scale=2e3)
    other = there(P, c)
    again = back(P, other)
    assert type(again) is family
    for name in (*values, "scale"):
        np.testing.assert_allclose(getattr(again, name), getattr(c, name), rtol=ROUNDING)
    assert len(couplings_of(type(other))) == len(values)


@pytest.mark.parametrize("family", FAMILIES)
def test_no_coupling_of_either_basis_is_left_out(family):
    for name in couplings_of(family):
        chiral = to_chiral(P, family(**{name: 1.0}))
        assert any(getattr(chiral, other) != 0 for other in couplings_of(FAMILIES[family]))


def test_vacuum_value():
    np.testing.assert_allclose(vacuum_value(P), 246.22, rtol=1e-5)


@pytest.mark.parametrize(
    ("chiral", "expected"),
    [
        # (A2): P v/(sqrt2 Lambda) for the density, P for the current
        (ChiralScalarCouplings(S_L=1.0, scale=2e3), {"g_S": HIGGS / 2, "g_P": -HIGGS / 2}),
        (ChiralScalarCouplings(S_R=1.0, scale=2e3), {"g_S": HIGGS / 2, "g_P": HIGGS / 2}),
        (ChiralScalarPairCouplings(V_L=1.0), {"g_VV": 0.5, "g_AV": -0.5}),
        (ChiralVectorCouplings(V_L=1.0), {"h_V": 0.5, "h_A": -0.5}),
        (ChiralVectorCouplings(T_R=1.0, scale=2e3), {"h_T": HIGGS / 2, "h_Tt": HIGGS / 2}),
        (ChiralVectorPairCouplings(S_L=1.0, scale=2e3), {"h_S": HIGGS / 2, "h_P": -HIGGS / 2}),
        # (A3): left-handed quarks, right-handed fermions
        (ChiralFermionPairCouplings(V_LR=1.0), {"f_VV": 0.25, "f_VA": 0.25, "f_AV": -0.25, "f_AA": -0.25}),
        (
            ChiralFermionPairCouplings(S_RL=1.0, scale=2e3),
            {"f_SS": HIGGS / 4, "f_SP": -HIGGS / 4, "f_PS": HIGGS / 4, "f_PP": -HIGGS / 4},
        ),
        (ChiralFermionPairCouplings(T_LL=1.0, scale=2e3), {"f_TT": HIGGS / 2, "f_TtT": -HIGGS / 2}),
        (
            ChiralGravitinoPairCouplings(TS_RR=1.0, scale=2e3),
            dict.fromkeys(("F_TS", "F_TP", "F_TtS", "F_TtP"), HIGGS / 4),
        ),
    ],
)
def test_matching_of_one_coefficient(chiral, expected):
    parity = to_parity(P, chiral)
    for name in couplings_of(type(parity)):
        np.testing.assert_allclose(getattr(parity, name), expected.get(name, 0), rtol=1e-5)


@pytest.mark.parametrize(
    "couplings",
    [
        ScalarPairCouplings(g_SS=0.3, g_PS=0.1j, self_conjugate=True),
        FermionPairCouplings(f_VA=0.3, f_AA=0.1, f_SP=0.7j, self_conjugate=True),
        GravitinoPairCouplings(F_VA=0.3, F_AA=0.1j, F_PP=0.7, self_conjugate=True),
    ],
)
def test_identical_particles_round_trip(couplings):
    again = to_parity(P, to_chiral(P, couplings))
    assert again.self_conjugate
    for name in couplings_of(type(couplings)):
        np.testing.assert_allclose(getattr(again, name), getattr(couplings, name), rtol=ROUNDING)


def test_refused():
    with pytest.raises(InputError, match="the operator of f_VV vanishes"):
        to_parity(P, ChiralFermionPairCouplings(V_LL=1.0, self_conjugate=True))
    with pytest.raises(ValueError, match="of the parity basis, found ChiralVectorCouplings"):
        to_chiral(P, ChiralVectorCouplings())
    with pytest.raises(ValueError, match="of the chiral basis, found VectorCouplings"):
        to_parity(P, VectorCouplings())


def test_differentiable():
    def g_S(x):
        return to_parity(P, ChiralScalarCouplings(S_L=x)).g_S

    np.testing.assert_allclose(jax.grad(g_S)(0.0), 246.22 / np.sqrt(2) / 1e4 / 2, rtol=1e-5)
