"""Draws from what a posterior is before the data: its priors and constraint terms, cut at the bounds of parameters."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import scipy
from jaxtyping import Array, Float

from jaxflav.inference.posteriors.posterior import Posterior
from jaxflav.io.errors import InputError
from jaxflav.likelihood.likelihood import expected

BATCH = 64
_MOST = 1000  # times as many draws as asked for, after which the priors are said to allow nothing


def full_parameters(posterior: Posterior, draw: Float[Array, " n"]) -> Float[Array, " p"]:
    """All parameters of the likelihood at sampled quantities (n,), the held ones included."""
    return posterior.start.at[posterior.moving].set(draw[: posterior.moving.shape[0]])


@eqx.filter_jit
def _rows(posterior, draws):
    def one(draw):
        context = draw[-1] if posterior.free_context else posterior.context
        return expected(posterior.likelihood, full_parameters(posterior, draw), context)

    return jax.vmap(one)(draws)


def expected_rows(posterior: Posterior, draws: np.ndarray) -> np.ndarray:
    """Expected events of all bins, then the expected measured values, (n, rows), at sampled quantities (n, p).

    Draws go through one compiled function in batches of a fixed size, whatever their number.
    """
    draws, done = np.asarray(draws, dtype=float), []
    for first in range(0, len(draws), BATCH):
        index = np.minimum(np.arange(first, first + BATCH), len(draws) - 1)
        done.append(np.asarray(_rows(posterior, jnp.asarray(draws[index])))[: len(draws) - first])
    return np.concatenate(done) if done else np.zeros((0, posterior.likelihood.n_rows))


def _constraint_draws(posterior, rng, n):
    """Quantities (n, p) from their constraint terms as densities of the parameters; 0 where there is none.

    A normal term is a normal density; the Poisson term of a count N with the expectation tau x a gamma density of x.
    """
    likelihood, k = posterior.likelihood, posterior.likelihood.n_signal
    model, moving = likelihood.model, np.asarray(posterior.moving)
    theory = np.arange(k) >= likelihood.signal.n_free
    normal = np.concatenate([theory, np.asarray(model.normal, dtype=bool)])[moving]
    counted = np.concatenate([np.zeros(k, dtype=bool), np.asarray(model.poisson, dtype=bool)])[moving]
    width, rate = (np.concatenate([np.ones(k), np.asarray(a)])[moving] for a in (model.width, model.rate))
    centre = np.asarray(likelihood.centre)[moving]
    low, high = np.asarray(posterior.low)[: len(moving)], np.asarray(posterior.high)[: len(moving)]
    found = np.zeros((n, len(posterior.names)))
    at = np.flatnonzero(normal)
    cuts = ((bound[at] - centre[at]) / width[at] for bound in (low, high))
    found[:, at] = scipy.stats.truncnorm.rvs(*cuts, centre[at], width[at], size=(n, len(at)), random_state=rng)
    at = np.flatnonzero(counted)
    density = scipy.stats.gamma(centre[at] + 1, scale=1 / rate[at])
    below, above = density.sf(low[at]), density.sf(high[at])
    found[:, at] = density.isf(above + rng.uniform(size=(n, len(at))) * (below - above))
    return found


def _proposals(posterior, rng, n):
    draws = _constraint_draws(posterior, rng, n)
    low, high = np.asarray(posterior.low), np.asarray(posterior.high)
    for k, prior in posterior.priors:
        draws[:, k] = prior.draw(rng, n, low[k], high[k])
    return draws


def prior_draws(posterior: Posterior, n: int, seed: int) -> np.ndarray:
    """Independent draws (n, p) of the sampled quantities from priors and constraint terms, in the order of the names.

    A density that reaches beyond the bounds of its parameter is cut there. Draws at which a negative number of events
    is expected in a bin are replaced by others: no data come from them, and no posterior has them.

    Parameters
    ----------
    posterior : Posterior
        Of ``define_posterior``.
    n : int
        Number of draws.
    seed : int
        The same seed gives the same draws.

    Raises
    ------
    InputError
        If n or the seed is out of range, or if no data can come from nearly all of the draws.
    """
    if n < 1 or seed < 0:
        raise InputError(f"prior draws: expected at least 1 of them and a seed >= 0, found {n} and {seed}")
    rng, kept, tried = np.random.default_rng(seed), np.zeros((0, len(posterior.names))), 0
    n_bins = posterior.likelihood.model.n_bins
    while len(kept) < n:
        if tried >= _MOST * n:
            raise InputError(
                f"of {tried} draws from the priors only {len(kept)} give no negative number of events; "
                "narrow the priors"
            )
        draws = _proposals(posterior, rng, n)
        good = np.all(expected_rows(posterior, draws)[:, :n_bins] >= 0, axis=1)
        kept, tried = np.concatenate([kept, draws[good]]), tried + n
    return kept[:n]
