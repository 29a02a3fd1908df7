"""jaxflav predictive, and the figures of posteriors, as a user calls them."""

import json

import numpy as np
import pytest
import yaml

from tests.cli.test_main import run

ANALYSIS = "scenario: sm\npriors: {mu: {uniform: [0, 5]}}\nseed: 3\nsample: {chains: 2, warmup: 30, draws: 20}\n"


@pytest.fixture
def finished(capsys, tmp_path, small_experiment):
    """Directory of a finished run, beside its analysis file."""
    (tmp_path / "analysis.yaml").write_text(ANALYSIS)
    assert run(capsys, "sample", tmp_path / "analysis.yaml", "--out", tmp_path / "run")[0] == 0
    return tmp_path / "run"


def test_predictive_and_figures(capsys, finished):
    status, out, err = run(capsys, "predictive", finished, "--draws", "30", "--json")
    result = json.loads(out)
    assert (status, err) == (0, "")
    assert (result["from"], result["draws"], result["observables"]) == ("posterior", 30, {})
    assert result["rows"]["row"] == ["only"]
    assert result["rows"]["replicated_low_95"][0] < 55 < result["rows"]["replicated_high_95"][0]
    assert 0 < result["p_values"]["deviance"]["p_value"] <= 1
    with np.load(finished / "predictive" / "arrays.npz") as arrays:
        assert arrays["replicated"].shape == (30, 1)
        share = np.mean(arrays["deviance_replicated"] >= arrays["deviance_observed"])
    assert share == result["p_values"]["deviance"]["p_value"]
    description = yaml.safe_load((finished / "predictive" / "description.yaml").read_text())
    assert description["result"]["p_values"] == result["p_values"]
    status, out, _ = run(capsys, "show", finished / "predictive")
    assert status == 0
    assert "posterior predictive p-value" in out
    status, out, _ = run(capsys, "show", finished)
    assert status == 0
    assert "R-hat effective" in out
    for kind in ("corner", "trace", "predictive"):
        figure = finished.parent / f"{kind}.png"
        assert run(capsys, "plot", kind, finished, "--out", figure)[::2] == (0, "")
        assert figure.read_bytes().startswith(b"\x89PNG")
    status, _, err = run(capsys, "predictive", finished)
    assert status == 2
    assert "exists already" in err
    status, _, err = run(capsys, "plot", "corner", finished, "--out", figure, "--parameter", "nu")
    assert status == 2
    assert "unknown parameter 'nu'" in err


def test_prior_predictive_of_a_file(capsys, tmp_path, small_experiment):
    file, place = tmp_path / "analysis.yaml", tmp_path / "prior"
    file.write_text(ANALYSIS)
    status, out, err = run(capsys, "predictive", file, "--prior", "--draws", "400", "--out", place)
    assert (status, err) == (0, "")
    assert "prior predictive p-value" in out
    with np.load(place / "arrays.npz") as arrays:
        # signal 10 mu for mu up to 5, on about 50
        np.testing.assert_allclose(arrays["expected"].mean(), 50 + 25, atol=5)
    status, _, err = run(capsys, "predictive", file, "--out", tmp_path / "other")
    assert status == 2
    assert "has priors only: give --prior" in err


def test_a_posterior_that_is_no_longer_the_same(capsys, finished):
    """Data with another content make another posterior: nothing is predicted from its draws."""
    file = finished / "description.yaml"
    content = yaml.safe_load(file.read_text())
    content["data"] = dict.fromkeys(content["data"], "0" * 64)
    file.write_text(yaml.safe_dump(content))
    status, _, err = run(capsys, "predictive", finished)
    assert status == 2
    assert "sample again" in err
    assert not (finished / "predictive").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("predictive", "."), "no posterior.nc"),
        (("predictive", ".", "--draws", "0"), "at least 1 draw"),
        (("plot", "trace", ".", "--out", "t.png"), "no posterior.nc"),
        (("plot", "predictive", ".", "--out", "t.png"), "run jaxflav predictive first"),
        (("plot", "corner", ".", "--out", "t.docx"), "unknown format"),
    ],
)
def test_bad_places_are_told(capsys, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1
