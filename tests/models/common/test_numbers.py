from importlib.resources import files

import pytest

from jaxflav import cite
from jaxflav.io.errors import DataFileError
from jaxflav.io.yaml_file import read_yaml
from jaxflav.models.common import numbers as n

NAMES = sorted(f.name for f in (files("jaxflav.models.common") / "data").iterdir() if f.name.endswith(".yaml"))


@pytest.mark.parametrize("name", NAMES)
def test_every_file_is_read_and_its_sources_can_be_cited(name):
    is_table = "columns" in read_yaml(n._file(name))
    found = [n.table(name)] if is_table else n.numbers(name).values()
    for item in found:
        assert item.source in cite(item.source)


def test_unknown_name():
    with pytest.raises(ValueError, match=r"unknown number of hadronic.yaml 'm_pi': did you mean m_piplus"):
        n.value("hadronic.yaml", "m_pi")


ENTRY = "{name: x, value: 1.0, uncertainty: 0.1, unit: GeV, source: PDG2024, year: 2024, description: d}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"parameters: [{ENTRY.replace('0.1', '-0.1')}]", "an uncertainty of at least 0"),
        (f"parameters: [{ENTRY.replace('1.0,', '.nan,')}]", "one finite value"),
        (f"parameters: [{ENTRY}, {ENTRY}]", "entry 2 .x.: expected one"),
        (f"parameters: [{ENTRY.replace('year: 2024, ', '')}]", "missing key 'year'"),
    ],
)
def test_bad_numbers(text, message, tmp_path, monkeypatch):
    (tmp_path / "bad.yaml").write_text(text)
    monkeypatch.setattr(n, "_file", lambda name: tmp_path / name)
    with pytest.raises(DataFileError, match=message):
        n.numbers.__wrapped__("bad.yaml")


@pytest.mark.parametrize(
    ("rows", "message"),
    [("[[1.0, 2.0], [1.0, 3.0]]", "first column that increases"), ("[[1.0]]", "every row must have 2 numbers")],
)
def test_bad_tables(rows, message, tmp_path, monkeypatch):
    text = f"columns: {{m: GeV, w: GeV}}\nrows: {rows}\nsource: PDG2024\ndescription: d\nyear: 2024\n"
    (tmp_path / "bad.yaml").write_text(text)
    monkeypatch.setattr(n, "_file", lambda name: tmp_path / name)
    with pytest.raises(DataFileError, match=message):
        n.table.__wrapped__("bad.yaml")
