"""Planes and scans of combinations as a user calls them; counting experiments only, which are quick."""

import json

import numpy as np
import pytest
import yaml

from tests.cli.test_main import run

BELLE = ("--experiment", "belle-2017:K+")


@pytest.mark.slow
def test_plane_of_identical_particles(capsys, tmp_path):
    figure, out_dir = tmp_path / "plane.png", tmp_path / "run"
    couplings = ("--x", "f_AA=-9:9:7", "--y", "f_PS=-20:20:5", "--self-conjugate", "--mass", "0.6")
    data = ("--experiment", "belle-2017:K*0,pi+", *BELLE[:1], "babar-2013:K+")
    arguments = ("--family", "fermion-pair", *couplings, *data)
    status, out, err = run(capsys, "scan", "plane", *arguments, "--json", "--out", out_dir, "--plot", figure)
    result = json.loads(out)
    assert (status, err) == (0, "")
    assert result["left_out"] == ["belle-2017:pi+ (B+ -> pi+)"]
    assert result["insensitive"] == ["babar-2013"]  # a kaon alone sees neither an axial nor a pseudoscalar current
    assert list(result["regions"]) == ["combined", "belle-2017"]
    assert list(result["regions"]["combined"]) == ["1 sigma", "2 sigma", "3 sigma"]
    assert list(result["regions"]["belle-2017"]) == ["1 sigma"]
    q = np.array(result["q_combined"]).reshape(5, 7)
    np.testing.assert_allclose(q, q[::-1, ::-1], atol=1e-7)
    # an experiment that sees nothing of them says as much about |V_ts|, which is known to 2 %, as its error lets it
    np.testing.assert_allclose(result["q_belle-2017"], result["q_combined"], rtol=1e-4, atol=5e-3)
    assert result["f_AA"][:7] == list(np.linspace(-9, 9, 7))
    assert result["unconverged"] == {"combined": 0, "belle-2017": 0}
    assert figure.read_bytes().startswith(b"\x89PNG")
    description = yaml.safe_load((out_dir / "description.yaml").read_text())
    assert description["self_conjugate"]
    assert list(description["experiments"]) == ["belle-2017", "babar-2013"]
    assert "Belle:2017oht" in description["cite"]
    assert "sees neither coupling: babar-2013" in description["summary"]
    assert (out_dir / "table.csv").read_text().startswith("f_AA,f_PS,q_combined,q_belle-2017")
    with np.load(out_dir / "arrays.npz") as arrays:
        np.testing.assert_allclose(arrays["q_combined"], result["q_combined"])


@pytest.mark.slow
def test_plane_in_the_chiral_basis_with_its_own_range(capsys):
    couplings = ("--chiral", "--x", "V_LL", "--y", "V_RL=-3:3:3", "--mass", "0.6")
    status, out, _ = run(capsys, "scan", "plane", "--family", "fermion-pair", *couplings, *BELLE, "--json")
    result = json.loads(out)
    assert status == 0
    x = np.array(result["V_LL"]).reshape(3, 41)
    q = np.array(result["q_combined"]).reshape(3, 41)
    np.testing.assert_allclose(x[0], -x[0][::-1], atol=1e-12)
    assert q[1, [0, -1]].min() > 11.83
    # B -> K psi psibar knows the sum V_LL + V_RL alone
    assert np.interp(0.0, x[0] + 3.0, q[2]) == pytest.approx(np.interp(0.0, x[0], q[1]), abs=0.05)
    assert list(result["regions"]) == ["combined"]


@pytest.mark.slow
def test_scan_and_limit_of_a_combination(capsys, tmp_path):
    data = (*BELLE, "--experiment", "babar-2013:K+")
    out_dir = tmp_path / "run"
    arguments = ("two-body", "--coupling", "g_S", "--mass", "0.5:2.1:2", *data)
    status, out, _ = run(capsys, "scan", *arguments, "--json", "--out", out_dir)
    result = json.loads(out)
    assert status == 0
    np.testing.assert_allclose(np.square(result["couplings"]["g_S"]), result["strength"])
    assert (out_dir / "table.csv").read_text().startswith("mass,t,strength,g_S,converged")
    status, out, _ = run(capsys, "scan", *arguments)
    assert "coupling             |g_S| = " in out
    status, out, _ = run(capsys, "limit", *arguments[1:], "--cl", "0.9", "--json")
    limit = json.loads(out)
    assert status == 0
    assert limit["parameter"] == "strength"
    assert np.all(np.array(limit["observed"]) > np.array(result["strength"]))


PLANE = ("scan", "plane", "--family", "fermion-pair")
XY = ("--x", "f_VV=-3:3:3", "--y", "f_AV=-3:3:3")
BAD = {
    "range without width": ((*PLANE, "--x", "f_VV=1:1:3", "--y", "f_AV"), "--x must be LO:HI:N"),
    "empty range": ((*PLANE, "--x", "f_VV=", "--y", "f_AV"), "--x must be LO:HI:N"),
    "unknown coupling": ((*PLANE, "--x", "f_VX", "--y", "f_AV"), "coupling of fermion-pair"),
    "the same coupling": ((*PLANE, "--x", "f_VV", "--y", "f_VV"), "one or more different couplings"),
    "unknown family": (("scan", "plane", "--family", "fermions", *XY), "did you mean fermion-pair"),
    "mass beyond threshold": ((*PLANE, *XY, *BELLE, "--mass", "2.4"), "where the decays end"),
    "negative mass": ((*PLANE, *XY, *BELLE, "--mass", "-1"), "expected one from 0"),
    "negative scale": ((*PLANE, *XY, *BELLE, "--scale", "-1"), "scale"),
    "vanishing coupling": ((*PLANE, *XY, *BELLE, "--self-conjugate"), "vanishes"),
    "insensitive": ((*PLANE, "--x", "f_AV=-1:1:3", "--y", "f_AA=-1:1:3", *BELLE), "no channel is sensitive"),
    "no prediction": ((*PLANE, *XY, "--experiment", "belle-2017:pi+"), "no channel has a prediction"),
    "unknown experiment": ((*PLANE, *XY, "--experiment", "belle-2031"), "belle-2031"),
    "neutrinos with a mass": (
        ("scan", "plane", "--family", "neutrinos", "--x", "cVL", "--y", "cVR", *BELLE, "--mass", "1"),
        "neutrinos have none",
    ),
    "combination without coupling": (("scan", "two-body", *BELLE, *BELLE), "needs --coupling"),
    "coupling with width": (("scan", "two-body", "--coupling", "g_S", "--width", "0.1"), "--width"),
    "coupling of a pair as of one": (("scan", "two-body", "--coupling", "f_VV"), "coupling"),
    "limit on a pair without coupling": (("limit", "--scenario", "pair"), "takes one --coupling"),
    "limit on a coupling in the Standard Model": (("limit", "--scenario", "sm", "--coupling", "g_S"), "--coupling"),
    "unknown scenario": (("scan", "scenarios", "--scenario", "fermion-pair f_VX"), "did you mean"),
    "one mass": (("scan", "scenarios", "--points", "1"), "no minimum"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_status_2(case, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments, message = BAD[case]
    status, out, err = run(capsys, *arguments, "--out", "run", "--plot", "figure.png")
    assert (status, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert message in err
    assert not any(tmp_path.iterdir())
