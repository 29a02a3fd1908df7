"""Numbers and tables of the folder ``data``, read once, as plain floats and NumPy arrays."""

from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from jaxflav.io.errors import DataFileError, UnknownNameError
from jaxflav.io.yaml_file import read_yaml, require


class Number(NamedTuple):
    """One number with what is known of it; the uncertainty is one standard deviation, 0 if exact."""

    value: float
    uncertainty: float
    unit: str
    source: str


class Table(NamedTuple):
    """Columns of numbers by name, with their units and the key of their source."""

    columns: dict[str, np.ndarray]
    units: dict[str, str]
    source: str


def _file(name):
    return files("jaxflav.models.common") / "data" / name


@cache
def numbers(name: str) -> dict[str, Number]:
    """The numbers of a file, by name.

    Raises
    ------
    DataFileError
        If the file is not a list ``parameters`` of entries with the keys name, value, uncertainty, unit, source, year
        and description.
    """
    file, found = _file(name), {}
    for i, entry in enumerate(require(read_yaml(file), "parameters", list, file)):
        where = f"{file}, entry {i + 1}"
        key = require(entry, "name", str, where)
        value, uncertainty = (require(entry, k, float, where) for k in ("value", "uncertainty"))
        unit, source, _ = (require(entry, k, str, where) for k in ("unit", "source", "description"))
        require(entry, "year", int, where)
        if key in found or not np.isfinite([value, uncertainty]).all() or uncertainty < 0:
            raise DataFileError(f"{where} ({key}): expected one finite value with an uncertainty of at least 0")
        found[key] = Number(value, uncertainty, unit, source)
    return found


def value(file: str, name: str) -> float:
    """Value of one number of a file.

    Raises
    ------
    UnknownNameError
        If the file has no number of this name.
    """
    known = numbers(file)
    if name not in known:
        raise UnknownNameError(f"number of {file}", name, known)
    return known[name].value


@cache
def table(name: str) -> Table:
    """The table of a file.

    Raises
    ------
    DataFileError
        If the file does not have the keys columns (name: unit), rows, source, year and description, or a row is not as
        long as there are columns, or the first column does not increase.
    """
    file = _file(name)
    content = read_yaml(file)
    units = require(content, "columns", dict, file)
    rows = require(content, "rows", list, file)
    source, _, _ = (require(content, k, t, file) for k, t in (("source", str), ("description", str), ("year", int)))
    if any(len(row) != len(units) for row in rows):
        raise DataFileError(f"{file}: every row must have {len(units)} numbers, one for each of {', '.join(units)}")
    array = np.asarray(rows, dtype=float)
    if not (np.isfinite(array).all() and np.all(np.diff(array[:, 0]) > 0)):
        raise DataFileError(f"{file}: expected finite numbers, and a first column that increases")
    return Table(dict(zip(units, array.T, strict=True)), units, source)
