"""Files of WCxf: what is read, what is left out, and every refusal."""

import json
from pathlib import Path

import jax
import numpy as np
import pytest
import yaml

import jaxflav
from jaxflav.couplings import from_basis, from_flavio, sm_neutrino_couplings
from jaxflav.couplings.neutrino_bases import BASES, FLAVIO_ALPHA
from jaxflav.form_factors.files import load_form_factors
from jaxflav.inputs.parameters import load_parameters
from jaxflav.interfaces import from_wcxf, read_wcxf
from jaxflav.interfaces.wcxf_file import LARGEST
from jaxflav.io.errors import DataFileError, InputError
from jaxflav.observables import Scenario
from jaxflav.rates import B_PLUS_TO_K_PLUS
from jaxflav.spectra import decay_density
from tests.helpers import ROUNDING

ORACLE = json.loads((Path(__file__).parents[1] / "oracles" / "wilson_nunu.json").read_text())
P = load_parameters()
ONE = {"flavio": "CL_bsnuenue", "JMS": "VnudLL_1123", "Bern": "nu1sbee", "FlavorKit": "FVLL_2311"}


def content(basis="flavio", values=None, **keys):
    values = {ONE.get(basis, "CL_bsnuenue"): 1e-9} if values is None else values
    return {"eft": "WET", "basis": basis, "scale": 4.8, "values": values} | keys


def written(folder, text, name="wc.json"):
    path = folder / name
    path.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    return path


def refused(text, match, folder, name="wc.json", error=DataFileError):
    path = written(folder, text, name)
    with pytest.raises(error, match=match) as found:
        read_wcxf(path)
    message = str(found.value)
    assert "\n" not in message
    assert len(message) < 500


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("form", ["json", "yaml"])
def test_bases(basis, form, tmp_path):
    values = {name: complex(*pair) for name, pair in ORACLE["translated"][basis][basis].items()}
    numbers = {name: {"Re": v.real, "Im": v.imag} for name, v in values.items()}
    dump = json.dumps if form == "json" else yaml.safe_dump
    path = written(tmp_path, dump(content(basis, numbers | {"another_sector": 1.0})), f"wc.{form}")
    found = read_wcxf(path)
    assert found.basis == basis
    assert found.scale == 4.8
    assert found.given == ("WET", basis, 4.8)
    assert found.values == values
    assert found.ignored == ("another_sector",)
    expected = from_basis(basis, P, values)
    for name in ("C_L", "C_R", "unit"):
        np.testing.assert_array_equal(getattr(found(P), name), getattr(expected, name))


def test_read_by_the_name_that_users_see(tmp_path):
    assert jaxflav.read_wcxf(written(tmp_path, content())).values == {"CL_bsnuenue": 1e-9}


def test_a_scenario_takes_the_file(tmp_path):
    values = {"CL_bsnuenue": -4.0, "CR_bsnumunutau": 9.0}
    scenario = Scenario(read_wcxf(written(tmp_path, content(values=values))))
    form_factors = load_form_factors("GRvDV2023", "B -> K")

    def density(couplings):
        nominal = np.zeros(form_factors.mean.shape)
        return decay_density(P, form_factors, nominal, couplings, 0.0, B_PLUS_TO_K_PLUS, 9.0)

    found = density(scenario.couplings_at(P)) / density(sm_neutrino_couplings(P))
    # |C_L + C_R|^2 summed over flavours, with C_L = -1.469/0.23129 in the Standard Model
    standard_model = 1.469 / 0.23129
    expected = ((standard_model + 4) ** 2 + 2 * standard_model**2 + 9**2) / (3 * standard_model**2)
    np.testing.assert_allclose(found, expected, rtol=ROUNDING)


def test_forms_of_numbers(tmp_path):
    # YAML reads 1e-5 as text, and a file may have either form of a value
    values = "CL_bsnuenue: 1e-1, CR_bsnuenue: {Im: 2}, CL_bsnumunumu: 3"
    text = f"eft: WET\nbasis: flavio\nscale: 1e2\nvalues: {{{values}}}\n"
    found = read_wcxf(written(tmp_path, text, "wc.yml"))
    assert found.scale == 100
    assert found.values == {"CL_bsnuenue": 0.1, "CR_bsnuenue": 2j, "CL_bsnumunumu": 3}
    for number in (1 + 2j, np.complex64(1 + 2j), np.array(1 + 2j), jax.numpy.asarray(1 + 2j)):
        assert from_wcxf(content(values={"CL_bsnuenue": number})).values == {"CL_bsnuenue": 1 + 2j}
    for number in (np.array([1 + 2j]), np.complex128("nan"), {"Re": 1 + 2j}):
        with pytest.raises(InputError, match="CL_bsnuenue must be a finite number"):
            from_wcxf(content(values={"CL_bsnuenue": number}))


