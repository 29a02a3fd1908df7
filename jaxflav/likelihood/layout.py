"""Where the factors of a HistFactory model go in its arrays; on the host, once per model."""

import numpy as np

from jaxflav.likelihood.tables import Tables


def order_parameters(tables: Tables) -> tuple[np.ndarray, int, int]:
    """Order of the parameters (those with shifts, other dense ones, local ones), and how many shift or are dense."""
    n = len(tables.parameter_names)
    constrained = np.array([kind != "none" for kind in tables.parameter_kind], dtype=bool)
    shape = np.zeros(n, dtype=bool)
    shape[tables.shape_parameter] = True
    norm = np.zeros(n, dtype=bool)
    norm[tables.norm_parameter] = True
    bins = [set() for _ in range(n)]
    for cell, parameter in zip(tables.factor_cell, tables.factor_parameter, strict=True):
        bins[parameter].add(int(tables.cell_bin[cell]))
    single = np.array([len(b) == 1 for b in bins], dtype=bool)
    local = constrained & single & ~shape & ~norm
    dense = ~local
    order = np.concatenate([np.flatnonzero(shape), np.flatnonzero(dense & ~shape), np.flatnonzero(local)])
    return order.astype(int), int(shape.sum()), int(dense.sum())


def _padded(rows, fill):
    """Ragged nested lists (rows, columns, entries) as an integer array."""
    columns = max((len(r) for r in rows), default=0)
    entries = max((len(e) for r in rows for e in r), default=0)
    array = np.full((len(rows), columns, entries), fill, dtype=int)
    for b, row in enumerate(rows):
        for c, values in enumerate(row):
            array[b, c, : len(values)] = values
    return array


def layout_of_factors(
    factors: list[list[tuple[int, int]]],
    cell_bin: np.ndarray,
    slot: np.ndarray,
    shape: tuple[int, int],
    n_dense: int,
    n_parameters: int,
) -> dict[str, np.ndarray]:
    """Groups of cells with the same dense factors, and local factors.

    Parameters
    ----------
    factors : list of lists of (int, int)
        Of every cell: positions among the dense factors, and the parameters that they depend on.
    cell_bin, slot : (cells,) arrays
        Where each cell is.
    shape : (int, int)
        Numbers of bins and slots.
    n_dense, n_parameters : int
        Numbers of dense and of all parameters.

    Returns
    -------
    dict
        Arrays, named as the attributes of ``HistFactory``.
    """
    dense = [tuple(f for f in cell if f[1] < n_dense) for cell in factors]
    groups = {key: g for g, key in enumerate(dict.fromkeys(dense))}
    membership = np.zeros((*shape, len(groups)))
    local = [[[] for _ in range(shape[1])] for _ in range(shape[0])]
    for c, cell in enumerate(factors):
        membership[cell_bin[c], slot[c], groups[dense[c]]] = 1.0
        local[cell_bin[c]][slot[c]] = [p for _, p in cell if p >= n_dense]
    local_factors = _padded(local, n_parameters)
    local_factors = local_factors.reshape(*shape, local_factors.shape[-1])
    entries = [{} for _ in range(shape[0])]
    for b, row in enumerate(local):
        for s, cell in enumerate(row):
            for k, p in enumerate(cell):
                entries[b].setdefault(p, []).append(s * local_factors.shape[2] + k)
    local_entries = _padded([list(row.values()) for row in entries], shape[1] * local_factors.shape[2])
    local_index = np.full(local_entries.shape[:2], n_parameters, dtype=int)
    for b, row in enumerate(entries):
        local_index[b, : len(row)] = list(row)
    return {
        "group_factors": _padded([[[position for position, _ in g] for g in groups]], 0)[0],
        "group_parameters": _padded([[[parameter for _, parameter in g] for g in groups]], n_dense)[0],
        "membership": membership,
        "local_factors": local_factors,
        "local_entries": local_entries,
        "local_index": local_index,
    }
