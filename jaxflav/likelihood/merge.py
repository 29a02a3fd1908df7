"""Tables of several analyses side by side, as one HistFactory model."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from jaxflav.io.errors import InputError
from jaxflav.likelihood.tables import OF_PARAMETERS, Tables, check_tables

_CONCATENATED = ("observed", "nominal", "shape_down", "shape_up", "norm_down", "norm_up")
_SHIFTED = {
    "cell_bin": "bins",
    "cell_sample": "samples",
    "shape_cell": "cells",
    "norm_cell": "cells",
    "factor_cell": "cells",
    "shape_parameter": "parameters",
    "norm_parameter": "parameters",
    "factor_parameter": "parameters",
}


def merge_tables(parts: Sequence[tuple[str, Tables]]) -> Tables:
    """One model of independent analyses: no nuisance parameter is shared, and the data are those of all.

    Parameters
    ----------
    parts : sequence of (name, Tables)
        Channels, samples and parameters get the name of their analysis and a slash in front, unless they have it.

    Raises
    ------
    InputError
        If two have the same name, or they differ in an interpolation code.
    """
    names = [name for name, _ in parts]
    if len(set(names)) < len(names):
        raise InputError(f"every analysis can enter once, found {', '.join(names)}")
    codes = {(tables.norm_interpolation, tables.shape_interpolation) for _, tables in parts}
    if len(codes) > 1:
        raise InputError(f"expected the same interpolation codes in all analyses, found {sorted(codes)}")
    norm, shape = codes.pop() if codes else ("code4", "code4p")
    first = dict.fromkeys(("bins", "samples", "cells", "parameters"), 0)
    columns: dict[str, list] = {field.name: [] for field in dataclasses.fields(Tables)}
    for name, tables in parts:
        for field in ("channel_names", "sample_names", "parameter_names"):
            columns[field] += [n if n.startswith(f"{name}/") else f"{name}/{n}" for n in getattr(tables, field)]
        columns["channel_bins"] += tables.channel_bins
        columns["parameter_kind"] += tables.parameter_kind
        for field in (*_CONCATENATED, *OF_PARAMETERS):
            columns[field].append(getattr(tables, field))
        for field, counter in _SHIFTED.items():
            columns[field].append(getattr(tables, field) + first[counter])
        sizes = (tables.n_bins, len(tables.sample_names), len(tables.nominal), len(tables.parameter_names))
        first = {counter: n + size for (counter, n), size in zip(first.items(), sizes, strict=True)}

    def joined(field):
        kind = bool if field == "fixed" else int if field in _SHIFTED else float
        return np.concatenate([np.zeros(0, kind), *columns[field]]).astype(kind)

    texts = ("channel_names", "channel_bins", "sample_names", "parameter_names", "parameter_kind")
    merged = Tables(
        **{field: tuple(columns[field]) for field in texts},
        **{field: joined(field) for field in (*_CONCATENATED, *OF_PARAMETERS, *_SHIFTED)},
        norm_interpolation=norm,
        shape_interpolation=shape,
    )
    check_tables(merged, ", ".join(names))
    return merged
