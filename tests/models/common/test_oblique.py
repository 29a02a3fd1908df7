import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

from jaxflav.models.common.oblique import electroweak_fit, top_partner
from tests.models.common.points import check_gradients

M_W, SIN2 = 80.369, 0.23129
TOP = jax.jit(top_partner)


def integral(function):
    return quad(function, 0, 1, epsabs=0, epsrel=1e-11, limit=400, points=[1e-4, 0.01, 0.5])[0]


def polarisations(m1, m2):
    """Pi_LL(0), Pi_LL'(0) and Pi_LR'(0) by Feynman parameters, without the divergence; Peskin and Schroeder, 21.3."""
    delta = lambda x: x * m1**2 + (1 - x) * m2**2
    factor = -3 * 4 / (4 * np.pi) ** 2
    value = integral(lambda x: delta(x) / 2 * np.log(delta(x)))
    slope = integral(lambda x: -x * (1 - x) * (np.log(delta(x)) + 0.5))
    mixed = integral(lambda x: m1 * m2 / 2 * x * (1 - x) / delta(x))
    return np.array([value, slope, mixed]) * factor


def by_feynman_parameters(m_t, m_T, s_L):
    """From the currents of the doublet (c t + s T, b); what b alone gives cancels against the Standard Model."""

    def parameters(s2):
        c2 = 1 - s2
        tt, TT, tT, tb, Tb = (polarisations(*m) for m in ((m_t, m_t), (m_T, m_T), (m_t, m_T), (m_t, 0.0), (m_T, 0.0)))
        p33 = (c2**2 * tt + s2**2 * TT + 2 * s2 * c2 * tT) / 4
        p11 = (c2 * tb + s2 * Tb) / 2
        p3Q = (c2 * (tt[1] + tt[2]) + s2 * (TT[1] + TT[2])) / 3
        S = 16 * np.pi * (p33[1] - p3Q)
        T = 4 * np.pi / (SIN2 * M_W**2) * (p11[0] - p33[0])
        U = 16 * np.pi * (p11[1] - p33[1])
        return np.array([S, T, U])

    return parameters(s_L**2) - parameters(0.0)


@pytest.mark.parametrize(
    ("m_T", "s_L"), [(1500.0, 0.1), (10000.0, 0.3), (163.0 * 1.2, 0.4), (163.0 * 1.7, 0.4), (120.0, 0.6)]
)
def test_by_feynman_parameters(m_T, s_L):
    expected = by_feynman_parameters(163.0, m_T, s_L)
    np.testing.assert_allclose(TOP(163.0, m_T, s_L, M_W, SIN2), expected, rtol=1e-7, atol=1e-10)


def test_published_values():
    for arguments, expected in (
        ((163, 1500, 0.1), (0.00208333, 0.0822715, 0.00262653)),
        ((163, 10000, 0.02), (0.000243224, 0.00678046, 0.000106203)),
    ):
        np.testing.assert_allclose(TOP(*map(float, arguments), M_W, SIN2), expected, rtol=3e-6)
    # the complete point of the U(1)' model: t_R = 0.22, m_T = 3 TeV
    t_L = 163 / 3000 * 0.22
    found = TOP(163.0, 3000.0, t_L / np.sqrt(1 + t_L**2), M_W, SIN2)
    np.testing.assert_allclose(found, (5.065e-05, 0.001476, 3.765e-05), rtol=4e-4)


def test_degenerate_masses_and_no_mixing():
    np.testing.assert_allclose(TOP(163.0, 163.0, 0.4, M_W, SIN2), 0, atol=1e-15)
    np.testing.assert_allclose(TOP(163.0, 3000.0, 0.0, M_W, SIN2), 0, atol=0)
    near = np.asarray(TOP(163.0, 163.0 * (1 + 1e-9), 0.4, M_W, SIN2))
    assert np.all(abs(near) < 1e-8)
    np.testing.assert_allclose(near, by_feynman_parameters(163.0, 163.0 * (1 + 1e-4), 0.4) * 1e-5, rtol=1e-2)


def test_gradients():
    for i in range(3):
        check_gradients(lambda *x, i=i: top_partner(*x)[i], (163.0, 1500.0, 0.1, M_W, SIN2))
    jacobian = jax.jit(jax.jacfwd(lambda m, s: jnp.stack(top_partner(163.0, m, s, M_W, SIN2)), argnums=(0, 1)))
    at = [np.asarray(jacobian(m, 0.4)) for m in (163.0 * (1 - 1e-9), 163.0, 163.0 * (1 + 1e-9))]
    np.testing.assert_allclose(at[0], at[1], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(at[1], at[2], rtol=1e-6, atol=1e-8)
    edge = 163.0 * np.exp(0.5)
    for m in (edge, np.nextafter(edge, 0), 1e6):
        assert np.all(np.isfinite(jacobian(m, 0.4)))
    assert np.all(np.isnan(np.asarray(TOP(163.0, np.nan, 0.1, M_W, SIN2))))
    assert np.all(np.isnan(np.asarray(TOP(163.0, -1500.0, 0.1, M_W, SIN2))))


def test_fit_to_electroweak_data():
    values, covariance = electroweak_fit()
    np.testing.assert_allclose(values, [-0.04, 0.01, -0.01])
    np.testing.assert_allclose(covariance[0, 1], 0.93 * 0.10 * 0.12)
    np.testing.assert_allclose(np.diag(covariance), [0.01, 0.0144, 0.0081])
    assert np.all(np.linalg.eigvalsh(covariance) > 0)
