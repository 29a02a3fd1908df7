"""Quick looks at a posterior: normal densities at its modes, or the normal density that is nearest to it.

Both give draws in a second or two, and importance weights that correct them as far as they can; k-hat says whether that
is far enough (``jaxflav.inference.sampling.importance``). Where it is not, chains or nested sampling are needed.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from scipy.special import logsumexp

from jaxflav.inference.posteriors.modes import Modes
from jaxflav.inference.posteriors.posterior import Posterior, constrained, log_densities
from jaxflav.inference.sampling.draws import Chains
from jaxflav.inference.sampling.importance import smoothed_log_weights
from jaxflav.inference.sampling.variational import nearest_normal
from jaxflav.inference.sampling.weighted_draws import equal_weights


def laplace_draws(posterior: Posterior, modes: Modes, n: int, seed: int = 0) -> Chains:
    """Draws from normal densities at the modes, by their weights in the normal approximation.

    Parameters
    ----------
    posterior : Posterior
        The posterior.
    modes : Modes
        Of ``find_modes``.
    n : int
        Draws before their weights are taken into account.
    seed : int
        Of all random numbers.

    Raises
    ------
    ArithmeticError
        If the weights leave too few draws.
    """
    rng = np.random.default_rng(seed)
    which = rng.choice(len(modes.u), size=n, p=modes.weight)
    deviates = rng.standard_normal((n, modes.u.shape[1]))
    u = modes.u[which] + np.einsum("nij,nj->ni", modes.widths[which], deviates)
    parts = []
    for centre, width, weight in zip(modes.u, modes.widths, modes.weight, strict=True):
        parts.append(np.log(weight) + _log_normal(np.linalg.solve(width, (u - centre).T).T, width))
    return _weighted(posterior, u, logsumexp(parts, axis=0), seed)


def variational_draws(posterior: Posterior, modes: Modes, n: int, seed: int = 0) -> Chains:
    """Draws from the normal density that minimises the Kullback-Leibler divergence from it to the posterior.

    Parameters
    ----------
    posterior, modes, n, seed
        As for ``laplace_draws``.

    Raises
    ------
    ArithmeticError
        If the weights leave too few draws.
    """
    mean, factor = nearest_normal(posterior, modes.u[0], modes.whitening, seed)
    deviates = np.random.default_rng(seed).standard_normal((n, len(mean)))
    u = modes.u[0] + (mean + deviates @ factor.T) @ modes.whitening.T
    return _weighted(posterior, u, _log_normal(deviates, modes.whitening @ factor), seed)


def _log_normal(deviates, factor):
    """Log-density (n,) of factor times standard normal deviates (n, p)."""
    p = deviates.shape[1]
    return -0.5 * (deviates**2).sum(axis=1) - p / 2 * np.log(2 * np.pi) - np.linalg.slogdet(factor)[1]


@eqx.filter_jit
def _values(posterior, u):
    return jax.vmap(lambda one: constrained(posterior, one)[0])(u)


def _weighted(posterior, u, log_proposal, seed):
    log_weight, k_hat = smoothed_log_weights(log_densities(posterior, u) - log_proposal)
    return equal_weights(posterior, np.asarray(_values(posterior, jnp.asarray(u))), log_weight, k_hat, seed)
