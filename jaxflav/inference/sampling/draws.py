"""Draws from a posterior."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Chains:
    """Draws from a posterior.

    Attributes
    ----------
    names : tuple of p str
        Sampled quantities.
    draws : (chains, draws, p) array
        Their values.
    log_density : (chains, draws) array
        Log of the posterior density of the unbounded coordinates, up to its normalisation.
    diverging : (chains, draws) boolean array
        Whether the trajectory left the region where the integration of its equations is accurate.
    steps : (chains, draws) array
        Leapfrog steps.
    accept : (chains, draws) array
        Mean acceptance probability.
    step_size : (chains,) array
        After adaptation.
    warmup_steps : int
        Leapfrog steps spent on adaptation, all chains.
    max_tree_depth : int
        Of the settings.
    start_mode : (chains,) array
        Mode from which each chain started.
    with_prior : tuple of str
        Quantities that have a prior, in the order of ``names``; the others have constraint terms.
    k_hat : float
        Tail of the importance weights if the draws come from such, see ``jaxflav.inference.sampling.importance``.
    """

    names: tuple[str, ...]
    draws: np.ndarray
    log_density: np.ndarray
    diverging: np.ndarray
    steps: np.ndarray
    accept: np.ndarray
    step_size: np.ndarray
    warmup_steps: int
    max_tree_depth: int
    start_mode: np.ndarray
    with_prior: tuple[str, ...]
    k_hat: float = -np.inf

    @property
    def independent(self) -> bool:
        """Whether the draws come from weighted ones, not from a Markov chain, which takes steps."""
        return not self.steps.any()
