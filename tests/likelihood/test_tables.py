import dataclasses
import json

import numpy as np
import pytest

from jaxflav.io.errors import InputError
from jaxflav.likelihood.pyhf_json import parse_workspace
from jaxflav.likelihood.tables import Tables, check_tables, read_tables, write_tables
from tests.likelihood.workspaces import ALL, SHAPES


@pytest.mark.parametrize("name", ALL)
def test_round_trip_is_exact(name, tmp_path):
    tables = parse_workspace(ALL[name])
    path = tmp_path / "likelihood.json"
    write_tables(tables, path)
    again = read_tables(path)
    for field in dataclasses.fields(Tables):
        before, after = getattr(tables, field.name), getattr(again, field.name)
        if field.name in ("centre", "width"):  # of no meaning without constraint, and not stored
            keep = [kind != "none" for kind in tables.parameter_kind]
            before, after = before[keep], after[keep]
        np.testing.assert_array_equal(after, before, err_msg=field.name)


def edited(tmp_path, **changes):
    path = tmp_path / "likelihood.json"
    write_tables(parse_workspace(SHAPES), path)
    content = json.loads(path.read_text())
    for key, value in changes.items():
        if value is None:
            del content[key]
        else:
            content[key] = value
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "pyhf"}, "format is 'pyhf', expected 'jaxflav-likelihood/1'"),
        ({"nominal": None}, "column 'nominal' is missing"),
        ({"cell_sample": [1]}, "column 'cell_sample' has 1 rows, expected 8"),
        ({"observed": [1.0, 2.0, 3.0, 4.0, -5.0]}, "column 'observed' has negative entries"),
        ({"shape_cell": [0, 1, 2, 99]}, "column 'shape_cell' points outside 0 to 7"),
        ({"parameter_kind": ["none", "gauss", "normal"]}, "unknown constraint"),
        ({"start": [0.0, None, 1.0]}, "column 'start' has entries that are not finite"),
        ({"width": [1.0, -1.0, 0.0]}, "column 'width' must be positive"),
        ({"cell_bin": ["a"] * 8}, "column 'cell_bin' is not a list of"),
    ],
)
def test_malformed_file(tmp_path, changes, message):
    with pytest.raises(InputError, match=message):
        read_tables(edited(tmp_path, **changes))


def test_unreadable_file(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_tables(tmp_path / "none.json")
    (tmp_path / "none.json").write_text("no")
    with pytest.raises(InputError, match="not JSON"):
        read_tables(tmp_path / "none.json")


def test_check_accepts_what_the_reader_makes():
    tables = parse_workspace(SHAPES)
    check_tables(tables, "here")
    with pytest.raises(InputError, match="here: column 'channel_bins'"):
        check_tables(dataclasses.replace(tables, channel_bins=(5,)), "here")


def test_cells_of_a_sample():
    tables = parse_workspace(SHAPES)
    np.testing.assert_array_equal(tables.nominal[tables.cells_of("zeta", "signal")], [5.0, 10.0, 0.1])
    np.testing.assert_array_equal(tables.bins_of("zeta"), [2, 3, 4])  # after alpha
