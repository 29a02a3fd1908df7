"""Predictive checks: what a posterior, or a prior, says of the data; replicated data and p-values.

Data y_rep are drawn from the likelihood at each draw x of the parameters. The p-value of a discrepancy T is the share
of draws with T(y_rep, x) >= T(y, x): Gelman et al., Bayesian Data Analysis (2013), 6.3. T is that of the bins and
measurements, whose constrained parameters have their constraint terms as priors, so that auxiliary measurements are not
replicated; ``with_auxiliary`` counts them as data, and replicates them too, which is what finds nuisance parameters
that are pulled too far.

A p-value from a posterior is not uniform for data from the model, but closer to 1/2, as parameters were fitted to these
data: Meng, Ann. Statist. 22 (1994) 1142. That from a prior is uniform.
"""

import dataclasses

import numpy as np
from scipy.special import xlogy

from jaxflav.inference.posteriors.posterior import Posterior
from jaxflav.inference.posteriors.prior_draws import expected_rows
from jaxflav.inference.sampling.draws import Chains
from jaxflav.io.errors import InputError


@dataclasses.dataclass(frozen=True)
class Discrepancy:
    """How far data are from what the parameters predict, draw by draw.

    Attributes
    ----------
    observed, replicated : (n,) arrays
        Of the data, and of the replicated data.
    p_value, error : float
        Share of draws whose replicated data are at least as far, and its error from the number of draws.
    """

    observed: np.ndarray
    replicated: np.ndarray
    p_value: float
    error: float


@dataclasses.dataclass(frozen=True)
class Predictive:
    """What n draws of the parameters say of the rows of a likelihood, its bins and then its measurements.

    Attributes
    ----------
    names : tuple of str
        Of the rows: channel[bin], or the measurement.
    observed, normal_error : (rows,) arrays
        Data, and standard deviations of measurements; 0 for bins.
    expected, replicated : (n, rows) arrays
        Expectation at each draw, and data drawn from it.
    chi_squared, deviance, with_auxiliary : Discrepancy
        Sum of squared pulls; 2 ln L(saturated) - 2 ln L; and the latter with the auxiliary measurements as data.
    """

    names: tuple[str, ...]
    observed: np.ndarray
    normal_error: np.ndarray
    expected: np.ndarray
    replicated: np.ndarray
    chi_squared: Discrepancy
    deviance: Discrepancy
    with_auxiliary: Discrepancy


def thinned(chains: Chains, n: int) -> np.ndarray:
    """At most n draws (n, p), evenly spaced over all chains.

    Raises
    ------
    InputError
        If n is smaller than 1.
    """
    if n < 1:
        raise InputError(f"number of draws is {n}, expected at least 1")
    flat = chains.draws.reshape(-1, len(chains.names))
    return flat[np.unique(np.linspace(0, len(flat) - 1, min(n, len(flat))).round().astype(int))]


def row_names(posterior: Posterior) -> tuple[str, ...]:
    """Names of the bins, channel[bin], and of the measurements."""
    model = posterior.likelihood.model
    bins = zip(model.channel_names, model.channel_bins, strict=True)
    names = (f"{name}[{i}]" if n > 1 else name for name, n in bins for i in range(n))
    return (*names, *posterior.likelihood.measurements.names)


