"""jaxflav sample and summary as a user calls them."""

import json

import numpy as np
import pytest
import yaml

from jaxflav.tasks.analysis_file import load_task, task_from
from tests.cli.test_main import run

SETTINGS = "sample: {chains: 2, warmup: 30, draws: 20}\n"
CHANGED = {
    ("--chains", "3"): "settings: chains is 3, was 2",
    ("--draws", "10"): "settings: draws is 10, was 20",
    ("--seed", "4"): "nested: seed is 4, was 3; settings: seed is 4, was 3",
    ("--prior", "mu=uniform:0:6"): "priors: mu is Uniform(low=0.0, high=6.0), was Uniform(",
    ("--experiment", "other"): "experiments is ['other'], was []",
}
FAST = ("--chains", "2", "--warmup", "30", "--draws", "20")


def test_sample_and_summary(capsys, tmp_path, small_experiment):
    file, out_dir = tmp_path / "analysis.yaml", tmp_path / "run"
    file.write_text("scenario: sm\npriors:\n  mu: {uniform: [0, 5]}\nseed: 3\n" + SETTINGS)
    status, out, err = run(capsys, "sample", file, "--out", out_dir, "--json")
    result = json.loads(out)
    assert (status, err) == (0, "")
    assert list(result["posterior"]) == ["mu"]
    assert 0 < result["posterior"]["mu"]["mean"] < 5
    assert any("few effective draws" in warning for warning in result["warnings"])
    assert sorted(p.name for p in out_dir.iterdir()) == ["description.yaml", "posterior.nc", "table.csv"]
    description = yaml.safe_load((out_dir / "description.yaml").read_text())
    assert description["settings"]["seed"] == 3
    assert task_from(description["analysis"]) == load_task(file)
    status, again, _ = run(capsys, "summary", out_dir, "--json")
    assert status == 0
    assert json.loads(again) == result
    status, table, _ = run(capsys, "summary", out_dir, "--all", "--level", "0.683")
    assert status == 0
    assert "68.3 % equal-tailed" in table
    assert [line.split()[0] for line in table.splitlines()[1:3]] == ["b", "mu"]
    # options say the same as the file, and replace its keys
    options = ("--scenario", "sm", "--prior", "mu=uniform:0:5", "--seed", "3", *FAST)
    status, out, _ = run(capsys, "sample", *options, "--json")
    np.testing.assert_equal(json.loads(out), result)
    # a finished run has nothing to resume, and is not overwritten
    status, out, _ = run(capsys, "sample", file, "--out", out_dir, "--resume", "--json")
    assert (status, json.loads(out)) == (0, result)
    status, _, err = run(capsys, "sample", file, "--out", out_dir)
    assert status == 2
    assert "exists already" in err
    for changed, message in CHANGED.items():
        status, out, err = run(capsys, "sample", file, "--out", out_dir, "--resume", *changed)
        assert (status, out, len(err.splitlines())) == (2, "", 1)
        assert f"{out_dir}: this is not the same run, it cannot be continued: {message}" in err


@pytest.mark.parametrize(
    "method",
    [
        pytest.param(("nested", "--live", "100"), marks=pytest.mark.slow),
        ("grid", "--values", "60"),
        ("laplace",),
        ("variational",),
    ],
    ids=lambda words: words[0],
)
def test_other_methods(capsys, tmp_path, small_experiment, method):
    """Mean of mu by each of them within errors of the chains; the normal approximation says how good it is."""
    priors = ("--scenario", "sm", "--prior", "mu=normal:1:0.5", "--seed", "1")
    status, out, err = run(capsys, "sample", *priors, "--chains", "4", "--draws", "500", "--json")
    assert (status, err) == (0, "")
    chains = json.loads(out)["posterior"]["mu"]
    options = ("--method", *method, "--draws", "2000", "--out", tmp_path / "run")
    status, out, err = run(capsys, "sample", *priors, *options, "--json")
    assert (status, err) == (0, "")
    result = json.loads(out)
    found = result["posterior"]["mu"]
    error = np.hypot(*(one["deviation"] / np.sqrt(one["effective"]) for one in (chains, found)))
    assert abs(found["mean"] - chains["mean"]) < 5 * error
    description = yaml.safe_load((tmp_path / "run" / "description.yaml").read_text())
    assert description["method"] == method[0]
    assert (description["k_hat"] > 0.7) == any("k-hat" in warning for warning in result["warnings"])
    assert run(capsys, "summary", tmp_path / "run")[0] == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--scenario", "sm"), "no prior for mu: without one the posterior is improper"),
        (("--scenario", "sm", "--prior", "mu=uniform:0:inf"), "prior of 'mu': a flat prior from 0 to inf"),
        (("--scenario", "sm", "--prior", "mu=uniform"), "--prior must be NAME=KIND:NUMBERS"),
        (("--scenario", "sm", "--prior", "mu=box:0:1"), "unknown kind of prior of 'mu' 'box'"),
        (("--scenario", "sm", "--prior", "mu=uniform:0:5", "--draws", "0"), "draws is 0"),
        (("--scenario", "sm", "--prior", "mass=uniform:0:5"), "has no new particle"),
        (("--scenario", "sm", "--hold", "mu"), "--hold must be NAME=VALUE"),
        (("--scenario", "sm", "--prior", "mu=uniform:0:5", "--resume"), "give it with --out"),
        (("--scenario", "sm", "--prior", "mu=uniform:0:5", "--method", "nested", "--live", "5"), "at least 50"),
        (("--scenario", "sm", "--prior", "mu=uniform:0:5", "--method", "nested", "--devices", "1"), "leave them out"),
        (("--scenario", "sm", "--prior", "mu=uniform:0:5", "--devices", "99"), "99 devices asked for"),
        (("--scenario", "sm", "--prior", "mu=uniform:0:5", "--devices", "few"), "must be a number or 'all'"),
    ],
)
def test_bad_options_are_told(capsys, options, message):
    status, out, err = run(capsys, "sample", *options)
    assert (status, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("prior: {}\n", "unknown key of"),
        ("sample: {draws: many}\n", "'draws' must be int"),
        ("draws: 20\n", "it belongs into the section 'sample'"),
        ("sample: {draw: 20}\n", "did you mean draws"),
        ("priors: {mu: [0, 1]}\n", "must be one kind with its numbers"),
        ("priors: {mu: {uniform: 3}}\n", "takes 2 numbers"),
        ("held: {mu: one}\n", "'mu' must be float"),
        ("scenario: pairs\n", "unknown scenario"),
        ("scenario: pair\n", "takes one --coupling"),
        ("scenario: couplings\n", "takes one or more --coupling"),
        ("coupling: [f_VV, 3]\nscenario: couplings\n", "must be a name or a list of names"),
        ("scenario: neutrinos\nmass: 1.0\n", "has no new particle"),
        ("width: 0.1\ncoupling: g_S\n", "--width goes with the branching fraction"),
        ("family: fermion-pair\n", "for the scenario couplings"),
        ("self_conjugate: true\n", "is for pairs of particles"),
        ("[1]\n", "expected a mapping"),
    ],
)
def test_bad_files_are_told(capsys, tmp_path, text, message):
    file = tmp_path / "analysis.yaml"
    file.write_text(text)
    status, out, err = run(capsys, "sample", file)
    assert (status, out) == (2, "")
    assert message in err


def test_summary_of_nothing(capsys, tmp_path):
    status, _, err = run(capsys, "summary", tmp_path)
    assert status == 2
    assert "no posterior.nc" in err
