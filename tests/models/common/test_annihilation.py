import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.models.common import annihilation as a, widths as w
from tests.brute_force.dirac import (
    GAMMA,
    GAMMA_5,
    IDENTITY,
    bar,
    dot,
    lower,
    polarisation_vectors,
    slash,
    spinor_u,
    spinor_v,
)
from tests.brute_force.phase_space import directions
from tests.models.common.points import call, check_gradients, finite_everywhere, propagates_nan


def momenta(s, m, axis):
    """Two particles of mass m with the energy sqrt(s), along the axes given."""
    p = np.sqrt(s / 4 - m**2)
    energy = np.full((len(axis), 1), np.sqrt(s) / 2)
    return np.concatenate([energy, p * axis], 1), np.concatenate([energy, -p * axis], 1)


def final(s, m, **options):
    n, weights = directions(**options)
    return *momenta(s, m, n), weights


def cross_section(amplitude2, weights, s, m_in, m_out):
    """From the sum over all spins, averaged over four initial ones."""
    ratio = np.sqrt((s - 4 * m_out**2) / (s - 4 * m_in**2))
    return ratio / (16 * np.pi * s) * np.sum(amplitude2 * weights) / 4


def through_mediator(s, m_X, m_f, vertex_X, vertex_f, M, width, spin):
    k1, k2 = momenta(s, m_X, np.array([[0.0, 0.0, 1.0]]))
    p1, p2, weights = final(s, m_f)
    D = s - M**2 + 1j * M * width
    left, right = bar(spinor_v(k2, m_X)), spinor_u(k1, m_X)
    out_left, out_right = bar(spinor_u(p1, m_f)), spinor_v(p2, m_f)
    if spin == 0:
        initial = np.einsum("xti,ij,xsj->xst", left, vertex_X, right)[0]
        final_ = np.einsum("xsi,ij,xtj->xst", out_left, vertex_f, out_right)
        amplitude = np.einsum("st,xuv->xstuv", initial, final_) / D
    else:
        initial = np.einsum("xti,mij,xsj->xstm", left, GAMMA @ vertex_X, right)[0]
        final_ = np.einsum("xsi,mij,xtj->xstm", out_left, GAMMA @ vertex_f, out_right)
        amplitude = np.einsum("stm,xuvm->xstuv", lower(initial), final_) / D
    return cross_section(np.sum(abs(amplitude) ** 2, (1, 2, 3, 4)), weights, s, m_X, m_f)


S, M_X, M_F, M, WIDTH = 5.3, 0.9, 0.4, 2.1, 0.3


@pytest.mark.parametrize("final_couplings", [(0.7, 0.0), (0.3, -0.5)])
def test_vector_by_spinors(final_couplings):
    """A conserved initial current; the final one may be axial too."""
    gV, gA = final_couplings
    vertices = (0.6 * IDENTITY, gV * IDENTITY + gA * GAMMA_5)
    expected = through_mediator(S, M_X, M_F, *vertices, M, WIDTH, 1)
    r = np.sqrt(S)
    parts = call(w.vector_to_fermions, r, M_X, 0.6), call(w.vector_to_fermions, r, M_F, gV, gA)
    found = call(a.resonant_cross_section, S, M_X, M, WIDTH, *parts, spin=1)
    np.testing.assert_allclose(found, expected, rtol=1e-11)


def test_scalar_by_spinors():
    matrix = lambda x, y: x * IDENTITY + 1j * y * GAMMA_5
    expected = through_mediator(S, M_X, M_F, matrix(0.6, 0.2), matrix(0.3, -0.5), M, WIDTH, 0)
    r = np.sqrt(S)
    parts = call(w.scalar_to_fermions, r, M_X, 0.6, 0.2), call(w.scalar_to_fermions, r, M_F, 0.3, -0.5)
    found = call(a.resonant_cross_section, S, M_X, M, WIDTH, *parts, spin=0)
    np.testing.assert_allclose(found, expected, rtol=1e-11)


def test_majorana_by_spinors():
    """Both contractions of (1/2) gA Xbar gamma gamma_5 X give the axial vertex of Dirac fermions."""
    expected = through_mediator(S, M_X, M_F, 0.6 * GAMMA_5, 0.7 * IDENTITY, M, WIDTH, 1)
    r = np.sqrt(S)
    parts = call(w.vector_to_fermions, r, M_X, 0.0, 0.6, majorana=True), call(w.vector_to_fermions, r, M_F, 0.7)
    found = call(a.resonant_cross_section, S, M_X, M, WIDTH, *parts, spin=1, majorana=True)
    np.testing.assert_allclose(found, expected, rtol=1e-11)


def test_at_rest_is_the_limit_of_the_cross_section():
    s = 4 * M_X**2 * (1 + 1e-8)
    parts = [call(w.vector_to_fermions, np.sqrt(s), m, g) for m, g in ((M_X, 0.6), (M_F, 0.7))]
    relative = 2 * np.sqrt(1 - 4 * M_X**2 / s)
    sigma = call(a.resonant_cross_section, s, M_X, M, WIDTH, *parts, spin=1)
    found = call(a.at_rest_through_vector, M_X, M_F, M, WIDTH, 0.6, 0.7)
    np.testing.assert_allclose(found, sigma * relative, rtol=1e-7)


