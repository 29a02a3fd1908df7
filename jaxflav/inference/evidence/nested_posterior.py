"""Draws of all parameters by nested sampling: where a posterior has several modes, which chains do not weigh."""

from jaxflav.inference.evidence.evidence import Evidence, corrected
from jaxflav.inference.evidence.exact_draws import EACH, exact_draws
from jaxflav.inference.evidence.marginal import Marginal
from jaxflav.inference.evidence.nested import Nested, equal_draws
from jaxflav.inference.posteriors.posterior import Posterior
from jaxflav.inference.sampling.draws import Chains
from jaxflav.inference.sampling.weighted_draws import equal_weights


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
    ArithmeticError
        If the draws are too few, or as ``exact_draws``.
    """
    weighted = exact_draws(marginal, equal_draws(nested, -(-draws // EACH), seed), seed)
    order = [weighted.names.index(name) for name in posterior.names]
    chains = equal_weights(posterior, weighted.draws[:, order], weighted.log_weight, weighted.k_hat, seed)
    return chains, corrected(nested, weighted)
