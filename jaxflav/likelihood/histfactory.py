"""HistFactory models as arrays: expected events, their Jacobian, and the log-density, in pure JAX.

The cells of a model are laid out as (bins, slots), one slot per sample, so that every sum over samples is a
reduction over an axis. The yield of a cell is

    (nominal + sum of shifts) * product of dense factors * product of local factors * signal.

A parameter is *local* if it has a constraint of its own and multiplies cells of a single bin only (the
parameters of ``staterror`` and ``shapesys``); the rest are *dense*. Dense factors are values of parameters and
interpolated normalisations; most cells share theirs with many others, so each *group* of cells with the same dense
factors has one product, and the way between groups and cells is a matrix product with ones and zeros: looking
values up one by one costs ten times as much in a batch. For samples that were replaced by a prediction the caller
passes the signal yields in. The Jacobian is kept in two parts, dense and local.

References
----------
HistFactory: CERN-OPEN-2012-016.
"""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import gammaln
from jaxtyping import Array, Float, Int

from jaxflav.io.errors import UnknownNameError
from jaxflav.likelihood.interpolation import asymmetric_part, check_codes, factor, factor_coefficients
from jaxflav.likelihood.layout import layout_of_factors, order_parameters
from jaxflav.likelihood.tables import Tables

_ROUNDING = 1e-12
_CLOSE = 0.05  # relative difference of count and rate, below which six terms of a series are exact
_LARGE = 1e3  # counts, above which two terms of Stirling's series are exact


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
    centre, rate, width : (parameters,) arrays
        Auxiliary measurement and its standard deviation (normal); auxiliary count, and its expectation where the
        parameter is 1 (poisson).
    normal, poisson, fixed : (parameters,) boolean arrays
        Type of the constraint term, and whether the workspace holds the parameter constant.
    unconstrained, counted : tuples of int
        Positions of the parameters without constraint term, and of those with a Poisson one.
    signal_bin : (signals,) array
        Bin of each yield of a replaced sample.
    """

    base: Float[Array, "bins slots"]
    shifts: Float[Array, "bins slots shifts"]
    asymmetric_parameter: Int[Array, " asymmetric"]
    norm_parameter: Int[Array, " norms"]
    norm_log_down: Float[Array, " norms"]
    norm_log_up: Float[Array, " norms"]
    norm_coefficients: Float[Array, "norms 6"]
    group_factors: Int[Array, "groups factors"]
    group_parameters: Int[Array, "groups factors"]
    membership: Float[Array, "bins slots groups"]
    local_factors: Int[Array, "bins slots local_factors"]
    local_entries: Int[Array, "bins locals entries"]
    local_index: Int[Array, "bins locals"]
    local_position: Int[Array, " local_parameters"]
    signal_bin: Int[Array, " signals"]
    signal_slot: Int[Array, " signals"]
    observed: Float[Array, " bins"]
    start: Float[Array, " parameters"]
    lower: Float[Array, " parameters"]
    upper: Float[Array, " parameters"]
    centre: Float[Array, " parameters"]
    rate: Float[Array, " parameters"]
    width: Float[Array, " parameters"]
    normal: Float[Array, " parameters"]
    poisson: Float[Array, " parameters"]
    fixed: Float[Array, " parameters"]
    parameter_names: tuple[str, ...] = eqx.field(static=True)
    channel_names: tuple[str, ...] = eqx.field(static=True)
    channel_bins: tuple[int, ...] = eqx.field(static=True)
    unconstrained: tuple[int, ...] = eqx.field(static=True)
    counted: tuple[int, ...] = eqx.field(static=True)
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

    @property
    def measured(self) -> Float[Array, " parameters"]:
        """Value of each constrained parameter that its auxiliary measurement expects."""
        return jnp.where(self.poisson, self.centre / jnp.where(self.poisson, self.rate, 1.0), self.centre)

    @property
    def spread(self) -> Float[Array, " parameters"]:
        """Standard deviation of ``measured``, that of one count where nothing was counted; 1 without constraint."""
        counted = jnp.sqrt(jnp.maximum(self.centre, 1.0)) / jnp.where(self.poisson, self.rate, 1.0)
        return jnp.where(self.poisson, counted, jnp.where(self.normal, self.width, 1.0))


def _shifted(model, parameters):
    """Yields of the cells after all shifts, and the slope of the asymmetric ones."""
    even, slope = asymmetric_part(parameters[model.asymmetric_parameter], model.shape_code)
    shifts = jnp.concatenate([parameters[: model.n_shapes], even])
    return model.base + model.shifts @ shifts, slope


def _dense_factors(model, parameters):
    """Factors of every group, one by one, and their slopes in the parameters that they depend on."""
    value, slope = factor(
        parameters[model.norm_parameter],
        model.norm_log_down,
        model.norm_log_up,
        model.norm_coefficients,
        model.norm_code,
    )
    one, dense = jnp.ones(1), parameters[: model.n_dense]
    values = jnp.concatenate([one, dense, value])
    slopes = jnp.concatenate([0 * one, jnp.ones_like(dense), slope])
    return values[model.group_factors], slopes[model.group_factors]


def _local_factors(model, parameters):
    """Local factors of every cell, one by one."""
    return jnp.append(parameters, 1.0).at[model.local_factors].get(mode="promise_in_bounds")


def _signal(model, signal):
    """Signal yields in their cells, 1 elsewhere."""
    return jnp.ones_like(model.base).at[model.signal_bin, model.signal_slot].set(signal)


def _product(factors):
    """Product over the last axis, written out: its derivative is a tenth of the cost of that of ``jnp.prod``."""
    product = jnp.ones(factors.shape[:-1])
    for k in range(factors.shape[-1]):
        product = product * factors[..., k]
    return product


def _products_of_others(factors):
    """For every factor along the last axis the product of the others."""
    others = [_product(jnp.delete(factors, k, axis=-1)) for k in range(factors.shape[-1])]
    return jnp.stack(others, axis=-1) if others else factors


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
    shifted, _ = _shifted(model, parameters)
    dense = model.membership @ _product(_dense_factors(model, parameters)[0])
    local = _product(_local_factors(model, parameters))
    return (shifted * dense * local * _signal(model, signal)).sum(axis=-1)


def expected_and_jacobian(
    model: HistFactory, parameters: Float[Array, " parameters"], signal: Float[Array, " signals"]
) -> tuple[Float[Array, " bins"], Jacobian]:
    """Expected events and their derivatives, written out: a tenth of the cost of automatic differentiation."""
    shifted, even_slope = _shifted(model, parameters)
    factors, slopes = _dense_factors(model, parameters)
    each_local = _local_factors(model, parameters)
    dense, local, signals = model.membership @ _product(factors), _product(each_local), _signal(model, signal)

    product = dense * local * signals
    by_shift = jnp.einsum("bs,bsp->bp", product, model.shifts)
    by_shape, by_even = by_shift[:, : model.n_shapes], by_shift[:, model.n_shapes :] * even_slope[None, :]
    by_group = jnp.einsum("bs,bsg->bg", shifted * local * signals, model.membership)
    groups = jnp.zeros((factors.shape[0], model.n_dense + 1))
    rows = jnp.arange(factors.shape[0])[:, None]
    groups = groups.at[rows, model.group_parameters].add(_products_of_others(factors) * slopes)
    by_dense = by_group @ groups[:, :-1]
    by_dense = by_dense.at[:, : model.n_shapes].add(by_shape).at[:, model.asymmetric_parameter].add(by_even)

    by_local = _products_of_others(each_local) * (shifted * dense * signals)[..., None]
    by_local = jnp.pad(by_local.reshape(model.n_bins, by_local.shape[1] * by_local.shape[2]), ((0, 0), (0, 1)))
    by_local = by_local[jnp.arange(model.n_bins)[:, None, None], model.local_entries].sum(axis=-1)
    by_signal = (shifted * dense * local)[model.signal_bin, model.signal_slot]
    return (shifted * product).sum(axis=-1), Jacobian(by_dense, by_local, by_signal)


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
        Auxiliary measurements to use instead of ``model.centre`` (toys, Asimov data); the expected auxiliary count of
        a Poisson term is ``model.rate`` times the parameter.
    """
    measured = model.centre if centre is None else centre
    pull = (parameters - measured) / model.width
    normal = -0.5 * pull**2 - jnp.log(model.width) - 0.5 * np.log(2 * np.pi)
    total = jnp.sum(jnp.where(model.normal, normal, 0.0))
    if not model.counted:
        return total
    counted = np.array(model.counted)
    return total + jnp.sum(poisson_log_density(measured[counted], model.rate[counted] * parameters[counted]))


