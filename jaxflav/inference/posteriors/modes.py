"""Maxima of a posterior density, and the coordinates that make it nearly standard normal."""

import dataclasses

import equinox as eqx
import jax
import numpy as np
import scipy

from jaxflav.inference.fitting.many_starts import random_starts
from jaxflav.inference.fitting.problem import Problem, fit_held
from jaxflav.inference.posteriors.posterior import CONTEXT, Posterior, log_density, unconstrained
from jaxflav.io.errors import InputError

_SAME = 1e-3  # maxima closer than this in the log-density are compared
_CLOSE = 0.1  # and are one if closer than this, in standard deviations
_NEGLIGIBLE = 20.0  # modes lower than this in the log-density hold nothing of the posterior
_N_STARTS = 16  # one batch of fits
_N_CANDIDATES = 6
_FLAT = 1e-3  # curvature of the coordinates of the sampler, at least; those of bounded parameters are of order 1

_value = eqx.filter_jit(lambda posterior, u: -log_density(posterior, u))
_gradient = eqx.filter_jit(lambda posterior, u: -jax.grad(log_density, argnums=1)(posterior, u))
_hessian = eqx.filter_jit(lambda posterior, u: -jax.hessian(log_density, argnums=1)(posterior, u))


@dataclasses.dataclass(frozen=True)
class Modes:
    """Maxima of the density of the unbounded coordinates u.

    Attributes
    ----------
    u : (n, d) array
        The highest first.
    log_density : (n,) array
        Heights.
    weight : (n,) array
        Share of the posterior around each, in the normal approximation.
    whitening : (d, d) array
        A with A A^T the inverse curvature at the highest maximum.
    widths : (n, d, d) array
        The same at each maximum.
    """

    u: np.ndarray
    log_density: np.ndarray
    weight: np.ndarray
    whitening: np.ndarray
    widths: np.ndarray


def _candidates(posterior: Posterior, problem: Problem, seed: int) -> np.ndarray:
    """Best fits (m, d) of the sampled quantities, the highest first: from random starts, or over the free context."""
    moving = np.asarray(posterior.moving)
    if posterior.free_context:
        prior = dict(posterior.priors)[posterior.names.index(CONTEXT)]
        low, high = prior.low, prior.high
        if not np.isfinite(high):
            low, high = max(0.0, problem.context - prior.size), problem.context + prior.size
        share = (np.arange(_N_STARTS - 1) + 0.5) / (_N_STARTS - 1)
        contexts = np.append(low + (high - low) * share, problem.context)
        threshold = float(posterior.likelihood.signal.threshold)
        contexts = np.minimum(contexts, 0.98 * threshold)
        fits = fit_held(problem, contexts=contexts)
    else:
        contexts = np.full(_N_STARTS, problem.context)
        fits = fit_held(problem, starts=random_starts(problem, _N_STARTS, seed), contexts=contexts)
    order = np.argsort(np.where(fits.converged, -fits.log_likelihood, np.inf))
    good = [k for k in order if fits.converged[k]]
    rows, heights = [problem.start[moving]], [np.nan]
    for k in good:
        if posterior.free_context or abs(heights[-1] - fits.log_likelihood[k]) > _SAME or np.isnan(heights[-1]):
            rows.append(fits.parameters[k][moving])
            heights.append(fits.log_likelihood[k])
    rows = np.array(rows[1:] or rows)
    if posterior.free_context:
        rows = np.column_stack([rows, contexts[good] if good else [problem.context]])
    return rows[:_N_CANDIDATES]


def _climb(posterior, u):
    """Maximum near u by Newton's method in a trust region."""
    result = scipy.optimize.minimize(
        lambda u: float(np.nan_to_num(_value(posterior, u), nan=np.inf)),
        u,
        jac=lambda u: np.asarray(_gradient(posterior, u)),
        hess=lambda u: np.asarray(_hessian(posterior, u)),
        method="trust-exact",
        options={"gtol": 1e-5, "maxiter": 300},
    )
    return result.x, -result.fun


def find_modes(posterior: Posterior, problem: Problem, seed: int = 0) -> Modes:
    """Maxima of a posterior, from the maxima of its likelihood.

    Parameters
    ----------
    posterior : Posterior
        The posterior.
    problem : Problem
        That it was defined by.
    seed : int
        Of the random starts of fits; over a free context the fits start on a grid of contexts instead.

    Raises
    ------
    InputError
        If the posterior density is zero at all starts.
    """
    found: list[tuple[np.ndarray, float]] = []
    for row in _candidates(posterior, problem, seed):
        start = unconstrained(posterior, row, start=True)
        if np.isfinite(float(_value(posterior, start))):
            u, height = _climb(posterior, start)
            if np.isfinite(height):
                found.append((u, height))
    if not found:
        raise InputError(
            "the posterior density is zero wherever the search for its maximum starts: the priors and the likelihood "
            "have no common support there; widen the priors or give other start values"
        )
    found.sort(key=lambda mode: -mode[1])
    whitening = _whitening(np.asarray(_hessian(posterior, found[0][0])))
    kept = [found[0]]
    for u, height in found[1:]:
        distances = [np.linalg.norm(np.linalg.solve(whitening, u - other)) for other, _ in kept]
        if min(distances) > _CLOSE and height > kept[0][1] - _NEGLIGIBLE:
            kept.append((u, height))
    height = np.array([height for _, height in kept])
    widths = np.array([whitening, *(_whitening(np.asarray(_hessian(posterior, u))) for u, _ in kept[1:])])
    weight = np.exp(height - height[0] + np.linalg.slogdet(widths)[1])
    return Modes(np.array([u for u, _ in kept]), height, weight / weight.sum(), whitening, widths)


def _whitening(information):
    """A with A A^T the inverse of the matrix; directions in which it is flat or not convex keep a finite width."""
    size = 1 / np.sqrt(np.maximum(np.abs(np.diagonal(information)), _FLAT))
    scaled = information * size[:, None] * size[None, :]
    values, vectors = np.linalg.eigh((scaled + scaled.T) / 2)
    if values[0] > _FLAT:
        factor = np.linalg.cholesky(information)
        return np.linalg.inv(factor).T
    return size[:, None] * vectors / np.sqrt(np.maximum(np.abs(values), _FLAT))
