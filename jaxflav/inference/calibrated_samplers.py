"""Posterior draws of simulated data sets by the samplers themselves, for calibration."""

import dataclasses
from collections.abc import Callable, Mapping

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from jaxflav.inference.covariance import expected_information
from jaxflav.inference.evidence import exact_draws
from jaxflav.inference.marginal import define_marginal
from jaxflav.inference.modes import find_modes
from jaxflav.inference.nested import NestedSettings, equal_draws, nested_sample
from jaxflav.inference.nuts import Settings, sample
from jaxflav.inference.posterior import Posterior, define_posterior
from jaxflav.inference.priors import Prior
from jaxflav.inference.problem import Problem
from jaxflav.inference.weighted_draws import equal_weights
from jaxflav.io.errors import InputError
from jaxflav.likelihood.likelihood import with_observed

Draw = Callable[[np.ndarray, int], np.ndarray]

_WEIGHTED = 10  # times as many draws with weights as there shall be of equal weight


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
    posterior = define_posterior(problem, priors)
    marginal = define_marginal(problem, priors)
    place = lambda one: one.integrand.nuisance.likelihood

    def draw(observed, k):
        # maxima over the nuisance parameters are searched for from where those of the data are
        integrand = eqx.tree_at(
            lambda one: one.nuisance.likelihood,
            marginal.integrand,
            with_observed(place(marginal), jnp.asarray(observed)),
        )
        ours = dataclasses.replace(marginal, integrand=integrand)
        nested = nested_sample(ours, dataclasses.replace(settings, seed=k))
        weighted = exact_draws(ours, equal_draws(nested, _WEIGHTED * n, k), k)
        order = [weighted.names.index(name) for name in posterior.names]
        at = define_posterior(_at(problem, observed), priors)
        chains = equal_weights(at, weighted.draws[:, order], weighted.log_weight, weighted.k_hat, k)
        return _some(chains.draws, n, k)

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
    width = np.concatenate([np.ones(k), np.asarray(model.width)])[moving]
    narrowing = np.sqrt(np.diagonal(np.linalg.inv(information))) / width
    order = [int(i) for i in np.argsort(narrowing, kind="stable") if int(i) not in with_prior]
    return (*sorted(with_prior), *sorted(order[:n]))
