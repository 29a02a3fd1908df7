"""Second derivatives of a weighted sum of expectations, written out as the first ones are.

With the yield of a cell B D L, B being what shifts and signal make of it, D its dense and L its local factors, the
second derivatives of sum_b w_b lambda_b are sums of products of first derivatives of two of the three, and of second
derivatives of one. Local parameters touch one bin each: the result is kept as blocks, as the Jacobian is.
"""

import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.likelihood.histfactory import (
    HistFactory,
    _dense_factors,
    _local_factors,
    _product,
    _products_of_others,
    _shifted,
    _signal,
)
from jaxflav.likelihood.interpolation import asymmetric_part, factor
from jaxflav.likelihood.likelihood import Likelihood


class Blocks(eqx.Module):
    """A symmetric matrix over dense and local parameters.

    Attributes
    ----------
    dense : (dense, dense) array
        Signal parameters first.
    cross : (bins, locals, dense) array
        Rows of the local parameters of each bin; 0 where padded.
    local : (bins, locals, locals) array
        Their blocks.
    """

    dense: Float[Array, "dense dense"]
    cross: Float[Array, "bins locals dense"]
    local: Float[Array, "bins locals locals"]


def _second(slope, argument):
    """Derivative of an elementwise function."""
    return jax.jvp(slope, (argument,), (jnp.ones_like(argument),))[1]


def _pairs(factors, slopes, second):
    """Second derivatives (..., n, n) of products over the last axis, by the arguments of their factors."""
    n = factors.shape[-1]
    square = (*factors.shape, n)
    one = jnp.broadcast_to(jnp.eye(n, dtype=bool), square)
    others = _products_of_others(jnp.where(one, 1.0, factors[..., None, :]))
    return others * jnp.where(one, second[..., :, None], slopes[..., :, None] * slopes[..., None, :])


def _of_dense_factors(model, parameters, factors, slopes):
    """First (groups, dense) and second (groups, n, n) derivatives of the products of every group."""

    def slope(alpha):
        return factor(alpha, model.norm_log_down, model.norm_log_up, model.norm_coefficients, model.norm_code)[1]

    of_norms = _second(slope, parameters[model.norm_parameter])
    second = jnp.concatenate([jnp.zeros(1 + model.n_dense), of_norms])[model.group_factors]
    first = jnp.zeros((factors.shape[0], model.n_dense + 1))
    rows = jnp.arange(factors.shape[0])[:, None]
    first = first.at[rows, model.group_parameters].add(_products_of_others(factors) * slopes)
    return first[:, :-1], _pairs(factors, slopes, second)


def _which_local(model, cells):
    """Ones where a local factor (..., factors, locals) of cells, a tuple of bins and slots, is that parameter."""
    index = model.local_index[cells[0]]
    same = (model.local_factors[cells][..., None] == index[..., None, :]) & (index < model.n_parameters)[..., None, :]
    return jnp.where(same, 1.0, 0.0)


def _sums_over_cells(model, rows, others):
    """Sums (bins, locals, n) of rows (bins, slots, n) over the cells of a local parameter, by their other factors."""
    n_bins, width = model.n_bins, rows.shape[-1]
    each = (rows[:, :, None, :] * others[..., None]).reshape(n_bins, others.shape[1] * others.shape[2], width)
    each = jnp.pad(each, ((0, 0), (0, 1), (0, 0)))
    return each[jnp.arange(n_bins)[:, None, None], model.local_entries].sum(axis=2)


def _of_local_factors(model, each_local, weighted):
    """Weighted sums (bins, locals, locals) of the second derivatives of the products of local factors."""
    n_bins, slots, n = each_local.shape
    k = model.local_index.shape[1]
    sums = jnp.zeros((n_bins, k, k))
    if n < 2:  # no cell has two, and a product is linear in one
        return sums
    at = _which_local(model, tuple(np.indices((n_bins, slots))))
    for f, g in itertools.combinations(range(n), 2):
        others = weighted * _product(jnp.delete(each_local, np.array([f, g]), axis=-1))
        pair = jnp.einsum("bsk,bsm->bkm", at[:, :, f] * others[..., None], at[:, :, g])
        sums = sums + pair + jnp.swapaxes(pair, 1, 2)
    return sums


def _of_cells(model, by_group):
    """Row of ``by_group`` (groups, n) of every cell, which belongs to one group; a model without bins has none."""
    if not len(by_group):
        return jnp.zeros((*model.membership.shape[:2], by_group.shape[1]))
    return by_group[jnp.argmax(model.membership, axis=-1)]  # costs less than a product of matrices


