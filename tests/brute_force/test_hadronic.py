"""Matrix elements of the quark currents: equations of motion and heavy-quark symmetry, which fix the signs."""

import numpy as np
import pytest

from tests.brute_force import hadronic
from tests.brute_force.dirac import METRIC, dot, lower
from tests.brute_force.phase_space import meson_momenta

M_B, M_B_QUARK, M_S, Q2 = 5.28, 4.2, 0.1, 9.0
NAMES = ("f_plus", "f_0", "f_T", "V", "A_0", "A_1", "A_12", "T_1", "T_2", "T_23")


@pytest.fixture
def form_factors(rng):
    return dict(zip(NAMES, rng.uniform(0.2, 0.9, len(NAMES)), strict=True))


def currents(meson, m, form_factors):
    _, p, k, q = meson_momenta(M_B, m, np.sqrt(Q2))
    return p, q, getattr(hadronic, meson)(p, k, M_B, m, M_B_QUARK, M_S, form_factors)


def test_divergence_of_the_vector_current(form_factors):
    _, q, quarks = currents("pseudoscalar", 0.49, form_factors)
    np.testing.assert_allclose(quarks["V"] @ q, (M_B_QUARK - M_S) * quarks["S"], rtol=1e-12)
    _, q, quarks = currents("vector", 0.89, form_factors)
    np.testing.assert_allclose(quarks["V"] @ q, 0, atol=1e-12)


def test_divergence_of_the_axial_current(form_factors):
    _, q, quarks = currents("vector", 0.89, form_factors)
    np.testing.assert_allclose(quarks["A"] @ q, -(M_B_QUARK + M_S) * quarks["P"], rtol=1e-12, atol=1e-12)
    p = np.array([M_B, 0, 0, 0])
    quarks = hadronic.vacuum(p, M_B, M_B_QUARK, M_S, {"f_B": 0.23})
    np.testing.assert_allclose(quarks["A"] @ p, -(M_B_QUARK + M_S) * quarks["P"], rtol=1e-12)


@pytest.mark.parametrize(("meson", "m"), [("pseudoscalar", 0.49), ("vector", 0.89)])
def test_tensors_are_antisymmetric_and_dual(form_factors, meson, m):
    _, _, quarks = currents(meson, m, form_factors)
    for structure in ("T", "Tt"):
        np.testing.assert_allclose(quarks[structure], -np.swapaxes(quarks[structure], 1, 2), atol=1e-12)
    # g5^2 = 1
    np.testing.assert_allclose(hadronic._times_gamma_5(quarks["Tt"]), quarks["T"], atol=1e-12)


def across(current, v):
    """The part of a current across the velocity."""
    return current - (current @ v)[:, None] * lower(v)


def test_heavy_quark_symmetry_of_the_pseudoscalar(form_factors):
    """With v-slash b = b, sbar sigma_mn v^n b = i sbar (g_m - v_m) b, and sbar b = v^m sbar g_m b."""
    m = 0.49
    ratio = (M_B**2 - m**2) / Q2
    f_plus, f_0 = form_factors["f_plus"], form_factors["f_0"]
    form_factors["f_T"] = (M_B + m) / (2 * M_B) * (f_plus + ratio * (f_plus - f_0))
    p, _, quarks = currents("pseudoscalar", m, form_factors)
    v = p / M_B
    np.testing.assert_allclose(quarks["T"] @ v, 1j * across(quarks["V"], v), rtol=1e-12, atol=1e-12)


def test_heavy_quark_symmetry_of_the_vector(form_factors):
    """The same with sigma g5: sbar sigma_mn g5 v^n b = -i sbar (g_m + v_m) g5 b. The factors are positive."""
    m = 0.89
    ratio = (M_B**2 - m**2) / Q2
    T_1, T_2 = form_factors["T_1"], form_factors["T_2"]
    form_factors["V"] = (M_B + m) / (2 * M_B) * (T_1 + ratio * (T_1 - T_2))
    p, q, _ = currents("vector", m, form_factors)
    v = p / M_B
    along_P, along_q = dot(2 * p - q, v), dot(q, v)
    form_factors["A_1"] = ((along_P - ratio * along_q) * T_1 + ratio * along_q * T_2) / (M_B + m)
    p, q, quarks = currents("vector", m, form_factors)
    np.testing.assert_allclose(quarks["T"] @ v, 1j * across(quarks["V"], v), rtol=1e-12, atol=1e-12)
    transverse = [0, 2]
    expected = -1j * across(quarks["A"], v)
    np.testing.assert_allclose((quarks["Tt"] @ v)[transverse], expected[transverse], rtol=1e-12, atol=1e-12)
    assert form_factors["A_1"] > 0


def test_helicity_vectors():
    _, _, k, _ = meson_momenta(M_B, 0.89, np.sqrt(Q2))
    vectors = hadronic.helicity_vectors(k, 0.89)
    np.testing.assert_allclose(dot(vectors, k), 0, atol=1e-12)
    total = np.einsum("hm,hn->mn", vectors, np.conj(vectors))
    np.testing.assert_allclose(total, np.outer(k, k) / 0.89**2 - METRIC, atol=1e-12)
    # J_z = -i(x d_y - y d_x) on vectors
    rotation = np.zeros((4, 4), dtype=complex)
    rotation[1, 2], rotation[2, 1] = -1j, 1j
    np.testing.assert_allclose(vectors @ rotation.T, vectors * np.array([[1], [0], [-1]]), atol=1e-12)
