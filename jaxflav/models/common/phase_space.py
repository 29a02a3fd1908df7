"""Velocities and momenta of two-body decays of a mediator, finite at every threshold."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.numerics.precision import require_x64
from jaxflav.numerics.safe import safe_sqrt


def nan_if_negative(x: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """The number itself, NaN if it is negative: a mass or width that does not exist gives no result.

    Raises
    ------
    RuntimeError
        If JAX does not compute in double precision.
    """
    require_x64()
    x = jnp.asarray(x, float)
    return jnp.where(x < 0, jnp.nan, x)


def velocity2(M: Float[Array, "*n"], m: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Squared velocity 1 - 4 m^2/M^2 of the two daughters; 0 with derivatives 0 at and below the threshold M = 2 m.

    Masses in GeV; NaN for a negative one.
    """
    M, m = nan_if_negative(M), nan_if_negative(m)
    closed = 2 * m >= M
    safe = jnp.where(closed, 1.0, M)
    return jnp.where(closed, 0.0, (safe - 2 * m) * (safe + 2 * m) / safe**2)


def velocity(M: Float[Array, "*n"], m: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Velocity of the two daughters, as ``velocity2``."""
    return safe_sqrt(velocity2(M, m))


def momentum(M: Float[Array, "*n"], m1: Float[Array, "*n"], m2: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Momentum of M -> m1 m2 in the rest frame of M, GeV; 0 with derivatives 0 at and below the threshold.

    Masses in GeV; NaN for a negative one.
    """
    M, m1, m2 = nan_if_negative(M), nan_if_negative(m1), nan_if_negative(m2)
    closed = m1 + m2 >= M
    safe = jnp.where(closed, 1.0, M)
    gap = ((M - m1) - m2) * (M + m1 + m2) * (M - m1 + m2) * (M + m1 - m2)
    return safe_sqrt(jnp.where(closed, 0.0, gap)) / (2 * safe)