def _deviance(count, rate):
    """Half the deviance, n ln(n/rate) + rate - n, without cancellation where they are close; for positive n and rate.

    With v = (n - rate)/(n + rate) it is v (n - rate) + 2 n (v^3/3 + v^5/5 + ...).
    """
    close = jnp.abs(count - rate) < _CLOSE * (count + rate)
    v = jnp.where(close, (count - rate) / (count + rate), 0.0)
    series = jnp.zeros_like(v)
    for k in range(13, 1, -2):
        series = (series + 1.0 / k) * v**2
    near = v * (count - rate) + 2.0 * count * v * series
    return jnp.where(close, near, count * jnp.log(count / rate) + rate - count)


def poisson_log_density(count: Float[Array, " n"], rate: Float[Array, " n"]) -> Float[Array, " n"]:
    """Poisson log-density for real counts; minus infinity, with derivative 0, where the rate is negative.

    A rate of zero is allowed for a count of zero, and has the derivatives of minus the rate. For large counts,
    n ln(rate), the rate and ln n! cancel: there it is written with the deviance, and the rest of ln n! by Stirling's
    series.

    References
    ----------
    Loader, Fast and accurate computation of binomial probabilities (2000), section 2.
    """
    impossible = (rate < 0) | ((rate == 0) & ((count > 0) | (count < 0)))
    safe = jnp.where(impossible, 1.0, rate)
    few = count * jnp.log(jnp.where(count != 0, safe, 1.0)) - safe - gammaln(count + 1.0)
    large = count > _LARGE
    n, r = jnp.where(large, count, 1.0), jnp.where(large, safe, 1.0)
    many = -_deviance(n, r) - 0.5 * jnp.log(2 * np.pi * n) - (1.0 - 1.0 / (30.0 * n**2)) / (12.0 * n)
    return jnp.where(impossible, -jnp.inf, jnp.where(large, many, few))


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
    order, n_shapes, n_dense = order_parameters(tables)
    rank = np.empty(len(order), dtype=int)
    rank[order] = np.arange(len(order))
    n_parameters, n_cells = len(order), len(tables.nominal)

    slot = np.array([np.sum(tables.cell_bin[:c] == b) for c, b in enumerate(tables.cell_bin)], dtype=int)
    n_slots = int(slot.max(initial=-1)) + 1
    scale, nominal = np.ones(n_cells), tables.nominal.copy()
    signal_cells = np.concatenate([tables.cells_of(*pair) for pair in replaced] or [np.zeros(0)]).astype(int)
    scale[signal_cells] = np.where(nominal[signal_cells] != 0, nominal[signal_cells], 1.0)
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
    asymmetric = np.flatnonzero(
        np.any(np.abs(even) > _ROUNDING * np.maximum(np.abs(base), _ROUNDING)[..., None], axis=(0, 1))
    )

    norms, norm_of_row = np.unique(rows, axis=0, return_inverse=True)
    factors = [[] for _ in range(n_cells)]  # (position among the dense factors, parameter)
    for c, p in zip(tables.factor_cell, rank[tables.factor_parameter], strict=True):
        factors[c].append((1 + p, p))
    for c, e in zip(tables.norm_cell, norm_of_row.ravel(), strict=True):
        factors[c].append((1 + n_dense + e, int(norms[e, 0])))
    layout = layout_of_factors(factors, tables.cell_bin, slot, base.shape, n_dense, n_parameters)
    position = np.zeros(n_parameters + 1, dtype=int)
    position[layout["local_index"].ravel()] = np.arange(layout["local_index"].size)

    kind = np.array(tables.parameter_kind)[order] if n_parameters else np.zeros(0, dtype=str)
    as_float, as_int = (
        (lambda a: jnp.asarray(np.asarray(a, dtype=float))),
        (lambda a: jnp.asarray(a, dtype=int)),
    )
    columns = ("start", "lower", "upper", "centre", "rate", "width")
    return HistFactory(
        base=as_float(base),
        shifts=as_float(np.concatenate([linear, even[..., asymmetric]], axis=-1)),
        asymmetric_parameter=as_int(asymmetric),
        norm_parameter=as_int(norms[:, 0].astype(int)),
        norm_log_down=as_float(np.log(norms[:, 1])),
        norm_log_up=as_float(np.log(norms[:, 2])),
        norm_coefficients=as_float(factor_coefficients(norms[:, 1], norms[:, 2])),
        membership=as_float(layout.pop("membership")),
        **{name: as_int(array) for name, array in layout.items()},
        local_position=as_int(position[n_dense:n_parameters]),
        signal_bin=as_int(tables.cell_bin[signal_cells]),
        signal_slot=as_int(slot[signal_cells]),
        observed=as_float(tables.observed),
        **{name: as_float(getattr(tables, name)[order]) for name in columns},
        normal=jnp.asarray(kind == "normal"),
        poisson=jnp.asarray(kind == "poisson"),
        fixed=jnp.asarray(tables.fixed[order]),
        parameter_names=tuple(tables.parameter_names[i] for i in order),
        channel_names=tables.channel_names,
        channel_bins=tables.channel_bins,
        unconstrained=tuple(int(i) for i in np.flatnonzero(kind == "none")),
        counted=tuple(int(i) for i in np.flatnonzero(kind == "poisson")),
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
