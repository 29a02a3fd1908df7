"""Reader of pyhf workspaces: JSON -> flat tables, for every modifier type of the HistFactory format.

References
----------
HistFactory: CERN-OPEN-2012-016. JSON format: Heinrich, Feickert, Stark, Cranmer, JOSS 6 (2021) 2823.
"""

import dataclasses
from pathlib import Path

import numpy as np

from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.io.json_file import read_json
from jaxflav.likelihood.tables import Tables, check_tables

_SCALAR = ("normfactor", "lumi", "normsys", "histosys")
_BINWISE = ("shapefactor", "shapesys", "staterror")


@dataclasses.dataclass
class _Parameter:
    kind: str
    types: set
    centre: float = 0.0
    width: float = 1.0
    start: float = 0.0
    lower: float = -np.inf
    upper: float = np.inf
    fixed: bool = False


class _Builder:
    """Collects the rows of the tables while the reader walks through the workspace."""

    def __init__(self, where):
        self.where = where
        self.parameters: dict[str, _Parameter] = {}
        self.sizes: dict[str, int] = {}
        self.shapes, self.norms, self.factors = [], [], []
        self.stat: dict[str, dict[int, list]] = {}

    def parameter(self, name, modifier_type, at, **attributes):
        known = self.parameters.get(name)
        if known is None:
            self.parameters[name] = _Parameter(types={modifier_type}, **attributes)
        elif {modifier_type} != known.types and not {modifier_type, *known.types} <= {"normsys", "histosys"}:
            raise InputError(
                f"{at}: parameter {name!r} is a {modifier_type} here and a {'/'.join(known.types)} elsewhere; "
                "give one of them another name"
            )
        else:
            known.types.add(modifier_type)


def _get(mapping, key, kind, at):
    if not isinstance(mapping, dict):
        raise InputError(f"{at}: expected an object, found {type(mapping).__name__}")
    if key not in mapping:
        raise InputError(f"{at}: field {key!r} is missing; found {', '.join(sorted(mapping)) or 'no fields'}")
    value = mapping[key]
    if not isinstance(value, kind):
        raise InputError(f"{at}/{key}: expected {kind.__name__}, found {type(value).__name__}")
    return value


def _numbers(value, length, at, minimum=-np.inf):
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise InputError(f"{at}: expected a list of {length} numbers, found {str(value)[:60]!r}") from None
    if array.shape != (length,):
        raise InputError(f"{at}: expected {length} numbers, one per bin, found shape {array.shape}")
    if not np.all(np.isfinite(array)):
        raise InputError(f"{at}: entry {int(np.argmin(np.isfinite(array)))} is not a finite number")
    if np.any(array < minimum):
        worst = int(np.argmin(array))
        raise InputError(f"{at}: entry {worst} is {array[worst]:g}; yields and counts must be >= {minimum:g}")
    return array


def _modifier(build, modifier, channel_at, cells, bins, nominal):
    name = _get(modifier, "name", str, channel_at)
    kind = _get(modifier, "type", str, f"{channel_at}/modifiers/{name}")
    at = f"{channel_at}/modifiers/{name} ({kind})"
    if kind not in _SCALAR + _BINWISE:
        raise InputError(f"{build.where}: {UnknownNameError('modifier type', kind, _SCALAR + _BINWISE)}")
    if "data" not in modifier:
        raise InputError(f"{at}: field 'data' is missing")
    data = modifier["data"]
    if kind == "histosys":
        build.parameter(name, kind, at, kind="normal")
        down = _numbers(_get(data, "lo_data", list, at), len(bins), f"{at}/lo_data") - nominal
        up = _numbers(_get(data, "hi_data", list, at), len(bins), f"{at}/hi_data") - nominal
        build.shapes += [(c, name, lo, hi) for c, lo, hi in zip(cells, down, up, strict=True) if lo or hi]
    elif kind == "normsys":
        build.parameter(name, kind, at, kind="normal")
        down, up = (
            float(_numbers([_get(data, key, (int, float), at)], 1, f"{at}/{key}", 0.0)[0]) for key in ("lo", "hi")
        )
        if down == 0 or up == 0:
            raise InputError(f"{at}: factors lo = {down:g}, hi = {up:g} must be positive")
        build.norms += [(c, name, down, up) for c in cells]
    elif kind in ("normfactor", "lumi"):
        attributes = {"kind": "none", "start": 1.0, "lower": 0.0, "upper": 10.0}
        if kind == "lumi":
            attributes = {"kind": "normal", "centre": np.nan, "width": np.nan, "start": 1.0}
        build.parameter(name, kind, at, **attributes)
        build.factors += [(c, name) for c in cells]
    elif kind == "staterror":
        uncertainty = _numbers(data, len(bins), at, 0.0)
        rows = build.stat.setdefault(name, {})
        for cell, b, n, u in zip(cells, bins, nominal, uncertainty, strict=True):
            rows.setdefault(b, []).append((cell, n, u))
    else:
        _binwise(build, name, kind, data, at, cells, nominal)


