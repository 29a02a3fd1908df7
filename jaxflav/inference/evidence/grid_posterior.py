"""Draws of all parameters from the profile likelihood on a grid of one or two of them, made exact by weights."""

import dataclasses

import numpy as np

from jaxflav.inference.evidence.evidence import Evidence
from jaxflav.inference.evidence.exact_draws import EACH, exact_draws
from jaxflav.inference.evidence.marginal import Marginal, from_unit_cube
from jaxflav.inference.fitting.problem import Problem, fit_held
from jaxflav.inference.posteriors.posterior import Posterior, unconstrained
from jaxflav.inference.sampling.draws import Chains
from jaxflav.inference.sampling.weighted_draws import equal_weights
from jaxflav.io.errors import InputError

VALUES = 40  # of each parameter
_ANYWHERE = 0.05  # share of the draws from the prior, so that the proposal misses nothing


def grid_posterior(
    problem: Problem, marginal: Marginal, posterior: Posterior, values: int, draws: int, seed: int = 0
) -> tuple[Chains, Evidence]:
    """Independent draws of equal weight, in the form of chains, and the evidence.

    The kept parameters are drawn from cells of equal prior probability, in proportion to the profile likelihood at
    their middle, the nuisance parameters from their normal approximation; importance weights correct both.

    Parameters
    ----------
    problem : Problem
        What is fitted.
    marginal : Marginal
        Of ``define_marginal``, with one or two kept parameters.
    posterior : Posterior
        Of the same problem and priors.
    values : int
        Of each kept parameter.
    draws : int
        Number of weighted draws; those of equal weight are fewer.
    seed : int
        Of all random numbers.

    Raises
    ------
    InputError
        If there are more than two kept parameters, or none.
    ArithmeticError
        If the draws are too few, or as ``exact_draws``.
    """
    k, t = len(marginal.names), marginal.integrand.index.shape[0]
    if not 1 <= k <= 2:
        raise InputError(f"a grid needs one or two parameters with a prior, found {k}; take nested sampling")
    unit = (np.arange(values) + 0.5) / values
    cells = np.stack(np.meshgrid(*[unit] * k, indexing="ij"), axis=-1).reshape(-1, k)
    middle = from_unit_cube(marginal, cells)
    contexts = middle[:, t] if marginal.integrand.free_context else np.full(len(middle), problem.context)
    fits = fit_held(problem, marginal.names[:t], middle[:, :t], contexts=contexts)
    # a proposal needs no fit that has converged to its last digit
    height = np.nan_to_num(fits.log_likelihood)
    share = np.exp(height - height.max())
    share = (1 - _ANYWHERE) * share / share.sum() + _ANYWHERE / len(share)
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(share), size=-(-draws // EACH), p=share / share.sum())
    theory = from_unit_cube(marginal, cells[chosen] + (rng.random((len(chosen), k)) - 0.5) / values)
    # the fit of its cell is the best start of a draw
    visited = np.unique(chosen)
    values = fits.parameters[visited][:, np.asarray(marginal.integrand.nuisance.moving)]
    modes = unconstrained(marginal.integrand.nuisance, values, start=True)
    near = dataclasses.replace(marginal, references=middle[visited], modes=modes)
    weighted = exact_draws(near, theory, seed, np.log(share[chosen] * len(share)))
    order = [weighted.names.index(name) for name in posterior.names]
    chains = equal_weights(posterior, weighted.draws[:, order], weighted.log_weight, weighted.k_hat, seed)
    return chains, Evidence(weighted.log_correction, weighted.error, "weighted grid", weighted.k_hat)