def test_options():
    one = content(values={"CL_bsnuenue": 1.0})
    expected = from_flavio(P, {"CL_bsnuenue": 1.0}, alpha=FLAVIO_ALPHA).C_L
    np.testing.assert_array_equal(from_wcxf(one, alpha=FLAVIO_ALPHA)(P).C_L, expected)
    standard_model = sm_neutrino_couplings(P).C_L
    new = [from_wcxf(content("JMS"), lambda_t=sign * 0.0411)(P).C_L - standard_model for sign in (1, -1)]
    np.testing.assert_allclose(new[0], -new[1], rtol=1e-9)
    assert np.real(new[0][0, 0]) > 0
    for options, match in (
        ({"alpha": "m_b"}, "alpha must be"),
        ({"alpha": -1.0}, "alpha must be"),
        ({"lambda_t": 0}, "lambda_t must be finite and not 0"),
        ({"lambda_t": complex("nan")}, "lambda_t must be finite and not 0"),
    ):
        with pytest.raises(InputError, match=match):
            from_wcxf(one, **options)


def test_gradient_with_respect_to_the_constants():
    function = from_wcxf(content("JMS"))

    def size(lambda_t):
        return jax.numpy.abs(function(P.replace(lambda_t=lambda_t)).C_L[0, 0] - sm_neutrino_couplings(P).C_L[0, 0])

    value, slope = jax.jit(jax.value_and_grad(size))(0.04)
    np.testing.assert_allclose(slope, -value / 0.04, rtol=ROUNDING)


@pytest.mark.parametrize(
    ("given", "match"),
    [
        (content("flavour"), "unknown basis in .*wc.json 'flavour': did you mean flavio"),
        (content("EOS"), "basis EOS of WCxf has no coefficients of b -> s nu nubar .* translate the file"),
        (content("formflavor"), "basis formflavor of WCxf has no coefficients of b -> s nu nubar"),
        (content(eft="WET-4"), "WET-4 has no b quark"),
        (content(eft="LEFT"), "unknown effective theory 'LEFT'; expected WET or SMEFT"),
        (content(values={}), r"no coefficient of b -> s nu nubar .* found no values"),
        (content(values={"C9_bsmumu": 1.0}), r"no coefficient of b -> s nu nubar \(sector sbnunu.* found C9_bsmumu"),
        (content(values={"CL_bdnuenue": 1.0, "C9_bsee": 1}), "found those of other quarks: CL_bdnuenue"),
        (content("JMS", {"VnudLL_1113": 1.0}), "found those of other quarks: VnudLL_1113"),
        (content("Bern", {"nu1pdsemu": 1.0}), "found those of other quarks: nu1pdsemu"),
        (content("FlavorKit", {"FVLL_1312": 1.0}), "found those of other quarks: FVLL_1312"),
        (content(scale=4.1), r"scale 4.1 GeV is below m_b = 4.183 GeV"),
        (content(scale=-5.0), "scale must be a positive number of GeV"),
        (content(scale=None), "the scale must be a finite number, found None"),
        (content(scale=True), "the scale must be a finite number, found True"),
        (content(values={"CL_bsnuenue": float("nan")}), "CL_bsnuenue must be a finite number, found nan"),
        (content(values={"CL_bsnuenue": {"Re": 1, "Im": float("inf")}}), "Im of CL_bsnuenue must be a finite number"),
        (content(values={"CL_bsnuenue": {"Re": 1, "Imag": 1}}), "must be a number or have the keys Re and Im"),
        (content(values={"CL_bsnuenue": {}}), "must be a number or have the keys Re and Im"),
        (content(values={"CL_bsnuenue": [1, 2]}), "CL_bsnuenue must be a finite number, found"),
        (content(values={"CL_bsnuenue": 10**400}), "CL_bsnuenue must be a finite number, found"),
        # of another sector too: a file that is broken there may be broken elsewhere
        (content(values={"CL_bsnuenue": 1.0, "C9_bsmumu": None}), "C9_bsmumu must be a finite number, found None"),
        (content(values=[1.0]), "'values' must map names to numbers"),
        (content(basis=3), "'basis' must be a name, found 3"),
        ({"eft": "WET", "basis": "flavio", "values": {}}, "missing key 'scale'"),
        ([1, 2], "expected the keys eft, basis, scale and values"),
        ("{", "not valid JSON"),
        ("[" * 10**5, "not valid JSON"),
        ('{"eft": "WET", "eft": "WET-3"}', "the key 'eft' is there twice"),
    ],
)
def test_refused(given, match, tmp_path):
    refused(given, match, tmp_path, error=InputError)


