import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import eigh

from jaxflav.models.common import vector_mixing as v
from jaxflav.models.common.widths import vector_to_fermions, vector_to_neutrino
from tests.models.common.points import M_MU, V, call, check_gradients

SIN2, M_Z, ALPHA = 0.23129, 91.188, 0.0078167748
E, G_Z = np.sqrt(4 * np.pi * ALPHA), 2 * M_Z / V


@pytest.mark.parametrize(("eps", "m2"), [(1e-4, 0.0), (0.0, 0.03), (1e-4, -0.5)])
def test_by_diagonalisation(eps, m2):
    """Eigenvectors of the mass matrix with the kinetic matrix of A, Z, X: what the light one has of A and Z."""
    m_X, t_w = 2.1, np.sqrt(SIN2 / (1 - SIN2))
    kinetic = np.array([[1.0, 0, eps], [0, 1.0, -eps * t_w], [eps, -eps * t_w, 1.0]])  # B/c_w = A - t_w Z
    mass = np.array([[0.0, 0, 0], [0, M_Z**2, m2], [0, m2, m_X**2]])
    values, vectors = eigh(mass, kinetic)
    light = vectors[:, np.argmin(abs(values - m_X**2))]
    light = light / light[2]
    # J couples as e J_em A + (g_Z/2) J_NC Z
    np.testing.assert_allclose(light[0], -eps, rtol=1e-6, atol=1e-12)
    found = call(v.z_mixing, m2, eps, m_X, M_Z, SIN2)
    np.testing.assert_allclose(abs(light[1]), abs(found), rtol=2e-3)


def test_published_kinetic_mixing_alone():
    """eps = 8.3e-4 at 2.1 GeV: 2.4e-7."""
    np.testing.assert_allclose(abs(call(v.z_mixing, 0.0, 8.3e-4, 2.1, M_Z, SIN2)), 2.4e-7, rtol=2e-2)


def test_complete_point_of_the_top_partner():
    """Gamma_ll of muons (and electrons alike) and Gamma_nu from eps_A and eps_Z at 2.1 GeV."""
    eps, eps_Z = 0.000199608, -6.23969e-06
    couplings = call(lambda *a: jnp.stack(v.fermion_couplings(*a)), -0.5, -1.0, eps, eps_Z, E, G_Z, SIN2)
    leptons = sum(call(vector_to_fermions, 2.1, m, *couplings) for m in (M_MU, 0.51099895e-3))
    np.testing.assert_allclose(leptons, 4.37369e-10, rtol=1e-4)
    neutrino = np.subtract(*call(lambda *a: jnp.stack(v.fermion_couplings(*a)), 0.5, 0.0, eps, eps_Z, E, G_Z, SIN2))
    np.testing.assert_allclose(neutrino, G_Z / 2 * eps_Z, rtol=1e-12)
    np.testing.assert_allclose(3 * call(vector_to_neutrino, 2.1, neutrino), 4.46206e-13, rtol=1e-4)


def test_three_neutrinos_of_the_dark_photon():
    for m, eps_Z, expected in ((2.1, 1e-4, 1.146065e-10), (1.0, 1e-5, 5.457455e-13), (2.1, 1.2e-4, 1.65033e-10)):
        np.testing.assert_allclose(3 * call(vector_to_neutrino, m, G_Z / 2 * eps_Z), expected, rtol=3e-6)


def test_gradients():
    check_gradients(v.z_mixing, (0.3, 0.2, 2.1, 9.0, SIN2))
    check_gradients(lambda *a: jnp.stack(v.fermion_couplings(*a)), (-0.5, -1.0, 0.2, 0.3, 0.3, 0.7, SIN2))
