"""Draws of all parameters by nested sampling: where a posterior has several modes, which chains do not weigh."""

import numpy as np

from jaxflav.inference.evidence import Evidence, corrected, exact_draws, log_densities
from jaxflav.inference.marginal import Marginal
from jaxflav.inference.nested import Nested, equal_draws
from jaxflav.inference.nuts import Chains
from jaxflav.inference.posterior import Posterior, unconstrained
from jaxflav.io.errors import InputError

_PARTS = 4  # that take the place of chains in diagnostics


def nested_posterior(
    marginal: Marginal, posterior: Posterior, nested: Nested, draws: int, seed: int = 0
) -> tuple[Chains, Evidence]:
    """Independent draws of equal weight, in the form of chains, and the evidence.

    The kept parameters are those of the nested sampling, the nuisance parameters come from their normal approximation;
    both are drawn again by their importance weights, as many as the weights are worth.

    Parameters
    ----------
    marginal, nested : Marginal, Nested
        Of ``define_marginal`` and ``nested_sample``.
    posterior : Posterior
        Of the same problem and priors.
    draws : int
        Number of weighted draws; those of equal weight are fewer.
    seed : int
        Of all random numbers here.

    Raises
    ------
    InputError
        If the draws are too few.
    ArithmeticError
        As ``exact_draws``.
    """
    weighted = exact_draws(marginal, equal_draws(nested, draws, seed), seed)
    n = int(weighted.effective) // _PARTS
    if n < _PARTS:
        raise InputError(f"{draws} draws are worth {weighted.effective:.0f} of equal weight; take more draws")
    rng = np.random.default_rng(seed)
    cumulative = np.cumsum(np.exp(weighted.log_weight - weighted.log_weight.max()))
    at = (np.arange(_PARTS * n) + rng.random()) / (_PARTS * n)
    rows = rng.permutation(np.minimum(np.searchsorted(cumulative / cumulative[-1], at), len(cumulative) - 1))
    order = [weighted.names.index(name) for name in posterior.names]
    values = weighted.draws[rows][:, order]
    density = log_densities(posterior, np.array([unconstrained(posterior, row) for row in values]))
    zero = np.zeros((_PARTS, n))
    chains = Chains(
        names=posterior.names,
        draws=values.reshape(_PARTS, n, -1),
        log_density=density.reshape(_PARTS, n),
        diverging=zero.astype(bool),
        steps=zero.astype(int),
        accept=zero + 1,
        step_size=np.full(_PARTS, np.nan),
        warmup_steps=0,
        max_tree_depth=1,
        start_mode=np.zeros(_PARTS, dtype=int),
        with_prior=tuple(posterior.names[k] for k in sorted(k for k, _ in posterior.priors)),
        k_hat=weighted.k_hat,
    )
    return chains, corrected(nested, weighted)
