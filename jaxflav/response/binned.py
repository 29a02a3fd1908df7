"""Response of a binned analysis: expected events per bin of q2_rec from N_B, efficiency and smearing kernel.

References
----------
Bolton, Fajfer, Kamenik, Novoa-Brunet, PRD 110 (2024) 055001, Eqs. (6) and (7).
"""

from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import scipy
from jaxtyping import Array, Float

from jaxflav.io.errors import InputError
from jaxflav.numerics.quadrature import piecewise
from jaxflav.numerics.safe import nan_or_zero
from jaxflav.response.kernels import AbstractKernel, bin_shares
from jaxflav.spectra.spectrum import Spectrum

_INTERVALS, _NODES = 100, 4
_SUM_TOLERANCE = 1e-6


class EfficiencyTable(eqx.Module):
    """Efficiency as a smooth curve through a table: monotone between its points, with a continuous derivative.

    Outside the table the efficiency is held at its value at the end, which the curve reaches with slope 0. A table
    with a single point is a flat efficiency.

    Attributes
    ----------
    q2 : (k,) array
        Increasing points, GeV^2.
    value, slope : (k,) arrays
        Efficiency and its derivative there.

    Raises
    ------
    InputError
        If shapes do not fit, the points do not increase, or an efficiency is outside [0, 1].
    """

    q2: Float[Array, " k"]
    value: Float[Array, " k"]
    slope: Float[Array, " k"]

    def __init__(self, q2: np.ndarray, value: np.ndarray):
        q2, value = np.asarray(q2, dtype=float), np.asarray(value, dtype=float)
        if q2.ndim != 1 or q2.shape != value.shape or len(q2) == 0:
            raise InputError(f"an efficiency needs as many points as values, found {q2.shape} and {value.shape}")
        if not np.all(np.isfinite(q2)) or not np.all(np.diff(q2) > 0):
            raise InputError(f"the points q2 of an efficiency must be finite and increase, found {q2.tolist()}")
        if not np.all((value >= 0) & (value <= 1)):
            raise InputError(f"efficiencies must be between 0 and 1, found {value.tolist()}")
        slope = np.zeros_like(value)
        if len(q2) > 2:
            slope[1:-1] = scipy.interpolate.PchipInterpolator(q2, value).derivative()(q2[1:-1])
        self.q2, self.value, self.slope = jnp.asarray(q2), jnp.asarray(value), jnp.asarray(slope)

    def __call__(self, q2: Float[Array, " n"]) -> Float[Array, " n"]:
        """Efficiency at q2 in GeV^2."""
        if self.q2.shape[0] == 1:
            return self.value[0] + nan_or_zero(q2)
        held = jnp.clip(q2, self.q2[0], self.q2[-1])
        k = jnp.clip(jnp.searchsorted(self.q2, held, side="right") - 1, 0, self.q2.shape[0] - 2)
        width = self.q2[k + 1] - self.q2[k]
        t = (held - self.q2[k]) / width
        rise = t * t * (3 - 2 * t)
        bend = width * t * (1 - t) * ((1 - t) * self.slope[k] - t * self.slope[k + 1])
        return self.value[k] * (1 - rise) + self.value[k + 1] * rise + bend


def flat_efficiency(value: float) -> EfficiencyTable:
    """The same efficiency at every q2.

    Raises
    ------
    InputError
        If it is outside [0, 1].
    """
    return EfficiencyTable(np.zeros(1), np.full(1, float(value)))


class TableSmearing(AbstractKernel):
    """Shares of the bins as a table in q2, each a smooth curve as in ``EfficiencyTable``, together always 1.

    Attributes
    ----------
    rows : tuple of EfficiencyTable
        One per bin of q2_rec.

    Raises
    ------
    InputError
        If the table is malformed, or a column does not sum to 1: then the kernel would lose or make events.
    """

    rows: tuple[EfficiencyTable, ...]

    def __init__(self, q2: np.ndarray, shares: np.ndarray):
        shares = np.asarray(shares, dtype=float)
        if shares.ndim != 2:
            raise InputError(f"shares need one row per bin and one column per q2, found shape {shares.shape}")
        self.rows = tuple(EfficiencyTable(q2, row) for row in shares)
        total = shares.sum(axis=0)
        worst = int(np.argmax(np.abs(total - 1)))
        if abs(total[worst] - 1) > _SUM_TOLERANCE:
            raise InputError(
                f"the shares of column {worst} sum to {total[worst]:.8g}, expected 1: a kernel conserves events; put "
                "what is lost into the efficiency"
            )

    def shares(self, edges, q2):
        """See ``bin_shares``; the edges only say how many bins there are."""
        if edges.shape[0] != len(self.rows) + 1:
            raise InputError(f"{edges.shape[0] - 1} bins of q2_rec, but the kernel has {len(self.rows)} rows")
        each = jnp.stack([row(q2) for row in self.rows])
        return each / each.sum(axis=0, keepdims=True)


class Binned(eqx.Module):
    """Response of one channel of an analysis in bins of q2_rec.

    Attributes
    ----------
    n_mesons : scalar
        Number of mesons that may decay this way: for B+ and for B0 from B Bbar pairs in equal parts, the number of
        pairs.
    efficiency : callable
        eps(q2): (n,) array of GeV^2 to (n,) array; an ``EfficiencyTable``, or any module or function of JAX.
    kernel : AbstractKernel
        Smearing.
    edges : (bins + 1,) array
        Edges of the bins of q2_rec, GeV^2; the outermost may be infinite.
    """

    n_mesons: Float[Array, ""]
    efficiency: Callable
    kernel: AbstractKernel
    edges: Float[Array, " m"]

    @property
    def n_bins(self) -> int:
        """Number of bins."""
        return self.edges.shape[0] - 1

    def nodes(self, q2_max: float) -> tuple[np.ndarray, np.ndarray]:
        """Composite Gauss-Legendre nodes and weights on [0, q2_max], GeV^2, for the spectrum of a continuum.

        They break at the edges of the bins and at the points of an efficiency table.
        """
        breaks = [np.linspace(0.0, q2_max, _INTERVALS + 1), np.asarray(self.edges)]
        if isinstance(self.efficiency, EfficiencyTable):
            breaks.append(np.asarray(self.efficiency.q2))
        points = np.unique(np.concatenate(breaks))
        points = points[(points >= 0) & (points <= q2_max)]
        keep = np.append(True, np.diff(points) > 1e-9 * q2_max)
        return piecewise(points[keep], _NODES)


def binned_yields(response: Binned, spectrum: Spectrum) -> Float[Array, " bins"]:
    """Expected events in every bin: N_B sum eps(q2) (share of the bin at q2) dBR, Eqs. (6) and (7)."""
    accepted = response.efficiency(spectrum.q2) * spectrum.branching
    return response.n_mesons * (bin_shares(response.kernel, response.edges, spectrum.q2) @ accepted)
