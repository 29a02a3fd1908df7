import json
import warnings
from pathlib import Path

import numpy as np
import pytest
import yaml

from jaxflav.couplings import neutrino_couplings, sm_neutrino_couplings
from jaxflav.couplings.neutrino_bases import BASES, basis_names
from jaxflav.inputs.parameters import load_parameters
from jaxflav.interfaces import from_wcxf, read_wcxf, to_wcxf, write_wcxf
from jaxflav.io.errors import InputError
from tests.helpers import ROUNDING

ORACLE = json.loads((Path(__file__).parents[1] / "oracles" / "wilson_nunu.json").read_text())
P = load_parameters()


@pytest.mark.parametrize(("basis", "name"), list(zip(BASES, ["wc.json", "wc.yaml", "wc.yml", "wc"], strict=True)))
def test_round_trip(basis, name, rng, tmp_path):
    C_L, C_R = rng.normal(size=(2, 3, 3)) + 1j * rng.normal(size=(2, 3, 3))
    content = to_wcxf(P, neutrino_couplings(P, C_L=C_L, C_R=C_R), basis, alpha=0.0076)
    assert (content["eft"], content["basis"], content["scale"]) == ("WET", basis, 4.8)
    assert tuple(content["values"]) == basis_names(basis)
    path = tmp_path / name
    write_wcxf(path, content)
    text = path.read_text()
    assert (yaml.safe_load if name.endswith(("yaml", "yml")) else json.loads)(text) == content
    found = read_wcxf(path, alpha=0.0076)(P)
    np.testing.assert_allclose(found.C_L, C_L, rtol=ROUNDING)
    np.testing.assert_allclose(found.C_R, C_R, rtol=ROUNDING)


def test_a_file_in_another_basis_as_wilson_translates_it():
    inputs = ORACLE["inputs"]
    lambda_t = complex(*inputs["lambda_t"])
    constants = P.replace(G_F=inputs["G_F"], alpha_mZ=inputs["alpha_e"], lambda_t=abs(lambda_t))
    given, expected = ORACLE["translated"]["flavio"]["flavio"], ORACLE["translated"]["flavio"]["JMS"]
    numbers = {name: {"Re": pair[0], "Im": pair[1]} for name, pair in given.items()}
    couplings = from_wcxf({"eft": "WET", "basis": "flavio", "scale": 4.8, "values": numbers})(constants)
    found = to_wcxf(constants, couplings, "JMS", lambda_t=lambda_t)["values"]
    for name, pair in expected.items():
        np.testing.assert_allclose(complex(found[name]["Re"], found[name]["Im"]), complex(*pair), rtol=ROUNDING)


@pytest.mark.parametrize("basis", BASES)
def test_files_are_valid_for_wilson(basis, rng, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of other packages, while they are imported
        wcxf = pytest.importorskip("wilson.wcxf")
    C_L, C_R = rng.normal(size=(2, 3, 3)) + 1j * rng.normal(size=(2, 3, 3))
    path = tmp_path / "wc.yaml"
    write_wcxf(path, to_wcxf(P, neutrino_couplings(P, C_L=C_L, C_R=C_R), basis))
    with path.open() as file:
        loaded = wcxf.WC.load(file)
    loaded.validate()
    assert len(loaded.dict) == 18
    assert from_wcxf(vars(loaded)).values == read_wcxf(path).values


def test_refused():
    antisymmetric = 1e-9 * np.array([[0, 1, 0], [-1, 0, 0], [0, 0, 0]])
    violating = neutrino_couplings(P, SLL=1e-9 * np.eye(3), TLL_bs=antisymmetric)
    with pytest.raises(InputError, match="no coefficients that violate lepton number; found SLL, TLL_bs not 0"):
        to_wcxf(P, violating)
    with pytest.raises(InputError, match="found those with lambda_t_d"):
        to_wcxf(P, sm_neutrino_couplings(P, "lambda_t_d"))
    with pytest.raises(InputError, match="unknown basis"):
        to_wcxf(P, sm_neutrino_couplings(P), "EOS")
    with pytest.raises(InputError, match=r"must be .*finite"):
        to_wcxf(P, neutrino_couplings(P, C_R=[[0, np.nan, 0], [0, 0, 0], [0, 0, 0]]))
    with pytest.raises(InputError, match="scale must be a positive number"):
        to_wcxf(P, sm_neutrino_couplings(P), scale=-1.0)
