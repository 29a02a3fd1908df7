"""jaxflav data check: sound files, and spoiled ones, of which none shows a traceback."""

import copy
import json
import shutil
from pathlib import Path

import pytest
import yaml

import jaxflav.experiments
from jaxflav.cli.main import main
from jaxflav.experiments.analysis import experiment_names
from tests.experiments.files import COUNTING, EVERY, write

DATA = Path(jaxflav.experiments.__file__).parent / "data"
NASTY = [None, "text", -1, float("nan"), float("inf"), [], {}, [[1.0]], True, 0, [0.1, float("nan")], "2025-01-01"]


def check(capsys, *arguments):
    status = main(["data", "check", *map(str, arguments)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.mark.parametrize("name", experiment_names())
def test_built_in(name, capsys):
    status, out, err = check(capsys, name)
    assert (status, err) == (0, "")
    assert out.startswith(f"name          {name}\n")
    assert "cite" in out


def test_json(capsys, tmp_path):
    status, out, _ = check(capsys, write(tmp_path, COUNTING), "--json")
    found = json.loads(out)
    assert status == 0
    assert found["bins"] == {"K": 1}
    assert found["channels"] == {"K": "B+ -> K+, 1 bin(s), 6 events"}
    assert (found["luminosity"], found["running"]) == (None, False)
    assert found["file"] == str(tmp_path / "analysis.yaml")


@pytest.mark.parametrize("kind", EVERY)
def test_a_missing_key_gives_one_line(kind, capsys, tmp_path):
    content = {key: value for key, value in EVERY[kind].items() if key != "licence"}
    status, out, err = check(capsys, write(tmp_path, content))
    assert (status, out) == (2, "")
    assert err.startswith(f"jaxflav: error: {tmp_path / 'analysis.yaml'}: missing key 'licence'; found the keys ")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("text", ["", "[1, 2]", "format: [", "\x00", "format: jaxflav-analysis/1\nkind: [counting]\n"])
def test_no_data_file_at_all(text, capsys, tmp_path):
    (tmp_path / "analysis.yaml").write_text(text)
    status, out, err = check(capsys, tmp_path)
    assert (status, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert str(tmp_path) in err


def test_no_such_file(capsys):
    status, _, err = check(capsys, "nowhere/analysis.yaml")
    assert status == 2
    assert "nowhere/analysis.yaml" in err


def places(content, path=()):
    pairs = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in pairs:
        yield (*path, key)
        yield from places(value, (*path, key))


@pytest.mark.parametrize("name", experiment_names())
def test_mutations_of_built_in_files(name, capsys, tmp_path, rng):
    """Keys removed, or their values replaced by nonsense, at random: sound, or one line with the file and status 2."""
    folder = tmp_path / "mine"
    shutil.copytree(DATA / name, folder)
    content = yaml.safe_load((folder / "analysis.yaml").read_text())
    for key in ("likelihood", "number_density"):
        if key in content:
            content[key] = str((DATA / name / content[key]).resolve())
    everything, refused = list(places(content)), 0
    for _ in range(40):
        spoiled, path = copy.deepcopy(content), everything[rng.integers(len(everything))]
        inner = spoiled
        for key in path[:-1]:
            inner = inner[key]
        if rng.random() < 0.3:
            del inner[path[-1]]
        else:
            inner[path[-1]] = copy.deepcopy(NASTY[rng.integers(len(NASTY))])
        status, out, err = check(capsys, write(folder, spoiled))
        assert status in (0, 2), (path, spoiled)
        if status == 2:
            refused += 1
            assert out == ""
            assert len(err.splitlines()) == 1
            assert str(folder) in err, (path, err)
    assert refused > 5
