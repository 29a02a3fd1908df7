"""Results of a scan as arrays with labelled dimensions."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from jaxflav.inference.fitting.result import CONVERGED, STATUS_TEXT
from jaxflav.inference.scans.definition import MASS, Scan
from jaxflav.inference.scans.status import BEYOND_THRESHOLD

if TYPE_CHECKING:
    import xarray

BEYOND = max(STATUS_TEXT) + 1
SCAN_STATUS = {**STATUS_TEXT, BEYOND: BEYOND_THRESHOLD}
_UNITS = {MASS: "GeV", "width": "GeV"}


def mark_beyond_threshold(scan: Scan, label: str, positions: np.ndarray, records: np.ndarray) -> None:
    """Give the points at or beyond the threshold of the decay their own status; in place."""
    threshold = getattr(scan.problems[label].likelihood.signal, "threshold", None)
    if threshold is not None and MASS in scan.axes:
        closed = scan.coordinates(positions)[MASS] >= float(threshold)
        records["status"][closed] = BEYOND


def convergence(status: np.ndarray) -> dict[str, int]:
    """Number of points by status, in words."""
    values, counts = np.unique(status, return_counts=True)
    return {SCAN_STATUS[int(v)]: int(n) for v, n in zip(values, counts, strict=True)}


def dataset_of(scan: Scan, chunks: Mapping[int, np.ndarray], attributes: Mapping[str, Any]) -> "xarray.Dataset":
    """Dataset with one dimension per axis, from the records of all chunks.

    Variables: ``t`` = -2 (ln L - reference) where there is a reference, ``log_likelihood`` and ``parameters`` (best-fit
    values; NaN for those that another problem has), all NaN where the fit is not a result; ``status`` (its words are in
    its attributes), ``iterations``, and ``decrement`` and ``gradient``, see ``Fit``.

    Parameters
    ----------
    scan : Scan
        The scan.
    chunks : mapping of position to records
        Of all chunks.
    attributes : mapping
        Of the dataset; what is nested becomes JSON.
    """
    import xarray  # costs half a second, which other commands need not wait for

    names = tuple(dict.fromkeys(name for kept in scan.kept.values() for name in kept))
    shape = (len(scan.problems), scan.points_per_problem)
    columns: dict[str, np.ndarray] = {}
    parameters = np.full((*shape, len(names)), np.nan)
    row = {label: i for i, label in enumerate(scan.problems)}
    for k in range(scan.n_chunks):
        label, positions = scan.place(k)
        records = chunks[k]
        for name in records.dtype.names:
            if name != "parameters":
                column = columns.setdefault(name, np.empty(shape, records.dtype[name]))
                column[row[label], positions] = records[name]
        target = [names.index(name) for name in scan.kept[label]]
        parameters[row[label], positions[:, None], target] = records["parameters"]
    failed = columns["status"] != CONVERGED
    columns["log_likelihood"][failed] = np.nan
    parameters[failed] = np.nan
    if scan.references:
        reference = np.array([scan.references[label] for label in scan.problems])
        columns = {"t": -2 * (columns["log_likelihood"] - reference[:, None]), **columns}
    dims = (*((scan.label,) if scan.labelled else ()), *scan.axes)
    full = (*shape[: int(scan.labelled)], *scan.shape)
    variables = {name: (dims, column.reshape(full)) for name, column in columns.items()}
    variables["parameters"] = ((*dims, "parameter"), parameters.reshape(*full, len(names)))
    coordinates: dict[str, Any] = {name: (name, v, _unit(name)) for name, v in scan.axes.items()}
    if scan.labelled:
        coordinates[scan.label] = list(scan.problems)
    dataset = xarray.Dataset(variables, {**coordinates, "parameter": list(names)}, attrs=_flat(attributes))
    dataset["status"].attrs = {f"status_{code}": text for code, text in SCAN_STATUS.items()}
    return dataset


def _unit(name):
    return {"units": _UNITS[name]} if name in _UNITS else {}


def _flat(attributes):
    """Attributes as netCDF knows them: text and numbers, the text not longer than HDF5 allows."""
    short = {**attributes, "scan": {k: v for k, v in attributes["scan"].items() if k not in ("kept", "problems")}}
    return {k: v if isinstance(v, (str, float)) or type(v) is int else json.dumps(v) for k, v in short.items()}


def netcdf(dataset: "xarray.Dataset") -> bytes:
    """Content of a netCDF-4 file with the dataset, compressed."""
    packed = {name: {"zlib": True, "complevel": 1} for name in dataset.data_vars}
    return bytes(dataset.to_netcdf(None, engine="h5netcdf", encoding=packed))
