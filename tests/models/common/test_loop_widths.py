from itertools import pairwise

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

from jaxflav.models.common import loop_widths as w
from tests.models.common.points import V, call, check_gradients, finite_everywhere, propagates_nan

LIGHT = (0.0022, 0.0047, 0.0935, 1.27, 4.18, 163.0)


def by_quadrature(t):
    """-(1/2) int_0^1 dx/x ln(1 - 4 x (1 - x)/t - i 0), real and imaginary part."""
    breaks = [] if t > 1 else [(1 - np.sqrt(1 - t)) / 2, (1 + np.sqrt(1 - t)) / 2]

    def integrand(x):
        return np.log(abs(1 - 4 * x * (1 - x) / t)) / x

    edges = [0.0, *breaks, 1.0]
    real = sum(quad(integrand, a, b, limit=400)[0] for a, b in pairwise(edges))
    imaginary = -np.pi * np.log(breaks[1] / breaks[0]) if breaks else 0.0
    return -real / 2, -imaginary / 2


@pytest.mark.parametrize("t", [1e-4, 0.3, 0.9, 1.4, 40.0])
def test_triangle_by_quadrature(t):
    np.testing.assert_allclose(np.asarray(w.triangle(jnp.asarray(t))), by_quadrature(t), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("t", [0.3, 0.9, 1.4, 9.0, 11.0, 300.0])
def test_loops_by_quadrature(t):
    re, im = by_quadrature(t)
    m, M = np.sqrt(t), 2.0
    scalar, alp = (np.asarray(f(jnp.asarray(m), jnp.asarray(M))) for f in (w.scalar_loop, w.alp_loop))
    np.testing.assert_allclose(scalar, [1.5 * t * (1 + (1 - t) * re), 1.5 * t * (1 - t) * im], rtol=1e-5, atol=1e-10)
    np.testing.assert_allclose(alp, [1 - t * re, -t * im], rtol=1e-5, atol=1e-10)


def test_heavy_and_massless_quarks():
    """1 + 7 M^2/(120 m^2) and -M^2/(12 m^2) for heavy quarks; 0 and 1 for massless ones."""
    M = jnp.asarray(0.3)
    m = jnp.asarray(163.0)
    np.testing.assert_allclose(w.scalar_loop(m, M)[0] - 1, 7 / 120 * (M / m) ** 2, rtol=1e-4)
    np.testing.assert_allclose(w.alp_loop(m, M)[0], -((M / m) ** 2) / 12, rtol=1e-4)
    zero = jnp.asarray(0.0)
    assert (w.scalar_loop(zero, M)[0], w.alp_loop(zero, M)[0]) == (0, 1)


def scalar(M, alpha_s, m):
    return w.scalar_to_gluons(M, alpha_s, (m, 1.27, 4.18, 163.0), V)


def alp(M, alpha_s, m, C):
    return w.alp_to_gluons_by_quarks(M, alpha_s, (m, 1.27, 4.18, 163.0), C)


def test_published_values():
    found = call(lambda M, a: w.scalar_to_gluons(M, a, LIGHT[2:], V), 2.2, 0.29)
    np.testing.assert_allclose(found, 6.85033e-08, rtol=1e-6)
    found = call(lambda M, a: w.alp_to_gluons_by_quarks(M, a, LIGHT, 1e-8), 2.0, 0.3)
    np.testing.assert_allclose(found, 1.597483e-18, rtol=4e-7)
    found = call(lambda M, a: w.alp_to_gluons_by_quarks(M, a, LIGHT, 0.5 / 1.1e8), 2.0, 0.3)
    np.testing.assert_allclose(found, 3.30059e-19, rtol=2e-6)


def test_nuisances_are_factors_of_two():
    for sign in (-1, 1):
        found = w.scalar_to_gluons(jnp.asarray(2.2), 0.29, LIGHT[2:], V, nuisance=sign)
        np.testing.assert_allclose(found / scalar(2.2, 0.29, 0.0935), 2.0**sign)
        found = w.alp_to_gluons_by_quarks(jnp.asarray(2.2), 0.29, LIGHT[2:], 1.0, nuisance=sign)
        np.testing.assert_allclose(found / alp(2.2, 0.29, 0.0935, 1.0), 2.0**sign)


def test_gradients():
    check_gradients(scalar, (2.2, 0.29, 0.5))
    check_gradients(alp, (2.2, 0.29, 0.5, 0.7))
    for m in (0.0, 1.1, 1.1 * (1 + 1e-12), 3.0, 1e4):
        assert finite_everywhere(scalar, 2.2, 0.29, m)
        assert finite_everywhere(alp, 2.2, 0.29, m, 0.7)
    assert propagates_nan(scalar, 2.2, 0.29, 0.5)
    assert propagates_nan(alp, 2.2, 0.29, 0.5, 0.7)
    assert np.isnan(call(scalar, -2.2, 0.29, 0.5))
