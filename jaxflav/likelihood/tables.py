"""The flat tables of a HistFactory model: what the readers produce and the likelihood is built from.

A *cell* is one sample in one bin. Tables list cells and what acts on them; there is one row per non-zero
effect, so that a model with many nuisance parameters stays small. They are NumPy arrays on the host.
"""

import dataclasses
import json
import re
from pathlib import Path

import numpy as np

from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.io.json_file import read_json_of_format

FORMAT = "jaxflav-likelihood/1"
CONSTRAINTS = ("none", "normal", "poisson")
OF_PARAMETERS = ("centre", "rate", "width", "start", "lower", "upper", "fixed")  # columns with numbers


@dataclasses.dataclass(frozen=True)
class Tables:
    """Flat tables of a HistFactory model.

    Attributes
    ----------
    channel_names, channel_bins
        Names of the channels and their numbers of bins; bins are numbered through in this order.
    observed : (bins,) array
        Observed events.
    cell_bin, cell_sample, nominal : (cells,) arrays
        Bin, sample (index into ``sample_names``) and nominal yield of each cell.
    shape_cell, shape_parameter, shape_down, shape_up : (shapes,) arrays
        Additive effects: shift of a cell's yield at -1 and +1 of a parameter (from ``histosys``).
    norm_cell, norm_parameter, norm_down, norm_up : (norms,) arrays
        Interpolated factors: factor on a cell at -1 and +1 of a parameter (from ``normsys``).
    factor_cell, factor_parameter : (factors,) arrays
        Cells multiplied by the value of a parameter (``normfactor``, ``lumi``, ``shapefactor``, ``shapesys``,
        ``staterror``).
    parameter_names, parameter_kind, centre, rate, width, start, lower, upper, fixed : per parameter
        Constraint term: ``none``; ``normal`` with auxiliary measurement ``centre`` and standard deviation
        ``width``; ``poisson`` with auxiliary count ``centre``, which is expected to be ``rate`` times the parameter.
        Start value, bounds, and whether the workspace holds the parameter constant.
    poi : str
        Name of the parameter of interest, or an empty string.
    norm_interpolation, shape_interpolation : str
        Interpolation codes of HistFactory: ``code1`` or ``code4``; ``code0`` or ``code4p``.
    """

    channel_names: tuple[str, ...]
    channel_bins: tuple[int, ...]
    sample_names: tuple[str, ...]
    observed: np.ndarray
    cell_bin: np.ndarray
    cell_sample: np.ndarray
    nominal: np.ndarray
    shape_cell: np.ndarray
    shape_parameter: np.ndarray
    shape_down: np.ndarray
    shape_up: np.ndarray
    norm_cell: np.ndarray
    norm_parameter: np.ndarray
    norm_down: np.ndarray
    norm_up: np.ndarray
    factor_cell: np.ndarray
    factor_parameter: np.ndarray
    parameter_names: tuple[str, ...]
    parameter_kind: tuple[str, ...]
    centre: np.ndarray
    rate: np.ndarray
    width: np.ndarray
    start: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    fixed: np.ndarray
    poi: str = ""
    norm_interpolation: str = "code4"
    shape_interpolation: str = "code4p"

    @property
    def n_bins(self) -> int:
        """Number of bins of all channels together."""
        return len(self.observed)

    def bins_of(self, channel: str) -> np.ndarray:
        """Indices of the bins of a channel.

        Raises
        ------
        InputError
            If there is no such channel.
        """
        if channel not in self.channel_names:
            raise UnknownNameError("channel", channel, self.channel_names)
        position = self.channel_names.index(channel)
        first = sum(self.channel_bins[:position])
        return np.arange(first, first + self.channel_bins[position])

    def cells_of(self, channel: str, sample: str) -> np.ndarray:
        """Indices of the cells of a sample in a channel, in the order of the bins.

        Raises
        ------
        InputError
            If there is no such channel, or no such sample in it.
        """
        bins = self.bins_of(channel)
        inside = np.isin(self.cell_bin, bins)
        here = {self.sample_names[s] for s in np.unique(self.cell_sample[inside])}
        if sample not in here:
            raise UnknownNameError(f"sample of channel {channel!r}", sample, here)
        return np.flatnonzero(inside & (self.cell_sample == self.sample_names.index(sample)))

    def without(self, parameters: tuple[str, ...]) -> "Tables":
        """The same tables without the named parameters and all that they do, their constraints included.

        Raises
        ------
        InputError
            If there is no parameter of that name (a vector's name without index stands for all of it).
        """
        names = np.array(self.parameter_names, dtype=object)
        sets = np.array([re.sub(r"\[\d+\]$", "", name) for name in self.parameter_names], dtype=object)
        drop = np.zeros(len(names), dtype=bool)
        for name in parameters:
            hit = names == name if name in self.parameter_names else sets == name
            if not hit.any():
                raise UnknownNameError("parameter", name, self.parameter_names)
            drop |= hit
        renumber = np.cumsum(~drop) - 1
        changes = {}
        for table in ("shape", "norm", "factor"):
            index = getattr(self, f"{table}_parameter")
            keep = ~drop[index]
            for field in dataclasses.fields(self):
                if field.name.startswith(f"{table}_") and field.name != f"{table}_interpolation":
                    changes[field.name] = getattr(self, field.name)[keep]
            changes[f"{table}_parameter"] = renumber[index[keep]]
        for field in OF_PARAMETERS:
            changes[field] = getattr(self, field)[~drop]
        for field in ("parameter_names", "parameter_kind"):
            changes[field] = tuple(v for v, gone in zip(getattr(self, field), drop, strict=True) if not gone)
        poi = self.poi if self.poi in changes["parameter_names"] else ""
        return dataclasses.replace(self, poi=poi, **changes)


