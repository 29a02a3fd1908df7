"""How far a Bayes factor depends on priors: other ones within the support of those that were sampled."""

import dataclasses

import numpy as np

from jaxflav.inference.evidence.evidence import other_prior
from jaxflav.inference.evidence.marginal import Marginal
from jaxflav.inference.evidence.nested import Nested
from jaxflav.inference.posteriors.priors import LogUniform, Prior, Uniform, UniformInSquare

_DECADES = 2  # of a log-uniform prior below its upper end
ENOUGH = 50  # effective draws, below which a change of ln Z is not shown


@dataclasses.dataclass(frozen=True)
class OtherPrior:
    """Another prior of one parameter.

    Attributes
    ----------
    name : str
        Parameter.
    prior : Prior
        The other prior.
    change : float
        Of ln Z; NaN where too few draws are in its support.
    effective : float
        Effective number of draws that it rests on.
    """

    name: str
    prior: Prior
    change: float
    effective: float


def alternatives(low: float, high: float) -> list[Prior]:
    """Lower half of the range, and for positive quantities flat in the square and in the logarithm; finite ranges."""
    found: list[Prior] = [Uniform(low, (low + high) / 2)]
    if low >= 0:
        start = max(low, high / 10**_DECADES)
        found += [UniformInSquare(low, high), LogUniform(start, high)]
    return found


def prior_sensitivity(nested: Nested, marginal: Marginal) -> list[OtherPrior]:
    """Change of ln Z when the prior of one parameter after the other is replaced, without new evaluations.

    Parameters
    ----------
    nested : Nested
        Draws.
    marginal : Marginal
        Whose priors they have; those of infinite range are left as they are.
    """
    found = []
    for name, own, low, high in zip(marginal.names, marginal.priors, marginal.low, marginal.high, strict=True):
        if not (np.isfinite(low) and np.isfinite(high)):
            continue
        for prior in alternatives(low, high):
            if prior != own:
                change, effective = other_prior(nested, marginal, {name: prior})
                found.append(OtherPrior(name, prior, change if effective >= ENOUGH else np.nan, effective))
    return found
