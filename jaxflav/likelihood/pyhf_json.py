"""Reader of pyhf workspaces: JSON -> flat tables, for every modifier type of the HistFactory format.

References
----------
HistFactory: CERN-OPEN-2012-016. JSON format: Heinrich, Feickert, Stark, Cranmer, JOSS 6 (2021) 2823.
"""

import warnings
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.io.json_file import read_json
from jaxflav.likelihood.pyhf_fields import get, get_named, numbers
from jaxflav.likelihood.pyhf_parameters import ParameterSets
from jaxflav.likelihood.tables import Tables, check_tables

_SCALAR = ("normfactor", "lumi", "normsys", "histosys")
_BINWISE = ("shapefactor", "shapesys", "staterror")
_SMALLEST = 1e-10  # lower bound of the factors on single bins that have a constraint term


class _Builder:
    """Collects the rows of the tables while the reader walks through the workspace."""

    def __init__(self, where):
        self.where = where
        self.parameters = ParameterSets(where)
        self.shapes, self.norms, self.factors = [], [], []
        self.stat: dict[str, dict[int, list]] = {}


def _modifiers(build, sample, at, cells, bins, nominal):
    seen = set()
    for modifier in get(sample, "modifiers", list, at):
        name = get(modifier, "name", str, f"{at}/modifiers")
        kind = get(modifier, "type", str, f"{at}/modifiers/{name}")
        place = f"{at}/modifiers/{name} ({kind})"
        if kind not in _SCALAR + _BINWISE:
            raise InputError(f"{build.where}: {UnknownNameError('modifier type', kind, _SCALAR + _BINWISE)}")
        if "data" not in modifier:
            raise InputError(f"{place}: field 'data' is missing")
        if (name, kind) in seen:
            raise InputError(f"{place}: this modifier occurs twice on the sample; rename one or leave it out")
        seen.add((name, kind))
        if kind in _SCALAR:
            _scalar(build, name, kind, modifier["data"], place, cells, nominal)
        else:
            _binwise(build, name, kind, modifier["data"], place, cells, bins, nominal)


def _scalar(build, name, kind, data, at, cells, nominal):
    if kind == "histosys":
        build.parameters.declare(name, kind, at, "normal")
        down, up = (
            numbers(get(data, key, list, at), len(cells), f"{at}/{key}") - nominal for key in ("lo_data", "hi_data")
        )
        build.shapes += [(c, name, lo, hi) for c, lo, hi in zip(cells, down, up, strict=True) if lo or hi]
    elif kind == "normsys":
        build.parameters.declare(name, kind, at, "normal")
        down, up = (float(numbers([get(data, key, (int, float), at)], 1, f"{at}/{key}")[0]) for key in ("lo", "hi"))
        if down <= 0 or up <= 0:
            raise InputError(f"{at}: factors lo = {down:g}, hi = {up:g} must be positive")
        build.norms += [(c, name, down, up) for c in cells]
    else:
        values = {"start": 1.0, "lower": 0.0} if kind == "normfactor" else {"start": 1.0, "centre": np.nan}
        build.parameters.declare(name, kind, at, "none" if kind == "normfactor" else "normal", **values)
        build.factors += [(c, name) for c in cells]


def _binwise(build, name, kind, data, at, cells, bins, nominal):
    if kind == "staterror":
        uncertainty = numbers(data, len(cells), at, 0.0)
        rows = build.stat.setdefault(name, {})
        for cell, b, n, u in zip(cells, bins, nominal, uncertainty, strict=True):
            rows.setdefault(b, []).append((cell, n, u, at))
        return
    if kind == "shapesys":
        uncertainty = numbers(data, len(cells), at, 0.0)
        valid = (nominal > 0) & (uncertainty > 0)
        effective = np.where(valid, nominal**2 / np.where(valid, uncertainty, 1.0) ** 2, 1.0)
        values = {"kind": "poisson", "centre": effective, "rate": effective, "lower": _SMALLEST, "fixed": ~valid}
    else:
        values = {"kind": "none", "lower": 0.0}
    build.parameters.declare(name, kind, at, n=len(cells), start=1.0, **values)
    build.factors += [(c, n) for c, n in zip(cells, build.parameters[name].names, strict=True)]


def _stat_errors(build):
    """One parameter per bin, shared by the samples of the bin: relative error of their sum."""
    for name, rows in build.stat.items():
        entries = [rows[b] for b in sorted(rows)]
        totals = [sum(n for _, n, _, _ in of_bin) for of_bin in entries]
        relative = np.array(
            [
                np.sqrt(sum((u / total) ** 2 for _, _, u, _ in of_bin)) if total > 0 else 0.0
                for total, of_bin in zip(totals, entries, strict=True)
            ]
        )
        known = relative > 0
        build.parameters.declare(
            name,
            "staterror",
            entries[0][0][3],
            "normal",
            len(entries),
            start=1.0,
            centre=1.0,
            width=np.where(known, relative, 1.0),
            lower=_SMALLEST,
            fixed=~known,
        )
        for parameter, of_bin in zip(build.parameters[name].names, entries, strict=True):
            build.factors += [(cell, parameter) for cell, _, _, _ in of_bin]


def _measurement(workspace, where, name):
    """Configuration of a measurement, and its place."""
    measurements = get_named(workspace, "measurements", "measurement", where)
    if not measurements:
        raise InputError(f"{where}/measurements: at least one measurement is needed")
    name = next(iter(measurements)) if name is None else name
    if name not in measurements:
        raise InputError(f"{where}: {UnknownNameError('measurement', name, measurements)}")
    at = f"{where}/measurements/{name}"
    return get(measurements[name], "config", dict, at), f"{at}/config"


