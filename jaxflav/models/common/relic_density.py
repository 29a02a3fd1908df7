"""Relic density by freeze-out: the temperature at which equilibrium is lost, a root, and the annihilation after that.

Within 0.5 % of the rate equation for an s-wave, 0.9 % for a p-wave, 3 % for the flank of a resonance that freezes out
near it, and 11 % far below a narrow one (m = 0.8 for M = 2.1); ``boltzmann`` solves the rate equation itself. [V]
Kinetic equilibrium is assumed: near a resonance its loss can change the density by up to 20 (arXiv:2504.00383) [U].
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from jaxflav.models.common.cosmology import annihilation_strength, density, log_equilibrium_yield
from jaxflav.numerics.quadrature import unit_interval

Average = Callable[[Float[Array, "..."]], Float[Array, "..."]]

_EARLIEST, _LATEST = 3.0, 300.0  # of x at freeze-out
_STEPS, _TOLERANCE = 30, 1e-9
_NEARBY = 1.0005
_DELTA = 1.5  # (Y - Y_eq)/Y_eq at freeze-out
_DECADES = 9.0  # e-folds of temperature after freeze-out
_ORDER = 96


def _condition(log_x, average, m, degrees, planck_mass):
    """Zero where Y_eq falls faster than annihilation follows; positive before."""
    x = jnp.exp(log_x)
    strength = annihilation_strength(x, m, average(m / x), planck_mass)
    # -d ln Y_eq/d ln x over 0.1 %, as the table of degrees of freedom has kinks
    here, up, down = log_equilibrium_yield(x * np.array([1.0, _NEARBY, 1 / _NEARBY]), m, degrees)
    slope = (down - up) / (2 * np.log(_NEARBY))
    return jnp.log(strength) + here - log_x + np.log(_DELTA * (_DELTA + 2) / (_DELTA + 1)) - jnp.log(slope)


def _bracketed_root(function, start):
    """Newton steps inside a bracket that shrinks, halved where they leave it; NaN where there is no root inside."""

    def step(_, state):
        x, low, high, _ = state
        f, slope = jax.jvp(function, (x,), (jnp.ones_like(x),))
        low, high = jnp.where(f > 0, x, low), jnp.where(f > 0, high, x)
        newton = x - f / slope
        inside = (newton >= low) & (newton <= high)
        return jnp.where(inside, newton, (low + high) / 2), low, high, f

    low, high = (jnp.full_like(start, np.log(end)) for end in (_EARLIEST, _LATEST))
    x, _, _, f = lax.fori_loop(0, _STEPS, step, (start, low, high, jnp.zeros_like(start)))
    return jnp.where(jnp.abs(f) < _TOLERANCE, x, jnp.nan)


def freeze_out(
    average: Average,
    m: Float[Array, ""],
    degrees: Float[Array, ""] = 2.0,
    planck_mass: Float[Array, ""] | None = None,
) -> Float[Array, ""]:
    """Value of x = m/T at freeze-out; differentiable by the implicit function theorem, to any order.

    The root of lambda(x) Y_eq delta (delta + 2)/((delta + 1) x) = -d ln Y_eq/d ln x with delta = 1.5.

    Parameters
    ----------
    average
        <sigma v> in GeV^-2 as a function of temperatures in GeV, of any shape.
    m
        Mass, GeV.
    degrees
        g of the particle, as for ``cosmology.log_equilibrium_yield``.
    planck_mass
        GeV; that of ``data/cosmology.yaml`` unless given.

    Returns
    -------
    scalar
        NaN if there is no root between 3 and 300: the particle was never in equilibrium, or never left it.
    """
    m = jnp.asarray(m, float)

    def function(log_x):
        return _condition(log_x, average, m, degrees, planck_mass)

    def tangent(linear, y):
        return y / linear(jnp.ones_like(y))

    return jnp.exp(lax.custom_root(function, jnp.full_like(m, np.log(20.0)), _bracketed_root, tangent))


def relic_density(
    average: Average,
    m: Float[Array, ""],
    *,
    self_conjugate: bool,
    degrees: Float[Array, ""] = 2.0,
    planck_mass: Float[Array, ""] | None = None,
) -> Float[Array, ""]:
    """Omega h^2 by freeze-out: m Y with 1/Y = 1/((1 + delta) Y_eq(x_f)) + int_(x_f) lambda dx/x^2. [V 3e-2]

    Parameters
    ----------
    average
        <sigma v> in GeV^-2 as a function of temperatures in GeV, of any shape.
    m
        Mass, GeV.
    self_conjugate
        Whether the particle is its own antiparticle; if not, both are counted.
    degrees
        g of the particle, as for ``cosmology.log_equilibrium_yield``.
    planck_mass
        GeV; that of ``data/cosmology.yaml`` unless given.

    Returns
    -------
    scalar
        NaN if there is no freeze-out, as for ``freeze_out``.
    """
    m = jnp.asarray(m, float)
    x_f = freeze_out(average, m, degrees, planck_mass)
    t, w = unit_interval(_ORDER)
    x = x_f * jnp.exp(_DECADES * jnp.asarray(t))
    later = jnp.sum(jnp.asarray(w * _DECADES) * annihilation_strength(x, m, average(m / x), planck_mass) / x)
    inverse = jnp.exp(-log_equilibrium_yield(x_f, m, degrees)) / (1 + _DELTA) + later
    return density(m, 1 / inverse, self_conjugate=self_conjugate)
