"""Recast of a binned or counting analysis as a HistFactory model, which fits, toys and profiles take as it is.

The expectation of bin i is Eq. (8) of the reference,

    n_i = (1 + theta_SM,i) mu s_SM,i + (1 + theta_X,i) s_X,i + sum_b tau_b (1 + theta_b,i) b_i,

with theta of every component multivariate normal around 0, and tau_b normal around 1. Written with independent standard
normal parameters z, theta = W z with W W^T the covariance, this is a HistFactory model whose additive shifts are
symmetric, and so exactly linear, and whose tau_b are factors. The likelihood is that of Eq. (9) up to a constant, the
logarithm of det W.

The yields of the two samples ``sm`` and ``new`` of every channel are predictions: see ``RecastSignal``.

References
----------
Bolton, Fajfer, Kamenik, Novoa-Brunet, PRD 110 (2024) 055001, Eqs. (8) and (9).
"""

import dataclasses

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.io.errors import InputError
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import AbstractSignal, Likelihood
from jaxflav.likelihood.tables import Tables, check_tables
from jaxflav.response.binned import Binned, EfficiencyTable, binned_yields
from jaxflav.spectra.spectrum import Spectrum

SM, NEW = "sm", "new"  # names of the two predicted samples of every channel
_RANK = 1e-12  # eigenvalues below this fraction of the largest are rounding


@dataclasses.dataclass(frozen=True)
class Background:
    """A background of a channel.

    Attributes
    ----------
    name : str
        Name of the sample.
    events : (bins,) array
        Expected events.
    normalisation : float
        Standard deviation of tau_b, relative to 1; 0 for none.
    normalisation_name : str
        Name of tau_b; backgrounds of the same name share it.
    covariance : (bins, bins) array
        Of theta_b, relative to the events.
    """

    name: str
    events: np.ndarray
    normalisation: float
    normalisation_name: str
    covariance: np.ndarray


@dataclasses.dataclass(frozen=True)
class Channel:
    """A channel: its data, backgrounds, and the relative uncertainties of its signal.

    Attributes
    ----------
    name : str
        Name.
    observed : (bins,) array
        Observed events.
    backgrounds : tuple of Background
        Expected backgrounds.
    sm_covariance, new_covariance : (bins, bins) arrays
        Of theta_SM and theta_X.
    scales : tuple of (name, float)
        Relative uncertainties common to all signal yields, such as that of the number of mesons; channels that use the
        same name share the parameter.
    """

    name: str
    observed: np.ndarray
    backgrounds: tuple[Background, ...]
    sm_covariance: np.ndarray
    new_covariance: np.ndarray
    scales: tuple[tuple[str, float], ...] = ()


def whitening(covariance: np.ndarray, where: str = "covariance") -> np.ndarray:
    """Matrix W (n, rank) with W W^T the covariance (n, n), which may be singular.

    A diagonal covariance gives one column for each entry, so that a parameter acts on one bin.

    Raises
    ------
    InputError
        If the matrix is not square, finite, symmetric and free of negative eigenvalues.
    """
    matrix = np.asarray(covariance, dtype=float)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not np.all(np.isfinite(matrix)):
        raise InputError(f"{where}: expected a square matrix of finite numbers, found shape {matrix.shape}")
    size = np.abs(matrix).max(initial=0.0)
    if not np.allclose(matrix, matrix.T, rtol=0, atol=1e-8 * size):
        raise InputError(f"{where}: a covariance must be symmetric; write the same number at (i, j) and (j, i)")
    if np.array_equal(matrix, np.diag(np.diagonal(matrix))):
        values, vectors = np.diagonal(matrix), np.eye(len(matrix))
    else:
        values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    if values.min(initial=0.0) < -1e-8 * size:
        raise InputError(
            f"{where}: a covariance has no negative eigenvalues, found {values.min():.4g}; was it rounded too much?"
        )
    keep = values > _RANK * size
    return vectors[:, keep] * np.sqrt(values[keep])


