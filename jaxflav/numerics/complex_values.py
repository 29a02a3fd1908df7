"""Products of couplings, real or complex, with derivatives that stay finite at zero."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Inexact


def abs2(x: Inexact[Array, "*n"]) -> Float[Array, "*n"]:
    """Squared modulus |x|^2; unlike ``abs(x)**2`` it has the derivative 0 at x = 0."""
    return jnp.real(x) ** 2 + jnp.imag(x) ** 2


def real_product(x: Inexact[Array, "*n"], y: Inexact[Array, "*n"]) -> Float[Array, "*n"]:
    """Interference term Re[x y^*]; one of the two may be real and the other complex."""
    return jnp.real(x) * jnp.real(y) + jnp.imag(x) * jnp.imag(y)


def abs2_of_sum(*terms: tuple[Float[Array, "*n"], Inexact[Array, "*n"]]) -> Float[Array, "*n"]:
    """Squared modulus |sum_i a_i x_i|^2 for terms (a_i, x_i) with real a_i; never negative, as its expansion may be.

    Some of the x_i may be real and others complex.
    """
    real, imaginary = (sum(a * part(x) for a, x in terms) for part in (jnp.real, jnp.imag))
    return real**2 + imaginary**2


def as_coupling(x) -> Inexact[Array, "*n"]:
    """Array leaf of a number or array in double precision: complex stays complex, everything else becomes float."""
    return jnp.asarray(x, complex if jnp.iscomplexobj(x) else float)


def same_kind(*values: Inexact[Array, "*n"]) -> tuple[Inexact[Array, "*n"], ...]:
    """The values, all complex if one of them is, so that they can be added under strict type promotion."""
    if any(jnp.iscomplexobj(x) for x in values):
        return tuple(jnp.asarray(x, complex) for x in values)
    return values


def scale_by(factor: Float[Array, ""], x: Inexact[Array, "*n"]) -> Inexact[Array, "*n"]:
    """Product of a real factor and a value that is real or complex, under strict type promotion."""
    return jnp.asarray(factor, x.dtype) * x
