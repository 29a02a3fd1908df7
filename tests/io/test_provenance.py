import hashlib
from importlib.metadata import version

import jax
import pytest

from jaxflav.experiments.data_file import load_data
from jaxflav.experiments.loading import load_experiment
from jaxflav.io.data_files import read_data, record_data_files
from jaxflav.io.provenance import made_by
from jaxflav.io.yaml_file import read_yaml


def test_every_file_read_is_recorded(tmp_path):
    (tmp_path / "one.yaml").write_text("a: 1\n")
    (tmp_path / "two.yaml").write_text("a: 2\n")
    with record_data_files() as found:
        read_yaml(tmp_path / "one.yaml")
    read_yaml(tmp_path / "two.yaml")
    assert found == {f"{tmp_path.name}/one.yaml": hashlib.sha256(b"a: 1\n").hexdigest()}


def test_two_files_of_one_name(tmp_path):
    contents = []
    with record_data_files() as found:
        for name in "ab":
            (tmp_path / name / "data").mkdir(parents=True)
            file = tmp_path / name / "data" / "x.csv"
            file.write_text(name)
            contents.append(read_data(file))
    assert contents == [b"a", b"b"]
    assert list(found) == ["data/x.csv", str(tmp_path / "b" / "data" / "x.csv")]


@pytest.mark.parametrize("name", ["belle2-2025", "tests/data/hepdata_166082"])
def test_files_of_a_public_likelihood(name, pytestconfig):
    path = pytestconfig.rootpath / name
    with record_data_files() as found:
        load_experiment(path if path.exists() else name)
    assert "belle2-2025/analysis.yaml" in found
    assert len(found) == (3 if name == "belle2-2025" else 7)


def test_files_of_a_recast():
    with record_data_files() as found:
        load_data("babar-2013")
    assert any(name.startswith("babar-2013/") for name in found)


def test_made_by():
    made = made_by({"b": "1", "a": "2"}, seed=7)
    assert made["jax"] == jax.__version__
    assert made["jaxflav"] == version("jaxflav")
    assert made["device"]["platform"] == jax.default_backend()
    assert made["seed"] == 7
    assert list(made["data"]) == ["a", "b"]
    assert made["date"].endswith("+00:00")
