"""nu N against explicit Dirac matrices and currents of the mesons."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.couplings.fermion_pair import sterile_pair
from jaxflav.couplings.mixed_pair import MixedPairCouplings
from jaxflav.form_factors.files import load_form_factors
from jaxflav.inputs.parameters import load_parameters
from jaxflav.rates.decays import B_PLUS_TO_K_PLUS
from jaxflav.rates.three_body import invisible_rate, pair_density
from jaxflav.spectra.decays import decay_density, spectrum
from jaxflav.spectra.spectrum import total
from tests.helpers import ROUNDING, assert_gradient
from tests.rates.points import MESONS, QUARKS, kinematics, random_form_factors

METRIC = np.diag([1.0, -1, -1, -1])
PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
GAMMA = np.array(
    [np.kron([[1, 0], [0, -1]], np.eye(2)), *(np.kron([[0, 1], [-1, 0]], s) for s in PAULI)], dtype=complex
)
G5 = 1j * GAMMA[0] @ GAMMA[1] @ GAMMA[2] @ GAMMA[3]
LEFT, RIGHT = (np.eye(4) - G5) / 2, (np.eye(4) + G5) / 2


def slash(k):
    return np.einsum("m,mab->ab", METRIC @ k, GAMMA)


def epsilon(*indices):
    return np.linalg.det(np.eye(4)[list(indices)])


EPSILON = np.array([[[[epsilon(a, b, c, d) for d in range(4)] for c in range(4)] for b in range(4)] for a in range(4)])


def momenta(meson, q2):
    m_B, m_K = MESONS[meson]
    p = np.sqrt((m_B**2 - m_K**2 - q2) ** 2 - 4 * q2 * m_K**2) / (2 * m_B)
    p_B, p_K = np.array([m_B, 0, 0, 0]), np.array([np.sqrt(p**2 + m_K**2), 0, 0, -p])
    return p, p_B, p_K, p_B - p_K


def hadronic_amplitudes(meson, q2, ff, c):
    """Vector (upper index) and density that multiply the lepton currents, one pair for each polarisation."""
    m_B, m_K = MESONS[meson]
    p, p_B, p_K, q = momenta(meson, q2)
    total, difference = p_B + p_K, m_B**2 - m_K**2
    v, a = (c["V_L"] + c["V_R"]) / 2, (c["V_R"] - c["V_L"]) / 2
    s, ps = (c["S_L"] + c["S_R"]) / 2, (c["S_R"] - c["S_L"]) / 2
    if meson == "K":  # (C1), (C2)
        current = (total - difference / q2 * q) * ff["fp"] + difference / q2 * q * ff["f0"]
        yield v * current, s * difference / (QUARKS["mb"] - QUARKS["ms"]) * ff["f0"]
        return
    M = m_B + m_K
    lam = 4 * m_B**2 * p**2
    A2 = (M**2 * (difference - q2) * ff["A1"] - 16 * m_B * m_K**2 * M * ff["A12"]) / lam  # (C10)
    A3 = M / (2 * m_K) * ff["A1"] - (m_B - m_K) / (2 * m_K) * A2  # (C9)
    E, k = p_K[0], p_K[3]
    for e in (
        np.array([0, 1, 1j, 0]) / np.sqrt(2),
        np.array([0, 1, -1j, 0]) / np.sqrt(2),
        np.array([k, 0, 0, E]) / m_K,
    ):
        bar = e.conj()
        eq = bar @ METRIC @ q
        vector = np.einsum("mnab,n,a,b->m", EPSILON, METRIC @ bar, METRIC @ p_B, METRIC @ p_K) * 2 / M * ff["V"]  # (C5)
        axial = 1j * (2 * m_K * eq / q2 * q * (ff["A0"] - A3) + M * bar * ff["A1"] - total * eq / M * A2)  # (C6)
        density = -2j * m_K * eq / (QUARKS["mb"] + QUARKS["ms"]) * ff["A0"]  # (C4)
        yield v * vector + a * axial, ps * density


def brute_force(meson, m, q2, ff, c, order=12):
    m_B, _ = MESONS[meson]
    p, _, _, q = momenta(meson, q2)
    k = (q2 - m**2) / (2 * np.sqrt(q2))
    gamma, beta = q[0] / np.sqrt(q2), q[3] / q[0]
    results = []
    for H, D in hadronic_amplitudes(meson, q2, ff, c):
        current = METRIC @ H
        vertex = np.einsum("m,mab->ab", current, GAMMA) @ LEFT + D * RIGHT
        conjugate = GAMMA[0] @ vertex.conj().T @ GAMMA[0]
        average = 0.0
        for cosine, w in zip(*np.polynomial.legendre.leggauss(order), strict=True):
            for phi in (0.3, 0.3 + np.pi / 2, 0.3 + np.pi, 0.3 + 3 * np.pi / 2):
                sine = np.sqrt(1 - cosine**2)
                k1 = np.array(
                    [
                        gamma * k * (1 + beta * cosine),
                        k * sine * np.cos(phi),
                        k * sine * np.sin(phi),
                        gamma * k * (cosine + beta),
                    ]
                )
                k2 = q - k1
                average += w / 8 * np.trace(slash(k1) @ vertex @ (slash(k2) - m * np.eye(4)) @ conjugate).real
        results.append(average / (2 * m_B) * p / (4 * np.pi * m_B) * (1 - m**2 / q2) / (8 * np.pi) / (2 * np.pi))
    return results


@pytest.mark.parametrize("meson", MESONS)
@pytest.mark.parametrize("names", [("V_L",), ("V_L", "V_R"), ("S_L", "S_R"), ("V_L", "V_R", "S_L", "S_R")])
def test_against_explicit_spin_sums(meson, names, rng):
    for m, q2 in ((0.3, 1.0), (1.5, 7.0), (2.8, 12.0)):
        ff, ff_values = random_form_factors(meson, rng)
        c = dict.fromkeys(("V_L", "V_R", "S_L", "S_R"), 0j)
        c |= {name: complex(*rng.normal(size=2)) for name in names}
        expected = brute_force(meson, m, q2, ff_values, c)
        found = pair_density(MixedPairCouplings(**c), m, q2, ff, kinematics(meson))
        if meson == "K":
            np.testing.assert_allclose(found, expected[0], rtol=1e-11)
        else:
            np.testing.assert_allclose(found.longitudinal, expected[2], rtol=1e-11)
            np.testing.assert_allclose(found.transverse, expected[0] + expected[1], rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("meson", MESONS)
def test_massless_sterile_neutrino_is_a_massless_pair(meson, rng):
    ff = random_form_factors(meson, rng)[0]
    found = pair_density(MixedPairCouplings(V_L=1e-8, V_R=2e-8j), 0.0, 7.0, ff, kinematics(meson))
    expected = pair_density(sterile_pair(C_LL=1e-8, C_RL=2e-8j), 0.0, 7.0, ff, kinematics(meson))
    np.testing.assert_allclose(np.asarray(found), np.asarray(expected), rtol=ROUNDING)


def test_b_s_against_the_leptonic_rate():
    # B -> l nu: G^2 |V|^2 f^2 m_B m^2 (1 - m^2/m_B^2)^2/(8 pi) for (G/sqrt2) V (V - A)(V - A)
    m_B, f, m, a = 5.367, 0.23, 1.5, 1e-8
    G = a / np.sqrt(2)  # V_R = -V_L = a: a (sbar gamma_mu gamma_5 b)(nubar gamma^mu P_L N), P_L = (1 - gamma_5)/2
    expected = G**2 * f**2 * m_B * m**2 * (1 - m**2 / m_B**2) ** 2 / (8 * np.pi)
    found = invisible_rate(MixedPairCouplings(V_L=-a, V_R=a), m, f, kinematics("Bs"))
    np.testing.assert_allclose(found, expected, rtol=ROUNDING)


def test_flavours_add_up(rng):
    ff = random_form_factors("K", rng)[0]
    values = rng.normal(size=(2, 3))
    together = pair_density(MixedPairCouplings(V_L=values[0], S_R=values[1]), 1.0, 7.0, ff, kinematics("K"))
    alone = [pair_density(MixedPairCouplings(V_L=v, S_R=s), 1.0, 7.0, ff, kinematics("K")) for v, s in values.T]
    np.testing.assert_allclose(together, sum(alone), rtol=ROUNDING)


def test_thresholds_and_gradient():
    P, ff_set, zero = load_parameters(), load_form_factors("GRvDV2023"), jnp.zeros(8)
    couplings = MixedPairCouplings(V_L=1e-8, S_R=1e-8j, T_R=2e-8j)

    @jax.jit
    def density(m, q2):
        return decay_density(P, ff_set, zero, couplings, m, B_PLUS_TO_K_PLUS, q2)

    # compiled once for all points
    derivatives = jax.jit(lambda m, q2: (jax.grad(density, (0, 1))(m, q2), jax.hessian(density, (0, 1))(m, q2)))

    unit = 1 / density(1.0, 7.0)
    assert_gradient(lambda m: density(m, 7.0) * unit, 1.0)
    assert_gradient(lambda s: density(1.0, s) * unit, 7.0)
    for m, q2 in ((1.0, 1.0), (1.0, 1 - 1e-9), (1.0, 1 + 1e-9), (0.0, 0.0), (5.0, 7.0), (1.0, -1.0), (1.0, 40.0)):
        slopes, hessian = derivatives(m, q2)
        assert np.all(np.isfinite(np.asarray(hessian)))
        assert np.all(np.isfinite(np.asarray(slopes)))
        assert (density(m, q2) > 0) == (m**2 < q2 < 22.9 or m == q2 == 0)
    s = spectrum(P, ff_set, zero, couplings, 1.0, B_PLUS_TO_K_PLUS)
    finer = spectrum(P, ff_set, zero, couplings, 1.0, B_PLUS_TO_K_PLUS, order=128)
    np.testing.assert_allclose(total(s), total(finer), rtol=1e-10)
    assert 1 < s.q2.min() < 1.1