def _plain(value):
    if isinstance(value, np.ndarray):
        return [None if isinstance(v, float) and not np.isfinite(v) else v for v in value.tolist()]
    return list(value) if isinstance(value, tuple) else value


_INTEGER = {
    "cell_bin",
    "cell_sample",
    "shape_cell",
    "shape_parameter",
    "norm_cell",
    "norm_parameter",
    "factor_cell",
    "factor_parameter",
}
_UNBOUNDED = {"lower": -np.inf, "upper": np.inf}


def write_tables(tables: Tables, path: Path) -> None:
    """Write tables as JSON in the project's own format: one list per column, infinite bounds as null."""
    columns = {f.name: _plain(getattr(tables, f.name)) for f in dataclasses.fields(tables)}
    lines = [f"{json.dumps(name)}: {json.dumps(column)}" for name, column in columns.items()]
    path.write_text("{\n" + ",\n".join([f'"format": "{FORMAT}"', *lines]) + "\n}\n")


def read_tables(path: Path) -> Tables:
    """Read tables in the project's own format; without a column ``rate``, auxiliary counts are as expected at 1.

    Raises
    ------
    InputError
        If the file is not of this format, or a column is missing, of wrong length or points nowhere.
    """
    content = read_json_of_format(path, FORMAT)
    if "centre" in content:
        content = {"rate": content["centre"]} | content
    values = {}
    for field in dataclasses.fields(Tables):
        if field.name not in content:
            raise InputError(f"{path}: column {field.name!r} is missing")
        value = content[field.name]
        try:
            if field.name in _INTEGER:
                value = np.asarray(value, dtype=int)
            elif field.name == "fixed":
                value = np.asarray(value, dtype=bool)
            elif field.type is np.ndarray:
                default = _UNBOUNDED.get(field.name, np.nan)
                value = np.array([default if v is None else v for v in value], dtype=float)
            elif isinstance(value, list):
                value = tuple(value)
        except (TypeError, ValueError):
            kind = "whole numbers" if field.name in _INTEGER else "numbers"
            raise InputError(f"{path}: column {field.name!r} is not a list of {kind}") from None
        values[field.name] = value
    tables = Tables(**values)
    check_tables(tables, str(path))
    return tables


