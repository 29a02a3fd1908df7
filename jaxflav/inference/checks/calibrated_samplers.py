"""Posterior draws of simulated data sets by the samplers themselves, for calibration."""

import dataclasses
from collections.abc import Callable, Mapping

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from jaxflav.inference.evidence.grid_posterior import grid_posterior
from jaxflav.inference.evidence.marginal import define_marginal
from jaxflav.inference.evidence.nested import NestedSettings, nested_sample
from jaxflav.inference.evidence.nested_posterior import nested_posterior
from jaxflav.inference.fitting.covariance import expected_information
from jaxflav.inference.fitting.problem import Problem
from jaxflav.inference.posteriors.modes import find_modes
from jaxflav.inference.posteriors.posterior import Posterior, define_posterior
from jaxflav.inference.posteriors.priors import Prior
from jaxflav.inference.sampling.nuts import sample
from jaxflav.inference.sampling.settings import Settings
from jaxflav.io.errors import InputError
from jaxflav.likelihood.likelihood import with_observed

Draw = Callable[[np.ndarray, int], np.ndarray]

_WEIGHTED = 80  # times as many draws with weights: a twentieth of data sets leaves only 4 % of them


def draws_by_chains(problem: Problem, priors: Mapping[str, Prior], settings: Settings, n: int) -> Draw:
    """Function that finds the modes of the posterior of a data set, samples it, and thins the chains to n draws.

    Raises
    ------
    InputError
        If the chains are shorter than that.
    """
    if settings.chains * settings.draws < n:
        raise InputError(f"{settings.chains} chains of {settings.draws} draws are fewer than {n}; take more draws")

    def draw(observed, k):
        at = _at(problem, observed)
        posterior = define_posterior(at, priors)
        chains = sample(posterior, find_modes(posterior, at, seed=k), dataclasses.replace(settings, seed=k))
        return _some(chains.draws, n, k)

    return draw


def draws_by_nested_sampling(problem: Problem, priors: Mapping[str, Prior], settings: NestedSettings, n: int) -> Draw:
    """Function that samples the posterior of a data set by nested sampling, and gives n draws of equal weight."""

    def sampled(_, marginal, posterior, k):
        nested = nested_sample(marginal, dataclasses.replace(settings, seed=k))
        return nested_posterior(marginal, posterior, nested, _WEIGHTED * n, k)[0]

    return _by_integration(problem, priors, n, sampled)


def draws_by_grid(problem: Problem, priors: Mapping[str, Prior], values: int, n: int) -> Draw:
    """Function that draws from the posterior of a data set by its profile on a grid, n draws of equal weight."""
    return _by_integration(
        problem,
        priors,
        n,
        lambda at, marginal, posterior, k: grid_posterior(at, marginal, posterior, values, _WEIGHTED * n, k)[0],
    )


def _by_integration(problem, priors, n, sampled):
    """Function that integrates over nuisance parameters, from where their maxima are for the data of the problem."""
    marginal = define_marginal(problem, priors)

    def draw(observed, k):
        data = jnp.asarray(observed)
        likelihood = with_observed(marginal.integrand.nuisance.likelihood, data)
        integrand = eqx.tree_at(lambda one: one.nuisance.likelihood, marginal.integrand, likelihood)
        at, ours = _at(problem, observed), dataclasses.replace(marginal, integrand=integrand)
        return _some(sampled(at, ours, define_posterior(at, priors), k).draws, n, k)

    return draw


def _at(problem, observed):
    return dataclasses.replace(problem, likelihood=with_observed(problem.likelihood, jnp.asarray(observed)))


def _some(draws, n, seed):
    """Choose n of the draws (chains, m, p), without repetition."""
    flat = draws.reshape(-1, draws.shape[-1])
    if len(flat) < n:
        raise ArithmeticError(f"only {len(flat)} draws of equal weight, expected {n}")
    return flat[np.random.default_rng([seed, 2]).choice(len(flat), n, replace=False)]


def most_constrained(posterior: Posterior, problem: Problem, n: int) -> tuple[int, ...]:
    """Positions of the quantities with a prior, and of the n nuisance parameters that the data narrow most.

    By the expected information at the start values of the problem.
    """
    likelihood, moving = problem.likelihood, np.asarray(posterior.moving)
    start, context = jnp.asarray(problem.start), jnp.asarray(problem.context)
    information = np.asarray(expected_information(likelihood, start, context))[np.ix_(moving, moving)]
    with_prior = {k for k, _ in posterior.priors}
    for k, prior in posterior.priors:
        if k < len(moving):
            information[k, k] += prior.size**-2.0
    k, model = likelihood.n_signal, likelihood.model
    width = np.concatenate([np.ones(k), np.asarray(model.spread)])[moving]
    narrowing = np.sqrt(np.diagonal(np.linalg.inv(information))) / width
    order = [int(i) for i in np.argsort(narrowing, kind="stable") if int(i) not in with_prior]
    return (*sorted(with_prior), *sorted(order[:n]))