def predictive(posterior: Posterior, draws: np.ndarray, seed: int = 0) -> Predictive:
    """Replicated data and p-values.

    Parameters
    ----------
    posterior : Posterior
        The posterior.
    draws : (n, p) array
        Of its sampled quantities: ``thinned`` chains, or ``prior_draws``.
    seed : int
        Of the replicated data.

    Raises
    ------
    InputError
        If there are no draws, or they are of other quantities.
    """
    draws = np.asarray(draws, dtype=float)
    if draws.ndim != 2 or len(draws) == 0 or draws.shape[1] != len(posterior.names):
        raise InputError(
            f"predictive: expected draws of shape (n, {len(posterior.names)}), one at least, found {draws.shape}"
        )
    likelihood, rng = posterior.likelihood, np.random.default_rng(seed)
    n_bins, error = likelihood.model.n_bins, np.asarray(likelihood.measurements.error)
    observed, expected = np.asarray(likelihood.observed), expected_rows(posterior, draws)
    counts = rng.poisson(np.maximum(expected[:, :n_bins], 0.0))
    measured = expected[:, n_bins:] + error * rng.standard_normal((len(draws), len(error)))
    replicated = np.concatenate([counts, measured], axis=1)
    auxiliary = _Auxiliary(posterior)
    of_data, of_replicas = (_deviance(data, expected, n_bins, error) for data in (observed, replicated))
    return Predictive(
        names=row_names(posterior),
        observed=observed,
        normal_error=np.asarray(likelihood.normal_error),
        expected=expected,
        replicated=replicated,
        chi_squared=_compare(*(_chi_squared(data, expected, n_bins, error) for data in (observed, replicated))),
        deviance=_compare(of_data, of_replicas),
        with_auxiliary=_compare(
            of_data + auxiliary.deviance(auxiliary.centre, draws),
            of_replicas + auxiliary.deviance(auxiliary.replicate(draws, rng), draws),
        ),
    )


def _compare(observed, replicated):
    p = float(np.mean(replicated >= observed))
    return Discrepancy(observed, replicated, p, float(np.sqrt(p * (1 - p) / len(observed))))


def _chi_squared(data, expected, n_bins, error):
    with np.errstate(divide="ignore", invalid="ignore"):
        counted = (data[..., :n_bins] - expected[:, :n_bins]) ** 2 / expected[:, :n_bins]
    counted = np.where(data[..., :n_bins] == expected[:, :n_bins], 0.0, counted)
    return counted.sum(axis=1) + (((data[..., n_bins:] - expected[:, n_bins:]) / error) ** 2).sum(axis=1)


def _poisson_deviance(count, rate):
    with np.errstate(divide="ignore"):
        return 2 * (xlogy(count, count) - xlogy(count, rate) - count + rate)


def _deviance(data, expected, n_bins, error):
    counted = _poisson_deviance(data[..., :n_bins], expected[:, :n_bins]).sum(axis=1)
    return counted + (((data[..., n_bins:] - expected[:, n_bins:]) / error) ** 2).sum(axis=1)


class _Auxiliary:
    """Auxiliary measurements of the sampled parameters as data."""

    def __init__(self, posterior):
        likelihood, k = posterior.likelihood, posterior.likelihood.n_signal
        model, moving = likelihood.model, np.asarray(posterior.moving)
        theory = np.arange(k) >= likelihood.signal.n_free
        normal = np.concatenate([theory, np.asarray(model.normal, dtype=bool)])[moving]
        counted = np.concatenate([np.zeros(k, dtype=bool), np.asarray(model.poisson, dtype=bool)])[moving]
        self.normal, self.counted = np.flatnonzero(normal), np.flatnonzero(counted)
        self.width = np.concatenate([np.ones(k), np.asarray(model.width)])[moving][self.normal]
        self.centre = np.asarray(likelihood.centre)[moving]
        self.rate = np.concatenate([np.ones(k), np.asarray(model.rate)])[moving][self.counted]

    def replicate(self, draws, rng):
        """Measurements (n, p) at draws."""
        result = np.broadcast_to(self.centre, (len(draws), len(self.centre))).copy()
        shape = len(draws), len(self.normal)
        result[:, self.normal] = draws[:, self.normal] + self.width * rng.standard_normal(shape)
        result[:, self.counted] = rng.poisson(self.rate * draws[:, self.counted])
        return result

    def deviance(self, measured, draws):
        """2 ln L(saturated) - 2 ln L of measurements (p,) or (n, p) at draws (n, p)."""
        pulls = (measured[..., self.normal] - draws[:, self.normal]) / self.width
        rate = self.rate * draws[:, self.counted]
        return (pulls**2).sum(axis=1) + _poisson_deviance(measured[..., self.counted], rate).sum(axis=1)
