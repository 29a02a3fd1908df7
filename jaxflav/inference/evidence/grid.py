"""Evidence by brute force: the sum over a grid of one or two parameters."""

import dataclasses

import numpy as np

from jaxflav.inference.evidence.evidence import Evidence
from jaxflav.inference.evidence.marginal import Marginal, from_unit_cube, log_likelihoods
from jaxflav.io.errors import InputError


@dataclasses.dataclass(frozen=True)
class Grid:
    """Integrated likelihood on a grid of the kept parameters, uniform in their prior probability.

    Attributes
    ----------
    names : tuple of k str
    axes : tuple of k (n,) arrays
        Values, at the middle of cells of equal prior probability.
    log_likelihood : (n, ..., n) array
    evidence : Evidence
        Its mean.
    """

    names: tuple[str, ...]
    axes: tuple[np.ndarray, ...]
    log_likelihood: np.ndarray
    evidence: Evidence

    def marginal(self, name: str) -> np.ndarray:
        """Posterior probability (n,) of each value of a parameter."""
        weight = np.exp(self.log_likelihood - self.log_likelihood.max())
        k = self.names.index(name)
        weight = weight.sum(axis=tuple(j for j in range(len(self.names)) if j != k))
        return weight / weight.sum()


def grid_evidence(marginal: Marginal, n: int) -> Grid:
    """Sum over a grid of n values of each of one or two kept parameters.

    Parameters
    ----------
    marginal : Marginal
        The likelihood.
    n : int
        Values of each parameter.

    Raises
    ------
    InputError
        If there are more than two parameters, or none.
    """
    k = len(marginal.names)
    if not 1 <= k <= 2:
        raise InputError(f"a grid needs one or two parameters with a prior, found {k}; take nested sampling")
    unit = (np.arange(n) + 0.5) / n
    cells = np.stack(np.meshgrid(*[unit] * k, indexing="ij"), axis=-1)
    values = log_likelihoods(marginal, from_unit_cube(marginal, cells.reshape(-1, k))).reshape((n,) * k)
    mean = np.log(np.mean(np.exp(values - values.max()))) + values.max()
    diagonal = from_unit_cube(marginal, np.repeat(unit[:, None], k, axis=1))
    return Grid(marginal.names, tuple(diagonal.T), values, Evidence(float(mean), np.nan, "grid"))
