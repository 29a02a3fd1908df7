"""Integrals of smooth functions times weights with knots, against adaptive quadrature."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

from jaxflav.numerics.product_rule import product_rule

UPPER = 23.0
KNOTS = np.linspace(0.0, UPPER, 51)
HEIGHTS = np.random.default_rng(4).uniform(0.2, 1.0, KNOTS.size)


def spectrum(q2, lower, numbers=np):
    """Of a pair: the velocity at threshold, a momentum at the end point, and a slowly varying rest."""
    velocity, momentum = (numbers.sqrt(numbers.maximum(x, 1e-300)) for x in (1 - lower / q2, UPPER - q2))
    return velocity * momentum**3 / (35.0 - q2)


def weight(q2, numbers=np):
    return numbers.interp(q2, KNOTS, HEIGHTS)


@jax.jit
def integral(lower):
    rule = product_rule(jnp.asarray(KNOTS), lower, jnp.asarray(UPPER), 28, 5)
    moments = weight(rule.points, jnp) @ rule.columns
    return moments @ rule.coefficients(spectrum(rule.nodes, lower, jnp))


@pytest.mark.parametrize(("lower", "rtol"), [(1e-4, 1e-5), (0.01, 1e-7), (0.4, 1e-8), (5.0, 1e-8), (20.0, 1e-8)])
def test_against_adaptive_quadrature(lower, rtol):
    pieces = np.unique(np.clip([lower, lower + 1e-3, lower + 0.05, *KNOTS, UPPER], lower, UPPER))
    each = (quad(lambda q2: spectrum(q2, lower) * weight(q2), a, b)[0] for a, b in itertools.pairwise(pieces))
    np.testing.assert_allclose(integral(lower), sum(each), rtol=rtol)


@pytest.mark.parametrize("lower", [0.0, KNOTS[20], UPPER, 25.0])
def test_derivatives_are_finite(lower):
    """At massless particles, at a knot, at and beyond the end point."""
    value, slope = jax.value_and_grad(integral)(jnp.asarray(lower))
    assert np.isfinite(value)
    assert np.isfinite(slope)
    if lower >= UPPER:
        assert value == 0.0


def test_slope_is_that_of_the_integral():
    numeric = (integral(4.0 + 1e-4) - integral(4.0 - 1e-4)) / 2e-4
    np.testing.assert_allclose(jax.grad(integral)(4.0), numeric, rtol=1e-5)
