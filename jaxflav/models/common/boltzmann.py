"""Relic density from the rate equation itself, also through resonances, and its derivatives.

dY/dx = -(lambda/x^2) (Y^2 - Y_eq^2) is stiff before freeze-out. Each step of an implicit rule of second order is a
quadratic equation for Y, solved in closed form: no iterations, no step that depends on the values, one scan.
"""

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from jaxflav.models.common.cosmology import annihilation_strength, density, log_equilibrium_yield
from jaxflav.models.common.relic_density import Average

_START, _FOLDS = 1.0, 11.0  # of x, and e-folds after it
_GAMMA = 1 - 1 / np.sqrt(2)  # the L-stable rule of second order with two equal implicit stages


def _implicit(y, a, equilibrium2):
    """The positive Y with Y = y - a (Y^2 - Y_eq^2)."""
    c = y + a * equilibrium2
    return 2 * c / (1 + jnp.sqrt(1 + 4 * a * jnp.maximum(c, 0.0)))


def _grid(steps):
    """Points in ln x, dense around freeze-out, and the steps between them."""
    u = np.linspace(0, 1, steps + 1)
    # half of the steps lie within the first third
    log_x = np.log(_START) + _FOLDS * (0.35 * u + 0.65 * u**3)
    return log_x[:-1], np.diff(log_x)


def boltzmann_density(
    average: Average,
    m: Float[Array, ""],
    *,
    self_conjugate: bool,
    degrees: Float[Array, ""] = 2.0,
    planck_mass: Float[Array, ""] | None = None,
    steps: int = 3000,
) -> Float[Array, ""]:
    """Omega h^2 of the rate equation, from equilibrium at x = 1 to x = 6e4.

    Parameters
    ----------
    average, m, self_conjugate, degrees, planck_mass
        As for ``relic_density.relic_density``.
    steps
        Number of steps; the error, 1e-4 or less, falls with its square.
    """
    m = jnp.asarray(m, float)
    log_x, h = _grid(steps)
    stages = jnp.asarray(np.stack([log_x + _GAMMA * h, log_x + h], axis=1))
    x = jnp.exp(stages)
    strength = annihilation_strength(x, m, average(m / x), planck_mass) / x  # dY/d ln x = -strength (Y^2 - Y_eq^2)
    equilibrium2 = jnp.exp(2 * log_equilibrium_yield(x, m, degrees))

    def step(y, values):
        a, e2 = values
        first = _implicit(y, a[0], e2[0])
        # the slope of the first stage, times h, is (first - y)/gamma
        return _implicit(y + (1 - _GAMMA) / _GAMMA * (first - y), a[1], e2[1]), None

    start = jnp.exp(log_equilibrium_yield(jnp.asarray(_START), m, degrees))
    final, _ = lax.scan(step, start, (jnp.asarray(_GAMMA * h)[:, None] * strength, equilibrium2))
    return density(m, final, self_conjugate=self_conjugate)
