import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.couplings.fermion_pair import FermionPairCouplings, sterile_pair
from jaxflav.couplings.gravitino_pair import GravitinoPairCouplings
from jaxflav.couplings.mixed_pair import MixedPairCouplings
from jaxflav.couplings.scalar_pair import ScalarPairCouplings
from jaxflav.couplings.vector_pair import VectorPairCouplings
from jaxflav.io.errors import InputError
from tests.helpers import CountedJit

FAMILIES = (ScalarPairCouplings, FermionPairCouplings, VectorPairCouplings, GravitinoPairCouplings)


def couplings_of(family):
    return [f.name for f in dataclasses.fields(family) if f.name not in ("scale", "self_conjugate")]


@pytest.mark.parametrize("family", FAMILIES)
def test_defaults(family):
    c = family()
    assert all(getattr(c, name) == 0 for name in couplings_of(family))
    assert (c.scale, c.self_conjugate) == (1e4, False)
    assert len(jax.tree.leaves(c)) == len(couplings_of(family)) + 1


@pytest.mark.parametrize("family", FAMILIES)
def test_identical_particles_refuse_what_vanishes(family):
    for name in couplings_of(family):
        if name in family.vanishing:
            for value in (0.1, 1e-12j, np.array([0.0, 1.0])):
                with pytest.raises(InputError, match=f"the operator of {name} vanishes"):
                    family(**{name: value}, self_conjugate=True)
            family(**{name: 0.0}, self_conjugate=True)
        else:
            assert getattr(family(**{name: 0.1j}, self_conjugate=True), name) == 0.1j


def test_the_vanishing_couplings():
    # odd under charge conjugation: V and T of a Majorana fermion, the current of a real scalar
    assert set(ScalarPairCouplings.vanishing) == {"g_VV", "g_AV"}
    assert set(FermionPairCouplings.vanishing) == {"f_VV", "f_AV", "f_TT", "f_TtT"}
    assert set(GravitinoPairCouplings.vanishing) == {
        *("F_VV", "F_AV", "F_TT", "F_TtT"),
        *("F_TS", "F_TP", "F_TtS", "F_TtP"),
    }
    assert VectorPairCouplings.vanishing == ()


def test_survivors():
    c = FermionPairCouplings(f_VV=1.0, f_VA=2.0)
    assert c.surviving() == (1.0, c)
    factor, c = jax.jit(lambda x: FermionPairCouplings(f_VV=x, f_VA=2 * x, self_conjugate=True).surviving())(1.0)
    assert factor == 2
    assert (c.f_VV, c.f_VA, c.self_conjugate) == (0, 2, True)


@pytest.mark.parametrize("value", [1, "yes", None, np.True_])
def test_self_conjugate_is_a_bool(value):
    with pytest.raises(InputError, match="self_conjugate must be True or False"):
        VectorPairCouplings(self_conjugate=value)


def test_one_trace_for_values_and_two_for_the_static_option():
    f = CountedJit(lambda c: jnp.real(c.f_VA))
    for value in (1, 2.0, jnp.asarray(3.0)):
        for self_conjugate in (True, False):
            assert f(FermionPairCouplings(f_VA=value, self_conjugate=self_conjugate)) == value
    assert f.traces == 2


# Gamma_X P_Y as Gamma and Gamma gamma_5: coefficients in (1 -+ gamma_5)/2
PROJECTORS = {"L": (0.5, -0.5), "R": (0.5, 0.5)}
C = 1e-8 + 2e-8j


@pytest.mark.parametrize(("kind", "letters"), [("C", "VA"), ("S", "SP")])
@pytest.mark.parametrize("name", ["LL", "LR", "RL", "RR"])
def test_sterile_pair_against_projectors(kind, letters, name):
    c = sterile_pair(**{f"{kind}_{name}": C}, scale=1e3)
    given = {
        f"f_{a}{b}": C * 1e6 * PROJECTORS[name[0]][i] * PROJECTORS[name[1]][j]
        for i, a in enumerate(letters)
        for j, b in enumerate(letters)
    }
    for coupling in couplings_of(FermionPairCouplings):
        np.testing.assert_allclose(getattr(c, coupling), given.get(coupling, 0), rtol=1e-14)
    m = sterile_pair(**{f"{kind}_{name}": C}, scale=1e3, majorana=True)
    assert m.self_conjugate
    for coupling in couplings_of(FermionPairCouplings):
        assert getattr(m, coupling) == (0 if coupling in ("f_VV", "f_AV") else getattr(c, coupling))


@pytest.mark.parametrize(("name", "sign"), [("T_LL", -1), ("T_RR", 1)])
def test_tensors_of_a_sterile_pair(name, sign):
    # sigma gamma_5 x sigma gamma_5 = sigma x sigma: (sigma P_X)(sigma P_X) = (sigma x sigma -+ sigma gamma_5 x sigma)/2
    c = sterile_pair(**{name: C}, scale=1e3)
    np.testing.assert_allclose([c.f_TT, c.f_TtT], [C * 5e5, sign * C * 5e5], rtol=1e-14)
    with pytest.raises(InputError, match="the operator of f_TT vanishes"):
        sterile_pair(**{name: C}, majorana=True)


def test_mixed_pair_has_one_tensor_in_an_element():
    names = ("V_L", "V_R", "S_L", "S_R", "T_L", "T_R")
    assert all(getattr(MixedPairCouplings(), name) == 0 for name in names)
    MixedPairCouplings(T_L=[1e-8, 0.0], T_R=[0.0, 1e-8j])
    with pytest.raises(InputError, match="T_L and T_R belong to different final states"):
        MixedPairCouplings(T_L=1e-8, T_R=[0.0, 1e-8j])
    assert jax.jit(lambda x: jnp.real(MixedPairCouplings(T_L=x, T_R=x).T_L))(1.0) == 1
