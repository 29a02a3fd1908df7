"""Settings of the sampler."""

import dataclasses

import numpy as np

from jaxflav.io.errors import InputError


@dataclasses.dataclass(frozen=True)
class Settings:
    """How to sample.

    Attributes
    ----------
    chains, warmup, draws : int
        Number of chains, and their iterations: those that adapt, and those that count.
    seed : int
        Of all random numbers.
    target_accept : float
        Mean acceptance probability for which the step size is adapted.
    max_tree_depth : int
        At most 2^depth - 1 steps in an iteration.
    adapt_mass_matrix : bool
        Whether to adapt a diagonal mass matrix in the whitened coordinates; posteriors far from normal need it.
    group : int
        Chains that advance together, at most; the number of chains and devices does not change it. Large groups pay on
        a GPU, smaller ones, which fit into its caches, on a CPU.
    checkpoint_every : int
        Iterations between two checkpoints.
    """

    chains: int = 4
    warmup: int = 300
    draws: int = 1000
    seed: int = 0
    target_accept: float = 0.9
    max_tree_depth: int = 8
    adapt_mass_matrix: bool = False
    group: int = 16
    checkpoint_every: int = 100

    def __post_init__(self):
        """Check the numbers; raises ``InputError``."""
        for name, least in (
            ("chains", 1),
            ("warmup", 1),
            ("draws", 1),
            ("max_tree_depth", 1),
            ("group", 1),
            ("seed", 0),
        ):
            value = getattr(self, name)
            if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < least:
                raise InputError(f"number {name} is {value!r}, expected an integer of at least {least}")
        if not isinstance(self.checkpoint_every, int) or self.checkpoint_every < 1:
            raise InputError(f"checkpoint_every is {self.checkpoint_every!r}, expected at least 1 iteration")
        if not 0 < self.target_accept < 1:
            raise InputError(f"target_accept is {self.target_accept!r}, expected a number between 0 and 1, such as 0.9")
