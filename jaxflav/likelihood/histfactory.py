"""HistFactory models as arrays: expected events, their Jacobian, and the log-density, in pure JAX.

The cells of a model are laid out as (bins, slots), one slot per sample, so that every sum over samples is a
reduction over an axis and nothing is scattered. The yield of a cell is

    (nominal + sum of shifts) * product of factors,

where the factors are values of parameters, interpolated normalisations, and, for samples that were replaced
by a prediction, the yields that the caller passes in.

A parameter is *local* if it has a constraint of its own and multiplies cells of a single bin only (the
parameters of ``staterror`` and ``shapesys``); the rest are *dense*. The Jacobian is kept in these two parts.

References
----------
HistFactory: CERN-OPEN-2012-016.
"""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import gammaln, xlogy
from jaxtyping import Array, Float, Int

from jaxflav.io.errors import UnknownNameError
from jaxflav.likelihood.interpolation import asymmetric_part, check_codes, factor, factor_coefficients
from jaxflav.likelihood.tables import Tables

_ROUNDING = 1e-12


class Jacobian(eqx.Module):
    """Derivatives of the expected events.

    Attributes
    ----------
    dense : (bins, dense) array
        With respect to the dense parameters, which come first in the parameter vector.
    local : (bins, locals) array
        With respect to the local parameters of each bin, padded with zeros; ``HistFactory.local_index`` says
        which parameters they are.
    signal : (signals,) array
        Derivative of the bin ``HistFactory.signal_bin`` with respect to each yield of a replaced sample.
    """

    dense: Float[Array, "bins dense"]
    local: Float[Array, "bins locals"]
    signal: Float[Array, " signals"]


class HistFactory(eqx.Module):
    """A HistFactory model with its data, as arrays; made by ``build_histfactory``.

    Attributes
    ----------
    parameter_names : tuple of str
        Names in the order of the parameter vector: dense parameters, then local ones.
    observed : (bins,) array
        Observed events.
    start, lower, upper : (parameters,) arrays
        Start values and bounds given by the workspace.
    centre, width : (parameters,) arrays
        Auxiliary measurement and its standard deviation (normal), or auxiliary count (poisson).
    normal, poisson, fixed : (parameters,) boolean arrays
        Type of the constraint term, and whether the workspace holds the parameter constant.
    signal_bin : (signals,) array
        Bin of each yield of a replaced sample.
    """

    base: Float[Array, "bins slots"]
    shape_linear: Float[Array, "bins slots shapes"]
    asymmetric_parameter: Int[Array, " asymmetric"]
    shape_asymmetric: Float[Array, "bins slots asymmetric"]
    norm_parameter: Int[Array, " norms"]
    norm_log_down: Float[Array, " norms"]
    norm_log_up: Float[Array, " norms"]
    norm_coefficients: Float[Array, "norms 6"]
    factor_index: Int[Array, "bins slots factors"]
    dense_entries: Int[Array, "bins dense entries"]
    local_entries: Int[Array, "bins locals entries"]
    local_index: Int[Array, "bins locals"]
    local_position: Int[Array, " local_parameters"]
    signal_bin: Int[Array, " signals"]
    signal_entry: Int[Array, " signals"]
    observed: Float[Array, " bins"]
    start: Float[Array, " parameters"]
    lower: Float[Array, " parameters"]
    upper: Float[Array, " parameters"]
    centre: Float[Array, " parameters"]
    width: Float[Array, " parameters"]
    normal: Float[Array, " parameters"]
    poisson: Float[Array, " parameters"]
    fixed: Float[Array, " parameters"]
    parameter_names: tuple[str, ...] = eqx.field(static=True)
    channel_names: tuple[str, ...] = eqx.field(static=True)
    channel_bins: tuple[int, ...] = eqx.field(static=True)
    unconstrained: tuple[int, ...] = eqx.field(static=True)
    poi: str = eqx.field(static=True)
    n_dense: int = eqx.field(static=True)
    n_shapes: int = eqx.field(static=True)
    shape_code: str = eqx.field(static=True)
    norm_code: str = eqx.field(static=True)

    @property
    def n_parameters(self) -> int:
        """Number of parameters."""
        return len(self.parameter_names)

    @property
    def n_bins(self) -> int:
        """Number of bins."""
        return self.base.shape[0]