def recast_tables(channels: tuple[Channel, ...], prefix: str, where: str = "recast") -> Tables:
    """HistFactory tables of a recast; the nominal yields of the samples ``sm`` and ``new`` are 1.

    Parameters
    ----------
    channels : tuple of Channel
        At least one.
    prefix : str
        Put before the names of all parameters of this analysis alone, so that analyses can be combined.
    where : str
        What the channels are, for error messages.

    Raises
    ------
    InputError
        If shapes do not fit, counts are negative, a covariance is none, or a name occurs twice.
    """
    samples, names, kinds, centre, width = [SM, NEW], [], [], [], []
    cells, shapes, factors, observed = [], [], [], []

    def parameter(name, at, spread=1.0):
        if name not in names:
            names.append(name)
            kinds.append("normal")
            centre.append(at)
            width.append(spread)
        return names.index(name)

    if len({c.name for c in channels}) < len(channels):
        raise InputError(f"{where}: two channels have the same name; rename one")
    for channel in channels:
        n, first = len(channel.observed), len(observed)
        at = f"{where}, channel {channel.name!r}"
        components = [(SM, np.ones(n), channel.sm_covariance), (NEW, np.ones(n), channel.new_covariance)]
        components += [(b.name, np.asarray(b.events, dtype=float), b.covariance) for b in channel.backgrounds]
        if len({name for name, _, _ in components}) < len(components):
            raise InputError(f"{at}: two samples have the same name ('sm' and 'new' are taken); rename one")
        for i, (name, events, covariance) in enumerate(components):
            root = whitening(covariance, f"{at}, covariance of {name!r}")
            if events.shape != (n,) or len(root) != n:
                raise InputError(
                    f"{at}: {name!r} has {len(events)} bins and a covariance of {len(root)}; the data have {n}"
                )
            if name not in samples:
                samples.append(name)
            position = len(cells)
            cells += [(first + k, samples.index(name), events[k]) for k in range(n)]
            for column in range(root.shape[1]):
                theta = parameter(f"{prefix}/{channel.name}/{name}[{column}]", 0.0)
                shift = events * root[:, column]
                shapes += [(position + k, theta, -shift[k], shift[k]) for k in np.flatnonzero(shift)]
            if i < 2:
                for scale, relative in channel.scales:
                    theta = parameter(scale, 0.0)
                    shapes += [(position + k, theta, -relative, relative) for k in range(n)]
            elif channel.backgrounds[i - 2].normalisation > 0:
                background = channel.backgrounds[i - 2]
                tau = parameter(background.normalisation_name, 1.0, background.normalisation)
                factors += [(position + k, tau) for k in range(n)]
        observed += list(channel.observed)

    def columns(rows, count, types):
        return [np.array([row[i] for row in rows], dtype=types[i]) for i in range(count)]

    cell_bin, cell_sample, nominal = columns(cells, 3, (int, int, float))
    shape_cell, shape_parameter, shape_down, shape_up = columns(shapes, 4, (int, int, float, float))
    factor_cell, factor_parameter = columns(factors, 2, (int, int))
    none = np.zeros(0)
    tables = Tables(
        channel_names=tuple(c.name for c in channels),
        channel_bins=tuple(len(c.observed) for c in channels),
        sample_names=tuple(samples),
        observed=np.array(observed, dtype=float),
        cell_bin=cell_bin,
        cell_sample=cell_sample,
        nominal=nominal,
        shape_cell=shape_cell,
        shape_parameter=shape_parameter,
        shape_down=shape_down,
        shape_up=shape_up,
        norm_cell=none.astype(int),
        norm_parameter=none.astype(int),
        norm_down=none,
        norm_up=none,
        factor_cell=factor_cell,
        factor_parameter=factor_parameter,
        parameter_names=tuple(names),
        parameter_kind=tuple(kinds),
        centre=np.array(centre, dtype=float),
        rate=np.zeros(len(names)),
        width=np.array(width, dtype=float),
        start=np.array(centre, dtype=float),
        lower=np.full(len(names), -np.inf),
        upper=np.full(len(names), np.inf),
        fixed=np.zeros(len(names), dtype=bool),
    )
    check_tables(tables, where)
    return tables


