"""Simplified z expansion of Bharucha, Straub and Zwicky, for any number of form factors at once.

References
----------
Bharucha, Straub, Zwicky, arXiv:1503.05534, the section on the simplified series expansion.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.numerics.safe import safe_divide, safe_sqrt


def z(m_parent: Float[Array, ""], m_daughter: Float[Array, ""], q2: Float[Array, "*q2"]) -> Float[Array, "*q2"]:
    """Conformal variable z(q2) of arXiv:1503.05534, with t_0 = t_+ (1 - sqrt(1 - t_-/t_+)).

    Masses in GeV, q2 in GeV^2. Real below the pair threshold t_+ = (m_parent + m_daughter)^2; above it the
    function stays at its value z(t_+) = -1.
    """
    t_plus = (m_parent + m_daughter) ** 2
    t_minus = (m_parent - m_daughter) ** 2
    a = safe_sqrt(t_plus - q2)
    # t_+ - t_0 = t_+ sqrt(1 - t_-/t_+), by the definition of t_0
    b = safe_sqrt(t_plus * safe_sqrt(1 - t_minus / t_plus))
    return (a - b) / (a + b)


def expansion(
    coefficients: Float[Array, "functions order_plus_one"],
    poles: Float[Array, " functions"],
    m_parent: Float[Array, ""],
    m_daughter: Float[Array, ""],
    q2: Float[Array, "*q2"],
) -> Float[Array, "functions *q2"]:
    """Form factors F(q2) = sum_k a_k (z(q2) - z(0))^k / (1 - q2/m_R^2) of arXiv:1503.05534.

    Parameters
    ----------
    coefficients
        a_k of each form factor; F(0) = a_0 exactly.
    poles
        Masses m_R of the resonances, GeV.
    m_parent, m_daughter
        Masses in the z variable, GeV.
    q2
        Momentum transfer in GeV^2, of any shape.

    Notes
    -----
    At q2 = m_R^2 exactly, beyond the phase space of the decay, the value is 0 instead of infinite, so that
    a rate, which has no phase space there, stays finite.
    """
    q2 = jnp.asarray(q2, float)
    ones = (1,) * jnp.ndim(q2)
    dz = (z(m_parent, m_daughter, q2) - z(m_parent, m_daughter, jnp.zeros_like(q2)))[None]
    a = coefficients.reshape(coefficients.shape + ones)
    series = a[:, -1]
    for k in range(coefficients.shape[1] - 2, -1, -1):
        series = a[:, k] + dz * series
    pole = 1 - q2[None] / poles.reshape((-1, *ones)) ** 2
    return safe_divide(series, pole)
