import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import kve

from jaxflav.models.common import thermal_averages as t, widths as w
from jaxflav.models.common.annihilation import resonant_numerator
from tests.models.common.points import call, check_gradients, finite_everywhere, propagates_nan


def gondolo_gelmini(flux, m, T, points=()):
    """Adaptive quadrature in the energy above threshold, with the exponentials of SciPy's scaled functions."""

    def integrand(energy):
        r = 2 * m + energy
        weight = r * kve(1, r / T) / kve(2, m / T) ** 2 * np.exp(-energy / T) / (8 * m**4 * T)
        return 2 * r * flux(r**2) * weight

    edges = np.unique([0.0, *points, 60 * T])
    edges = edges[(edges >= 0) & (edges <= 60 * T)]
    return sum(quad(integrand, a, b, limit=400, epsabs=0.0, epsrel=1e-10)[0] for a, b in itertools.pairwise(edges))


def widths(s, m):
    return 0.03**2 * np.sqrt(s) / (12 * np.pi) * np.sqrt(1 - 4 * m**2 / s) * (1 + 2 * m**2 / s), 1e-3 * np.sqrt(s)


def numerator(s, m):
    r = jnp.sqrt(s)
    return resonant_numerator(s, w.vector_to_fermions(r, m, 0.03), 1e-3 * r, spin=1)


def breit_wigner(m, T, M, width):
    return t.breit_wigner_average(lambda s: numerator(s, m), m, T, M, width)


def expected_breit_wigner(m, T, M, width):
    def flux(s):
        into, out = widths(s, m)
        return 12 * np.pi * s * into * out / ((s - M**2) ** 2 + (M * width) ** 2)

    peak = M - 2 * m
    points = [peak + sign * width * 10.0**k for k in range(8) for sign in (-1, 1)] + [peak]
    return gondolo_gelmini(flux, m, T, [p for p in points if p > 0])


@pytest.mark.parametrize("T", [0.012, 0.4])
@pytest.mark.parametrize(
    ("m", "width"), [(0.95, 1e-7), (1.04, 3e-5), (0.7, 1e-6), (1.05, 1e-4), (1.3, 1e-6), (0.3, 1e-5), (0.9, 0.4)]
)
def test_breit_wigner_by_adaptive_quadrature(m, width, T):
    """Far above, near, at and below the resonance, narrow and broad."""
    np.testing.assert_allclose(call(breit_wigner, m, T, 2.1, width), expected_breit_wigner(m, T, 2.1, width), rtol=2e-7)


@pytest.mark.parametrize("power", [0.5, 1.5])
def test_smooth_cross_sections_by_adaptive_quadrature(power):
    m, T = 1.3, 0.06
    found = call(lambda m, T: t.thermal_average(lambda s: jnp.maximum(1 - 4 * m**2 / s, 0.0) ** power, m, T), m, T)
    np.testing.assert_allclose(found, gondolo_gelmini(lambda s: (1 - 4 * m**2 / s) ** power, m, T), rtol=1e-9)


def test_p_wave_is_six_over_x():
    """sigma v = b v^2 at rest, with v^2 = 4 (s - 4 m^2)/s: the average is 6 b/x for large x."""
    m, x = 1.3, 2e3
    flux = lambda s: (s - 4 * m**2) * 4 * (1 - 4 * m**2 / s) / (2 * jnp.sqrt(jnp.maximum(1 - 4 * m**2 / s, 1e-30)))
    found = call(lambda m, T: t.thermal_average(flux, m, T), m, m / x)
    np.testing.assert_allclose(found, 6 / x, rtol=5e-3)


def narrow(m, T, width_in, fraction):
    return t.narrow_average(m, T, 2.1, width_in, fraction, spin=1)


def test_narrow_width():
    """The sheet quotes the agreement as 2e-4 for m = 0.95 ... 1.04, T = 0.02 ... 0.05."""
    for m, T in ((0.95, 0.03), (1.04, 0.05)):
        width = 1e-3 * 2.1 + widths(2.1**2, m)[0]
        into = widths(2.1**2, m)[0]
        exact = call(breit_wigner, m, T, 2.1, width * 1e-3)
        found = call(narrow, m, T, into, 1e-3 * 2.1 / (width * 1e-3))
        np.testing.assert_allclose(found, exact, rtol=1e-3)
    np.testing.assert_allclose(call(narrow, 0.95, 0.03, 1e-9, 1e-3), 9.187418e-12, rtol=2e-7)
    np.testing.assert_allclose(call(narrow, 1.0, 0.06, 1e-9, 1e-3), 3.752697e-10, rtol=2e-7)


