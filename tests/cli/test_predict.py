"""jaxflav predict and jaxflav plot as a user calls them; bad input is in test_main.py."""

import json

import numpy as np

from jaxflav import load_parameters
from jaxflav.couplings.vector import VectorCouplings
from jaxflav.observables import Scenario, predict
from tests.cli.test_main import run


def test_json_is_what_the_library_gives(capsys):
    names = ("BR(B+ -> K+)[4, 5]", "BR(B+ -> K+)")
    options = ("--scenario", "vector", "--coupling", "h_V=1e-9+2e-9j", "--mass", "2.1", "--tau-tree")
    status, out, err = run(capsys, "predict", *names, *options, "--json")
    result = json.loads(out)
    assert (status, err, len(out.splitlines())) == (0, "", 1)
    scenario = Scenario(VectorCouplings(h_V=1e-9 + 2e-9j), 2.1, tau_tree=True)
    expected = predict(names, scenario, load_parameters())
    assert result["observables"] == list(names)
    np.testing.assert_allclose(result["central"], expected.central, rtol=1e-12)
    np.testing.assert_allclose(result["covariance"], expected.total, rtol=1e-9)
    assert "Parrott:2022rgu" in result["cite"]
    by_source = np.array([result["errors_by_source"][part] for part in expected.parts])
    np.testing.assert_allclose(np.sum(by_source**2, axis=0), np.square(result["errors"]), rtol=1e-9)


def test_table(capsys):
    status, out, _ = run(capsys, "predict", "--decay", "B0->K*0", "--bins", "0,4,8", "--form-factors", "GRvDV2023")
    lines = out.splitlines()
    assert status == 0
    assert len(lines) == 1 + 3 * 2
    assert lines[0].split()[:3] == ["observable", "value", "+-"]
    assert lines[1].startswith("BR(B0 -> K*0)[0, 4]")
    assert float(lines[3].split()[-6]) == 1.0


def test_neutrinos_of_the_standard_model(capsys):
    for coupling in ((), ("--coupling", "cVR=0"), ("--coupling", "CL_bsnuenue=0")):
        _, out, _ = run(capsys, "predict", "R(B+ -> K+)", "--scenario", "neutrinos", *coupling, "--json")
        np.testing.assert_allclose(json.loads(out)["central"], [1.0], rtol=1e-12)


def test_figures(capsys, tmp_path):
    for kind, coupling in (("spectrum", "f_VV=1"), ("fl", "f_TT=1")):
        figure = tmp_path / f"{kind}.png"
        status, out, _ = run(capsys, "plot", kind, "--out", figure, "--points", "8", "--coupling", coupling)
        assert status == 0
        assert str(figure) in out
        assert figure.read_bytes().startswith(b"\x89PNG")
