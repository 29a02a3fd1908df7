"""The chain B+ -> tau+ nu, tau+ -> K(*)+ nubar against explicit traces, averaged over the directions of the decay."""

import jax
import numpy as np
import pytest
from scipy.integrate import quad

from jaxflav.rates.tau_tree import tau_end_point, tau_shape_pseudoscalar, tau_shape_vector
from tests.brute_force import dirac
from tests.helpers import ROUNDING, assert_gradient

M_B, M_TAU = 5.28, 1.777


def boost(vector, direction, energy, mass):
    """Vector in the rest frame of a particle of this energy and direction, seen from the frame where it moves."""
    g = energy / mass
    gb = np.sqrt(g**2 - 1)
    parallel = vector[1:] @ direction
    space = vector[1:] + direction * ((g - 1) * parallel + gb * vector[0])
    return np.array([g * vector[0] + gb * parallel, *space])


def chain(cosine, m_K, vector):
    """q2, spin sum of the whole chain, and its part with helicity 0 of the K* in the rest frame of the B."""
    z = np.array([0.0, 0, 1])
    nu = (M_B**2 - M_TAU**2) / (2 * M_B) * np.array([1.0, 0, 0, -1])
    tau_energy = (M_B**2 + M_TAU**2) / (2 * M_B)
    n = np.array([np.sqrt(1 - cosine**2), 0, cosine])
    momentum = (M_TAU**2 - m_K**2) / (2 * M_TAU)
    nubar = boost(momentum * np.array([1, *(-n)]), z, tau_energy, M_TAU)
    tau = np.array([tau_energy, 0, 0, np.sqrt(tau_energy**2 - M_TAU**2)])
    meson = tau - nubar
    B = tau + nu
    one, g5 = dirac.IDENTITY, dirac.GAMMA_5

    def squared(e):
        chain = dirac.slash(B) @ (one - g5) @ (dirac.slash(tau) + M_TAU * one) @ dirac.slash(e) @ (one - g5)
        bar = dirac.GAMMA[0] @ chain.conj().T @ dirac.GAMMA[0]
        return np.trace(dirac.slash(nu) @ chain @ dirac.slash(nubar) @ bar).real

    q = nu + nubar
    q2 = dirac.dot(q, q)
    if not vector:
        return q2, squared(meson), 0.0
    p = np.linalg.norm(meson[1:])
    e0 = np.array([p, *(meson[0] * meson[1:] / p)]) / m_K
    side = np.array([0.0, 0, 1, 0])
    other = np.array([0.0, *np.cross(meson[1:] / p, side[1:])])
    return q2, sum(squared(e) for e in (e0, side, other)), squared(e0)


@pytest.mark.parametrize(("m_K", "vector"), [(0.494, False), (0.892, True)])
def test_shape_against_traces(m_K, vector):
    masses = {"m_B": M_B, "m_K": m_K, "m_tau": M_TAU}
    end = float(tau_end_point(M_B, m_K, M_TAU))
    cosines = np.linspace(-0.95, 0.95, 9)
    q2, total, longitudinal = np.array([chain(c, m_K, vector) for c in cosines]).T
    # q2 is linear in the cosine, from 0 to the end point, so the spin sum is the density up to its average, 2/end
    average = quad(lambda c: chain(c, m_K, vector)[1], -1, 1)[0] / 2
    assert chain(-1.0 + 1e-12, m_K, vector)[0] < 1e-9 or chain(1.0 - 1e-12, m_K, vector)[0] < 1e-9
    expected = total / average / end
    if vector:
        found = tau_shape_vector(q2, **masses)
        np.testing.assert_allclose(found.total, expected, rtol=1e-9)
        np.testing.assert_allclose(found.longitudinal, longitudinal / average / end, rtol=1e-9)
        assert np.all(np.asarray(found.transverse) > 0)
    else:
        np.testing.assert_allclose(tau_shape_pseudoscalar(q2, **masses), expected, rtol=1e-9)


@pytest.mark.parametrize("m_K", [0.494, 0.892])
def test_normalised_and_zero_outside(m_K):
    masses = {"m_B": M_B, "m_K": m_K, "m_tau": M_TAU}
    end = float(tau_end_point(M_B, m_K, M_TAU))
    for shape in (tau_shape_pseudoscalar, tau_shape_vector):

        def density(q2, shape=shape):
            return sum(jax.tree.leaves(shape(q2, **masses)))

        np.testing.assert_allclose(quad(lambda q2, f=density: float(f(q2)), 0, end)[0], 1.0, rtol=ROUNDING)
        assert float(density(-1e-6)) == float(density(end + 1e-6)) == 0
        assert_gradient(density, 7.0)
