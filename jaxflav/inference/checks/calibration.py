"""Simulation-based calibration: whether a sampler finds what data were simulated from, as often as it says.

Parameters are drawn from the prior, data from the parameters, and posterior draws from the data. The rank of the
parameter among L posterior draws is then uniform between 0 and L, whatever the model (Talts et al., arXiv:1804.06788);
a sampler that is too narrow, too wide or shifted gives other histograms, and intervals of another coverage.
"""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import scipy

from jaxflav.inference.posteriors.posterior import Posterior
from jaxflav.inference.posteriors.prior_draws import expected_rows, prior_draws
from jaxflav.io.errors import InputError

Outcome = np.ndarray | str  # of a data set: number of draws and ranks (1 + q,) as integers, or why it failed

_PER_BIN = 20  # expected ranks in a bin of a histogram, at least
_MOST_BINS = 20


@dataclasses.dataclass(frozen=True)
class Simulations:
    """Data sets, and what they come from.

    Attributes
    ----------
    truth : (n, p) array
        Sampled quantities of a posterior, drawn from their priors.
    observed : (n, rows) array
        Counts, and measured values if the likelihood has measurements.
    """

    truth: np.ndarray
    observed: np.ndarray


@dataclasses.dataclass(frozen=True)
class Calibration:
    """Ranks of true values among posterior draws.

    Attributes
    ----------
    names : tuple of q str
        Quantities.
    ranks : (n, q) array
        Number of posterior draws below the true value, from 0 to ``draws``.
    draws : int
        Posterior draws of each data set.
    failed : tuple of str
        Why data sets have no posterior draws; they have no ranks.
    """

    names: tuple[str, ...]
    ranks: np.ndarray
    draws: int
    failed: tuple[str, ...] = ()

    def histogram(self) -> np.ndarray:
        """Counts (bins, q) of ranks in bins of equal probability, as many as the data sets can fill."""
        bins = self.n_bins
        index = self.ranks * bins // (self.draws + 1)
        return np.stack([np.bincount(column, minlength=bins) for column in index.T], axis=1)

    @property
    def n_bins(self) -> int:
        """Bins of the histograms: a divisor of the number of possible ranks."""
        most = max(2, min(_MOST_BINS, len(self.ranks) // _PER_BIN))
        return max(k for k in range(1, most + 1) if (self.draws + 1) % k == 0)

    def p_values(self) -> np.ndarray:
        """Probability (q,) of a histogram as uneven as that of each quantity, by a chi-squared test."""
        return np.array([scipy.stats.chisquare(column).pvalue for column in self.histogram().T])

    def corrected_p_values(self) -> np.ndarray:
        """p-values (q,) corrected for the number of quantities, Holm, Scand. J. Stat. 6 (1979) 65."""
        raw = self.p_values()
        order = np.argsort(raw)
        result = np.empty_like(raw)
        result[order] = np.minimum(np.maximum.accumulate(raw[order] * np.arange(len(raw), 0, -1)), 1.0)
        return result

    def coverage(self, level: float) -> np.ndarray:
        """Share (q,) of data sets whose central interval of a probability contains the true value.

        The interval of the ranks next to the ends has the probability that is nearest to ``level``.
        """
        low, high = self.inside(level)
        return np.mean((self.ranks >= low) & (self.ranks <= high), axis=0)

    def inside(self, level: float) -> tuple[int, int]:
        """Lowest and highest rank inside a central interval of probability ``level``."""
        below = round((1 - level) / 2 * (self.draws + 1))
        return below, self.draws - below


def simulate(posterior: Posterior, n: int, seed: int = 0) -> Simulations:
    """Data sets from draws of the priors and constraint terms.

    Auxiliary measurements stay what they are: the constraint terms around them are the priors.

    Raises
    ------
    InputError
        As ``prior_draws``.
    """
    truth = prior_draws(posterior, n, seed)
    rows, rng = expected_rows(posterior, truth), np.random.default_rng([seed, 1])
    n_bins, error = posterior.likelihood.model.n_bins, np.asarray(posterior.likelihood.measurements.error)
    counts = rng.poisson(rows[:, :n_bins])
    measured = rows[:, n_bins:] + error * rng.standard_normal((n, len(error)))
    return Simulations(truth, np.concatenate([counts, measured], axis=1).astype(float))


def ranks_of(truth: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Number (q,) of draws (L, q) below the true values (q,); equal ones count by halves, rounded to even."""
    below, equal = (draws < truth).sum(axis=0), (draws == truth).sum(axis=0)
    return below + np.round(equal / 2).astype(int)


def calibrate(
    simulations: Simulations,
    draw: Callable[[np.ndarray, int], np.ndarray],
    names: Sequence[str],
    index: Sequence[int],
    progress: Callable[[int], None] | None = None,
    finished: Sequence[Outcome] = (),
    keep: Callable[[Outcome], None] | None = None,
) -> Calibration:
    """Ranks of chosen quantities, one data set after the other.

    Parameters
    ----------
    simulations : Simulations
        Of ``simulate``.
    draw : callable
        Posterior draws (L, p) from a data set (rows,) and its number; independent ones, as thinned chains are.
        ``ArithmeticError`` counts as a failure of this data set.
    names : sequence of p str
        Of the quantities.
    index : sequence of int
        Which of them are ranked.
    progress : callable, optional
        Called with the number of data sets done.
    finished : sequence of Outcome
        Of the first data sets, from an earlier run of the same calibration.
    keep : callable, optional
        Called with the outcome of each data set.

    Raises
    ------
    InputError
        If there is no data set, all of them fail, or the draws are not of the same number each time.
    """
    index, outcomes = list(index), list(finished)
    if progress is not None:
        progress(len(outcomes))
    for k in range(len(outcomes), len(simulations.truth)):
        outcomes.append(_outcome(simulations, draw, index, k))
        if keep is not None:
            keep(outcomes[-1])
        if progress is not None:
            progress(1)
    failed = tuple(one for one in outcomes if isinstance(one, str))
    rows = [one for one in outcomes if not isinstance(one, str)]
    numbers = {int(row[0]) for row in rows}
    if len(numbers) != 1:
        raise InputError(
            f"calibration: expected the same number of draws for every data set, found {sorted(numbers)}"
            + (f"; {failed[0]}" if failed else "")
        )
    return Calibration(tuple(names[k] for k in index), np.array(rows)[:, 1:], numbers.pop(), failed)


def _outcome(simulations, draw, index, k):
    truth = simulations.truth[k]
    try:
        draws = draw(simulations.observed[k], k)
    except ArithmeticError as error:
        return f"data set {k}: {error}"
    return np.array([len(draws), *ranks_of(truth[index], draws[:, index])])