def _of_model(model: HistFactory, parameters, signal, weights):
    """Blocks by the parameters of the model alone, and what turns derivatives of signal yields into blocks."""
    shifted, even_slope = _shifted(model, parameters)
    factors, slopes = _dense_factors(model, parameters)
    each_local = _local_factors(model, parameters)
    by_group, pairs = _of_dense_factors(model, parameters, factors, slopes)
    other_locals = _products_of_others(each_local)
    dense, local, signals = model.membership @ _product(factors), _product(each_local), _signal(model, signal)
    weighted, n = weights[:, None] * signals, model.n_shapes

    def by_shifts(rows):
        """Sums over cells of (bins, slots, n) with the derivatives of the shifts."""
        sums = jnp.einsum("bsp,bsn->pn", model.shifts, rows)
        return sums[:n].at[model.asymmetric_parameter].add(sums[n:] * even_slope[:, None])

    by_shift_and_group = by_shifts(model.membership * (weighted * local)[..., None])
    block = jnp.zeros((model.n_dense, model.n_dense)).at[:n].add(by_shift_and_group @ by_group)
    block = block + block.T
    even = _second(lambda a: asymmetric_part(a, model.shape_code)[1], parameters[model.asymmetric_parameter])
    bent = jnp.einsum("bsp,bs->p", model.shifts[..., n:], weighted * dense * local) * even
    block = block.at[model.asymmetric_parameter, model.asymmetric_parameter].add(bent)
    of_group = jnp.einsum("bsg,bs->g", model.membership, weighted * shifted * local)
    at = model.group_parameters
    wide = jnp.zeros((model.n_dense + 1, model.n_dense + 1))
    wide = wide.at[at[:, :, None], at[:, None, :]].add(of_group[:, None, None] * pairs)
    block = block + wide[:-1, :-1]

    rows = (weighted * shifted)[..., None] * _of_cells(model, by_group)
    of_shifts = (weighted * dense)[..., None] * model.shifts
    rows = rows.at[..., :n].add(of_shifts[..., :n])
    rows = rows.at[..., model.asymmetric_parameter].add(of_shifts[..., n:] * even_slope[None, None, :])
    cross = _sums_over_cells(model, rows, other_locals)
    locals_ = _of_local_factors(model, each_local, weighted * shifted * dense)

    cells = model.signal_bin, model.signal_slot
    weight = weights[model.signal_bin]
    of_shifts = model.shifts[cells] * (weight * (dense * local)[cells])[:, None]
    with_signal = (model.membership[cells] * (weight * (shifted * local)[cells])[:, None]) @ by_group
    with_signal = with_signal.at[:, :n].add(of_shifts[:, :n])
    with_signal = with_signal.at[:, model.asymmetric_parameter].add(of_shifts[:, n:] * even_slope[None, :])
    by_local = jnp.sum(other_locals[cells][..., None] * _which_local(model, cells), axis=1)
    with_local = by_local * (weight * (shifted * dense)[cells])[:, None]
    return Blocks(block, cross, locals_), with_signal, with_local, weight * (shifted * dense * local)[cells]


def second_derivatives(
    likelihood: Likelihood, parameters: Float[Array, " p"], weights: Float[Array, " rows"]
) -> Blocks:
    """Second derivatives of sum_r w_r lambda_r, the weighted expectations of all rows, at a prepared context.

    Parameters
    ----------
    likelihood : Likelihood
        At a context, as ``at_context`` gives it.
    parameters : (p,) array
        In the order of ``likelihood.parameter_names``.
    weights : (rows,) array
        Of every row.
    """
    k, model, signal = likelihood.n_signal, likelihood.model, likelihood.signal
    n = len(model.signal_bin)

    def yields(x):
        return signal.yields(x, None)

    values, by_parameter = yields(parameters[:k]), jax.jacfwd(yields)(parameters[:k])
    blocks, with_dense, with_local, of_signal = _of_model(model, parameters[k:], values[:n], weights[: model.n_bins])
    of_rows = jnp.concatenate([of_signal, weights[model.n_bins :]])
    of_signal = jax.hessian(lambda x: jnp.sum(of_rows * yields(x)))(parameters[:k])
    side = by_parameter[:n].T @ with_dense
    dense = jnp.block([[of_signal, side], [side.T, blocks.dense]])
    cross = jnp.zeros((*blocks.cross.shape[:2], k))
    cross = cross.at[model.signal_bin].add(with_local[:, :, None] * by_parameter[:n, None, :])
    return Blocks(dense, jnp.concatenate([cross, blocks.cross], axis=-1), blocks.local)
