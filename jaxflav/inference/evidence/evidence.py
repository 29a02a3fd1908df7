"""Evidence of a hypothesis, the integral of its likelihood over its prior, by methods that check each other.

Nested sampling integrates over the few parameters with a prior, with the nuisance parameters integrated in the normal
approximation; importance weights of draws of all parameters make that exact (``corrected``). The normal approximation
of the whole posterior, summed over its modes, is a quick look (``laplace_evidence``); bridge sampling takes the draws
of a Markov chain (``bridge_evidence``); a grid over one or two parameters sums by brute force (``grid_evidence``).

Densities of the constraint terms are normalised over the whole line, those of priors over their support: evidences of
different hypotheses for the same data can be compared.
"""

import dataclasses
from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np

from jaxflav.inference.evidence.exact_draws import ExactDraws
from jaxflav.inference.evidence.marginal import Marginal
from jaxflav.inference.evidence.nested import Nested
from jaxflav.inference.posteriors.modes import Modes
from jaxflav.inference.posteriors.posterior import Posterior
from jaxflav.inference.posteriors.priors import Prior
from jaxflav.inference.sampling.importance import effective_number
from jaxflav.io.errors import InputError

VERDICTS = ((1.0, "not worth a mention"), (3.0, "positive"), (5.0, "strong"), (np.inf, "very strong"))


@dataclasses.dataclass(frozen=True)
class Evidence:
    """ln Z with its error.

    Attributes
    ----------
    log_evidence, error : float
        Value and standard deviation.
    method : str
        How it was found.
    k_hat : float
        Tail of the importance weights, see ``jaxflav.inference.sampling.importance``; -inf where there are none.
    """

    log_evidence: float
    error: float
    method: str
    k_hat: float = -np.inf


def corrected(nested: Nested, draws: ExactDraws) -> Evidence:
    """Evidence of nested sampling with that of the nuisance parameters made exact."""
    error = float(np.hypot(nested.error, draws.error))
    return Evidence(nested.log_evidence + draws.log_correction, error, "nested sampling", draws.k_hat)


def log_prior_mass(posterior: Posterior) -> float:
    """Log of the probability that the priors have within the support of the posterior."""
    low, high = np.asarray(posterior.low), np.asarray(posterior.high)
    return float(sum(np.log(prior.cumulative(high[k]) - prior.cumulative(low[k])) for k, prior in posterior.priors))


def laplace_evidence(posterior: Posterior, modes: Modes) -> Evidence:
    """Evidence of normal densities at the modes; its error is not known."""
    n = modes.u.shape[1]
    volume = n / 2 * np.log(2 * np.pi) + np.linalg.slogdet(modes.whitening)[1]
    # weights are shares of the sum of the modes, the first of which has this volume
    value = modes.log_density[0] + volume - np.log(modes.weight[0]) - log_prior_mass(posterior)
    return Evidence(float(value), np.nan, "normal approximation")


def verdict(log_bayes_factor: float) -> str:
    """What a Bayes factor says, by the scale of Kass and Raftery, J. Am. Stat. Assoc. 90 (1995) 773."""
    return next(text for end, text in VERDICTS if abs(log_bayes_factor) < end)


def other_prior(nested: Nested, marginal: Marginal, priors: Mapping[str, Prior]) -> tuple[float, float]:
    """Change of ln Z for other priors within the support of those sampled, by weighting the draws again.

    Parameters
    ----------
    nested : Nested
        Draws.
    marginal : Marginal
        Whose priors they have.
    priors : mapping of name to Prior
        New priors of some parameters; what they have beyond the support is cut off.

    Returns
    -------
    change : float
        Of ln Z.
    effective : float
        Effective number of draws that it rests on.

    Raises
    ------
    InputError
        If a new prior has no support where the old one has.
    """
    log_ratio = np.zeros(len(nested.theory))
    for name, prior in priors.items():
        k = nested.names.index(name)
        x, old, low, high = nested.theory[:, k], marginal.priors[k], marginal.low[k], marginal.high[k]
        a, b = max(low, prior.low), min(high, prior.high)
        if a >= b:
            raise InputError(
                f"prior of {name!r} from {prior.low:g} to {prior.high:g}: expected some of {low:g}, {high:g}"
            )
        inside = (x >= a) & (x <= b)
        x = np.where(inside, x, (a + b) / 2)
        new_mass, old_mass = (
            np.log(p.cumulative(v) - p.cumulative(w)) for p, w, v in ((prior, a, b), (old, low, high))
        )
        ratio = np.asarray(prior.log_density(jnp.asarray(x)) - old.log_density(jnp.asarray(x))) - new_mass + old_mass
        log_ratio += np.where(inside, ratio, -np.inf)
    log_weight = nested.log_weight + log_ratio
    finite = np.isfinite(log_weight)
    if not finite.any():
        return -np.inf, 0.0
    shift = log_weight[finite].max()
    return float(np.log(np.exp(log_weight[finite] - shift).sum()) + shift), effective_number(log_weight[finite])
