import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.constants import physical_constants

from jaxflav.inputs.parameters import Parameters, load_parameters
from jaxflav.io.errors import DataFileError, InputError
from tests.helpers import CountedJit

P = load_parameters()
PDG = json.loads((Path(__file__).parents[1] / "oracles" / "pdg_constants.json").read_text(encoding="utf-8"))["values"]
# against a slip of the decimal point: independent round numbers, and units
ROUND = {
    "m_Bplus": (5.28, "GeV"),
    "m_Kplus": (0.494, "GeV"),
    "m_K0": (0.498, "GeV"),
    "m_piplus": (0.1396, "GeV"),
    "m_rhoplus": (0.775, "GeV"),
    "f_Bs": (0.230, "GeV"),
    "m_d": (0.0047, "GeV"),
    "lambda_t_d": (0.0086, "1"),
    "m_b": (4.18, "GeV"),
    "m_s": (0.093, "GeV"),
    "tau_Bplus": (1.64e-12, "s"),
    "tau_B0": (1.52e-12, "s"),
    "G_F": (1.166e-5, "GeV^-2"),
    "lambda_t": (0.041, "1"),
    "X_t": (1.47, "1"),
    "alpha_mZ": (1 / 127.93, "1"),
    "hbar": (6.58e-25, "GeV s"),
    "V_ub": (3.73e-3, "1"),
    "V_us": (0.225, "1"),
    "f_B": (0.190, "GeV"),
    "f_Kplus": (0.156, "GeV"),
    "f_Kstar": (0.204, "GeV"),
    "m_tau": (1.777, "GeV"),
    "tau_tau": (2.90e-13, "s"),
}


@pytest.mark.parametrize("name", ROUND)
def test_values_and_units(name):
    value, unit = ROUND[name]
    np.testing.assert_allclose(P[name], value, rtol=1e-2)
    assert P.units[P.index(name)] == unit


@pytest.mark.parametrize("name", PDG)
def test_masses_and_lifetimes_of_the_pdg(name):
    """To the digits that the PDG prints."""
    value, uncertainty = float(P[name]), P.uncertainties[P.index(name)]
    assert abs(value - PDG[name]["pdg"]["value"]) < 0.1 * uncertainty
    np.testing.assert_allclose(uncertainty, PDG[name]["pdg"]["uncertainty"], rtol=0.1)
    # the package gives widths with four digits for the lifetimes
    np.testing.assert_allclose(value, PDG[name]["particle"]["value"], rtol=2e-4 if name.startswith("tau") else 1e-15)


def test_every_mass_and_lifetime_is_compared():
    of_pdg = {n for n, source in zip(P.names, P.sources, strict=True) if source.startswith("PDG")}
    others = {"G_F", "alpha_mZ", "sin2_theta_w", "lambda_t", "lambda_t_d", "hbar", "V_ub", "V_us", "V_cb"}
    assert of_pdg == {*PDG, *others}


def test_constants_of_codata():
    G_F, unit, uncertainty = physical_constants["Fermi coupling constant"]
    assert unit == "GeV^-2"
    assert abs(P["G_F"] - G_F) <= uncertainty
    np.testing.assert_allclose(P["hbar"], physical_constants["reduced Planck constant in eV s"][0] * 1e-9, rtol=1e-9)


def test_ckm_elements_are_those_of_one_unitary_matrix():
    """PDG 2024, global fit: lambda, A, rhobar, etabar, and what the exact relations make of them."""
    s12, A, apex = 0.22501, 0.826, 0.1591 + 0.3523j
    s23 = A * s12**2
    root = np.sqrt((1 - s23**2) / (1 - s12**2))
    s13 = A * s12**3 * apex * root / (1 - s23**2 * apex)  # times exp(i delta)
    c12, c23, c13 = (np.sqrt(1 - abs(s) ** 2) for s in (s12, s23, s13))
    V_tb, V_cb = c23 * c13, s23 * c13
    V_td, V_ts = s12 * s23 - c12 * c23 * s13, -c12 * s23 - s12 * c23 * s13
    expected = {
        "V_us": s12 * c13,
        "V_ub": abs(s13),
        "V_cb": V_cb,
        "lambda_t": abs(V_ts) * V_tb,
        "lambda_t_d": abs(V_td) * V_tb,
    }
    for name, value in expected.items():
        np.testing.assert_allclose(P[name], value, rtol=1e-3)


def test_uncertainties_are_small_and_only_hbar_is_exact():
    relative = dict(zip(P.names, np.asarray(P.uncertainties) / np.asarray(P.values), strict=True))
    assert [name for name, r in relative.items() if r == 0] == ["hbar"]
    assert max(relative.values()) == relative["f_Kstar"] < 0.035