def _factors(model, parameters, signal):
    """Values and derivatives of everything that can multiply a cell: 1, parameters, norms, signal yields."""
    value, slope = factor(
        parameters[model.norm_parameter],
        model.norm_log_down,
        model.norm_log_up,
        model.norm_coefficients,
        model.norm_code,
    )
    one = jnp.ones(1)
    values = jnp.concatenate([one, parameters, value, signal])
    slopes = jnp.concatenate([0 * one, jnp.ones_like(parameters), slope, jnp.ones_like(signal)])
    return values, slopes


def _additive(model, parameters):
    even, slope = asymmetric_part(parameters[model.asymmetric_parameter], model.shape_code)
    total = model.base + model.shape_linear @ parameters[: model.n_shapes] + model.shape_asymmetric @ even
    return total, slope


def _product(cell):
    """Product over the last axis, written out: its derivative is a tenth of the cost of that of ``jnp.prod``."""
    product = jnp.ones(cell.shape[:-1])
    for k in range(cell.shape[-1]):
        product = product * cell[..., k]
    return product


def expected_events(
    model: HistFactory,
    parameters: Float[Array, " parameters"],
    signal: Float[Array, " signals"] | None = None,
) -> Float[Array, " bins"]:
    """Expected events of every bin.

    Parameters
    ----------
    model : HistFactory
        The model.
    parameters : (parameters,) array
        In the order of ``model.parameter_names``.
    signal : (signals,) array, optional
        Yields of the replaced samples, in the order in which they were named to ``build_histfactory``.
    """
    signal = jnp.zeros(0) if signal is None else signal
    values, _ = _factors(model, parameters, signal)
    total, _ = _additive(model, parameters)
    return (total * _product(values[model.factor_index])).sum(axis=-1)


def expected_and_jacobian(
    model: HistFactory, parameters: Float[Array, " parameters"], signal: Float[Array, " signals"]
) -> tuple[Float[Array, " bins"], Jacobian]:
    """Expected events and their derivatives, written out: a tenth of the cost of automatic differentiation."""
    values, slopes = _factors(model, parameters, signal)
    total, even_slope = _additive(model, parameters)
    cell = values[model.factor_index]
    product = _product(cell)
    expected = (total * product).sum(axis=-1)
    others = [total * _product(jnp.delete(cell, k, axis=-1)) for k in range(cell.shape[-1])]
    others = jnp.stack(others, axis=-1) if others else jnp.zeros(cell.shape)
    by_factor = (others * slopes[model.factor_index]).reshape(model.n_bins, -1 if model.n_bins else 0)
    by_factor = jnp.pad(by_factor, ((0, 0), (0, 1)))
    rows = jnp.arange(model.n_bins)[:, None, None]
    dense = by_factor[rows, model.dense_entries].sum(axis=-1)
    shape = jnp.einsum("bs,bsp->bp", product, model.shape_linear)
    even = jnp.einsum("bs,bsp->bp", product, model.shape_asymmetric) * even_slope[None, :]
    shape = shape.at[:, model.asymmetric_parameter].add(even)
    dense = dense + jnp.pad(shape, ((0, 0), (0, model.n_dense - model.n_shapes)))
    local = by_factor[rows, model.local_entries].sum(axis=-1)
    return expected, Jacobian(dense, local, by_factor[model.signal_bin, model.signal_entry])


def constraint_log_density(
    model: HistFactory, parameters: Float[Array, " parameters"], centre: Float[Array, " parameters"] | None = None
) -> Float[Array, ""]:
    """Log-density of the auxiliary measurements: normal and Poisson terms with their normalisation.

    Parameters
    ----------
    model : HistFactory
        The model.
    parameters : (parameters,) array
        In the order of ``model.parameter_names``.
    centre : (parameters,) array, optional
        Auxiliary measurements to use instead of ``model.centre`` (toys, Asimov data). The expected auxiliary count
        of a Poisson term stays ``model.centre`` times the parameter.
    """
    measured = model.centre if centre is None else centre
    pull = (parameters - measured) / model.width
    normal = -0.5 * pull**2 - jnp.log(model.width) - 0.5 * np.log(2 * np.pi)
    rate = jnp.where(model.poisson, model.centre * parameters, 1.0)
    count = jnp.where(model.poisson, measured, 1.0)
    poisson = poisson_log_density(count, rate)
    return jnp.sum(jnp.where(model.normal, normal, 0.0)) + jnp.sum(jnp.where(model.poisson, poisson, 0.0))


