"""Some channels of a HistFactory model."""

import dataclasses

import numpy as np

from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.likelihood.tables import Tables


def keep_channels(tables: Tables, names: tuple[str, ...]) -> Tables:
    """Tables with only the named channels, in their original order.

    Parameters whose effects were all in the other channels go with them, their constraints included.

    Raises
    ------
    InputError
        If a name is unknown, or there is none.
    """
    if not names:
        raise InputError(f"no channel is left; keep at least one of {', '.join(tables.channel_names)}")
    for name in names:
        if name not in tables.channel_names:
            raise UnknownNameError("channel", name, tables.channel_names)
    kept = [i for i, name in enumerate(tables.channel_names) if name in names]
    bins = np.concatenate([tables.bins_of(tables.channel_names[i]) for i in kept])
    bin_number = np.full(tables.n_bins, -1)
    bin_number[bins] = np.arange(len(bins))
    cells = np.flatnonzero(np.isin(tables.cell_bin, bins))
    cell_number = np.full(len(tables.nominal), -1)
    cell_number[cells] = np.arange(len(cells))
    changes, acts, acted = {}, set(), set()
    for table in ("shape", "norm", "factor"):
        parameter = getattr(tables, f"{table}_parameter")
        keep = np.isin(getattr(tables, f"{table}_cell"), cells)
        acted |= set(parameter.tolist())
        acts |= set(parameter[keep].tolist())
        for field in dataclasses.fields(tables):
            if field.name.startswith(f"{table}_") and field.name != f"{table}_interpolation":
                changes[field.name] = getattr(tables, field.name)[keep]
        changes[f"{table}_cell"] = cell_number[changes[f"{table}_cell"]]
    smaller = dataclasses.replace(
        tables,
        channel_names=tuple(tables.channel_names[i] for i in kept),
        channel_bins=tuple(tables.channel_bins[i] for i in kept),
        observed=tables.observed[bins],
        cell_bin=bin_number[tables.cell_bin[cells]],
        cell_sample=tables.cell_sample[cells],
        nominal=tables.nominal[cells],
        **changes,
    )
    return smaller.without(tuple(tables.parameter_names[p] for p in sorted(acted - acts)))