def test_value_and_uncertainty_are_replaced_together():
    new = P.replace("lambda_t", 0.0394, uncertainty=0.0005)
    k = P.index("lambda_t")
    assert (float(new["lambda_t"]), new.uncertainties[k]) == (0.0394, 0.0005)
    assert (new["V_cb"], new.uncertainties[:k]) == (P["V_cb"], P.uncertainties[:k])
    assert P.replace("lambda_t", 0.0394).uncertainties == P.uncertainties


def test_lambda_t_follows_V_cb():
    """As in the unitary matrix, whose ratio does not depend on V_cb."""
    new = P.replace("V_cb", 0.0395, uncertainty=0.0005)
    np.testing.assert_allclose(new["lambda_t"], 0.98191 * 0.0395, rtol=1e-3)
    np.testing.assert_allclose(new.uncertainties[P.index("lambda_t")], 0.98191 * 0.0005, rtol=1e-3)
    assert new["lambda_t_d"] == P["lambda_t_d"]
    assert P.replace(V_cb=0.0395, lambda_t=0.04)["lambda_t"] == 0.04
    np.testing.assert_allclose(P.replace(V_cb=P["V_cb"])["lambda_t"], P["lambda_t"], rtol=1e-15)


def test_replace_says_what_it_takes():
    for arguments, options, message in (
        (("X_t",), {}, "without the other"),
        (({"X_t": 1.0},), {"m_b": 4.0, "uncertainty": 0.1}, "of one name"),
        (("X_t", 1.0), {"uncertainty": -0.1}, "at least 0"),
        (("X_u", 1.0), {}, "X_t"),
    ):
        with pytest.raises(InputError, match=message):
            P.replace(*arguments, **options)


def test_replace_by_keyword_and_mapping_leaves_the_original():
    new = P.replace({"m_b": 4.2}, X_t=1)
    assert (new["m_b"], new["X_t"], new["m_s"]) == (4.2, 1.0, P["m_s"])
    assert P["X_t"] == 1.469


def test_unknown_names():
    with pytest.raises(ValueError, match="unknown parameter 'm_bb': did you mean m_b"):
        P["m_bb"]
    with pytest.raises(ValueError, match="unknown parameter 'mass'"):
        P.replace(mass=1.0)


def test_flatten_and_tree_round_trip():
    assert tuple(P.flatten()) == P.names
    leaves, tree = jax.tree.flatten(P)
    assert [leaf.shape for leaf in leaves] == [(len(P.names),)]
    again = jax.tree.unflatten(tree, leaves)
    assert again.names == P.names
    np.testing.assert_array_equal(again.values, P.values)


def test_differentiable_and_one_trace_for_all_values():
    f = CountedJit(lambda p: p["m_b"] ** 2)
    assert jax.grad(f)(P)["m_b"] == 2 * P["m_b"]
    for m_b in (4.0, 4.1, 5):
        assert f(P.replace(m_b=m_b)) == m_b**2
    assert f.traces == 1
    batch = jax.vmap(lambda m: P.replace(m_b=m)["m_b"])(jnp.arange(3.0))
    np.testing.assert_array_equal(batch, [0, 1, 2])


def test_own_file(tmp_path):
    entry = "{name: a, value: 2, uncertainty: 0.5, unit: GeV, source: me, year: 2026, description: test}"
    path = tmp_path / "p.yaml"
    path.write_text(f"parameters: [{entry}]")
    assert load_parameters(path)["a"] == 2
    for old, new, message in [
        ("name: a, ", "", "entry 1 .without name.: missing key 'name'"),
        ("value: 2", "value: 1e-5", r"\(a\): 'value' must be float, found '1e-5'"),
        ("value: 2", "value: .nan", "finite value"),
        ("0.5", "-0.5", "at least 0"),
        (entry, f"{entry}, {entry}", "more than once: a"),
        (entry, "3", "expected a mapping"),
    ]:
        path.write_text(f"parameters: [{entry}]".replace(old, new))
        with pytest.raises(DataFileError, match=message):
            load_parameters(path)


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="expected 2 values"):
        Parameters([1.0], ["a", "b"], [0, 0], ["1", "1"], ["x", "x"])


def test_single_precision_is_refused():
    jax.config.update("jax_enable_x64", False)
    try:
        with pytest.raises(RuntimeError, match="needs double precision"):
            load_parameters()
    finally:
        jax.config.update("jax_enable_x64", True)
