"""jaxflav predict and jaxflav plot as a user calls them; bad input is in test_main.py."""

import json

import numpy as np

from jaxflav.couplings.vector import VectorCouplings
from jaxflav.inputs.parameters import load_parameters
from jaxflav.observables import Scenario, predict
from tests.cli.test_main import run
from tests.helpers import light_meson_files


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


def test_form_factors_of_the_user_for_pions_and_rhos(capsys, tmp_path):
    options = [x for path in light_meson_files(tmp_path).values() for x in ("--form-factors", path)]
    names = ("BR(B0 -> pi0)", "BR(B+ -> pi+)", "FL(B0 -> rho0)", "FL(B+ -> rho+)")
    status, out, _ = run(capsys, "predict", *names, *options, "--json")
    neutral, charged, *F_L = json.loads(out)["central"]
    assert status == 0
    # masses differ by 5 MeV, which matters where the pole in f_+ is near
    np.testing.assert_allclose(neutral / charged, 0.5 * 1.517 / 1.638, rtol=5e-3)
    np.testing.assert_allclose(*F_L, rtol=1e-3)
    status, _, err = run(capsys, "predict", "BR(B0 -> rho0)")
    assert status == 2
    assert "no form factors of B -> rho are built in: give a set" in err


def test_tensor_of_a_mixed_pair_and_signs_of_the_paper(capsys):
    def central(*options):
        options = ("predict", "BR(B0 -> K*0)", "--scenario", "mixed-pair", "--mass", "1", "--no-sm", *options, "--json")
        status, out, _ = run(capsys, *options)
        assert status == 0
        return json.loads(out)["central"][0]

    alone = [central("--coupling", f"{name}=1e-8") for name in ("V_L", "T_R")]
    both = ("--coupling", "V_L=1e-8", "--coupling", "T_R=1e-8")
    physical, paper = central(*both), central(*both, "--paper-signs")
    # both interfere, V with T_1 and A with T_2 and T_23: the paper differs in the first
    assert abs(physical / sum(alone) - 1) > 0.01
    assert abs(physical / paper - 1) > 0.01
    status, _, err = run(capsys, "predict", "BR(B+ -> K+)", "--paper-signs")
    assert status == 2
    assert "--paper-signs has no meaning in the scenario sm" in err