def _binwise(build, name, kind, data, at, cells, nominal):
    if kind == "shapesys":
        if name in build.sizes:
            raise InputError(f"{at}: shapesys {name!r} occurs twice; its parameters cannot be shared, rename one")
        uncertainty = _numbers(data, len(cells), at, 0.0)
        valid = (nominal > 0) & (uncertainty > 0)
        effective = np.where(valid, nominal**2 / np.where(valid, uncertainty, 1.0) ** 2, 1.0)
    elif build.sizes.get(name, len(cells)) != len(cells):
        raise InputError(f"{at}: shapefactor {name!r} has {build.sizes[name]} bins elsewhere, {len(cells)} here")
    build.sizes[name] = len(cells)
    for i, cell in enumerate(cells):
        attributes = {"kind": "none", "start": 1.0, "lower": 0.0, "upper": 10.0}
        if kind == "shapesys":
            attributes = {
                "kind": "poisson",
                "centre": effective[i],
                "start": 1.0,
                "lower": 1e-10,
                "upper": 10.0,
                "fixed": not valid[i],
            }
        build.parameter(f"{name}[{i}]", kind, at, **attributes)
        build.factors.append((cell, f"{name}[{i}]"))


def _stat_errors(build):
    """One parameter per bin, shared by the samples of the bin: relative error of their sum."""
    for name, rows in build.stat.items():
        for i, (_, entries) in enumerate(sorted(rows.items())):
            total = sum(n for _, n, _ in entries)
            relative = np.sqrt(sum((u / total) ** 2 for _, _, u in entries)) if total > 0 else 0.0
            build.parameter(
                f"{name}[{i}]",
                "staterror",
                f"{build.where}: staterror {name}",
                kind="normal",
                centre=1.0,
                width=float(relative) if relative > 0 else 1.0,
                start=1.0,
                lower=1e-10,
                upper=10.0,
                fixed=not relative > 0,
            )
            build.factors += [(cell, f"{name}[{i}]") for cell, _, _ in entries]


def _apply_measurement(build, config, at):
    for setting in config.get("parameters", []):
        name = _get(setting, "name", str, f"{at}/parameters")
        chosen = [p for p in build.parameters if p == name or p.startswith(f"{name}[")]
        if not chosen:
            raise InputError(f"{at}/parameters: {UnknownNameError('parameter', name, build.parameters)}")
        columns = {"inits": "start", "auxdata": "centre", "sigmas": "width"}
        for key, attribute in columns.items():
            if key in setting:
                for p, v in zip(chosen, _numbers(setting[key], len(chosen), f"{at}/{name}/{key}"), strict=True):
                    setattr(build.parameters[p], attribute, float(v))
        for p, bounds in zip(chosen, setting.get("bounds", []), strict=False):
            build.parameters[p].lower, build.parameters[p].upper = map(float, bounds)
        for p in chosen:
            build.parameters[p].fixed |= bool(setting.get("fixed", False))
    for name, p in build.parameters.items():
        if "lumi" in p.types and not (np.isfinite(p.centre) and p.width > 0):
            raise InputError(
                f"{at}/parameters: lumi parameter {name!r} needs 'auxdata' and 'sigmas' in the measurement"
            )


