import csv
import io
import json
import math

import jax.numpy as jnp
import numpy as np
import pytest
import yaml

from jaxflav.io.errors import InputError
from jaxflav.io.output import check_new_directory, check_new_file, csv_text, json_text, plain, write_file, write_results

DESCRIPTION = {"what": "a test", "value": jnp.asarray(1.5), "open": math.nan}
TABLE = {"mass": np.array([0.0, 1.0]), "t": np.array([-1.0, np.nan])}


def test_plain_values():
    assert plain({"a": np.float64(1.0), "b": (1, math.inf), "c": np.array([True])}) == {
        "a": 1.0,
        "b": [1, None],
        "c": [True],
    }
    assert json.loads(json_text({"x": jnp.asarray([1.0, math.nan])})) == {"x": [1.0, None]}


def test_results_directory(tmp_path):
    target = tmp_path / "results"
    write_results(target, DESCRIPTION, TABLE, {**TABLE, "names": ("a", "b")})
    assert sorted(p.name for p in target.iterdir()) == ["arrays.npz", "description.yaml", "table.csv"]
    assert yaml.safe_load((target / "description.yaml").read_text()) == {"what": "a test", "value": 1.5, "open": None}
    assert (target / "table.csv").read_text().splitlines()[0] == "mass,t"
    with np.load(target / "arrays.npz") as arrays:
        np.testing.assert_array_equal(arrays["t"], TABLE["t"])
        assert arrays["names"].tolist() == ["a", "b"]
    assert [p.name for p in tmp_path.iterdir()] == ["results"]


def test_existing_results_are_not_overwritten(tmp_path):
    (tmp_path / "keep").write_text("work")
    with pytest.raises(InputError, match="not empty; give a new name"):
        check_new_directory(tmp_path)
    check_new_directory(tmp_path / "new")
    (tmp_path / "empty").mkdir()
    write_results(tmp_path / "empty", DESCRIPTION, TABLE, TABLE)
    assert (tmp_path / "keep").read_text() == "work"


def test_places_that_do_not_exist(tmp_path):
    with pytest.raises(InputError, match=r"the directory .*/no does not exist"):
        check_new_directory(tmp_path / "no" / "results")
    with pytest.raises(InputError, match="is a directory"):
        check_new_file(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="does not exist"):
        check_new_file(tmp_path / "file" / "plot.png")


def test_full_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(InputError, match=r"No space left on device.*free some space"):
        write_results(tmp_path / "results", DESCRIPTION, TABLE, TABLE)
    assert list(tmp_path.iterdir()) == []


def test_unwritable_place(tmp_path, monkeypatch):
    import tempfile

    def refused(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refused)
    with pytest.raises(InputError, match=r"cannot write in .* \(Permission denied\)"):
        check_new_directory(tmp_path / "results")


def test_a_file_is_replaced_only_when_complete(tmp_path):
    path = tmp_path / "figure.png"
    path.write_text("old")

    def broken(temporary):
        temporary.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(InputError, match="No space left"):
        write_file(path, broken)
    assert path.read_text() == "old"
    write_file(path, lambda p: p.write_text("new"))
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o644
    assert [p.name for p in tmp_path.iterdir()] == ["figure.png"]


def test_csv_quotes_what_needs_it():
    """Names of scenarios have commas; the csv module reads back what was written."""
    table = {
        "name, of it": ["fermion-pair:f_VV,f_AV", 'a "b"', "plain"],
        "value": np.array([0.1 + 0.2, np.nan, 1e-300]),
    }
    text = csv_text(table)
    heads, *rows = csv.reader(io.StringIO(text))
    assert heads == list(table)
    assert [row[0] for row in rows] == table["name, of it"]
    np.testing.assert_array_equal([float(row[1]) for row in rows], table["value"])
    assert text.splitlines()[3] == "plain,1e-300"
