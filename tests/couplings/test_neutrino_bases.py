"""The bases of WCxf against wilson: every name, with random complex values, to and from every other basis."""

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.couplings.neutrino import neutrino_couplings, neutrino_unit, sm_neutrino_couplings
from jaxflav.couplings.neutrino_bases import (
    BASES,
    FLAVIO_ALPHA,
    PDG_LAMBDA_T,
    basis_names,
    from_basis,
    to_basis,
)
from jaxflav.couplings.neutrino_names import from_flavio, from_jms, to_flavio
from jaxflav.inputs.parameters import load_parameters
from jaxflav.io.errors import InputError, UnknownNameError
from tests.helpers import ROUNDING

ORACLE = json.loads((Path(__file__).parents[1] / "oracles" / "wilson_nunu.json").read_text())
INPUTS = ORACLE["inputs"]
LAMBDA_T = complex(*INPUTS["lambda_t"])
P = load_parameters().replace(G_F=INPUTS["G_F"], alpha_mZ=INPUTS["alpha_e"], lambda_t=abs(LAMBDA_T))
PAIRS = [(first, second) for first, others in ORACLE["translated"].items() for second in others if second != first]


def values(first, second):
    return {name: complex(*pair) for name, pair in ORACLE["translated"][first][second].items()}


def couplings_of(basis, coefficients, **options):
    return from_basis(basis, P, coefficients, lambda_t=LAMBDA_T, **options)


