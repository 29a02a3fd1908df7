"""The commands as a user calls them: what they print, where, and with which exit status."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray
import yaml

from jaxflav.cli.main import main

HEPDATA = Path(__file__).parents[1] / "data" / "hepdata_166082"


def run(capsys, *arguments):
    try:
        status = main([str(a) for a in arguments])
    except SystemExit as stop:
        status = stop.code
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_scan_json(capsys):
    status, out, err = run(capsys, "scan", "two-body", "--mass", "1.9:5.1:17", "--json")
    result = json.loads(out)
    assert status == 0
    assert err == ""
    assert len(out.splitlines()) == 1
    for key in ("mass", "t", "branching_fraction", "converged"):
        assert len(result[key]) == 17
    assert sorted(result["couplings"]) == ["g_S", "h_T", "h_V"]
    assert all(len(v) == 17 for v in result["couplings"].values())
    assert result["converged"] == [m < 4.785733 for m in result["mass"]]
    assert result["t"][-1] is None
    assert -8 < result["t_rescaled_sm"] < -6
    assert 4 < result["mu_rescaled_sm"] < 5
    best = result["best"]
    assert 2.0 < best["mass"] < 2.3
    assert best["interval_68"][0] < best["mass"] < best["interval_68"][1]
    np.testing.assert_allclose(best["significance"] ** 2, -best["t"])


def test_couplings_of_the_best_fit(capsys):
    """Bolton et al. 2024: |h_V| = 7.1e-9, |h_T| = 4.7e-5 at 2.1 GeV from their own recast, +-10 %."""
    _, out, _ = run(capsys, "scan", "two-body", "--mass", "2.1:2.2:2", "--json")
    result = json.loads(out)
    np.testing.assert_allclose(result["couplings"]["h_V"][0], 7.1e-9, rtol=0.1)
    np.testing.assert_allclose(result["couplings"]["h_T"][0], 4.7e-5, rtol=0.1)
    # g_S ~ sqrt(BR): 1.3e-8 for 9.2e-6
    np.testing.assert_allclose(
        result["couplings"]["g_S"][0], 1.35e-8 * (result["branching_fraction"][0] / 9.2e-6) ** 0.5, rtol=0.02
    )


def test_scan_with_results_and_figure(capsys, tmp_path):
    out_dir, figure = tmp_path / "run", tmp_path / "t.png"
    arguments = ("--mass", "1.5:3:8", "--form-factors", "GRvDV2023", "--width", "0.05", "--all-parameters")
    status, out, _ = run(capsys, "scan", "two-body", *arguments, "--out", out_dir, "--plot", figure)
    assert status == 0
    assert out.startswith("best mass")
    assert "sigma over the Standard Model" in out
    assert figure.read_bytes().startswith(b"\x89PNG")
    description = yaml.safe_load((out_dir / "description.yaml").read_text())
    assert description["form_factors"] == ["GRvDV2023 (B -> K)"]
    assert description["width_GeV"] == 0.05
    assert "HEPData:166082" in description["cite"]
    assert description["convergence"] == {"converged": 8}
    assert len(description["data"]["data/grvdv2023_b_to_k.yaml"]) == 64
    with xarray.open_dataset(out_dir / "scan.nc") as dataset:
        assert dataset["parameters"].shape == (8, 238)
        assert dataset["parameter"][1] == "branching_fraction"
        np.testing.assert_allclose(dataset["t"].min(), description["best"]["t"], atol=0.5)
    assert (out_dir / "table.csv").read_text().startswith("mass,t,branching_fraction,g_S,h_V,h_T,converged")
    status, out, _ = run(capsys, "show", out_dir)
    assert status == 0
    assert out.startswith(f"{out_dir}: complete and intact: 8 points in 1 chunks")
    for part in ("best mass", "jaxflav: 0", "platform: cpu", "belle2-2025/likelihood.json", "G_F: 1.16", "seed: 0"):
        assert part in out


def test_scan_of_a_pair(capsys):
    """Bolton et al. 2024: scalars through g_SS at 0.52 +0.11 -0.14 GeV, |g_SS| = (9.3 +- 1.4)e-4, 3.4 sigma."""
    status, out, _ = run(capsys, "scan", "pair", "--coupling", "g_SS", "--mass", "0.1:2.5:13", "--json")
    result = json.loads(out)
    assert status == 0
    assert list(result["couplings"]) == ["g_SS"]
    assert result["converged"] == [m < 4.785733 / 2 for m in result["mass"]]
    assert 0.52 - 0.14 < result["best"]["mass"] < 0.52 + 0.11
    np.testing.assert_allclose(result["couplings"]["g_SS"][2], 9.3e-4, rtol=0.2)
    assert abs(result["best"]["significance"] - 3.4) < 0.4


def test_fit_sm(capsys):
    status, out, _ = run(capsys, "fit", "sm", "--json")
    result = json.loads(out)
    assert status == 0
    assert {"mu", "mu_error", "q0", "q1"} <= set(result)
    np.testing.assert_allclose([result["mu"], result["mu_error"]], [4.61, 1.32], atol=0.02)
    np.testing.assert_allclose([result["q1"] ** 0.5, result["q0"] ** 0.5], [2.72, 3.46], atol=0.006)
    status, out, _ = run(capsys, "fit", "sm")
    assert "mu = 4.60 +- 1.33" in out


def test_info(capsys):
    status, out, _ = run(capsys, "info")
    assert status == 0
    assert "float64" in out
    assert "form factors  B -> rho: those of the user" in out
    _, out, _ = run(capsys, "info", "--json")
    content = json.loads(out)
    assert content["precision"] == "float64"
    assert "belle2-2025" in content["experiments"]
    assert content["form_factors"]["B -> K*"] == ["GRvDV2023"]
    assert content["form_factors"]["B -> pi"] == []
    assert {"B0 -> K*0", "B0 -> rho0", "Bs -> invisible"} < set(content["decays"])
    assert content["scenarios"]["two-body"]["couplings"] == ["g_S", "h_V", "h_T"]


PROCESS = ("--coordinator", "localhost:1", "--num-processes", "2")
BAD = {
    "no command": ((), "COMMAND"),
    "unknown command": (("sacn",), "invalid choice: 'sacn'"),
    "unknown scenario": (("scan", "three-body"), "invalid choice: 'three-body'"),
    "zero width of range": (("scan", "two-body", "--mass", "2:2:10"), "has no width"),
    "negative width of range": (("scan", "two-body", "--mass", "3:2:10"), "has no width"),
    "negative mass": (("scan", "two-body", "--mass=-1:2:10"), "must be finite and >= 0"),
    "one point": (("scan", "two-body", "--mass", "1:2:1"), "N is 1, expected at least 2"),
    "not a range": (("scan", "two-body", "--mass", "heavy"), "LO:HI:N"),
    "NaN": (("scan", "two-body", "--mass", "0:nan:10"), "must be finite"),
    "unknown experiment": (("scan", "two-body", "--experiment", "belle3"), "unknown experiment"),
    "unknown experiment of fit": (("fit", "sm", "--experiment", "belle3"), "unknown experiment"),
    "unknown form factors": (("scan", "two-body", "--form-factors", "GRvDV2022"), "did you mean GRvDV2023"),
    "missing form factor file": (("scan", "two-body", "--form-factors", "mine.yaml"), "mine.yaml"),
    "negative width": (("scan", "two-body", "--width", "-1"), "expected a positive number of GeV"),
    "width that is text": (("scan", "two-body", "--width", "wide"), "--width must be a number, or a grid LO:HI:N"),
    "figure of unknown format": (("scan", "two-body", "--plot", "t.docx"), "unknown format '.docx'"),
    "figure nowhere": (("scan", "two-body", "--plot", "no/such/t.png"), "does not exist"),
    "output nowhere": (("scan", "two-body", "--out", "no/such/place"), "does not exist"),
    "unknown observable": (("predict", "AFB(B+ -> K+)"), "unknown quantity 'AFB'"),
    "unknown decay": (("predict", "--decay", "B+ -> K-"), "unknown decay"),
    "unknown scenario of predict": (("predict", "--scenario", "scalr"), "did you mean scalar"),
    "coupling of another scenario": (("predict", "--scenario", "scalar", "--coupling", "f_VV=1"), "unknown coupling"),
    "no coupling": (("predict", "--scenario", "scalar"), "needs a coupling that is not 0"),
    "coupling without value": (("predict", "--scenario", "scalar", "--coupling", "g_S"), "must be NAME=VALUE"),
    "coupling that is no number": (("predict", "--scenario", "scalar", "--coupling", "g_S=x"), "must be NAME=VALUE"),
    "coupling given twice": (("predict", "--coupling", "g_S=1", "--coupling", "g_S=2"), "given more than once"),
    "coupling of the SM": (("predict", "--coupling", "g_S=1"), "--coupling has no meaning in the scenario sm"),
    "negative mass of predict": (
        ("predict", "--scenario", "scalar", "--coupling", "g_S=1", "--mass=-1"),
        "not negative",
    ),
    "Majorana without couplings": (
        ("predict", "--scenario", "fermion-pair", "--coupling", "f_VV=1", "--self-conjugate"),
        "vanishes for a particle that is its own antiparticle",
    ),
    "width of a pair": (
        ("predict", "--scenario", "fermion-pair", "--coupling", "f_VV=1", "--width", "1"),
        "--width is for one new particle",
    ),
    "invisible fraction": (
        ("predict", "--scenario", "scalar", "--coupling", "g_S=1", "--invisible-fraction", "2"),
        "between 0 and 1",
    ),
    "two kinds of neutrino coefficients": (
        ("predict", "--scenario", "neutrinos", "--coupling", "cVR=1", "--coupling", "CR_bsnuenue=1"),
        "not both",
    ),
    "bins": (("predict", "--decay", "B+ -> K+", "--bins", "4,2"), "--bins must be two or more edges"),
    "bins and observables": (("predict", "BR(B+ -> K+)", "--bins", "2,4"), "found both"),
    "form factors of predict": (("predict", "--form-factors", "GRvDV2022"), "did you mean GRvDV2023"),
    "plot nowhere": (("plot", "fl", "--out", "no/such/t.png"), "does not exist"),
    "plot of unknown format": (("plot", "spectrum", "--out", "t.docx"), "unknown format '.docx'"),
    "plot of unknown coupling": (("plot", "spectrum", "--out", "t.png", "--coupling", "k=1"), "unknown coupling of a"),
    "plot without spectrum": (("plot", "spectrum", "--out", "t.png", "--decay", "Bs -> invisible"), "no spectrum"),
    "plot without K*": (("plot", "fl", "--out", "t.png", "--decay", "B+ -> K+"), "needs a vector meson"),
    "no coupling of a pair": (("scan", "pair"), "--coupling"),
    "unknown coupling of a pair": (("scan", "pair", "--coupling", "f_VX"), "did you mean f_VV"),
    "coupling that vanishes": (("scan", "pair", "--coupling", "f_VV", "--self-conjugate"), "f_VV"),
    "output onto a file": (("scan", "two-body", "--out", "taken"), "exists already"),
    "resume onto a file": (("scan", "two-body", "--out", "taken", "--resume"), "exists already"),
    "resume without store": (("scan", "two-body", "--resume"), "--resume needs a store: give --out"),
    "processes without store": (("scan", "two-body", "--distributed"), "--distributed needs a store: give --out"),
    "coordinator alone": (("scan", "two-body", "--coordinator", "host:1"), "--coordinator is for --distributed"),
    "half a coordinator": (
        ("scan", "two-body", "--out", "new", "--distributed", "--coordinator", "host:1"),
        "give all three, or none",
    ),
    "process out of range": (
        ("scan", "two-body", "--out", "new", "--distributed", *PROCESS, "--process-id", "2"),
        "--process-id is 2, expected 0 to 1",
    ),
    "devices": (("scan", "two-body", "--devices", "some"), "--devices must be a number or 'all'"),
    "too many devices": (("scan", "two-body", "--mass", "1:2:2", "--devices", "99"), "99 devices asked for, but"),
    "no devices": (("scan", "two-body", "--mass", "1:2:2", "--devices", "0"), "0 devices asked for"),
    "chunk": (("scan", "two-body", "--out", "new", "--chunk", "0"), "--chunk 0: expected at least 1"),
    "axis without grid": (("scan", "two-body", "--out", "new", "--axis", "mu"), "--axis must be NAME=LO:HI:N"),
    "unknown axis": (("scan", "two-body", "--out", "new", "--axis", "branching=0:2:3"), "did you mean branching_frac"),
    "axis twice": (("scan", "two-body", "--out", "new", "--axis", "mass=0:2:3"), "this axis is there already"),
    "two axes nowhere": (("scan", "two-body", "--width", "0.1:0.2:3"), "needs a directory for its results"),
    "figure of two axes": (
        ("scan", "two-body", "--width", "0.1:0.2:3", "--plot", "t.png"),
        "--plot draws t over the mass alone",
    ),
    "width from nothing in equal ratios": (
        ("scan", "two-body", "--width", "0:0.2:3:log", "--out", "new"),
        "needs values above 0",
    ),
    "width of zero": (("scan", "two-body", "--width", "0:0.2:3", "--out", "new"), "expected a positive number of GeV"),
    "coupling twice": (("scan", "pair", "--coupling", "g_SS,g_SS", "--out", "new"), "more than once"),
    "show nothing": (("show", "no/such"), "no result of jaxflav"),
    "show something else": (("show", "."), "no result of jaxflav"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_status_2(case, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").write_text("something")
    arguments, message = BAD[case]
    status, out, err = run(capsys, *arguments)
    assert status == 2
    assert out == ""
    assert len(err.splitlines()) == 1
    assert message in err
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]


def test_original_files_of_hepdata(capsys):
    _, built_in, _ = run(capsys, "fit", "sm", "--json")
    status, out, _ = run(capsys, "fit", "sm", "--experiment", HEPDATA, "--json")
    assert status == 0
    assert json.loads(out) == json.loads(built_in)


def _edit(file, old, new):
    def change(directory):
        path = directory / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_edit("combined_likelihood.json", '"observations"', '"observation"'), "field 'observations' is missing"),
        (_edit("combined_likelihood.json", "14.183732,", "-14.183732,"), "the nominal yield of that bin is -14.1837"),
        (_edit("number_density_ita_regA.csv", "7.73084606e-01", "7.93084606e-01"), "row 0 of the number density sums"),
        (_edit("number_density_ita_regB.csv", ",", ";"), "not a table of numbers"),
        (lambda d: (d / "number_density_hta.csv").unlink(), "number_density_hta.csv: cannot be read"),
    ],
)
@pytest.mark.parametrize("command", [("scan", "two-body", "--out", "run"), ("fit", "sm")])
def test_malformed_files_of_hepdata(capsys, tmp_path, monkeypatch, command, change, message):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(HEPDATA, "data")
    change(tmp_path / "data")
    status, out, err = run(capsys, *command, "--experiment", "data")
    assert (status, out, len(err.splitlines())) == (2, "", 1)
    assert message in err
    assert [p.name for p in tmp_path.iterdir()] == ["data"]


def test_malformed_data_of_the_user(capsys, tmp_path):
    (tmp_path / "analysis.yaml").write_text("format: jaxflav-analysis/1\ndecay: B+ -> K+\n")
    status, _, err = run(capsys, "scan", "two-body", "--experiment", tmp_path)
    assert status == 2
    assert len(err.splitlines()) == 1
    assert "missing key 'name'" in err


def test_a_failed_fit_is_status_1(capsys, monkeypatch):
    from jaxflav.studies import mass_scan

    def fails(*args):
        raise ArithmeticError("the fit failed")

    monkeypatch.setattr(mass_scan, "fit_many", fails)
    status, out, err = run(capsys, "scan", "two-body", "--mass", "1:2:2")
    assert (status, out, err) == (1, "", "jaxflav: error: the fit failed\n")


def test_interruption(capsys, monkeypatch):
    from jaxflav.cli.commands import fit

    def interrupted(name):
        raise KeyboardInterrupt

    monkeypatch.setattr(fit, "load_experiment", interrupted)
    assert run(capsys, "fit", "sm") == (130, "", "jaxflav: error: interrupted\n")
