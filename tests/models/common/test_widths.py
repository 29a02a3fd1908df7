from decimal import Decimal

import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.models.common import widths as w
from tests.brute_force.dirac import (
    GAMMA,
    GAMMA_5,
    IDENTITY,
    SIGNS,
    bar,
    polarisation_vectors,
    slash,
    spinor_u,
    spinor_v,
)
from tests.brute_force.phase_space import directions, kallen
from tests.helpers import ROUNDING
from tests.models.common.points import call, check_gradients, finite_everywhere, propagates_nan

P_L, P_R = (IDENTITY - GAMMA_5) / 2, (IDENTITY + GAMMA_5) / 2


def daughters(M, m1, m2):
    """Momenta of the decay at rest, over directions with weights, and the momentum."""
    p = np.sqrt(kallen(M, m1, m2)) / (2 * M)
    n, weights = directions()
    k1, k2 = (
        np.concatenate([np.full((len(n), 1), np.sqrt(p**2 + m**2)), s * p * n], 1) for m, s in ((m1, 1), (m2, -1))
    )
    return p, k1, k2, weights


def scalar_width(M, m, matrix):
    """Sum over explicit spinors; the matrix is a function of the momentum of the decaying particle."""
    p, k1, k2, weights = daughters(M, m, m)
    amplitude = np.einsum("xsi,ij,xtj->xst", bar(spinor_u(k1, m)), matrix, spinor_v(k2, m))
    return p / (8 * np.pi * M**2) * np.sum(np.sum(abs(amplitude) ** 2, (1, 2)) * weights)


def vector_width(M, m, vertex):
    """Average over the polarisations of the vector at rest, sum over explicit spinors."""
    p, k1, k2, weights = daughters(M, m, m)
    eps = polarisation_vectors(np.array([M, 0.0, 0.0, 0.0]), M)
    matrices = np.einsum("pm,m,mij->pij", eps, SIGNS, np.einsum("mij,jk->mik", GAMMA, vertex))
    amplitude = np.einsum("xsi,pij,xtj->xpst", bar(spinor_u(k1, m)), matrices, spinor_v(k2, m))
    return p / (8 * np.pi * M**2) * np.sum(np.sum(abs(amplitude) ** 2, (1, 2, 3)) * weights) / 3


@pytest.mark.parametrize(("a", "b"), [(1.0, 0.0), (0.0, 1.0), (0.4, -0.7)])
def test_scalar_to_fermions_by_spinors(a, b):
    M, m = 2.1, 0.9
    expected = scalar_width(M, m, a * IDENTITY + 1j * b * GAMMA_5)
    np.testing.assert_allclose(call(w.scalar_to_fermions, M, m, a, b), expected, rtol=ROUNDING)
    # both contractions of (1/2) psibar psi give the vertex of Dirac fermions, and the particles are identical
    np.testing.assert_allclose(call(w.scalar_to_fermions, M, m, a, b, majorana=True), expected / 2, rtol=ROUNDING)
    np.testing.assert_allclose(call(w.scalar_to_fermions, M, m, a, b, colours=3.0), 3 * expected, rtol=ROUNDING)


@pytest.mark.parametrize(("gV", "gA"), [(1.0, 0.0), (0.0, 1.0), (0.4, -0.7)])
def test_vector_to_fermions_by_spinors(gV, gA):
    M, m = 2.1, 0.9
    expected = vector_width(M, m, gV * IDENTITY + gA * GAMMA_5)
    np.testing.assert_allclose(call(w.vector_to_fermions, M, m, gV, gA), expected, rtol=ROUNDING)
    axial = vector_width(M, m, gA * GAMMA_5) / 2
    np.testing.assert_allclose(call(w.vector_to_fermions, M, m, gV, gA, majorana=True), axial, rtol=ROUNDING)


def test_vector_to_a_neutrino_by_spinors():
    np.testing.assert_allclose(call(w.vector_to_neutrino, 2.1, 0.3), vector_width(2.1, 1e-6, 0.3 * P_L), rtol=1e-10)


def test_vector_to_scalars_by_polarisations():
    M, m, g = 2.1, 0.6, 0.3
    p, k1, k2, weights = daughters(M, m, m)
    eps = polarisation_vectors(np.array([M, 0.0, 0.0, 0.0]), M)
    amplitude = g * np.einsum("pm,m,xm->px", eps, SIGNS, k1 - k2)
    expected = p / (8 * np.pi * M**2) * np.sum(abs(amplitude) ** 2 * weights) / 3
    np.testing.assert_allclose(call(w.vector_to_scalars, M, m, g), expected, rtol=ROUNDING)


def test_alp_to_fermions_by_spinors():
    """The derivative coupling gives q-slash gamma_5 between the spinors; that of two Majorana fields gives it twice."""
    M, m, C = 2.0, 0.3, 0.2
    q = slash(np.array([M, 0.0, 0.0, 0.0]))
    expected = scalar_width(M, m, C / 2 * q @ GAMMA_5)
    np.testing.assert_allclose(call(w.alp_to_fermions, M, m, C), expected, rtol=ROUNDING)
    twice = scalar_width(M, m, C * q @ GAMMA_5) / 2
    np.testing.assert_allclose(call(w.alp_to_fermions, M, m, C, majorana=True), twice, rtol=ROUNDING)