def check_tables(tables: Tables, where: str) -> None:
    """Check that lengths, indices and numbers of the tables are consistent.

    Raises
    ------
    InputError
        Naming the column at fault.
    """
    n_cells, n_parameters = len(tables.nominal), len(tables.parameter_names)
    groups = {
        "cell": (["cell_bin", "cell_sample", "nominal"], n_cells),
        "shape": (["shape_cell", "shape_parameter", "shape_down", "shape_up"], len(tables.shape_cell)),
        "norm": (["norm_cell", "norm_parameter", "norm_down", "norm_up"], len(tables.norm_cell)),
        "factor": (["factor_cell", "factor_parameter"], len(tables.factor_cell)),
        "parameter": (
            ["parameter_kind", *OF_PARAMETERS],
            n_parameters,
        ),
        "bin": (["observed"], sum(tables.channel_bins)),
        "channel": (["channel_bins"], len(tables.channel_names)),
    }
    for group, (columns, length) in groups.items():
        for column in columns:
            found = len(getattr(tables, column))
            if found != length:
                raise InputError(f"{where}: column {column!r} has {found} rows, expected {length} ({group}s)")
    limits = {"cell_bin": tables.n_bins, "cell_sample": len(tables.sample_names)}
    for table in ("shape", "norm", "factor"):
        limits |= {f"{table}_cell": n_cells, f"{table}_parameter": n_parameters}
    for column, limit in limits.items():
        index = getattr(tables, column)
        if np.any((index < 0) | (index >= limit)):
            raise InputError(f"{where}: column {column!r} points outside 0 to {limit - 1}")
    for column in ("channel_names", "sample_names", "parameter_names"):
        names = getattr(tables, column)
        twice = [name for name in dict.fromkeys(names) if names.count(name) > 1] if len(set(names)) < len(names) else []
        if twice:
            raise InputError(f"{where}: column {column!r} has {twice[0]!r} twice; rename one")
    for column in ("observed", "nominal", "shape_down", "shape_up", "norm_down", "norm_up", "start"):
        if not np.all(np.isfinite(getattr(tables, column))):
            raise InputError(f"{where}: column {column!r} has entries that are not finite numbers")
    if np.any(tables.observed < 0):
        raise InputError(f"{where}: column 'observed' has negative entries; event counts must be >= 0")
    for column in ("norm_down", "norm_up"):
        if np.any(getattr(tables, column) <= 0):
            raise InputError(f"{where}: column {column!r} must be positive")
    _check_parameters(tables, where)


def _check_parameters(tables, where):
    kind = np.array(tables.parameter_kind, dtype=object)
    unknown = set(tables.parameter_kind) - set(CONSTRAINTS)
    if unknown:
        raise InputError(f"{where}: unknown constraint {sorted(unknown)}; known: {', '.join(CONSTRAINTS)}")
    if not np.all(np.isfinite(tables.centre[kind != "none"])):
        raise InputError(f"{where}: column 'centre' must be finite for constrained parameters")
    if np.any(tables.centre[kind == "poisson"] < 0):
        raise InputError(f"{where}: column 'centre' has negative counts; those of Poisson constraints must be >= 0")
    for column, rows in (("width", kind != "none"), ("rate", kind == "poisson")):
        values = getattr(tables, column)[rows]
        if not np.all((values > 0) & (values < np.inf)):
            raise InputError(f"{where}: column {column!r} must be positive for constrained parameters")
    wrong = ~(tables.lower <= tables.upper)
    if np.any(wrong):
        k = int(np.argmax(wrong))
        raise InputError(
            f"{where}: the bounds of {tables.parameter_names[k]!r} are {tables.lower[k]:g} and {tables.upper[k]:g}; "
            "the lower one comes first"
        )
