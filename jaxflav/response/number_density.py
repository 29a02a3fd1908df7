"""Published joint number densities n(x, q2): expected signal yields in analysis bins and bins of generated q2."""

import dataclasses
import io
import json
from pathlib import Path

import numpy as np

from jaxflav.io.data_files import read_data
from jaxflav.io.errors import InputError
from jaxflav.io.json_file import read_json_of_format

FORMAT = "jaxflav-number-density/1"
SUM_TOLERANCE = 1e-4  # relative; the published densities fit the published yields to 2.3e-5


@dataclasses.dataclass(frozen=True)
class NumberDensity:
    """Signal yields of a simulation in bins of the analysis and of the generated q2.

    Attributes
    ----------
    q2_edges : (n + 1,) array
        Edges of the bins of generated q2, in GeV^2.
    yields : (bins, n) array
        Expected events.
    unmatched : (bins,) array
        Expected events without a matching generated q2.
    """

    q2_edges: np.ndarray
    yields: np.ndarray
    unmatched: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """Yields (bins,) summed over the generated q2, unmatched candidates included."""
        return self.yields.sum(axis=1) + self.unmatched


def check_number_density(density: NumberDensity, nominal: np.ndarray, where: str) -> None:
    """Check a number density against the nominal yields of the samples that it describes.

    Raises
    ------
    InputError
        If shapes, signs or sums do not fit.
    """
    if density.yields.shape != (len(nominal), len(density.q2_edges) - 1):
        raise InputError(
            f"{where}: number density has shape {density.yields.shape}, expected ({len(nominal)}, "
            f"{len(density.q2_edges) - 1}): one row per analysis bin, one column per bin of generated q2"
        )
    everything = np.concatenate([density.yields.ravel(), density.unmatched])
    if not np.all(np.isfinite(everything)) or np.any(everything < 0):
        raise InputError(f"{where}: number density has entries that are negative or not finite numbers")
    if not np.all(np.diff(density.q2_edges) > 0):
        raise InputError(f"{where}: edges of the generated q2 must increase")
    if np.any(density.yields.sum(axis=1) <= 0):
        empty = int(np.argmin(density.yields.sum(axis=1)))
        raise InputError(f"{where}: row {empty} of the number density is empty; no efficiency can be made of it")
    off = np.abs(density.total / nominal - 1)
    if np.any(off > SUM_TOLERANCE):
        worst = int(np.argmax(off))
        raise InputError(
            f"{where}: row {worst} of the number density sums to {density.total[worst]:.8g}, but the nominal yield "
            f"of that bin is {nominal[worst]:.8g}; they must agree to {SUM_TOLERANCE:g}: is this the density of "
            "this workspace, in its order of bins?"
        )


def read_csv_density(paths: list[Path], q2_edges: np.ndarray) -> NumberDensity:
    """Number density from CSV files as published on HEPData, stacked in the given order.

    Each row is an analysis bin; the first column holds the unmatched candidates, the others the bins of
    generated q2.

    Raises
    ------
    InputError
        If a file cannot be read, is not a table of numbers, or has the wrong number of columns.
    """
    tables = []
    for path in paths:
        try:
            table = np.loadtxt(io.StringIO(read_data(path).decode()), delimiter=",", ndmin=2)
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror or error})") from error
        except ValueError as error:
            raise InputError(f"{path}: not a table of numbers ({error})") from error
        if table.shape[1] != len(q2_edges):
            raise InputError(
                f"{path}: {table.shape[1]} columns, expected {len(q2_edges)}: one for unmatched candidates and "
                f"{len(q2_edges) - 1} bins of generated q2"
            )
        tables.append(table)
    stacked = np.vstack(tables)
    return NumberDensity(np.asarray(q2_edges, dtype=float), stacked[:, 1:], stacked[:, 0])


def write_density(density: NumberDensity, path: Path) -> None:
    """Write a number density as JSON in the project's own format, one analysis bin per line."""
    rows = ",\n".join(json.dumps(row) for row in density.yields.tolist())
    path.write_text(
        f'{{"format": "{FORMAT}",\n"q2_edges": {json.dumps(density.q2_edges.tolist())},\n'
        f'"unmatched": {json.dumps(density.unmatched.tolist())},\n"yields": [\n{rows}\n]}}\n'
    )


def read_density(path: Path) -> NumberDensity:
    """Read a number density in the project's own format.

    Raises
    ------
    InputError
        If the file cannot be read or is not of this format.
    """
    content = read_json_of_format(path, FORMAT)
    columns = []
    for key in ("q2_edges", "yields", "unmatched"):
        if key not in content:
            raise InputError(f"{path}: field {key!r} is missing")
        try:
            columns.append(np.array(content[key], dtype=float))
        except (ValueError, TypeError):
            raise InputError(f"{path}: field {key!r} is not a table of numbers") from None
    return NumberDensity(*columns)
