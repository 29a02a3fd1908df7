"""Smearing kernels f(q2_rec | q2): how a true q2 spreads over bins of the reconstructed one.

A kernel is its distribution function F(edge | q2), so that the share of a bin is a difference of two numbers and the
shares of bins that cover everything add up to 1 whatever q2 is. Values and derivatives with respect to q2 are finite
everywhere: at the edges of bins, at q2 = 0, at the end point and beyond it.

References
----------
Bolton, Fajfer, Kamenik, Novoa-Brunet, PRD 110 (2024) 055001, Eq. (6). The box of the inclusive tag is the kinematics
of Belle II, PRD 109 (2024) 112006, section V: q2_rec takes the B to be at rest in the Upsilon(4S) frame.
"""

import abc

import equinox as eqx
import jax.numpy as jnp
from jax.scipy.stats import norm
from jaxtyping import Array, Float

from jaxflav.io.errors import InputError
from jaxflav.numerics.safe import kallen_of_masses, nan_or_zero, zero_where
from jaxflav.response.efficiency import Efficiency, efficiency

_FAR = 1e6  # standard deviations: stands for infinity where a formula needs a number
_NARROW = 0.1  # half width of a box in standard deviations, below which its series is exact to rounding
_POINT = 1e-12  # squared half width in GeV^4 below which a box is a point


class AbstractKernel(eqx.Module):
    """Distribution of q2_rec for a given q2."""

    @abc.abstractmethod
    def shares(self, edges: Float[Array, " m"], q2: Float[Array, " n"]) -> Float[Array, "bins n"]:
        """Probability of every bin between neighbouring edges, for every q2."""


def bin_shares(kernel: AbstractKernel, edges: Float[Array, " m"], q2: Float[Array, " n"]) -> Float[Array, "bins n"]:
    """Probability that an event of true q2 is reconstructed in each bin.

    Parameters
    ----------
    kernel : AbstractKernel
        The kernel.
    edges : (bins + 1,) array
        Increasing edges of the bins of q2_rec in GeV^2; the outermost may be infinite. What lies outside is lost.
    q2 : (n,) array
        True q2 in GeV^2.

    Returns
    -------
    (bins, n) array
        Each column sums to 1 if the bins cover the range of the kernel.
    """
    return kernel.shares(jnp.asarray(edges, float), jnp.asarray(q2, float))


def _between(cumulative, edges):
    """Differences of a distribution function (edges, n), with 0 and 1 at infinite edges."""
    infinite = jnp.isinf(edges)[:, None]
    limit = jnp.where(edges > 0, 1.0, 0.0)[:, None]
    return jnp.diff(jnp.where(infinite, limit + nan_or_zero(cumulative), cumulative), axis=0)


def _finite(edges):
    """Edges with 0 in place of infinity, which ``_between`` puts back, so that no infinity enters a derivative."""
    return jnp.where(jnp.isinf(edges), 0.0, edges)


class NoSmearing(AbstractKernel):
    """q2_rec = q2; an event on an edge belongs to the bin above it.

    The shares are steps, with derivative 0: right for a continuum, whose quadrature must then break at the edges
    (``Binned.nodes`` does). A likelihood in the mass of a line jumps as the line crosses an edge; give such an
    analysis its resolution with ``GaussianSmearing``.
    """

    def shares(self, edges, q2):
        """See ``bin_shares``."""
        below = jnp.where(q2[None, :] < _finite(edges)[:, None], 1.0, 0.0)
        return _between(below + nan_or_zero(q2)[None, :], edges)


class GaussianSmearing(AbstractKernel):
    """Normal distribution of q2_rec - q2.

    Attributes
    ----------
    resolution, shift : scalars
        Standard deviation and mean, GeV^2.

    Raises
    ------
    InputError
        If the resolution is not positive.
    """

    resolution: Float[Array, ""]
    shift: Float[Array, ""]

    def __init__(self, resolution: float, shift: float = 0.0):
        self.resolution = _positive(resolution, "resolution of a Gaussian kernel, in GeV^2")
        self.shift = jnp.asarray(float(shift))

    def shares(self, edges, q2):
        """See ``bin_shares``."""
        x = (_finite(edges)[:, None] - q2[None, :] - self.shift) / self.resolution
        return _between(norm.cdf(x), edges)