@pytest.mark.parametrize(
    ("basis", "values", "match"),
    [
        ("flavio", {"CL_bsnuenue": 1.0, "CL_bsnumunutua": 1.0}, "'CL_bsnumunutua': did you mean"),
        ("flavio", {"CL_bsnuenue": 1.0, "cl_BSnumunumu": 1.0}, "'cl_BSnumunumu': did you mean"),
        ("JMS", {"VnudLL_1123": 1.0, "VnudLL1223": 1.0}, "'VnudLL1223': did you mean"),
        (
            "JMS",
            {"VnudLL_1232": 1e-9, "VnudLL_2123": 2e-9},
            r"not hermitian: VnudLL_2123 = .* conjugate of VnudLL_1232",
        ),
        ("JMS", {"VnudLL_1232": 1e-9, "VnudLL_2123": 1e-9}, r"give conj\(value\) as VnudLL_1232"),
        ("FlavorKit", {"FVLL_2311": 1j, "FVLL_3211": 1j}, r"not hermitian: FVLL_3211 = 1j must"),
        ("Bern", {"nu1sbee": 1.0, "nu1sbem": 1.0}, "'nu1sbem': did you mean"),
    ],
)
def test_misspelt_names_are_not_left_out(basis, values, match, tmp_path):
    values = {k: v if isinstance(v, float) else {"Im": v.imag} for k, v in values.items()}
    refused(content(basis, values), match, tmp_path)


def test_yaml_runs_no_code(tmp_path):
    made = tmp_path / "made"
    text = f"eft: WET\nbasis: !!python/object/apply:os.mkdir ['{made}']\n"
    refused(text, "neither valid JSON nor YAML of plain data: could not determine a constructor", tmp_path, "wc.yaml")
    assert not made.exists()


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("eft: WET\nscale: 4.8\nscale: 100\n", "the key 'scale' is there twice"),
        ("? [1, 2]\n: 3\n", "unhashable"),
        ("a: &a {b: *a}", "recursive"),
        ("a: *b", "undefined alias"),
        ("WET", "expected the keys eft, basis, scale and values, found 'WET'"),
        ("", "expected the keys eft, basis, scale and values, found None"),
        # each line ten times the line before: 10^30 elements, were they written out
        (
            "a0: &a0 1\n"
            + "".join(f"a{i + 1}: &a{i + 1} [{', '.join([f'*a{i}'] * 10)}]\n" for i in range(30))
            + "eft: WET\nbasis: flavio\nscale: *a30\nvalues: {}\n",
            "the scale must be a finite number",
        ),
    ],
)
def test_broken_yaml(text, match, tmp_path):
    refused(text, match, tmp_path, "wc.yml")


def test_files_that_are_none(tmp_path):
    with pytest.raises(DataFileError, match="no such file; check the path"):
        read_wcxf(tmp_path / "missing.json")
    with pytest.raises(DataFileError, match="no such file; check the path"):
        read_wcxf(tmp_path)
    path = tmp_path / "wc.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataFileError, match="cannot be read as text"):
        read_wcxf(path)


def test_a_large_file_is_not_read(tmp_path):
    path = tmp_path / "wc.json"
    with path.open("wb") as file:
        file.truncate(100_000_000)  # sparse: takes no space
    with pytest.raises(
        DataFileError, match="has 100 MB, where all coefficients of an effective theory need less than 5"
    ):
        read_wcxf(path)
    # a file with every coefficient of the largest basis is far from the limit
    numbers = {f"VnudLL_{i:04d}": {"Re": -1.2345678901234567e-9, "Im": -1.2345678901234567e-9} for i in range(2499)}
    assert len(json.dumps(content(values=numbers), indent=4)) < LARGEST / 5
