"""Products of couplings, real or complex, with derivatives that stay finite at zero."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Inexact


def abs2(x: Inexact[Array, "*n"]) -> Float[Array, "*n"]:
    """Squared modulus |x|^2; unlike ``abs(x)**2`` it has the derivative 0 at x = 0."""
    return jnp.real(x) ** 2 + jnp.imag(x) ** 2


def real_product(x: Inexact[Array, "*n"], y: Inexact[Array, "*n"]) -> Float[Array, "*n"]:
    """Interference term Re[x y^*]; one of the two may be real and the other complex."""
    return jnp.real(x) * jnp.real(y) + jnp.imag(x) * jnp.imag(y)


def as_coupling(x) -> Inexact[Array, "*n"]:
    """Array leaf of a number or array: complex stays complex, everything else becomes float."""
    value = jnp.asarray(x)
    return value if jnp.iscomplexobj(value) else jnp.asarray(value, float)


def same_kind(*values: Inexact[Array, "*n"]) -> tuple[Inexact[Array, "*n"], ...]:
    """The values, all complex if one of them is, so that they can be added under strict type promotion."""
    if any(jnp.iscomplexobj(x) for x in values):
        return tuple(jnp.asarray(x, complex) for x in values)
    return values


def scale_by(factor: Float[Array, ""], x: Inexact[Array, "*n"]) -> Inexact[Array, "*n"]:
    """Product of a real factor and a value that is real or complex, under strict type promotion."""
    return jnp.asarray(factor, x.dtype) * x