class InclusiveTagSmearing(AbstractKernel):
    """Uniform distribution of an inclusive tag, folded with a Gaussian resolution if there is one.

    With q2_rec = s/4 + m_K^2 - sqrt(s) E*_K, and a B of momentum sqrt(s/4 - m_B^2) that decays isotropically, q2_rec is
    uniform within sqrt(s) gamma beta p_K of s/4 + m_K^2 - sqrt(s) gamma E_K, where E_K and p_K are those in the B rest
    frame, gamma = sqrt(s)/(2 m_B). The width vanishes at the end point. Folded, the shares are smooth functions of q2
    (of the squared width, so also at the end point); unfolded, they have kinks.

    Attributes
    ----------
    sqrt_s, m_parent, m_daughter : scalars
        GeV.
    resolution : scalar or None
        Standard deviation in q2_rec, GeV^2.

    Raises
    ------
    InputError
        If a number is not positive, or the B mesons are not produced at this energy.
    """

    sqrt_s: Float[Array, ""]
    m_parent: Float[Array, ""]
    m_daughter: Float[Array, ""]
    resolution: Float[Array, ""] | None

    def __init__(self, sqrt_s: float, m_parent: float, m_daughter: float, resolution: float | None = None):
        self.sqrt_s = _positive(sqrt_s, "sqrt_s of an inclusive tag, in GeV")
        self.m_parent = _positive(m_parent, "m_parent of an inclusive tag, in GeV")
        self.m_daughter = _positive(m_daughter, "m_daughter of an inclusive tag, in GeV")
        self.resolution = None if resolution is None else _positive(resolution, "resolution of the tag, in GeV^2")
        if not 2 * float(m_parent) <= float(sqrt_s):
            raise InputError(f"sqrt_s = {sqrt_s:g} GeV is below 2 m_parent = {2 * m_parent:g} GeV: no pairs")

    def box(self, q2: Float[Array, " n"]) -> tuple[Float[Array, " n"], Float[Array, " n"]]:
        """Centre, GeV^2, and squared half width, GeV^4, of the distribution of q2_rec; beyond the end point width 0."""
        gamma = self.sqrt_s / (2 * self.m_parent)
        energy = (self.m_parent**2 + self.m_daughter**2 - q2) / (2 * self.m_parent)
        centre = self.sqrt_s**2 / 4 + self.m_daughter**2 - self.sqrt_s * gamma * energy
        end = (self.m_parent - self.m_daughter) ** 2
        lam = zero_where(q2 >= end, kallen_of_masses(self.m_parent, self.m_daughter, q2))
        momentum2 = lam / (4 * self.m_parent**2)
        return centre, self.sqrt_s**2 * (gamma**2 - 1) * momentum2

    def shares(self, edges, q2):
        """See ``bin_shares``."""
        centre, width2 = self.box(q2)
        x = _finite(edges)[:, None] - centre[None, :]
        if self.resolution is None:
            cumulative = _box(x, width2[None, :])
        else:
            cumulative = _folded_box(x / self.resolution, width2[None, :] / self.resolution**2)
        return _between(cumulative, edges)


class TabulatedSmearing(AbstractKernel):
    """Shares of a published joint density: eps_x(q2) over its sum over the bins x, which are those of the density.

    Attributes
    ----------
    density : Efficiency
        Smooth efficiencies eps_x(q2) of the bins of q2_rec, in their order.
    """

    density: Efficiency

    def shares(self, edges, q2):
        """See ``bin_shares``; the edges only say how many bins there are."""
        if len(edges) != self.density.n_bins + 1:
            raise InputError(f"{len(edges) - 1} bins of q2_rec, but the joint density has {self.density.n_bins}")
        each = efficiency(self.density, q2)
        return each / each.sum(axis=0, keepdims=True)


def _positive(value, what):
    number = float(value)
    if not 0 < number < float("inf"):
        raise InputError(f"{what}: expected a positive number, found {value!r}")
    return jnp.asarray(number)


def _box(x, width2):
    """Distribution function of a uniform distribution on [-w, w]."""
    x, width2 = jnp.broadcast_arrays(x, width2)
    width = jnp.sqrt(jnp.maximum(width2, _POINT))
    return jnp.clip((x + width) / (2 * width), 0.0, 1.0)


def _folded_box(x, width2):
    """Distribution function of a uniform distribution on [-w, w] plus a standard normal one.

    The integral of the normal distribution function is y Phi(y) + phi(y); for a narrow box the average of Phi is a
    series in w^2, whose terms are the even derivatives of Phi.
    """
    x, width2 = jnp.broadcast_arrays(jnp.clip(x, -_FAR, _FAR), width2)
    is_narrow = width2 <= _NARROW**2
    w = jnp.sqrt(jnp.where(is_narrow, 1.0, width2))
    upper, lower = ((y * norm.cdf(y) + norm.pdf(y)) for y in (x + w, x - w))
    near = jnp.clip(x, -20.0, 20.0)  # the density is 0 beyond
    small, y2 = jnp.where(is_narrow, width2, 0.0), near * near
    series = small / 6 * (1 + small / 20 * ((y2 - 3) + small / 42 * (y2 * (y2 - 10) + 15)))
    fourth = small**4 / 362880 * (y2 * (y2 * (y2 - 21) + 105) - 105)
    narrow = norm.cdf(x) - near * norm.pdf(near) * (series + fourth)
    return jnp.where(is_narrow, narrow, (upper - lower) / (2 * w))
