"""Oblique parameters S, T, U of a vector-like partner of the top quark, a singlet of SU(2)."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.models.common.numbers import numbers
from jaxflav.models.common.phase_space import nan_if_negative
from jaxflav.numerics.quadrature import unit_interval

# |ln(m_T^2/m_t^2)| below which the closed form cancels, and is replaced by its integral
_NEAR = 1.0
_ORDER = 24


class Oblique(NamedTuple):
    """S, T and U of new particles, in addition to the Standard Model."""

    S: Float[Array, "*n"]
    T: Float[Array, "*n"]
    U: Float[Array, "*n"]


def _chi(L):
    """The function of L = ln(m_T^2/m_t^2), from 0 at L = 0 to -L/3 + 5/9 for a heavy partner."""
    t, w = unit_interval(_ORDER)
    near = jnp.abs(L) < _NEAR
    small = jnp.where(near, L, 0.0)[..., None]
    x = jnp.reshape(jnp.asarray(t), (*(1,) * (small.ndim - 1), -1))
    # 2 ln(x r + 1 - x) - ln r
    logarithms = 2 * jnp.log1p(x * jnp.expm1(small)) - small
    integral = -2 * jnp.sum(jnp.reshape(jnp.asarray(w * t * (1 - t)), x.shape) * logarithms, axis=-1)
    # the closed form is even in L: with r < 1 nothing overflows
    far = jnp.where(near, 1.0, jnp.abs(L))
    r = jnp.exp(-far)
    first = (5 * (1 + r**2) - 22 * r) / (9 * (1 - r) ** 2)
    second = (3 * r * (1 + r) - r**3 - 1) / (3 * (1 - r) ** 3)
    return jnp.where(near, integral, first + second * far)


def top_partner(
    m_t: Float[Array, "*n"],
    m_T: Float[Array, "*n"],
    s_L: Float[Array, "*n"],
    m_W: Float[Array, ""],
    sin2_w: Float[Array, ""],
) -> Oblique:
    """S, T and U of a singlet partner T that mixes with the left-handed top quark, for m_b = 0. [V 7]

    From the vacuum polarisations at q2 = 0, normalised to the doublet of t and b; alpha T = Delta rho. They vanish for
    s_L = 0. The term s_L^4 m_T^2 of T, which some papers leave out, is there.

    Parameters
    ----------
    m_t, m_T
        Masses, GeV, in any order.
    s_L
        Sine of the left-handed mixing angle: the doublet holds c_L t + s_L T.
    m_W
        GeV.
    sin2_w
        Squared sine of the weak mixing angle.
    """
    a, b, s2 = nan_if_negative(m_t) ** 2, nan_if_negative(m_T) ** 2, s_L**2
    c2 = 1 - s2
    L = jnp.log(b / a)
    chi = _chi(L)
    # a b ln(b/a)/(b - a), with (e^L - 1)/L without cancellation
    flat = L == 0
    safe = jnp.where(flat, 1.0, L)
    mean = b * jnp.where(flat, 1.0 - L / 2, safe / jnp.expm1(safe))
    T = 3 / (16 * jnp.pi * sin2_w * m_W**2) * s2 * (-(1 + c2) * a + s2 * b + 2 * c2 * mean)
    S = 3 / (2 * jnp.pi) * s2 * (-L / 9 - c2 * chi)
    U = 3 / (2 * jnp.pi) * s2 * (c2 * chi + L / 3)
    return Oblique(S, T, U)


def electroweak_fit() -> tuple[np.ndarray, np.ndarray]:
    """Values (3,) and covariance (3, 3) of S, T and U in a fit to electroweak data, ``data/oblique.yaml``. [U]"""
    found = numbers("oblique.yaml")
    names = ("S", "T", "U")
    errors = np.array([found[name].uncertainty for name in names])
    correlation = np.eye(3)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        correlation[i, j] = correlation[j, i] = found[f"correlation_{names[i]}{names[j]}"].value
    return np.array([found[name].value for name in names]), correlation * np.outer(errors, errors)