def parse_workspace(
    workspace: dict,
    where: str = "workspace",
    measurement: str | None = None,
    norm_interpolation: str = "code4",
    shape_interpolation: str = "code4p",
) -> Tables:
    """Flat tables of a pyhf workspace that is already parsed from JSON.

    Parameters
    ----------
    workspace : dict
        Content of the workspace, with channels, observations and measurements.
    where : str
        Name of the source, used in error messages.
    measurement : str, optional
        Name of the measurement; the first one by default.
    norm_interpolation, shape_interpolation : str
        HistFactory interpolation codes: ``code1`` or ``code4`` (default), and ``code0``, ``code2`` or ``code4p``
        (default). The defaults are those of pyhf.

    Raises
    ------
    InputError
        If a field is missing or of wrong type, a name or type is unknown, a list has the wrong length, a yield is
        negative or not a number; the message gives the place in the file.
    """
    channels = sorted(_get(workspace, "channels", list, where), key=lambda c: str(_get(c, "name", str, where)))
    observations = {
        _get(o, "name", str, f"{where}/observations"): o for o in _get(workspace, "observations", list, where)
    }
    build = _Builder(where)
    cells, channel_bins, observed = [], [], []
    sample_names = sorted(
        {
            _get(s, "name", str, f"{where}/channels/{c['name']}")
            for c in channels
            for s in _get(c, "samples", list, f"{where}/channels/{c['name']}")
        }
    )
    for channel in channels:
        at = f"{where}/channels/{channel['name']}"
        if channel["name"] not in observations:
            raise InputError(f"{where}/observations: no entry for channel {channel['name']!r}")
        if not channel["samples"]:
            raise InputError(f"{at}/samples: a channel needs at least one sample")
        counts = _get(observations[channel["name"]], "data", list, f"{where}/observations/{channel['name']}")
        observed.append(_numbers(counts, len(counts), f"{where}/observations/{channel['name']}", 0.0))
        bins = np.arange(len(counts)) + sum(channel_bins)
        channel_bins.append(len(counts))
        for sample in channel["samples"]:
            inside = f"{at}/samples/{sample['name']}"
            nominal = _numbers(_get(sample, "data", list, inside), len(bins), f"{inside}/data", 0.0)
            first = len(cells)
            cells += [(b, sample_names.index(sample["name"]), n) for b, n in zip(bins, nominal, strict=True)]
            for modifier in _get(sample, "modifiers", list, inside):
                _modifier(build, modifier, inside, np.arange(first, len(cells)), bins, nominal)
    _stat_errors(build)
    measurements = {
        _get(m, "name", str, f"{where}/measurements"): m for m in _get(workspace, "measurements", list, where)
    }
    if not measurements:
        raise InputError(f"{where}/measurements: at least one measurement is needed")
    name = measurement if measurement is not None else next(iter(measurements))
    if name not in measurements:
        raise InputError(f"{where}: {UnknownNameError('measurement', name, measurements)}")
    config = _get(measurements[name], "config", dict, f"{where}/measurements/{name}")
    _apply_measurement(build, config, f"{where}/measurements/{name}/config")
    tables = _assemble(
        build,
        channels,
        channel_bins,
        sample_names,
        observed,
        cells,
        str(config.get("poi", "")),
        norm_interpolation,
        shape_interpolation,
    )
    check_tables(tables, where)
    return tables


def _assemble(build, channels, channel_bins, sample_names, observed, cells, poi, norm_code, shape_code):
    names = sorted(build.parameters, key=lambda n: (n.split("[")[0], len(n), n))
    index = {name: i for i, name in enumerate(names)}
    parameters = [build.parameters[name] for name in names]

    def columns(rows, types):
        table = list(zip(*rows, strict=True)) or [()] * len(types)
        return [
            np.array([index[v] for v in column] if kind is str else column, dtype=int if kind is str else kind)
            for column, kind in zip(table, types, strict=True)
        ]

    cell_bin, cell_sample, nominal = columns(cells, (int, int, float))
    shape_cell, shape_parameter, shape_down, shape_up = columns(build.shapes, (int, str, float, float))
    norm_cell, norm_parameter, norm_down, norm_up = columns(build.norms, (int, str, float, float))
    factor_cell, factor_parameter = columns(build.factors, (int, str))
    return Tables(
        channel_names=tuple(c["name"] for c in channels),
        channel_bins=tuple(channel_bins),
        sample_names=tuple(sample_names),
        observed=np.concatenate(observed) if observed else np.zeros(0),
        cell_bin=cell_bin,
        cell_sample=cell_sample,
        nominal=nominal,
        shape_cell=shape_cell,
        shape_parameter=shape_parameter,
        shape_down=shape_down,
        shape_up=shape_up,
        norm_cell=norm_cell,
        norm_parameter=norm_parameter,
        norm_down=norm_down,
        norm_up=norm_up,
        factor_cell=factor_cell,
        factor_parameter=factor_parameter,
        parameter_names=tuple(names),
        parameter_kind=tuple(p.kind for p in parameters),
        **{
            c: np.array([getattr(p, c) for p in parameters], dtype=float)
            for c in ("centre", "width", "start", "lower", "upper")
        },
        fixed=np.array([p.fixed for p in parameters], dtype=bool),
        poi=poi,
        norm_interpolation=norm_code,
        shape_interpolation=shape_code,
    )


def read_workspace(path: str | Path, measurement: str | None = None) -> Tables:
    """Flat tables of a pyhf workspace file; see ``parse_workspace``.

    Raises
    ------
    InputError
        If the file cannot be read, is not JSON, or is not a valid workspace.
    """
    path = Path(path)
    return parse_workspace(read_json(path), str(path), measurement)
