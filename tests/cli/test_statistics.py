"""Profiles, limits, contours, impacts and toys as a user calls them."""

import json

import numpy as np
import pytest
import yaml

from tests.cli.test_main import run


def test_profile_with_results_and_figure(capsys, tmp_path):
    out_dir, figure = tmp_path / "run", tmp_path / "q.png"
    arguments = ("--mass", "2.1", "--values", "0:2e-5:5", "--json", "--out", out_dir, "--plot", figure)
    status, out, err = run(capsys, "profile", *arguments)
    result = json.loads(out)
    assert (status, err) == (0, "")
    assert result["parameter"] == "branching_fraction"
    assert len(result["q"]) == 5
    assert all(result["converged"])
    low, high = result["interval_68"]
    assert low < result["best"] < high
    np.testing.assert_allclose(result["q"][0], 13.2, atol=0.1)  # 3.6 standard deviations, as the mass scan says
    assert figure.read_bytes().startswith(b"\x89PNG")
    description = yaml.safe_load((out_dir / "description.yaml").read_text())
    assert description["mass_GeV"] == 2.1
    assert "HEPData:166082" in description["cite"]
    assert description["convergence"] == {"converged": 5, "not converged": 0}
    with np.load(out_dir / "arrays.npz") as arrays:
        np.testing.assert_allclose(arrays["q"], result["q"])
    status, out, _ = run(capsys, "show", out_dir)
    assert status == 0
    assert out.startswith(f"{out_dir}: complete\ncommand: ")
    for part in ("branching_fraction = ", "jaxflav: 0", "platform: cpu", "belle2-2025/likelihood.json", "G_F: 1.16"):
        assert part in out


def test_profile_of_mu(capsys):
    status, out, _ = run(capsys, "profile", "--scenario", "sm", "--values", "0:9:4")
    assert status == 0
    assert out.startswith("mu = 4.599 +- 1.3")
    assert "95 % interval" in out


def test_limits_over_masses(capsys, tmp_path):
    figure = tmp_path / "limit.png"
    status, out, _ = run(capsys, "limit", "--mass", "1:2.1:2", "--json", "--plot", figure)
    result = json.loads(out)
    assert status == 0
    assert result["mass"] == [1.0, 2.1]
    assert result["observed"][0] < result["observed"][1]
    assert result["expected_minus_1"][0] < result["expected"][0] < result["expected_plus_1"][0]
    assert figure.read_bytes().startswith(b"\x89PNG")


def test_limit_on_mu_by_toys(capsys):
    status, out, _ = run(capsys, "limit", "--scenario", "sm", "--toys", "150", "--json")
    result = json.loads(out)
    assert status == 0
    np.testing.assert_allclose(result["observed_toys"][0], result["observed"][0], rtol=0.15)


def test_contour(capsys, tmp_path):
    figure, out_dir = tmp_path / "plane.png", tmp_path / "run"
    arguments = ("--x-range", "1.5:3:16", "--y-range", "0:2e-5:11", "--cl", "0.68,0.95")
    status, out, _ = run(capsys, "contour", *arguments, "--json", "--plot", figure, "--out", out_dir)
    result = json.loads(out)
    assert status == 0
    assert 2.0 < result["best"]["mass"] < 2.3
    assert sorted(result["regions"]) == ["0.68", "0.95"]
    for regions in result["regions"].values():
        assert regions[0]["outer"][0] == regions[0]["outer"][-1]
    assert len(result["q"]) == 16 * 11
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert (out_dir / "table.csv").read_text().startswith("mass,branching_fraction,q,converged")


def test_impacts(capsys, tmp_path):
    figure = tmp_path / "impacts.png"
    status, out, _ = run(capsys, "impacts", "--scenario", "sm", "--top", "5", "--plot", figure)
    assert status == 0
    assert len(out.splitlines()) == 8
    assert "mu_bkg_charged" in out
    assert figure.read_bytes().startswith(b"\x89PNG")


def test_toys(capsys, tmp_path):
    figure = tmp_path / "toys.png"
    arguments = ("toys", "--toys", "40", "--seed", "3", "--look-elsewhere", "0.5:4.5:9")
    status, out, _ = run(capsys, *arguments, "--json", "--plot", figure)
    result = json.loads(out)
    assert status == 0
    assert len(result["best"]) == 40
    assert result["look_elsewhere"]["p_global"] > result["look_elsewhere"]["p_local"]
    assert 0 < result["goodness_of_fit"]["p_toys"]["value"] < 1
    assert figure.read_bytes().startswith(b"\x89PNG")
    again = json.loads(run(capsys, *arguments, "--json")[1])
    assert again == result


BAD = {
    "limit of text": (("limit", "--mass", "heavy"), "--mass must be a number of GeV"),
    "mass of the Standard Model": (("profile", "--scenario", "sm", "--mass", "1"), "leave out --mass"),
    "mass beyond threshold": (("limit", "--mass", "5"), "below the threshold"),
    "unknown parameter": (("profile", "--parameter", "branchng_fraction"), "did you mean branching_fraction"),
    "grid without width": (("profile", "--values", "1:1:4"), "has no width"),
    "confidence level in per cent": (("limit", "--cl", "95"), "confidence level is 95"),
    "contour level in per cent": (("contour", "--cl", "95"), "probability 95"),
    "contour level of text": (("contour", "--cl", "high"), "--cl must be probabilities"),
    "mass is an axis": (("contour", "--mass", "2"), "leave it out, or take other axes"),
    "same axes": (("contour", "--x", "branching_fraction"), "two different ones"),
    "no toys": (("toys", "--toys", "0"), "number of toys is 0"),
    "look elsewhere in the Standard Model": (
        ("toys", "--scenario", "sm", "--look-elsewhere", "1:2:3"),
        "needs a new particle",
    ),
    "figure of unknown format": (("impacts", "--plot", "i.docx"), "unknown format '.docx'"),
    "output onto a file": (("profile", "--out", "taken"), "exists already"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_status_2(case, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").write_text("something")
    arguments, message = BAD[case]
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert message in err
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]


@pytest.mark.slow
def test_limits_over_masses_and_widths(capsys, tmp_path):
    figure = tmp_path / "limit.png"
    status, out, _ = run(capsys, "limit", "--mass", "1:2.1:2", "--widths", "0,0.1", "--json", "--plot", figure)
    result = json.loads(out)
    assert status == 0
    assert result["mass"] == [1.0, 2.1, 1.0, 2.1]
    assert result["width"] == [0.0, 0.0, 0.1, 0.1]
    line, broad = np.split(np.array(result["observed"]), 2)
    assert np.all(line != broad)
    np.testing.assert_allclose(broad, line, rtol=0.1)  # narrow against the bins of q2
    assert figure.read_bytes().startswith(b"\x89PNG")


def test_feldman_cousins(capsys, tmp_path):
    figure = tmp_path / "set.png"
    arguments = ("--scenario", "sm", "--values", "0:9:4", "--toys", "100", "--json", "--plot", figure)
    status, out, _ = run(capsys, "feldman-cousins", *arguments)
    result = json.loads(out)
    assert status == 0
    assert result["accepted"] == [False, True, True, False]  # mu = 4.6 +- 1.3
    assert result["pieces"] == [[3.0, 6.0]]
    assert figure.read_bytes().startswith(b"\x89PNG")
