"""Modified Bessel functions of the second kind, scaled by the exponential, in JAX."""

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

_NODES = 48
_LARGEST_EXPONENT = 40.0


def scaled_bessel(order: int, x: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """The function e^x K_n(x) for x > 0, to 1e-14 for x from 0.03 on, and to 1e-11 from 1e-4 on.

    The trapezoidal rule for int_0^infinity exp(-x (cosh t - 1)) cosh(n t) dt, whose error falls exponentially with the
    number of nodes; its step follows x. The derivative is that of the integrand.
    """
    x = jnp.asarray(x, float)[..., None]
    y = lax.stop_gradient(jnp.where(x > 0, _LARGEST_EXPONENT / jnp.where(x > 0, x, 1.0), 0.0))
    step = jnp.arccosh(1 + y) * (1.1 / (_NODES - 1))
    k = np.reshape(np.arange(_NODES, dtype=float), (*(1,) * (x.ndim - 1), -1))
    t, weights = step * k, np.where(k == 0, 0.5, 1.0)
    # cosh t - 1 = 2 sinh^2(t/2) does not cancel
    integrand = jnp.exp(-2 * x * jnp.sinh(t / 2) ** 2) * jnp.cosh(order * t)
    found = jnp.sum(weights * step * integrand, axis=-1)
    return jnp.where(x[..., 0] > 0, found, jnp.nan)
