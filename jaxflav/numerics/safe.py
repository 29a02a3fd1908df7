"""Functions whose value and derivative stay finite at the edge of their domain; NaN in gives NaN out.

Every comparison with NaN is false. A function that is 0 in a region must therefore ask whether it is in that region, as
in ``zero_where(x <= 0, ...)``, and never whether it is outside: NaN would be taken for the region.
"""

import functools

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float, Inexact


def nan_or_zero(*values: Inexact[Array, "*n"]) -> Float[Array, "*n"]:
    """NaN where one of the values is NaN, 0 elsewhere, with zero derivatives; the shapes must broadcast."""
    return jnp.where(functools.reduce(jnp.logical_or, map(jnp.isnan, values)), jnp.nan, 0.0)


def zero_where(region: Bool[Array, "*n"], value: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Value, with 0 and zero derivatives in its place in a region; a value that is NaN stays NaN there, too.

    The value must have finite derivatives in the region; where it is infinite, it counts as 0.
    """
    return jnp.where(region, nan_or_zero(value), value)


def safe_sqrt(x: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Square root for x > 0; value and derivative 0 for x <= 0; NaN for NaN.

    The argument is made safe before the root is taken, so that no infinite derivative arises only to be
    masked: at a threshold the one-sided derivative is infinite, and 0 is what this function gives there.
    """
    closed = x <= 0
    return jnp.where(closed, 0.0, jnp.sqrt(jnp.where(closed, 1.0, x)))


def safe_divide(numerator: Float[Array, "*n"], denominator: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Quotient, with value and derivatives 0 where the denominator is 0; NaN where one of the two is NaN."""
    zero = denominator == 0
    return jnp.where(zero, nan_or_zero(numerator), numerator / jnp.where(zero, 1.0, denominator))


def kallen(a: Float[Array, "*n"], b: Float[Array, "*n"], c: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Källén function lambda(a, b, c) = (a - b - c)^2 - 4 b c.

    For momenta use ``kallen_of_masses``, which does not cancel at the threshold.
    """
    return (a - b - c) ** 2 - 4 * b * c


def square_minus(a: Float[Array, "*n"], b: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Difference a^2 - b to 1.4e-23 a^2 where a^2 and b are nearly equal: the square is not rounded first.

    The upper half of the digits of ``a`` has an exact square; what is left, at most 2^-24 a^2, is rounded twice.
    """
    a = jnp.asarray(a, float)
    upper = lax.stop_gradient(lax.reduce_precision(a, exponent_bits=11, mantissa_bits=25))
    return (upper * upper - b) + (a - upper) * (a + upper)


def kallen_of_masses(
    m_parent: Float[Array, "*n"], m_daughter: Float[Array, "*n"], q2: Float[Array, "*n"]
) -> Float[Array, "*n"]:
    """Källén function lambda(M^2, m^2, q2) as a product, which stays exact near the threshold q2 = (M-m)^2.

    Masses in GeV, q2 in GeV^2; the result, in GeV^4, is negative between the threshold and the
    pseudo-threshold. M must not be smaller than m.
    """
    m_parent, m_daughter = jnp.asarray(m_parent, float), jnp.asarray(m_daughter, float)
    difference = m_parent - m_daughter
    # the rounding error of the difference, exactly (Dekker)
    error = lax.stop_gradient((m_parent - difference) - m_daughter)
    return (square_minus(difference, q2) + 2 * difference * error) * ((m_parent + m_daughter) ** 2 - q2)