def test_alp_to_photons_by_polarisations():
    """The vertex of -(g/4) a F Ftilde is g eps(e1*, k1, e2*, k2): two helicities, two identical photons."""
    M, g = 1.3, 0.2
    k1, k2 = (np.array([M / 2, 0.0, 0.0, s * M / 2]) for s in (1, -1))
    transverse = np.array([[0, 1, 0, 0], [0, 0, 1, 0]])
    amplitudes = [g * np.linalg.det([e1, k1, e2, k2]) for e1 in transverse for e2 in transverse]
    expected = np.sum(np.square(amplitudes)) / (16 * np.pi * M) / 2
    np.testing.assert_allclose(call(w.alp_to_photons, M, g), expected, rtol=ROUNDING)
    np.testing.assert_allclose(call(w.alp_to_gluons, M, g), 8 * expected, rtol=ROUNDING)


def test_fermion_to_fermion_vector_by_spinors():
    m_F, m_f, m_V, gL, gR = 3.0, 0.7, 1.1, 0.4, -0.9
    p, k, q, weights = daughters(m_F, m_f, m_V)
    eps = np.conj(polarisation_vectors(q, m_V))
    u_F = spinor_u(np.array([m_F, 0.0, 0.0, 0.0]), m_F)
    matrices = np.einsum("xpm,m,mij->xpij", eps, SIGNS, GAMMA @ (gL * P_L + gR * P_R))
    amplitude = np.einsum("xsi,xpij,tj->xpst", bar(spinor_u(k, m_f)), matrices, u_F)
    expected = p / (8 * np.pi * m_F**2) * np.sum(np.sum(abs(amplitude) ** 2, (1, 2, 3)) * weights) / 2
    np.testing.assert_allclose(call(w.fermion_to_fermion_vector, m_F, m_f, m_V, gL, gR), expected, rtol=ROUNDING)


def published(found, digits):
    """To half a unit of the last digit that is printed."""
    unit = Decimal(1).scaleb(Decimal(digits).as_tuple().exponent)
    np.testing.assert_allclose(found, float(digits), rtol=0, atol=0.501 * float(unit))


def test_published_values():
    published(call(w.vector_to_fermions, 2.1, 0.9, 1e-3), "3.923201e-08")
    published(call(w.vector_to_fermions, 2.1, 0.9, 0.0, 1e-3, majorana=True), "3.80609e-09")
    published(call(w.scalar_to_fermions, 2.1, 0.9, 1e-3), "1.141827e-08")
    published(call(w.scalar_to_fermions, 2.1, 0.9, 0.0, 1e-3, majorana=True), "2.151905e-08")
    published(call(w.fermion_to_fermion_vector, 1500, 163, 2.1, 1e-5, 1e-4), "0.07419592")
    published(call(w.alp_to_fermions, 2.0, 0.003, 1 / 1.7e8), "2.478180e-23")
    published(call(w.alp_to_fermions, 2.0, 0.1, 1 / 1.1e8), "6.54368e-20")
    published(call(w.scalar_to_fermions, 2.2, 0.7, 1e-3, majorana=True) * 2, "4.01794e-08")


CASES = {
    "scalar": (w.scalar_to_fermions, (0.9, 0.3, 0.4)),
    "vector": (w.vector_to_fermions, (0.9, 0.3, 0.4)),
    "scalars": (w.vector_to_scalars, (0.9, 0.3)),
    "alp": (w.alp_to_fermions, (0.9, 0.3)),
}


@pytest.mark.parametrize("name", CASES)
def test_gradients_and_thresholds(name):
    function, rest = CASES[name]
    check_gradients(function, (2.1, *rest))
    for M in (2 * rest[0], 2 * rest[0] * (1 + 1e-13), 1.0, 0.0):
        assert finite_everywhere(function, M, *rest)
        assert finite_everywhere(function, M, 0.0, *rest[1:])
    assert call(function, 1.7, *rest) == 0
    assert propagates_nan(function, 2.1, *rest)
    assert propagates_nan(function, 1.7, *rest)
    assert np.isnan(call(function, -2.1, *rest))
    assert np.isnan(call(function, 2.1, -0.1, *rest[1:]))


def test_gradients_of_the_decay_into_a_vector():
    arguments = (3.0, 0.7, 1.1, 0.4, -0.9)
    check_gradients(w.fermion_to_fermion_vector, arguments)
    for m_V in (2.3, 2.5, 0.0, 1e-9):
        assert finite_everywhere(w.fermion_to_fermion_vector, 3.0, 0.7, m_V, 0.4, -0.9)
    assert propagates_nan(w.fermion_to_fermion_vector, *arguments)
    assert np.isnan(call(w.alp_to_photons, -1.0, 1.0))
    assert jnp.isnan(w.vector_to_neutrino(jnp.asarray(-1.0), jnp.asarray(1.0)))