def test_the_oracle_has_every_name():
    assert set(ORACLE["operators"]) == set(BASES)
    for basis in BASES:
        assert len(basis_names(basis)) == 18
        assert set(basis_names(basis)) == set(ORACLE["operators"][basis])
    assert {frozenset(pair) for pair in PAIRS} >= {frozenset(("flavio", other)) for other in BASES[1:]}


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_translation_of_wilson(first, second):
    given, expected = values(first, first), values(first, second)
    mine, wilsons = couplings_of(first, given), couplings_of(second, expected)
    np.testing.assert_allclose(mine.C_L, wilsons.C_L, rtol=ROUNDING)
    np.testing.assert_allclose(mine.C_R, wilsons.C_R, rtol=ROUNDING)
    translated = to_basis(second, P, mine, lambda_t=LAMBDA_T)
    assert set(translated) == set(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(translated[name], value, rtol=ROUNDING, err_msg=name)


# the operators as the basis files of WCxf write them: which neutrinos, which quarks
@pytest.mark.parametrize(
    ("basis", "name", "i", "j", "conjugate"),
    [
        ("flavio", "CL_bsnumunutau", 2, 1, False),
        ("JMS", "VnudLL_1223", 0, 1, False),
        ("JMS", "VnudLL_1232", 1, 0, True),
        ("Bern", "nu1sbtaumu", 2, 1, False),
        ("FlavorKit", "FVLL_3213", 2, 0, False),
        ("FlavorKit", "FVLL_2313", 0, 2, True),
        ("FlavorKit", "FVLL_2322", 1, 1, True),
    ],
)
def test_places(basis, name, i, j, conjugate):
    value, only = 3e-9 + 4e-9j, {"add_standard_model": False}
    for real_or_not, sign in ((1, 1), (1j, -1 if conjugate else 1)):
        found = couplings_of(basis, {name: real_or_not * value.real}, **only)
        unit = float(neutrino_unit(P)) * LAMBDA_T / abs(LAMBDA_T)
        scale = {"flavio": 1.0, "Bern": 4 * INPUTS["G_F"] / np.sqrt(2) / unit}.get(basis, 1 / unit)
        expected = np.zeros((3, 3), complex)
        expected[i, j] = sign * real_or_not * value.real * scale
        np.testing.assert_allclose(found.C_L, expected, rtol=ROUNDING, atol=0)
        assert not np.any(found.C_R)


def test_names_of_flavio_and_jms_are_those_of_the_bases():
    given = values("JMS", "JMS")
    found = from_jms(P, given, LAMBDA_T)
    np.testing.assert_array_equal(found.C_L, couplings_of("JMS", given).C_L)
    translated = to_flavio(P, found)
    for name, value in values("JMS", "flavio").items():
        np.testing.assert_allclose(translated[name], value, rtol=ROUNDING)
    np.testing.assert_allclose(from_flavio(P, translated).C_L, found.C_L, rtol=ROUNDING)


def test_standard_model_is_added_and_taken_off(rng):
    nothing = couplings_of("JMS", {})
    np.testing.assert_array_equal(nothing.C_L, sm_neutrino_couplings(P).C_L)
    assert not any(np.any(np.asarray(v)) for v in to_basis("Bern", P, nothing).values())
    C_L, C_R = rng.normal(size=(2, 3, 3)) + 1j * rng.normal(size=(2, 3, 3))
    couplings = neutrino_couplings(P, C_L=C_L, C_R=C_R)
    for basis in BASES:
        again = from_basis(basis, P, to_basis(basis, P, couplings, alpha=0.0076), alpha=0.0076)
        np.testing.assert_allclose(again.C_L, C_L, rtol=ROUNDING)
        np.testing.assert_allclose(again.C_R, C_R, rtol=ROUNDING)


def test_alpha_of_flavio():
    value = {"CL_bsnuenue": 1.0}
    default = from_flavio(P, value, add_standard_model=False).C_L[0, 0]
    np.testing.assert_allclose(default, 1.0, rtol=ROUNDING)
    at_the_b = from_flavio(P, value, alpha=FLAVIO_ALPHA, add_standard_model=False).C_L[0, 0]
    np.testing.assert_allclose(at_the_b, FLAVIO_ALPHA / P["alpha_mZ"], rtol=ROUNDING)
    # with alpha(m_Z) of flavio
    np.testing.assert_allclose(FLAVIO_ALPHA / 0.00781549, 1 - 0.0315, atol=5e-5)
    for wrong in ("mZ", 0.0, -1.0, np.nan):
        with pytest.raises(InputError, match="or a positive number such as"):
            from_flavio(P, value, alpha=wrong)


def test_default_phase_is_that_of_the_pdg():
    # the phase of V_tb V_ts^* is pi - 0.0186 in the parametrisation of the PDG with the global fit of 2024
    s12, s13, s23, delta = 0.22501, 0.003732, 0.04183, 1.147
    V_ts = -np.sqrt(1 - s12**2) * s23 - s12 * np.sqrt(1 - s23**2) * s13 * np.exp(1j * delta)
    np.testing.assert_allclose(PDG_LAMBDA_T, np.sqrt(1 - s23**2) * np.conj(V_ts), rtol=2e-4)
    only_the_phase = [from_basis("JMS", P, {"VnudLL_1123": 1e-9}, lambda_t=k * PDG_LAMBDA_T).C_L for k in (1, 7)]
    np.testing.assert_allclose(*only_the_phase, rtol=ROUNDING)


def test_gradients_through_the_names():
    def amplitude(value):
        return jnp.real(from_basis("Bern", P, {"nu1sbee": value}, lambda_t=LAMBDA_T).C_L[0, 0])

    found = jax.jit(jax.grad(amplitude))(1e-4)
    np.testing.assert_allclose(found, (2 * np.pi / INPUTS["alpha_e"] / LAMBDA_T).real, rtol=ROUNDING)


def test_wrong_names():
    with pytest.raises(UnknownNameError, match="nu nubar 'jms': Known: Bern, FlavorKit, JMS, flavio"):
        from_basis("jms", P, {})
    with pytest.raises(UnknownNameError, match="unknown basis"):
        to_basis("EOS", P, sm_neutrino_couplings(P))
    with pytest.raises(UnknownNameError, match="unknown Wilson coefficient 'nu1sbem': did you mean"):
        from_basis("Bern", P, {"nu1sbem": 1.0})
    for basis, name, conjugate in (
        ("JMS", "VnudLR_2123", "VnudLR_1232"),
        ("JMS", "VnudLL_1132", "VnudLL_1123"),
        ("JMS", "VnudLL_3232", "VnudLL_2323"),
        ("FlavorKit", "FVLL_3211", "FVLL_2311"),
        ("FlavorKit", "FVRL_3231", "FVRL_2313"),
    ):
        with pytest.raises(InputError, match=rf"hermitian conjugate: give conj\(value\) as {conjugate}"):
            from_basis(basis, P, {name: 1e-9})
    with pytest.raises(InputError, match="expected couplings of b -> s, found those with lambda_t_d"):
        to_basis("JMS", P, sm_neutrino_couplings(P, "lambda_t_d"))