def test_into_vectors_by_spinors():
    m, M_V, g, s = 1.0, 0.7, 0.8, 4 * (1 + 1e-6)
    k1, k2 = momenta(s, m, np.array([[0.0, 0.0, 1.0]]))
    q1, q2, weights = final(s, M_V, cosines=6)
    e1, e2 = (np.conj(polarisation_vectors(q, M_V)) for q in (q1, q2))

    def channel(q, first, second, order):
        inner = (slash(k1 - q) + m * IDENTITY) / (dot(k1 - q, k1 - q) - m**2)[:, None, None]
        return np.einsum(f"xaij,xjk,xbkl->x{order}il", slash(second), inner, slash(first))

    amplitude = channel(q1, e1, e2, "ab").swapaxes(1, 2) + channel(q2, e2, e1, "ab")
    amplitude = g**2 * np.einsum("ti,xabij,sj->xabst", bar(spinor_v(k2, m))[0], amplitude, spinor_u(k1, m)[0])
    sigma = cross_section(np.sum(abs(amplitude) ** 2, (1, 2, 3, 4)), weights, s, m, M_V) / 2
    found = call(a.into_vectors, m, M_V, g)
    np.testing.assert_allclose(found, sigma * 2 * np.sqrt(1 - 4 * m**2 / s), rtol=1e-5)


def test_into_scalars_by_spinors():
    m, y, s = 1.0, 0.8, 4 * (1 + 1e-5)
    k1, k2 = momenta(s, m, np.array([[0.0, 0.0, 1.0]]))
    q1, q2, weights = final(s, 1e-4, cosines=6)
    inner = sum((slash(k1 - q) + m * IDENTITY) / (dot(k1 - q, k1 - q) - m**2)[:, None, None] for q in (q1, q2))
    amplitude = y**2 * np.einsum("ti,xij,sj->xst", bar(spinor_v(k2, m))[0], inner, spinor_u(k1, m)[0])
    sigma = cross_section(np.sum(abs(amplitude) ** 2, (1, 2)), weights, s, m, 1e-4) / 2
    v = 2 * np.sqrt(1 - 4 * m**2 / s)
    np.testing.assert_allclose(call(a.into_scalars, m, y, 6.0), sigma * v / v**2, rtol=1e-4)


def test_published_values():
    np.testing.assert_allclose(call(a.into_vectors, 10, 2.1, 0.07), 4.667751e-09, rtol=2e-7)
    np.testing.assert_allclose(call(a.into_scalars, 1, 0.1, 20), 2.238116e-07, rtol=3e-7)
    # the complete point of the top partner at rest: electrons, muons and R = 2.2, 1.4e-30 cm^3/s
    g_f = np.sqrt(4 * np.pi * 0.0078167748) * 0.000199608
    masses, weights = (0.000511, 0.1056584, 0.0), (1.0, 1.0, 2.2)
    parts = (call(a.at_rest_through_vector, 0.95, m, 2.1, 5.6e-7, 6 * 0.000682, g_f) for m in masses)
    total = sum(w * part for w, part in zip(weights, parts, strict=True)) * 1.16733e-17
    np.testing.assert_allclose(total, 1.4e-30, rtol=4e-2)


def test_limit_of_the_cmb():
    """f_eff <sigma v>/m = 3.2e-28 cm^3/s/GeV at the limit of a particle that is its own antiparticle."""
    for self_conjugate, factor in ((True, 1), (False, 2)):
        at_limit = factor * 3.2e-28 * 1.5 / 0.2 / 1.16733e-17
        found = call(a.cmb_ratio, at_limit, 1.5, 0.2, self_conjugate=self_conjugate)
        np.testing.assert_allclose(found, 1, rtol=1e-12)


def sigma(s, m_X, mass, width):
    parts = w.vector_to_fermions(jnp.sqrt(s), m_X, 0.6), w.vector_to_fermions(jnp.sqrt(s), 0.4, 0.3)
    return a.resonant_cross_section(s, m_X, mass, width, *parts, spin=1)


def test_gradients():
    cases = {
        a.into_vectors: (1.0, 0.7, 0.8),
        a.into_scalars: (1.0, 0.8, 20.0),
        a.at_rest_through_vector: (0.9, 0.4, 2.1, 0.3, 0.6, 0.7),
        sigma: (5.3, 0.9, 2.1, 0.3),
    }
    for function, arguments in cases.items():
        check_gradients(function, arguments)
        assert propagates_nan(function, *arguments)
    for m_X in (0.7, 0.6, 0.2):
        assert finite_everywhere(a.into_vectors, m_X, 0.7, 0.8)
        assert finite_everywhere(a.at_rest_through_vector, m_X, 0.7, 2.1, 0.3, 0.6, 0.7)
        assert call(a.into_vectors, m_X, 0.7, 0.8) == call(a.at_rest_through_vector, m_X, 0.7, 2.1, 0.3, 0.6, 0.7) == 0
    for s in (4 * 0.9**2, 3.0, 0.1):
        assert finite_everywhere(sigma, s, 0.9, 2.1, 0.3)
    assert np.isnan(call(sigma, 5.3, 0.9, 2.1, -0.3))
