"""Efficiencies eps_x(q2): expected events in analysis bin x per unit branching fraction at generated q2.

eps_x(q2) is the published number density divided by the spectrum of the simulation, smoothed: its logarithm is
a cubic spline, so eps_x is positive and twice continuously differentiable, and a yield has a derivative with
respect to the mass of a new particle everywhere. The spectrum of the simulation returns the nominal yields.
"""

from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.numerics.quadrature import piecewise
from jaxflav.numerics.splines import evaluate_uniform, uniform_basis
from jaxflav.response.number_density import NumberDensity
from jaxflav.response.smoothing import effective_weight, smooth_log_curve
from jaxflav.spectra.spectrum import Spectrum

_NODES_PER_BIN = 4


class Efficiency(eqx.Module):
    """Efficiencies of analysis bins as splines in q2.

    Attributes
    ----------
    log_coefficients : (bins, k) array
        Spline coefficients of ln eps.
    q2_min, q2_max : float
        Range of generated q2 in GeV^2; outside, eps is held at its value at the end of the range.
    penalties : tuple of float
        Strength of smoothing chosen for each bin, for the record.
    """

    log_coefficients: Float[Array, "bins k"]
    q2_min: float = eqx.field(static=True)
    q2_max: float = eqx.field(static=True)
    penalties: tuple[float, ...] = eqx.field(static=True)

    @property
    def n_bins(self) -> int:
        """Number of analysis bins."""
        return self.log_coefficients.shape[0]

    @property
    def knots(self) -> np.ndarray:
        """Where the pieces of the splines meet, in GeV^2."""
        return np.linspace(self.q2_min, self.q2_max, self.log_coefficients.shape[1] - 2)

    @property
    def nodes(self) -> tuple[np.ndarray, np.ndarray]:
        """Composite Gauss-Legendre nodes and weights, in GeV^2, that integrate a spectrum times eps."""
        return piecewise(self.knots, _NODES_PER_BIN)


def efficiency(response: Efficiency, q2: Float[Array, " n"]) -> Float[Array, "bins n"]:
    """Expected events per unit branching fraction, for q2 in GeV^2."""
    return jnp.exp(evaluate_uniform(response.log_coefficients, q2, response.q2_min, response.q2_max))


def yields(response: Efficiency, spectrum: Spectrum) -> Float[Array, " bins"]:
    """Expected events of a spectrum dBR/dq2 in every analysis bin."""
    return efficiency(response, spectrum.q2) @ spectrum.branching


def build_efficiency(
    density: NumberDensity, simulated_spectrum: Callable[[np.ndarray], np.ndarray], nominal: np.ndarray
) -> Efficiency:
    """Smooth efficiencies from a number density, on the host.

    Parameters
    ----------
    density : NumberDensity
        Of the simulation; its q2 bins must be of equal width.
    simulated_spectrum : callable
        dBR/dq2 in GeV^-2 of the simulation, as a function of an array of q2 in GeV^2.
    nominal : (bins,) array
        Nominal yields, which the simulated spectrum will return. Candidates without a matching generated q2
        are thereby distributed like the others.

    Raises
    ------
    ArithmeticError
        If the smoothing does not converge.
    """
    lower, upper = float(density.q2_edges[0]), float(density.q2_edges[-1])
    intervals = len(density.q2_edges) - 1
    q2, weights = piecewise(density.q2_edges, _NODES_PER_BIN)
    shape = (intervals, _NODES_PER_BIN)
    exposure = (weights * simulated_spectrum(q2)).reshape(shape)
    basis = uniform_basis(q2, lower, upper, intervals).reshape(*shape, -1)
    rows, penalties = [], []
    for row, target in zip(density.yields, nominal, strict=True):
        weight = effective_weight(row)
        coefficients, penalty = smooth_log_curve(row / weight, exposure / weight, basis)
        returned = (np.exp(basis @ coefficients) * exposure).sum()
        rows.append(coefficients + np.log(target / returned))
        penalties.append(float(penalty))
    return Efficiency(jnp.asarray(np.array(rows)), lower, upper, tuple(penalties))