@pytest.mark.parametrize("z", [0.3, 1.0, 1.0001, 1.3])
@pytest.mark.parametrize("x", [5.0, 60.0])
def test_heavier_channels_by_adaptive_quadrature(x, z):
    """sigma = |A|^2 beta_out/(16 pi s beta_in) of a constant amplitude, X its own antiparticle."""
    m, T = 0.7, 0.7 / x
    threshold = 4 * m**2 * max(z, 1.0)

    def flux(s):
        out, into = (np.sqrt(np.maximum(1 - 4 * m**2 * y / s, 0)) for y in (z, 1.0))
        return out * into / (16 * np.pi)

    if z > 1:
        edge = np.sqrt(threshold) - 2 * m
        expected = gondolo_gelmini(lambda s: flux(s) if s > threshold else 0.0, m, T, [edge, edge + 20 * T])
    else:
        expected = gondolo_gelmini(flux, m, T, [1e-3 * T, T])
    np.testing.assert_allclose(call(t.heavier_channel, x, z) / (64 * np.pi * m**2), expected, rtol=1e-6)


def test_heavier_channels_published():
    np.testing.assert_allclose(call(t.heavier_channel, 20, (0.49564 / 0.7) ** 2), 1.261815, rtol=5e-7)
    np.testing.assert_allclose(call(t.heavier_channel, 20, (0.54786 / 0.7) ** 2), 1.132518, rtol=5e-7)
    np.testing.assert_allclose(call(t.heavier_channel, 1e5, 0.4), 2 * np.sqrt(0.6), rtol=1e-4)


def test_average_of_scalar_dark_matter():
    """The sheet of heavy mediators: channels of phi phi at x = 20, m = 0.7 GeV."""
    m, B0, C_ss = 0.7, 2.5374065, 1e-4
    for C_dd, expected in ((0.0, 2.307105e-9), (-4.6e-6, 2.221460e-9)):
        channels = [
            (1.0, B0 * C_dd, 0.13804),
            (0.5, B0 * C_dd, 0.13804),
            (1.0, B0 * C_ss, 0.49564),
            (1.0, B0 * (C_ss + C_dd), 0.49564),
            (0.5, B0 * (C_dd + 4 * C_ss) / 3, 0.54786),
        ]
        parts = [S * A**2 * call(t.heavier_channel, 20, (M / m) ** 2) for S, A, M in channels]
        np.testing.assert_allclose(sum(parts) / (64 * np.pi * m**2), expected, rtol=2e-6)


def test_gradients():
    check_gradients(
        lambda m, T, M, ten: breit_wigner(m, T, M, 1e-3 * ten), (0.95, 0.05, 2.1, 10.0), step=1e-5, rtol=1e-5
    )
    check_gradients(narrow, (0.95, 0.03, 1e-9, 1e-3))
    check_gradients(t.heavier_channel, (20.0, 1.2), rtol=1e-5)
    for m in (1.05, 1.0500001, 1.3):
        assert finite_everywhere(narrow, m, 0.03, 1e-9, 1e-3)
        assert finite_everywhere(breit_wigner, m, 0.03, 2.1, 1e-6)
    for width in (0.0, 1e-12):
        assert finite_everywhere(breit_wigner, 0.95, 0.03, 2.1, width)
    for z in (0.0, 1.0, 1.0 + 1e-12):
        assert finite_everywhere(t.heavier_channel, 20.0, z)
    assert propagates_nan(narrow, 0.95, 0.03, 1e-9, 1e-3)
    assert propagates_nan(breit_wigner, 0.95, 0.03, 2.1, 1e-3)
    assert propagates_nan(t.heavier_channel, 20.0, 1.2)
    assert jax.numpy.isnan(breit_wigner(0.95, 0.03, jnp.asarray(2.1), jnp.asarray(-1.0)))