def _parameter_of_interest(config, at, names):
    """Its name; an empty string if no sample has it, as in files of backgrounds alone."""
    poi = get({"poi": ""} | config, "poi", str, at)
    if poi in names:
        return poi
    close = get_close_matches(poi, names, n=1, cutoff=0.8)
    if close:
        warnings.warn(f"{at}/poi: no sample has {poi!r}; there is none, or is {close[0]!r} meant?", stacklevel=3)
    return ""


def parse_workspace(
    workspace: dict,
    where: str = "workspace",
    measurement: str | None = None,
    norm_interpolation: str = "code4",
    shape_interpolation: str = "code4p",
) -> Tables:
    """Flat tables of a pyhf workspace that is already parsed from JSON.

    Parameters have the bounds that the measurement gives; without, factors are not negative, and all else is unbounded.
    Settings for parameters that no sample has are ignored, with a warning where the name looks misspelt.

    Parameters
    ----------
    workspace : dict
        Content of the workspace, with channels, observations and measurements.
    where : str
        Name of the source, used in error messages.
    measurement : str, optional
        Name of the measurement; the first one by default.
    norm_interpolation, shape_interpolation : str
        HistFactory interpolation codes: ``code1`` or ``code4`` (default), and ``code0`` or ``code4p`` (default). The
        defaults are those of pyhf.

    Raises
    ------
    InputError
        If a field is missing or of wrong type, a name or type is unknown or occurs twice, a list has the wrong length,
        a count is negative, a number is not finite, or a setting is impossible; the message gives the place in the
        file.
    """
    channels = get_named(workspace, "channels", "channel", where)
    observations = get_named(workspace, "observations", "the observation of channel", where)
    samples = {
        name: get_named(channel, "samples", "sample", f"{where}/channels/{name}") for name, channel in channels.items()
    }
    sample_names = sorted({name for of_channel in samples.values() for name in of_channel})
    build = _Builder(where)
    cells, channel_bins, observed = [], [], []
    for channel in sorted(channels):
        at = f"{where}/channels/{channel}"
        if channel not in observations:
            raise InputError(f"{where}/observations: no entry for channel {channel!r}")
        if not samples[channel]:
            raise InputError(f"{at}/samples: a channel needs at least one sample")
        counts = get(observations[channel], "data", list, f"{where}/observations/{channel}")
        observed.append(numbers(counts, len(counts), f"{where}/observations/{channel}", 0.0))
        bins = np.arange(len(counts)) + sum(channel_bins)
        channel_bins.append(len(counts))
        for name, sample in samples[channel].items():
            inside, first = f"{at}/samples/{name}", len(cells)
            nominal = numbers(get(sample, "data", list, inside), len(bins), f"{inside}/data")
            cells += [(b, sample_names.index(name), n) for b, n in zip(bins, nominal, strict=True)]
            _modifiers(build, sample, inside, np.arange(first, len(cells)), bins, nominal)
    _stat_errors(build)
    build.parameters.check_names()
    config, at = _measurement(workspace, where, measurement)
    build.parameters.apply(config, at)
    columns = _columns(build, cells)
    tables = Tables(
        channel_names=tuple(sorted(channels)),
        channel_bins=tuple(channel_bins),
        sample_names=tuple(sample_names),
        observed=np.concatenate(observed) if observed else np.zeros(0),
        **columns,
        poi=_parameter_of_interest(config, at, columns["parameter_names"]),
        norm_interpolation=norm_interpolation,
        shape_interpolation=shape_interpolation,
    )
    check_tables(tables, where)
    return tables


def _columns(build, cells):
    """Columns of cells, effects and parameters."""
    sets = [build.parameters[name] for name in sorted(build.parameters)]
    names = tuple(name for one in sets for name in one.names)
    index = {name: i for i, name in enumerate(names)}

    def split(rows, columns):
        table = list(zip(*rows, strict=True)) or [()] * len(columns)
        return {
            name: np.array([index[v] for v in column] if kind is str else column, dtype=int if kind is str else kind)
            for column, (name, kind) in zip(table, columns.items(), strict=True)
        }

    of_parameters = ("centre", "rate", "width", "start", "lower", "upper")
    return {
        **split(cells, {"cell_bin": int, "cell_sample": int, "nominal": float}),
        **split(build.shapes, {"shape_cell": int, "shape_parameter": str, "shape_down": float, "shape_up": float}),
        **split(build.norms, {"norm_cell": int, "norm_parameter": str, "norm_down": float, "norm_up": float}),
        **split(build.factors, {"factor_cell": int, "factor_parameter": str}),
        "parameter_names": names,
        "parameter_kind": tuple(one.kind for one in sets for _ in one.names),
        **{key: np.concatenate([np.zeros(0), *(getattr(one, key) for one in sets)]) for key in of_parameters},
        "fixed": np.concatenate([np.zeros(0, dtype=bool), *(one.fixed for one in sets)]),
    }


def read_workspace(path: str | Path, measurement: str | None = None) -> Tables:
    """Flat tables of a pyhf workspace file; see ``parse_workspace``.

    Raises
    ------
    InputError
        If the file cannot be read, is not JSON, or is not a valid workspace.
    """
    path = Path(path)
    return parse_workspace(read_json(path), str(path), measurement)