def poisson_log_density(count: Float[Array, " n"], rate: Float[Array, " n"]) -> Float[Array, " n"]:
    """Poisson log-density for real counts; minus infinity, with derivative 0, where the rate is negative.

    A rate of zero is allowed for a count of zero.
    """
    possible = (rate > 0) | ((rate == 0) & (count == 0))
    safe = jnp.where(possible, rate, 1.0)
    return jnp.where(possible, xlogy(count, safe) - safe - gammaln(count + 1.0), -jnp.inf)


def log_density(
    model: HistFactory,
    parameters: Float[Array, " parameters"],
    signal: Float[Array, " signals"] | None = None,
    observed: Float[Array, " bins"] | None = None,
) -> Float[Array, ""]:
    """Log of the full likelihood: Poisson terms of the bins times the constraint terms.

    Parameters
    ----------
    model : HistFactory
        The model.
    parameters : (parameters,) array
        In the order of ``model.parameter_names``.
    signal : (signals,) array, optional
        Yields of the replaced samples.
    observed : (bins,) array, optional
        Counts to use instead of ``model.observed`` (toys, Asimov data).

    Returns
    -------
    scalar
        Minus infinity where an expected number of events is negative; derivatives stay finite.
    """
    counts = model.observed if observed is None else observed
    main = poisson_log_density(counts, expected_events(model, parameters, signal)).sum()
    return main + constraint_log_density(model, parameters)


def _order_parameters(tables):
    """Dense parameters (those with shifts first), local ones, and how often each shifts or multiplies."""
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
    """Ragged nested lists (bins, columns, entries) as an integer array."""
    columns = max((len(r) for r in rows), default=0)
    entries = max((len(e) for r in rows for e in r), default=0)
    array = np.full((len(rows), columns, entries), fill, dtype=int)
    for b, row in enumerate(rows):
        for c, values in enumerate(row):
            array[b, c, : len(values)] = values
    return array


