import dataclasses

import numpy as np
import pytest

from jaxflav.io.errors import InputError
from jaxflav.response.number_density import (
    NumberDensity,
    check_number_density,
    read_csv_density,
    read_density,
    write_density,
)

EDGES = np.array([0.0, 1.0, 2.0, 3.0])
DENSITY = NumberDensity(EDGES, np.array([[1.0, 2.0, 0.5], [0.0, 1.0, 4.0]]), np.array([0.1, 0.0]))
NOMINAL = np.array([3.6, 5.0])


def test_sums_are_checked():
    check_number_density(DENSITY, NOMINAL, "file")
    np.testing.assert_allclose(DENSITY.total, NOMINAL)


def changed(**changes):
    return dataclasses.replace(DENSITY, **changes)


@pytest.mark.parametrize(
    ("density", "nominal", "message"),
    [
        (DENSITY, np.array([3.6, 5.01]), "row 1 of the number density sums to 5, but .* is 5.01"),
        (DENSITY, NOMINAL[:1], r"shape \(2, 3\), expected \(1, 3\)"),
        (changed(yields=DENSITY.yields[:, :2]), NOMINAL, r"shape \(2, 2\), expected \(2, 3\)"),
        (changed(yields=-DENSITY.yields), NOMINAL, "negative or not finite"),
        (changed(unmatched=np.array([np.nan, 0.0])), NOMINAL, "negative or not finite"),
        (changed(q2_edges=EDGES[::-1]), NOMINAL, "edges of the generated q2 must increase"),
        (
            changed(yields=np.array([[0.0, 0, 0], [0, 1, 4]]), unmatched=np.array([3.6, 0])),
            NOMINAL,
            "row 0 .* is empty",
        ),
    ],
)
def test_what_does_not_fit_is_refused(density, nominal, message):
    with pytest.raises(InputError, match=message):
        check_number_density(density, nominal, "file")


def test_csv(tmp_path):
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("0.1,1,2,0.5\n")
    second.write_text("0,0,1,4\n")
    density = read_csv_density([first, second], EDGES)
    np.testing.assert_array_equal(density.yields, DENSITY.yields)
    np.testing.assert_array_equal(density.unmatched, DENSITY.unmatched)
    with pytest.raises(InputError, match="4 columns, expected 3"):
        read_csv_density([first], EDGES[:3])
    second.write_text("1,x\n")
    with pytest.raises(InputError, match="not a table of numbers"):
        read_csv_density([second], EDGES)
    with pytest.raises(InputError, match="cannot be read"):
        read_csv_density([tmp_path / "c.csv"], EDGES)


def test_own_format(tmp_path):
    path = tmp_path / "density.json"
    write_density(DENSITY, path)
    again = read_density(path)
    for name in ("q2_edges", "yields", "unmatched"):
        np.testing.assert_array_equal(getattr(again, name), getattr(DENSITY, name))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[1]", "format is 'list'"),
        ('{"format": "x"}', "format is 'x'"),
        ('{"format": "jaxflav-number-density/1", "q2_edges": [0, 1]}', "field 'yields' is missing"),
        ('{"format": "jaxflav-number-density/1", "q2_edges": [0, "a"]}', "'q2_edges' is not a table"),
    ],
)
def test_malformed_file(tmp_path, text, message):
    path = tmp_path / "density.json"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_density(path)


def test_missing_file(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_density(tmp_path / "density.json")
