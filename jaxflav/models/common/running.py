"""Running of coefficients from the scale of new particles to m_b: QCD at one loop, with alpha_s at two loops.

C(mu) = eta C(M) for scalar, tensor and left-left vector operators of four quarks; operators with a quark current do not
run. The thresholds are m_t(m_t), m_b(m_b) and m_c(m_c); alpha_s is continuous there. Matching at one loop at M, and the
mixing of scalar and tensor operators by electroweak loops, are left out. [N]
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.io.errors import UnknownNameError
from jaxflav.models.common.numbers import value

_NEWTON = 6
ELECTROWEAK = ("lq1", "lq3", "ld", "Hq1", "Hq3", "Hd")


def _number(name):
    return value("running.yaml", name)


def _evolve(inverse, log_ratio2, flavours):
    """1/alpha_s after a change of ln mu^2: the root y of y - c ln(y + c), which runs linearly."""
    b0 = (33 - 2 * flavours) / (12 * jnp.pi)
    c = (153 - 19 * flavours) / (24 * jnp.pi**2) / b0
    target = inverse - c * jnp.log(inverse + c) + b0 * log_ratio2
    y = jnp.maximum(inverse + b0 * log_ratio2, 1.0)
    for _ in range(_NEWTON):
        y = y - (y - c * jnp.log(y + c) - target) * (y + c) / y
        y = jnp.where(y < 0.3, 0.3, y)
    # below the smallest root of the two-loop equation there is none: the Landau pole
    return jnp.where(jnp.abs(y - c * jnp.log(y + c) - target) < 1e-6, y, jnp.nan)


def alpha_s(mu: Float[Array, ""], alpha_s_mZ: Float[Array, ""] | None = None) -> Float[Array, ""]:
    """Strong coupling at the scale mu in GeV, MSbar, at two loops; NaN where mu is so low that there is no solution.

    Parameters
    ----------
    mu
        GeV, positive.
    alpha_s_mZ
        At m_Z; that of ``data/running.yaml`` unless given.
    """
    start = jnp.asarray(_number("alpha_s_mZ") if alpha_s_mZ is None else alpha_s_mZ, float)
    top, bottom, charm, m_Z = (_number(name) for name in ("m_t_mt", "m_b_mb", "m_c_mc", "m_Z"))
    inverse, at = 1 / start, jnp.asarray(m_Z)
    mu = jnp.asarray(mu, float)
    # upward through m_t, downward through m_b and m_c: each piece has length 0 if mu is not beyond it
    for flavours, low, high in ((5, bottom, top), (6, top, jnp.inf), (4, charm, bottom), (3, 0.0, charm)):
        to = jnp.clip(mu, low, high)
        at = jnp.clip(at, low, high)
        inverse = _evolve(inverse, 2 * jnp.log(to / at), flavours)
        at = to
    return 1 / inverse


def qcd_factor(
    power: int, high: Float[Array, ""], low: Float[Array, ""], alpha_s_mZ: Float[Array, ""] | None = None
) -> Float[Array, ""]:
    """Product of (alpha_s(upper)/alpha_s(lower))^(power/(33 - 2 n_f)) over the pieces between two scales.

    Parameters
    ----------
    power
        -12 for scalar, 4 for tensor, 6 for left-left vector operators of four quarks.
    high, low
        Scales of the new particles and of the coefficients, GeV.
    alpha_s_mZ
        As for ``alpha_s``.
    """
    top, bottom, charm = (_number(name) for name in ("m_t_mt", "m_b_mb", "m_c_mc"))
    total = jnp.ones(())
    for flavours, lower, upper in ((6, top, jnp.inf), (5, bottom, top), (4, charm, bottom), (3, 0.0, charm)):
        ends = (jnp.clip(jnp.asarray(scale, float), lower, upper) for scale in (high, low))
        a, b = (alpha_s(end, alpha_s_mZ) for end in ends)
        total = total * (a / b) ** (power / (33 - 2 * flavours))
    return total


def scalar_factor(
    high: Float[Array, ""], low: Float[Array, ""], alpha_s_mZ: Float[Array, ""] | None = None
) -> Float[Array, ""]:
    """eta_S = (a_M/a_t)^(-4/7) (a_t/a_mu)^(-12/23) of (qbar P b)(...), as 1/m_b runs; scales in GeV. [N]"""
    return qcd_factor(-12, high, low, alpha_s_mZ)


def tensor_factor(
    high: Float[Array, ""], low: Float[Array, ""], alpha_s_mZ: Float[Array, ""] | None = None
) -> Float[Array, ""]:
    """eta_T = (a_M/a_t)^(4/21) (a_t/a_mu)^(4/23) of (qbar sigma P b)(...); scales in GeV. [N]"""
    return qcd_factor(4, high, low, alpha_s_mZ)


def mixing_factor(
    high: Float[Array, ""], low: Float[Array, ""], alpha_s_mZ: Float[Array, ""] | None = None
) -> Float[Array, ""]:
    """(a_M/a_t)^(2/7) (a_t/a_b)^(6/23) of (sbar gamma_mu P_L b)^2, 0.78 from 1 TeV to m_b; scales in GeV. [N]"""
    return qcd_factor(6, high, low, alpha_s_mZ)


def electroweak_factor(operator: str) -> float:
    """Factor of C_L or C_R at m_b by electroweak running of lq1, lq3, ld, Hq1, Hq3 or Hd from 2 TeV; optional. [W]

    Raises
    ------
    UnknownNameError
        If the operator is none of these.
    """
    if operator not in ELECTROWEAK:
        raise UnknownNameError("operator", operator, ELECTROWEAK)
    return _number(operator)
