"""Weighted draws of all parameters as draws of equal weight, in the form of chains."""

import numpy as np

from jaxflav.inference.posteriors.posterior import Posterior, log_densities, unconstrained
from jaxflav.inference.sampling.draws import Chains
from jaxflav.inference.sampling.importance import effective_number, resample

_PARTS = 4  # that take the place of chains in diagnostics


def equal_weights(
    posterior: Posterior, draws: np.ndarray, log_weight: np.ndarray, k_hat: float, seed: int = 0
) -> Chains:
    """Draws from weighted ones, as many as the weights are worth, in random order.

    Parameters
    ----------
    posterior : Posterior
        Whose they are.
    draws : (n, p) array
        Sampled quantities, in the order of ``posterior.names``.
    log_weight : (n,) array
        Logarithm of the weights, up to a constant.
    k_hat : float
        Tail of the weights, see ``jaxflav.inference.sampling.importance``.
    seed : int
        Of the choice and the order.

    Raises
    ------
    ArithmeticError
        If the draws are worth too few.
    """
    effective = effective_number(log_weight)
    n = int(effective) // _PARTS
    if n < _PARTS:
        raise ArithmeticError(
            f"{len(draws)} weighted draws are worth {effective:.0f} of equal weight (k-hat {k_hat:.2f}), expected at "
            f"least {_PARTS**2}; take more draws"
        )
    rng = np.random.default_rng(seed)
    values = draws[rng.permutation(resample(log_weight, _PARTS * n, rng))]
    density = log_densities(posterior, unconstrained(posterior, values))
    zero = np.zeros((_PARTS, n))
    return Chains(
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
        k_hat=k_hat,
    )
