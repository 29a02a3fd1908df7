import csv
import json

import pytest
import yaml

from jaxflav.cli.main import main

COUPLING = {
    "scenario": "couplings",
    "experiment": "babar-2013:K+",
    "coupling": "h_V",
    "mass": 1.0,
    "priors": {"h_V": {"uniform": [0, 3e-8]}},
}
CHAINS = {"chains": 4, "warmup": 50, "draws": 15, "checkpoint_every": 25}


@pytest.mark.slow
@pytest.mark.parametrize("settings", [{"method": "nested", "live": 60}, CHAINS], ids=["nested", "chains"])
def test_ranks_of_a_coupling(tmp_path, capsys, settings):
    """Few data sets: that both methods run, and that a coupling is not always on one side of its draws."""
    file, out = tmp_path / "analysis.yaml", tmp_path / "out"
    file.write_text(yaml.safe_dump({**COUPLING, "sample": settings}))
    options = ["--datasets", "12", "--draws", "39", "--nuisances", "2", "--seed", "3"]
    assert main(["calibrate", str(file), *options, "--out", str(out), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["data sets"] == 12
    assert result["failed"] == []
    names = result["quantities"]["name"]
    assert "h_V" in names
    assert len(names) == 3
    with (out / "ranks.csv").open() as text:
        ranks = [int(row["h_V"]) for row in csv.DictReader(text)]
    assert len(ranks) == 12
    assert min(ranks) >= 0
    assert max(ranks) <= 39
    assert min(ranks) < 20 <= max(ranks)  # fails once in 2,000 if calibrated
    description = yaml.safe_load((out / "description.yaml").read_text())
    assert description["method"] == settings.get("method", "nuts")
    assert {path.name for path in out.iterdir()} == {"ranks.csv", "table.csv", "description.yaml"}


def fails(capsys, *arguments):
    assert main(["calibrate", *map(str, arguments)]) == 2
    text = capsys.readouterr().err
    assert text.count("\n") == 1
    return text


def test_bad_input(tmp_path, capsys):
    file = tmp_path / "analysis.yaml"
    file.write_text(yaml.safe_dump({**COUPLING, "sample": CHAINS}))
    assert "--datasets is 1, expected at least 2" in fails(capsys, file, "--datasets", "1")
    assert "are fewer than 99" in fails(capsys, file)
    assert "give it with --out" in fails(capsys, file, "--resume")
    out = tmp_path / "unfinished"
    out.mkdir()
    (out / "checkpoint.jsonl").write_text("of something else\n")
    few = ("--datasets", "2", "--draws", "9", "--out", out)
    assert "belongs to another calibration" in fails(capsys, file, *few, "--resume")
    assert "not empty" in fails(capsys, file, *few)
    file.write_text(yaml.safe_dump({**COUPLING, "priors": {}}))
    assert "no prior for h_V" in fails(capsys, file)


def test_a_finished_calibration_is_read_again_or_refused(tmp_path, capsys, small_experiment):
    """The same command and --resume prints the same; another number of anything is another calibration."""
    file, out = tmp_path / "analysis.yaml", tmp_path / "out"
    grid = {"method": "grid", "values": 20}
    file.write_text(yaml.safe_dump({"scenario": "sm", "priors": {"mu": {"uniform": [0, 5]}}, "sample": grid}))
    command = ["calibrate", str(file), "--draws", "9", "--nuisances", "0", "--out", str(out), "--json"]
    assert main([*command, "--datasets", "3"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert main([*command, "--datasets", "3", "--resume"]) == 0
    assert json.loads(capsys.readouterr().out) == result
    same = "this is not the same calibration, it cannot be continued: "
    assert f"{same}asked for is 4, was 3" in fails(capsys, *command[1:], "--datasets", "4", "--resume")
    assert f"{same}seed is 1, was 0" in fails(capsys, *command[1:], "--datasets", "3", "--seed", "1", "--resume")
    file.write_text(yaml.safe_dump({"scenario": "sm", "priors": {"mu": {"uniform": [0, 4]}}, "sample": grid}))
    assert f"{same}priors: mu is" in fails(capsys, *command[1:], "--datasets", "3", "--resume")
