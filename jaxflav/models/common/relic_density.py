"""Relic density by freeze-out: the temperature at which equilibrium is lost, a root, and the annihilation after that.

Within 0.5 % of the rate equation for an s-wave, 0.9 % for a p-wave, 3 % for the flank of a resonance that freezes out
near it, and 11 % far below a narrow one (m = 0.8 for M = 2.1); ``boltzmann`` solves the rate equation itself. [V]
Kinetic equilibrium is assumed: near a resonance its loss can change the density by up to 20 (arXiv:2504.00383) [U].
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from jaxflav.models.common.cosmology import annihilation_strength, density, log_equilibrium_yield
from jaxflav.numerics.quadrature import unit_interval

Average = Callable[[Float[Array, "..."]], Float[Array, "..."]]

_EARLIEST, _LATEST = 3.0, 300.0  # of x at freeze-out
_BISECTIONS, _NEWTON = 12, 6
_DELTA = 1.5  # (Y - Y_eq)/Y_eq at freeze-out
_DECADES = 9.0  # e-folds of temperature after freeze-out
_ORDER = 96


def _slope(x, m, degrees):
    """-d ln Y_eq/d ln x over 0.1 %, as the table of degrees of freedom has kinks."""
    up, down = (log_equilibrium_yield(x * factor, m, degrees) for factor in (1.0005, 1 / 1.0005))
    return -(up - down) / (2 * jnp.log(1.0005))


def _condition(log_x, average, m, degrees, planck_mass):
    """Zero where Y_eq falls faster than annihilation follows; positive before."""
    x = jnp.exp(log_x)
    strength = annihilation_strength(x, m, average(m / x), planck_mass)
    rate = jnp.log(strength) + log_equilibrium_yield(x, m, degrees) - log_x
    return rate + jnp.log(_DELTA * (_DELTA + 2) / (_DELTA + 1)) - jnp.log(_slope(x, m, degrees))


def _bracketed_root(function, start):
    """Bisection, then Newton steps inside the bracket; NaN where the function has one sign between the ends."""
    low, high = (jnp.full_like(start, jnp.log(end)) for end in (_EARLIEST, _LATEST))
    has_root = (function(low) > 0) & (function(high) < 0)

    def halve(_, ends):
        low, high = ends
        middle = (low + high) / 2
        before = function(middle) > 0
        return jnp.where(before, middle, low), jnp.where(before, high, middle)

    low, high = lax.fori_loop(0, _BISECTIONS, halve, (low, high))

    def newton(_, state):
        x, low, high = state
        f, slope = jax.jvp(function, (x,), (jnp.ones_like(x),))
        low, high = jnp.where(f > 0, x, low), jnp.where(f > 0, high, x)
        step = x - f / slope
        inside = (step >= low) & (step <= high)
        return jnp.where(inside, step, (low + high) / 2), low, high

    x, _, _ = lax.fori_loop(0, _NEWTON, newton, ((low + high) / 2, low, high))
    return jnp.where(has_root, x, jnp.nan)


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

    return jnp.exp(lax.custom_root(function, jnp.full_like(m, jnp.log(20.0)), _bracketed_root, tangent))


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