class RecastSignal(AbstractSignal):
    """Yields of mu times the Standard Model, and of ``strength`` times new physics.

    The context is a tuple with one ``Spectrum`` of new physics for every channel, at ``strength`` = 1: a line moves
    with its mass, and the likelihood has a derivative in it wherever the kernel has.

    Attributes
    ----------
    responses : tuple of Binned
        One per channel.
    standard_model : (bins,) array
        Yields at mu = 1, channel after channel.
    """

    responses: tuple[Binned, ...]
    standard_model: Float[Array, " bins"]
    names: tuple[str, ...] = eqx.field(static=True, default=("mu", "strength"))
    n_free: int = eqx.field(static=True, default=2)
    lower: tuple[float, ...] = eqx.field(static=True, default=(0.0, 0.0))
    start: tuple[float, ...] = eqx.field(static=True, default=(1.0, 0.0))
    scale: tuple[float, ...] = eqx.field(static=True, default=(1.0, 1.0))

    def prepare(self, context):
        """Yields of the new physics at ``strength`` = 1, channel after channel."""
        return jnp.concatenate([binned_yields(r, s) for r, s in zip(self.responses, context, strict=True)])

    def predict(self, parameters, prepared):
        """Events of all ``sm`` samples, then of all ``new`` samples."""
        return jnp.concatenate([parameters[0] * self.standard_model, parameters[1] * prepared])


def recast_likelihood(
    tables: Tables, responses: tuple[Binned, ...], standard_model: tuple[Spectrum, ...]
) -> Likelihood:
    """Likelihood of a recast for the Standard Model plus new physics, whose spectra are the context.

    Parameters
    ----------
    tables : Tables
        Made by ``recast_tables``.
    responses : tuple of Binned
        One per channel of the tables, in their order.
    standard_model : tuple of Spectrum
        Of the Standard Model, one per channel; ``Binned.nodes`` has the quadrature.

    Raises
    ------
    InputError
        If there is not one response and one spectrum for every channel, or the bins do not fit.
    """
    bins = tuple(r.n_bins for r in responses)
    if bins != tables.channel_bins or len(standard_model) != len(responses):
        raise InputError(
            f"expected one response and one spectrum per channel, with {tables.channel_bins} bins; found responses "
            f"with {bins} bins and {len(standard_model)} spectra"
        )
    replaced = tuple((channel, sample) for sample in (SM, NEW) for channel in tables.channel_names)
    nominal = jnp.concatenate([binned_yields(r, s) for r, s in zip(responses, standard_model, strict=True)])
    return Likelihood(build_histfactory(tables, replaced), RecastSignal(responses, nominal))


def efficiency_covariance(response: Binned, spectrum: Spectrum, covariance: np.ndarray) -> np.ndarray:
    """Relative covariance (bins, bins) of the yields of a spectrum from that of an efficiency table.

    The smearing correlates the bins. With the covariance (k, k) of the k values of the table, by linear propagation,
    which is exact as long as the slopes of the curve between the points scale with it.

    Raises
    ------
    InputError
        If the efficiency is not a table, or the covariance does not have its size.
    """
    table = response.efficiency
    if not isinstance(table, EfficiencyTable) or np.shape(covariance) != 2 * table.value.shape:
        raise InputError("expected an efficiency table of k points and a covariance of shape (k, k)")
    q2, value = np.asarray(table.q2), np.asarray(table.value)
    nominal = np.asarray(binned_yields(response, spectrum))
    step = 1e-6 * np.maximum(value, 1e-3)
    rows = []
    for k in range(len(value)):
        shifted = value.copy()
        shifted[k] -= step[k] if value[k] > 0.5 else -step[k]
        changed = dataclasses.replace(response, efficiency=EfficiencyTable(q2, shifted))
        rows.append((np.asarray(binned_yields(changed, spectrum)) - nominal) / (shifted[k] - value[k]))
    relative = np.array(rows) / np.where(nominal > 0, nominal, 1.0)
    return relative.T @ np.asarray(covariance, dtype=float) @ relative
