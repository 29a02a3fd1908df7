import json

import pytest
import yaml

from jaxflav.cli.main import main

SCALAR = {
    "scenario": "couplings",
    "experiment": "babar-2013:K+",
    "coupling": "h_V",
    "mass": 1.0,
    "priors": {"h_V": {"uniform": [0, 3e-8]}},
}
NOTHING = {**SCALAR, "priors": {}, "held": {"h_V": 0.0}}
LINE = {"priors": {"branching_fraction": {"uniform": [0, 5e-5]}}, "mass": 2.1}
SM = {"scenario": "sm", "held": {"mu": 1.0}}


@pytest.fixture
def write(tmp_path):
    def file(name, content):
        path = tmp_path / f"{name}.yaml"
        path.write_text(yaml.safe_dump(content))
        return path

    return file


def test_coupling_beside_nothing(write, tmp_path, capsys):
    """BaBar sees little more than its background: a coupling is neither needed nor excluded."""
    out = tmp_path / "out"
    names = [str(write("nothing", NOTHING)), str(write("vector", SCALAR))]
    assert main(["evidence", *names, "--live", "100", "--check", "grid", "--out", str(out), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    nothing, vector = result["hypotheses"]
    assert nothing["log_bayes_factor"] == 0
    assert abs(vector["log_evidence"] - vector["grid"]) < 4 * vector["error"]
    assert vector["log_bayes_factor"] == pytest.approx(vector["log_evidence"] - nothing["log_evidence"])
    assert vector["verdict"].endswith("it")
    assert vector["k_hat"] < 0.7
    priors = {row["prior"] for row in result["prior sensitivity"]}
    assert "Uniform(low=0.0, high=1.5e-08)" in priors
    description = yaml.safe_load((out / "description.yaml").read_text())
    assert description["vector"]["analysis"]["mass"] == 1.0
    assert (out / "table.csv").read_text().startswith("hypothesis,log_evidence,error")


def fails(capsys, *arguments):
    assert main(["evidence", *map(str, arguments)]) == 2
    text = capsys.readouterr().err
    assert text.count("\n") == 1
    return text


def test_bad_input(write, tmp_path, capsys):
    sm = write("sm", SM)
    assert "expected an integer of at least 50" in fails(capsys, sm, "--live", "3")
    assert "has other data than sm" in fails(capsys, sm, write("other", SCALAR))
    free = write("free", {"priors": {**LINE["priors"], "mass": {"uniform": [0, 4.7]}}})
    assert "chains that converge" in fails(capsys, free, "--check", "bridge")
    three = write("three", {"priors": {**LINE["priors"], "mass": {"uniform": [0, 4.7]}, "mu": {"uniform": [0, 9]}}})
    assert "at most two parameters" in fails(capsys, three, "--check", "grid")
    assert "no prior for branching_fraction" in fails(capsys, write("no_prior", {"mass": 2.1}))
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "file").write_text("")
    assert str(taken) in fails(capsys, sm, "--out", taken)