def build_histfactory(tables: Tables, replaced: tuple[tuple[str, str], ...] = ()) -> HistFactory:
    """Arrays of a HistFactory model from its tables.

    Parameters
    ----------
    tables : Tables
        Made by a reader.
    replaced : tuple of (channel, sample)
        Samples whose yields are passed in by the caller of ``expected_events`` and ``log_density``, channel after
        channel and bin after bin. The remaining effects act on the new yields in proportion: a shift of 5 % of
        the nominal yield shifts the new yield by 5 %.

    Raises
    ------
    InputError
        If a channel or sample is unknown, or an interpolation code is.
    """
    check_codes(tables.shape_interpolation, tables.norm_interpolation)
    order, n_shapes, n_dense = _order_parameters(tables)
    rank = np.empty(len(order), dtype=int)
    rank[order] = np.arange(len(order))
    n_parameters, n_cells = len(order), len(tables.nominal)

    slot = np.array([np.sum(tables.cell_bin[:c] == b) for c, b in enumerate(tables.cell_bin)], dtype=int)
    n_slots = int(slot.max(initial=-1)) + 1
    scale, nominal = np.ones(n_cells), tables.nominal.copy()
    signal_cells = np.concatenate([tables.cells_of(*pair) for pair in replaced] or [np.zeros(0)]).astype(int)
    scale[signal_cells] = np.where(nominal[signal_cells] > 0, nominal[signal_cells], 1.0)
    nominal[signal_cells] = 1.0

    base = np.zeros((tables.n_bins, n_slots))
    base[tables.cell_bin, slot] = nominal
    linear = np.zeros((tables.n_bins, n_slots, n_shapes))
    even = np.zeros_like(linear)
    c, p = tables.shape_cell, rank[tables.shape_parameter]
    linear[tables.cell_bin[c], slot[c], p] = (tables.shape_up - tables.shape_down) / 2 / scale[c]
    even[tables.cell_bin[c], slot[c], p] = (tables.shape_up + tables.shape_down) / 2 / scale[c]

    rows = np.column_stack([rank[tables.norm_parameter], tables.norm_down, tables.norm_up])
    # differences of rounding are no asymmetry
    asymmetric = np.flatnonzero(np.any(np.abs(even) > _ROUNDING * np.maximum(base, _ROUNDING)[..., None], axis=(0, 1)))

    norms, norm_of_row = np.unique(rows, axis=0, return_inverse=True)
    factors = [[] for _ in range(n_cells)]  # (index into the vector of factors, parameter or -1)
    for c, p in zip(tables.factor_cell, rank[tables.factor_parameter], strict=True):
        factors[c].append((1 + p, p))
    for c, e in zip(tables.norm_cell, norm_of_row.ravel(), strict=True):
        factors[c].append((1 + n_parameters + e, int(norms[e, 0])))
    for i, c in enumerate(signal_cells):
        factors[c].append((1 + n_parameters + len(norms) + i, -1 - i))
    n_factors = max((len(f) for f in factors), default=0)
    index = np.zeros((tables.n_bins, n_slots, n_factors), dtype=int)
    empty = n_slots * n_factors
    dense_rows = [[[] for _ in range(n_dense)] for _ in range(tables.n_bins)]
    local_rows = [{} for _ in range(tables.n_bins)]
    signal_entry = np.zeros(len(signal_cells), dtype=int)
    for c, entries in enumerate(factors):
        b = tables.cell_bin[c]
        for k, (position, parameter) in enumerate(entries):
            index[b, slot[c], k] = position
            entry = slot[c] * n_factors + k
            if parameter < 0:
                signal_entry[-1 - parameter] = entry
            elif parameter < n_dense:
                dense_rows[b][parameter].append(entry)
            else:
                local_rows[b].setdefault(parameter, []).append(entry)
    local_entries = _padded([list(row.values()) for row in local_rows], empty)
    local_index = np.full(local_entries.shape[:2], n_parameters, dtype=int)
    for b, row in enumerate(local_rows):
        local_index[b, : len(row)] = list(row)
    position = np.zeros(n_parameters + 1, dtype=int)
    position[local_index.ravel()] = np.arange(local_index.size)

    kind = np.array(tables.parameter_kind)[order] if n_parameters else np.zeros(0, dtype=str)
    as_float, as_int = (
        (lambda a: jnp.asarray(np.asarray(a, dtype=float))),
        (lambda a: jnp.asarray(a, dtype=int)),
    )
    return HistFactory(
        base=as_float(base),
        shape_linear=as_float(linear),
        asymmetric_parameter=as_int(asymmetric),
        shape_asymmetric=as_float(even[..., asymmetric]),
        norm_parameter=as_int(norms[:, 0].astype(int)),
        norm_log_down=as_float(np.log(norms[:, 1])),
        norm_log_up=as_float(np.log(norms[:, 2])),
        norm_coefficients=as_float(factor_coefficients(norms[:, 1], norms[:, 2])),
        factor_index=as_int(index),
        dense_entries=as_int(_padded(dense_rows, empty)),
        local_entries=as_int(local_entries),
        local_index=as_int(local_index),
        local_position=as_int(position[n_dense:n_parameters]),
        signal_bin=as_int(tables.cell_bin[signal_cells]),
        signal_entry=as_int(signal_entry),
        observed=as_float(tables.observed),
        **{name: as_float(getattr(tables, name)[order]) for name in ("start", "lower", "upper", "centre", "width")},
        normal=jnp.asarray(kind == "normal"),
        poisson=jnp.asarray(kind == "poisson"),
        fixed=jnp.asarray(tables.fixed[order]),
        parameter_names=tuple(tables.parameter_names[i] for i in order),
        channel_names=tables.channel_names,
        channel_bins=tables.channel_bins,
        unconstrained=tuple(int(i) for i in np.flatnonzero(kind == "none")),
        poi=tables.poi,
        n_dense=n_dense,
        n_shapes=n_shapes,
        shape_code=tables.shape_interpolation,
        norm_code=tables.norm_interpolation,
    )


def parameter_vector(model: HistFactory, values: dict[str, float] | None = None) -> Float[Array, " parameters"]:
    """Start values of the model, with the named ones replaced.

    Raises
    ------
    InputError
        If a name is unknown.
    """
    vector = np.array(model.start)
    for name, value in (values or {}).items():
        if name not in model.parameter_names:
            raise UnknownNameError("parameter", name, model.parameter_names)
        vector[model.parameter_names.index(name)] = value
    return jnp.asarray(vector)
