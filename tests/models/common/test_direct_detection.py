import jax
import numpy as np
import pytest

from jaxflav.models.common import direct_detection as d
from tests.brute_force.dirac import GAMMA, GAMMA_5, bar, lower, spinor_u
from tests.brute_force.phase_space import directions
from tests.models.common.points import ALPHA_0, call, check_gradients, propagates_nan

GEV2 = 3.89379e-28  # cm^2


def by_spinors(m_X, m_T, M, vertex, p):
    """Elastic scattering in the centre of mass at the momentum p, contact interaction, averaged over spins."""
    n, weights = directions()

    def momenta(axis, sign, m):
        return np.concatenate([np.full((len(axis), 1), np.hypot(p, m)), sign * p * axis], 1)

    z = np.array([[0.0, 0.0, 1.0]])
    dark = np.einsum(
        "xsi,mij,xtj->xstm", bar(spinor_u(momenta(n, 1, m_X), m_X)), vertex, spinor_u(momenta(z, 1, m_X), m_X)
    )
    target = np.einsum(
        "xsi,mij,xtj->xstm", bar(spinor_u(momenta(n, -1, m_T), m_T)), GAMMA, spinor_u(momenta(z, -1, m_T), m_T)
    )
    amplitude = np.einsum("xstm,xuvm->xstuv", lower(dark), target) / M**2
    s = (np.hypot(p, m_X) + np.hypot(p, m_T)) ** 2
    return np.sum(np.sum(abs(amplitude) ** 2, (1, 2, 3, 4)) * weights) / 4 / (16 * np.pi * s)


def test_by_spinors():
    m_X, m_T, M = 1.3, 0.938272, 2.1
    v = 1e-4
    p = v * m_X * m_T / (m_X + m_T)
    found = call(d.dirac_through_vector, m_X, m_T, M, 1.0, 1.0)
    np.testing.assert_allclose(found, by_spinors(m_X, m_T, M, GAMMA, p), rtol=1e-6)
    # a Majorana X has both contractions of (1/2) Xbar gamma gamma_5 X
    found = call(d.majorana_through_vector, m_X, m_T, M, 1.0, 1.0, v)
    np.testing.assert_allclose(found, by_spinors(m_X, m_T, M, GAMMA @ GAMMA_5, p), rtol=1e-6)


def test_published_values():
    np.testing.assert_allclose(call(d.dirac_through_vector, 1, 0.938272, 2.1, 0.1, 1e-5), 3.835315e-15, rtol=3e-7)
    found = call(d.majorana_through_vector, 1, 0.938272, 2.1, 0.1, 1e-5, 1e-3)
    np.testing.assert_allclose(found, 2.93853e-21, rtol=3e-6)


def test_dark_photon_of_the_sheet():
    """16 pi alpha alpha_X eps^2 mu^2/M^4; 1.2e-39 cm^2 for a Dirac X of 1 GeV at eps = 8.4e-4."""
    e, g_X, eps = np.sqrt(4 * np.pi * ALPHA_0), np.sqrt(4 * np.pi * 1e-3), 8.4e-4
    found = d.in_cm2(call(d.dirac_through_vector, 1.0, 0.938272, 2.1, g_X, e * eps))
    mu = 0.938272 / 1.938272
    np.testing.assert_allclose(found, 16 * np.pi * ALPHA_0 * 1e-3 * eps**2 * mu**2 / 2.1**4 * GEV2, rtol=1e-6)
    assert 1.15e-39 < found < 1.25e-39


def test_complete_point_of_the_top_partner():
    """g_X = 6 x 6.82e-4, and a proton that couples like a photon alone, e eps_A with alpha(m_Z)."""
    proton = np.sqrt(4 * np.pi * 0.0078167748) * 0.000199608
    found = d.in_cm2(call(d.dirac_through_vector, 0.95, 0.938272, 2.1, 6 * 0.000682, proton))
    np.testing.assert_allclose(found, 9.30646e-44, rtol=5e-6)


@pytest.mark.parametrize(("ratio", "sigma"), [(0.0, 1.99e-38), (-0.02, 6.4e-39), (-0.07, 5.1e-39)])
def test_scalar_published(ratio, sigma):
    found = d.in_cm2(call(d.scalar_through_densities, 0.7, 1e-4, ratio * 1e-4))
    np.testing.assert_allclose(found, sigma, rtol=8e-3)


def test_scalar_blind_spot_and_nuclei():
    zero = lambda ratio: call(d.scalar_through_densities, 0.7, 1e-4, ratio * 1e-4)
    assert min(np.linspace(-0.05, -0.04, 1001), key=zero) == pytest.approx(-0.0464, abs=6e-5)
    # a proton and a neutron alone: 1 + 16.84 R and 1 + 24.82 R
    strange = call(d.scalar_through_densities, 0.7, 1e-4, 0.0)
    for Z, factor in ((1.0, 16.84), (0.0, 24.82)):
        found = d.scalar_through_densities(0.7, 1e-4, 0.1e-4, Z=Z, A=1.0)
        np.testing.assert_allclose(found, strange * (1 + factor * 0.1) ** 2, rtol=2e-4)


def test_gradients():
    arguments = (1.0, 0.9, 2.1, 0.1, 0.3)
    check_gradients(d.dirac_through_vector, arguments)
    check_gradients(d.majorana_through_vector, (*arguments, 0.4))
    check_gradients(lambda m, s, down: d.scalar_through_densities(m, s, down), (0.7, 0.2, 0.1))
    assert propagates_nan(d.dirac_through_vector, *arguments)
    assert propagates_nan(d.majorana_through_vector, *arguments, 0.4)
    assert propagates_nan(d.scalar_through_densities, 0.7, 0.2, 0.1)
    assert np.isnan(call(d.dirac_through_vector, -1.0, *arguments[1:]))
    assert np.isfinite(jax.grad(d.dirac_through_vector)(0.0, *arguments[1:]))
