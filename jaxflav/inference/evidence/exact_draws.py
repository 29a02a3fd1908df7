"""Draws of all parameters from draws of the kept ones: weights make the normal approximation exact."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from jaxflav.inference.evidence.integral import at_theory
from jaxflav.inference.evidence.marginal import Marginal, integral_at, n_threads
from jaxflav.inference.posteriors.posterior import constrained, log_density
from jaxflav.inference.sampling.importance import effective_number, smoothed_log_weights

EACH = 4  # draws of the nuisance parameters at a point: their weights spread most, and they cost little there


@dataclasses.dataclass(frozen=True)
class ExactDraws:
    """Draws of all parameters with weights that make them draws from the posterior.

    Attributes
    ----------
    names : tuple of p str
        Kept parameters, then nuisance parameters.
    draws : (n, p) array
        Their values.
    log_weight : (n,) array
        Smoothed, up to a common constant; ``EACH`` draws share a point of the kept parameters.
    k_hat : float
        Tail of the weights.
    effective : float
        Effective number of draws.
    log_correction, error : float
        Mean weight, as a logarithm: what the normal approximation of the nuisance parameters lacks in ln Z.
    """

    names: tuple[str, ...]
    draws: np.ndarray
    log_weight: np.ndarray
    k_hat: float
    effective: float
    log_correction: float
    error: float


def _draw(integrand, theory, integral, key):
    """Nuisance parameters (m,) from the normal approximation, and their log-weight."""
    dense, local = integrand.layout.arrays
    one, two = jax.random.split(key)
    of_dense = jax.random.normal(one, dense.shape)
    of_local = jnp.where(local < integrand.layout.size, jax.random.normal(two, local.shape), 0.0)
    posterior = at_theory(integrand, theory)
    u = integral.mode + integral.curvature.spread(of_dense, of_local)
    normal = -0.5 * (jnp.sum(of_dense**2) + jnp.sum(of_local**2) + integrand.layout.size * np.log(2 * np.pi))
    normal = normal + 0.5 * integral.curvature.log_determinant()
    return constrained(posterior, u)[0], log_density(posterior, u) - normal - integral.log_likelihood


_draws = eqx.filter_jit(eqx.filter_vmap(_draw, in_axes=(None, None, None, 0)))


def exact_draws(
    marginal: Marginal, theory: np.ndarray, seed: int = 0, log_proposal: np.ndarray | None = None
) -> ExactDraws:
    """Draws of all parameters, ``EACH`` at each draw of the kept ones.

    Parameters
    ----------
    marginal : Marginal
        The likelihood.
    theory : (n, k) array
        Draws of equal weight from the posterior of the kept parameters, such as ``equal_draws`` gives.
    seed : int
        Of the nuisance parameters.
    log_proposal : (n,) array, optional
        Log of the density that the draws have in place of the integrated likelihood.

    Raises
    ------
    ArithmeticError
        As ``integral_at``.
    """

    def at(row, keys):
        integral = integral_at(marginal, row)
        values, weights = _draws(marginal.integrand, jnp.asarray(row), integral, keys)
        rows = np.concatenate([np.broadcast_to(row, (EACH, len(row))), values], axis=1)
        return rows, np.asarray(weights), float(integral.log_likelihood)

    keys = jax.random.split(jax.random.PRNGKey(seed), (len(theory), EACH))
    with ThreadPoolExecutor(n_threads()) as pool:
        rows, weights, heights = zip(*pool.map(at, theory, keys), strict=True)
    raw = np.array(weights)
    if log_proposal is not None:
        raw += (np.array(heights) - log_proposal)[:, None]
    smooth, k_hat = smoothed_log_weights(raw.ravel())
    largest = smooth.max()
    w = np.exp(smooth - largest).reshape(-1, EACH).mean(axis=1)  # those of one point are not independent
    return ExactDraws(
        names=marginal.names + marginal.integrand.nuisance.names,
        draws=np.concatenate(rows),
        log_weight=smooth,
        k_hat=k_hat,
        effective=effective_number(smooth),
        log_correction=float(np.log(w.mean()) + largest),
        error=float(w.std() / w.mean() / np.sqrt(len(w))),
    )
