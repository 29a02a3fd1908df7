import numpy as np
import pytest

from jaxflav.couplings import (
    FermionPairCouplings,
    GravitinoPairCouplings,
    MixedPairCouplings,
    ScalarCouplings,
    ScalarPairCouplings,
    VectorCouplings,
    VectorPairCouplings,
    from_eos,
    from_flavio,
    sm_vector_coefficient,
)
from jaxflav.couplings.base import PairCouplings
from jaxflav.couplings.families import EOS_NAMES, FAMILIES, coupling_names, make_couplings, neutrino_function
from jaxflav.couplings.neutrino_names import EOS_ALPHA, flavio_names
from jaxflav.inputs.parameters import load_parameters
from jaxflav.io.errors import InputError, UnknownNameError

P = load_parameters()
# the couplings of arXiv:2403.13887, written out
NAMES = {
    "scalar": (ScalarCouplings, "g_S g_P g_V g_A"),
    "vector": (VectorCouplings, "h_V h_T h_A h_Tt"),
    "scalar-pair": (ScalarPairCouplings, "g_SS g_PS g_VV g_AV"),
    "fermion-pair": (FermionPairCouplings, "f_VV f_VA f_AV f_AA f_SS f_SP f_PS f_PP f_TT f_TtT"),
    "vector-pair": (VectorPairCouplings, "h_S h_P"),
    "gravitino-pair": (
        GravitinoPairCouplings,
        "F_VV F_VA F_AV F_AA F_SS F_SP F_PS F_PP F_TT F_TtT F_TS F_TP F_TtS F_TtP",
    ),
    "mixed-pair": (MixedPairCouplings, "V_L V_R S_L S_R T_L T_R"),
}


def test_all_families_are_here():
    assert set(FAMILIES) == set(NAMES)


@pytest.mark.parametrize("family", NAMES)
def test_names_and_values(family):
    kind, names = NAMES[family]
    assert coupling_names(family) == tuple(names.split())
    for name in names.split():
        made = make_couplings(family, {name: 1 + 2j})
        assert type(made) is kind
        assert {n: complex(getattr(made, n)) for n in names.split()} == dict.fromkeys(names.split(), 0) | {name: 1 + 2j}


@pytest.mark.parametrize("family", NAMES)
def test_scale(family):
    name = coupling_names(family)[0]
    if family == "mixed-pair":
        with pytest.raises(InputError, match=r"GeV\^-2: there is no scale"):
            make_couplings(family, {name: 1e-8}, scale=1e3)
        return
    assert make_couplings(family, {name: 1.0}).scale == 1e4
    assert make_couplings(family, {name: 1.0}, scale=1e3).scale == 1e3
    with pytest.raises(InputError, match="must be positive"):
        make_couplings(family, {name: 1.0}, scale=-1.0)


@pytest.mark.parametrize("family", NAMES)
def test_self_conjugate(family):
    kind, _ = NAMES[family]
    names = coupling_names(family)
    if not issubclass(kind, PairCouplings):
        with pytest.raises(InputError, match=f"{family} has no pair of particles that could be identical"):
            make_couplings(family, {names[0]: 1.0}, self_conjugate=True)
        return
    for name in names:
        if name in kind.vanishing:
            with pytest.raises(InputError, match=f"operator of {name} vanishes"):
                make_couplings(family, {name: 1.0}, self_conjugate=True)
        else:
            assert make_couplings(family, {name: 1.0}, self_conjugate=True).self_conjugate


@pytest.mark.parametrize("family", NAMES)
@pytest.mark.parametrize("values", [{}, 0.0, 0j])
def test_a_coupling_that_is_not_zero_is_needed(family, values):
    values = values if values == {} else dict.fromkeys(coupling_names(family), values)
    with pytest.raises(
        InputError, match=f"{family} needs a coupling that is not 0: one of {coupling_names(family)[0]}"
    ):
        make_couplings(family, values)


def test_unknown_names():
    with pytest.raises(UnknownNameError, match="unknown family of couplings 'fermion': did you mean fermion-pair"):
        coupling_names("fermion")
    with pytest.raises(UnknownNameError, match="unknown family of couplings"):
        make_couplings("neutrinos", {"cVL": 1.0})
    with pytest.raises(UnknownNameError, match="unknown coupling of fermion-pair 'f_VT': did you mean"):
        make_couplings("fermion-pair", {"f_VT": 1.0})
    # neither an option nor another attribute is a coupling
    for name in ("scale", "self_conjugate", "vanishing"):
        with pytest.raises(UnknownNameError, match=f"unknown coupling of scalar-pair '{name}'"):
            make_couplings("scalar-pair", {"g_SS": 1.0, name: 1.0})


def same(found, expected):
    for name in ("C_L", "C_R", "SLL", "SLR", "TLL", "SLL_bs", "SLR_bs", "TLL_bs", "unit"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-14)


def test_neutrinos_in_names_of_eos():
    everything = {"cVL": 7.0, "cVR": 1j, "cSL": -2.0, "cSR": 0.5 + 1j, "cTL": 3.0}
    assert tuple(everything) == EOS_NAMES
    same(neutrino_function(everything)(P), from_eos(P, **everything))
    # without cVL, that of the Standard Model
    found = neutrino_function({"cTL": 3.0})(P)
    np.testing.assert_allclose(found.C_L, sm_vector_coefficient(P) * np.eye(3), rtol=1e-14)
    standard_model = -sm_vector_coefficient(P) * P["alpha_mZ"] / EOS_ALPHA
    np.testing.assert_allclose(standard_model, 6.613, rtol=2e-3)
    same(found, from_eos(P, cVL=standard_model, cTL=3.0))


def test_neutrinos_in_names_of_flavio():
    assert len(flavio_names()) == 18
    values = {"CL_bsnuenue": -1.0, "CR_bsnumunutau": 2j}
    same(neutrino_function(values)(P), from_flavio(P, values))
    same(neutrino_function({})(P), from_flavio(P, {}))


def test_wrong_names_of_neutrinos():
    with pytest.raises(UnknownNameError, match="unknown neutrino coefficient 'cVl': did you mean"):
        neutrino_function({"cVl": 1.0})
    with pytest.raises(InputError, match="of EOS or of flavio, not both; found cVL, CL_bsnuenue"):
        neutrino_function({"cVL": 1.0, "CL_bsnuenue": 1.0})
