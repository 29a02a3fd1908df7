"""Evidence from the draws of a Markov chain, by bridge sampling."""

import numpy as np

from jaxflav.inference.evidence.evidence import Evidence, log_prior_mass
from jaxflav.inference.posteriors.posterior import Posterior, log_densities, unconstrained
from jaxflav.inference.sampling.draws import Chains
from jaxflav.inference.sampling.nuts import effective_sample_size

_BRIDGE_STEPS = 1000
_BRIDGE_TOLERANCE = 1e-10


def bridge_evidence(posterior: Posterior, chains: Chains, seed: int = 0) -> Evidence:
    """Evidence from draws of a Markov chain by bridge sampling between the posterior and a normal density.

    The normal density has the moments of the first half of each chain, the second half is used; the optimal bridge of
    Meng and Wong, Statistica Sinica 6 (1996) 831, and the error of Fruehwirth-Schnatter, Econometrics J. 7 (2004) 143.

    Parameters
    ----------
    posterior : Posterior
        Whose draws they are, of one mode.
    chains : Chains
        Draws.
    seed : int
        Of the draws from the normal density.

    Raises
    ------
    ArithmeticError
        If the iteration for the bridge does not converge.
    """
    u = unconstrained(posterior, chains.draws)
    half = u.shape[1] // 2
    first, second = u[:, :half].reshape(-1, u.shape[-1]), u[:, half:]
    mean, factor = first.mean(axis=0), np.linalg.cholesky(np.cov(first, rowvar=False))
    normal = np.random.default_rng(seed).standard_normal((second[..., 0].size, u.shape[-1]))
    other = mean + normal @ factor.T

    def log_normal(rows):
        z = np.linalg.solve(factor, (rows - mean).T)
        return -0.5 * (z**2).sum(axis=0) - len(mean) / 2 * np.log(2 * np.pi) - np.log(np.diagonal(factor)).sum()

    ours = second.reshape(-1, u.shape[-1])
    of_chain = log_densities(posterior, ours) - log_normal(ours)
    of_normal = log_densities(posterior, other) - log_normal(other)
    effective = float(np.min(effective_sample_size(of_chain.reshape(len(u), -1))))
    share = effective / (effective + len(other))
    value, change = np.median(of_chain), np.inf
    for _ in range(_BRIDGE_STEPS):
        above = np.exp(of_normal - value) / (share * np.exp(of_normal - value) + 1 - share)
        below = 1 / (share * np.exp(of_chain - value) + 1 - share)
        change = np.log(above.mean() / below.mean())
        value = value + change
        if abs(change) < _BRIDGE_TOLERANCE:
            break
    if not abs(change) < _BRIDGE_TOLERANCE:
        raise ArithmeticError("bridge sampling did not converge: the draws are too few, or far from normal")
    variance = above.var() / above.mean() ** 2 / len(other) + below.var() / below.mean() ** 2 / effective
    return Evidence(float(value - log_prior_mass(posterior)), float(np.sqrt(variance)), "bridge sampling")
