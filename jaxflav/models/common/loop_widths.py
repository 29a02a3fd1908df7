"""Widths into two gluons through loops of quarks."""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from scipy.special import comb

from jaxflav.models.common.numbers import value
from jaxflav.models.common.phase_space import nan_if_negative
from jaxflav.numerics.safe import safe_sqrt

_SERIES_BELOW = 0.1  # of 1/t; with 20 terms the rest is below 1e-19
_n = np.arange(1.0, 22.0)
_ARCSIN2 = 2 ** (2 * _n - 1) / (_n**2 * comb(2 * _n, _n))  # arcsin^2(sqrt u) = sum_n c_n u^n
_SMALLEST = 1e-30
_LARGEST = 1e30

Complex = tuple[Float[Array, "*n"], Float[Array, "*n"]]


def _polynomial(u, coefficients):
    total = jnp.zeros_like(u)
    for c in coefficients[::-1]:
        total = total * u + c
    return total


def triangle(t: Float[Array, "*n"]) -> Complex:
    """Real and imaginary part of f(t) = -(1/2) int_0^1 dx/x ln(1 - 4 x (1 - x)/t - i 0), t = 4 m^2/M^2 > 0.

    arcsin^2(1/sqrt t) for t >= 1, continued below; at t = 1, where the slope is infinite on both sides, the derivative
    is that of the smooth part.
    """
    t = jnp.maximum(t, _SMALLEST)
    heavy = t >= 1
    angle = jnp.pi / 2 - jnp.arctan(safe_sqrt(t - 1))
    s = safe_sqrt(1 - t)
    rapidity = jnp.log((1 + s) ** 2 / t)
    return jnp.where(heavy, angle**2, (jnp.pi**2 - rapidity**2) / 4), jnp.where(heavy, 0.0, jnp.pi / 2 * rapidity)


def _squared_ratio(m, M):
    """4 m^2/M^2, and a very large ratio for a massless mediator."""
    massless = m / _LARGEST**0.5 >= M
    return jnp.where(massless, _LARGEST, (2 * m / jnp.where(massless, 1.0, M)) ** 2)


def scalar_loop(m: Float[Array, "*n"], M: Float[Array, "*n"]) -> Complex:
    """A = (3/2) t [1 + (1 - t) f(t)] of a quark of mass m in S -> g g, real and imaginary part. [V 9]

    1 for a heavy quark, 0 for a massless one. Masses in GeV.
    """
    t = _squared_ratio(m, M)
    u = 1 / jnp.maximum(t, _SMALLEST)
    large = u < _SERIES_BELOW
    re, im = triangle(jnp.where(large, 1.0, t))
    series = 1.5 * _polynomial(jnp.where(large, u, 0.0), _ARCSIN2[:-1] - _ARCSIN2[1:])
    return jnp.where(large, series, 1.5 * t * (1 + (1 - t) * re)), jnp.where(large, 0.0, 1.5 * t * (1 - t) * im)


def alp_loop(m: Float[Array, "*n"], M: Float[Array, "*n"]) -> Complex:
    """B_1 = 1 - t f(t) of a quark of mass m in a -> g g, real and imaginary part. [V 9] triangle, [L] anomaly term 1

    0 for a heavy quark, 1 for a massless one. Masses in GeV.
    """
    t = _squared_ratio(m, M)
    u = 1 / jnp.maximum(t, _SMALLEST)
    large = u < _SERIES_BELOW
    re, im = triangle(jnp.where(large, 1.0, t))
    safe = jnp.where(large, u, 0.0)
    series = -safe * _polynomial(safe, _ARCSIN2[1:])
    return jnp.where(large, series, 1 - t * re), jnp.where(large, 0.0, -t * im)


def scalar_to_gluons(
    M: Float[Array, "*n"],
    alpha_s: Float[Array, ""],
    quark_masses: Sequence[Float[Array, ""]],
    v: Float[Array, ""],
    nuisance: Float[Array, ""] = 0.0,
) -> Float[Array, "*n"]:
    """Width of a scalar with the couplings m_q/v to the quarks into gluons, GeV, at leading order. [V 9]

    Parameters
    ----------
    M
        Mass of the scalar, GeV; the formula is meant for 2 GeV and more.
    alpha_s
        At the scale M.
    quark_masses
        Of the quarks in the loop, GeV.
    v
        246 GeV.
    nuisance
        In standard deviations of the logarithm of the width, for which ``data/hadronic.yaml`` gives a factor.
    """
    M = nan_if_negative(M)
    factor = value("hadronic.yaml", "scalar_gluon_factor") ** nuisance
    parts = [scalar_loop(q, M) for q in quark_masses]
    re, im = (sum(part[i] for part in parts) for i in (0, 1))
    return factor * alpha_s**2 * M**3 / (72 * jnp.pi**3 * v**2) * (re**2 + im**2)


def alp_to_gluons_by_quarks(
    M: Float[Array, "*n"],
    alpha_s: Float[Array, ""],
    quark_masses: Sequence[Float[Array, ""]],
    C_over_f: Float[Array, "quarks"] | Float[Array, ""],
    nuisance: Float[Array, ""] = 0.0,
) -> Float[Array, "*n"]:
    """Width of an axion-like particle with L = (d_mu a/2) sum_q (C_q/f) qbar gamma^mu gamma_5 q into gluons, GeV.

    alpha_s^2 M^3/(32 pi^3) |sum_q (C_q/f) B_1|^2 (1 + 83 alpha_s/(4 pi)): [V 9] for the triangle, [L] for the last
    factor with three flavours, which is about 3 at 2 GeV: so the width is known to a factor of 2. Below 2 GeV hadrons
    need other methods (arXiv:1811.03474).

    Parameters
    ----------
    M
        Mass, GeV.
    alpha_s
        At the scale M.
    quark_masses
        GeV.
    C_over_f
        GeV^-1, one for each quark or one for all.
    nuisance
        In standard deviations of the logarithm of the width, for which ``data/hadronic.yaml`` gives a factor.
    """
    M = nan_if_negative(M)
    couplings = jnp.broadcast_to(jnp.asarray(C_over_f, float), (len(quark_masses),))
    factor = value("hadronic.yaml", "alp_gluon_factor") ** nuisance
    parts = [alp_loop(q, M) for q in quark_masses]
    re, im = (sum(c * part[i] for c, part in zip(couplings, parts, strict=True)) for i in (0, 1))
    K = 1 + 83 / 4 * alpha_s / jnp.pi
    return factor * alpha_s**2 * M**3 / (32 * jnp.pi**3) * (re**2 + im**2) * K
