import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.couplings.scalar import ScalarCouplings
from jaxflav.couplings.vector import VectorCouplings
from jaxflav.form_factors.b_to_v import BToVFormFactors
from jaxflav.form_factors.sets import BToPFormFactors
from jaxflav.rates.kinematics import Kinematics
from jaxflav.rates.two_body import VECTOR_MASS2_FLOOR, particle_rate
from tests.helpers import ROUNDING, assert_gradient

M, m, MB, MS = 5.27941, 0.493677, 4.18, 0.09
KINEMATICS = Kinematics(m_parent=M, m_daughter=m, m_heavy=MB, m_light=MS)
FP, F0, FT = 0.45, 0.38, 0.44
TO_K = BToPFormFactors(f_plus=jnp.asarray(FP), f_0=jnp.asarray(F0), f_T=jnp.asarray(FT))
FF = BToVFormFactors(*(jnp.asarray(x) for x in (0.9, 0.8, 0.4, 0.3, 0.7, 0.45, 0.6)))
SCALE = 1e3
METRIC = np.diag([1.0, -1, -1, -1])
END = M - m


def scalar(g_S, mass):
    return particle_rate(ScalarCouplings(g_S=g_S), mass, TO_K, KINEMATICS)


def vector(h_V, h_T, mass, **options):
    return particle_rate(VectorCouplings(h_V=h_V, h_T=h_T, scale=SCALE), mass, TO_K, KINEMATICS, **options)


def momenta(mass):
    """Four-momenta of B, K and X, with K and X in a direction that is no axis."""
    p = np.sqrt((M**2 - (m + mass) ** 2) * (M**2 - (m - mass) ** 2)) / (2 * M)
    n = np.array([1.0, 2.0, -2.0]) / 3
    p_B, p_K = np.array([M, 0, 0, 0]), np.array([np.sqrt(p**2 + m**2), *(p * n)])
    return p, p_B, p_K, p_B - p_K


def vector_current(p_B, p_K, q, q2):
    """<K|sbar gamma^mu b|B>, arXiv:2403.13887 (C2)."""
    return (p_B + p_K - (M**2 - m**2) / q2 * q) * FP + (M**2 - m**2) / q2 * q * F0


def brute_force_scalar(g_S, mass):
    p, p_B, p_K, q = momenta(mass)
    # equation of motion: i d_mu (sbar gamma^mu b) = (m_b - m_s) sbar b, contracted numerically
    density = vector_current(p_B, p_K, q, mass**2) @ METRIC @ q / (MB - MS)
    return p / (8 * np.pi * M**2) * abs(g_S * density) ** 2


def brute_force_vector(h_V, h_T, mass):
    p, p_B, p_K, q = momenta(mass)
    P = p_B + p_K
    tensor = 1j * (np.outer(P, q) - np.outer(q, P)) * FT / (M + m)  # (C3), upper indices
    total = 0.0
    for eps in polarisations(q, mass):
        bar = METRIC @ eps.conj()
        q_low = METRIC @ q
        # an outgoing vector is exp(+iqx) eps*: d_mu V_nu - d_nu V_mu -> i (q_mu eps*_nu - q_nu eps*_mu)
        strength = 1j * (np.outer(q_low, bar) - np.outer(bar, q_low))
        amplitude = h_V * vector_current(p_B, p_K, q, mass**2) @ bar + h_T / SCALE * np.sum(tensor * strength)
        total += abs(amplitude) ** 2
    return p / (8 * np.pi * M**2) * total


def polarisations(q, mass):
    """Circular and longitudinal polarisation vectors of a vector with momentum q."""
    k = np.linalg.norm(q[1:])
    n = q[1:] / k
    a = np.cross(n, [0.0, 0.0, 1.0])
    a /= np.linalg.norm(a)
    b = np.cross(n, a)
    for h in (1, -1):
        yield np.array([0, *((a + 1j * h * b) / np.sqrt(2))])
    yield np.array([k, *(q[0] * n)]) / mass + 0j


def test_the_brute_force_polarisations_are_complete():
    _, _, _, q = momenta(2.1)
    found = sum(np.outer(e, e.conj()) for e in polarisations(q, 2.1))
    np.testing.assert_allclose(found, -METRIC + np.outer(q, q) / 2.1**2, atol=1e-13)


@pytest.mark.parametrize("mass", [0.3, 2.1, 4.7])
@pytest.mark.parametrize("g_S", [2.0, 1.0 - 3.0j])
def test_scalar_against_contracted_current(g_S, mass):
    np.testing.assert_allclose(scalar(g_S, mass), brute_force_scalar(g_S, mass), rtol=ROUNDING)


@pytest.mark.parametrize("mass", [0.3, 2.1, 4.7])
@pytest.mark.parametrize(
    ("h_V", "h_T"),
    [(1.0, 0.0), (0.0, 1.0), (1e-3, 1.0), (1e-3, -1.0), (2e-3 + 1e-3j, 1.0), (1e-3j, 0.5 - 1j)],
)
def test_vector_against_sum_over_polarisations(h_V, h_T, mass):
    # the brute-force sum loses digits in the cancellation of energies, most at small mass
    np.testing.assert_allclose(vector(h_V, h_T, mass), brute_force_vector(h_V, h_T, mass), rtol=1e-10)


def test_signs_of_the_paper_are_those_of_the_other_tensor_coupling():
    assert vector(1e-3, 1.0, 2.1, paper_signs=True) == vector(1e-3, -1.0, 2.1)
    assert vector(1e-3, 1.0, 2.1) > 1.5 * vector(1e-3, 1.0, 2.1, paper_signs=True)


RATES = {
    "g_S": lambda mass: scalar(1.0, mass),
    "h_V": lambda mass: vector(1.0, 0.0, mass),
    "h_T": lambda mass: vector(0.0, 1.0, mass),
    "h_V and h_T": lambda mass: vector(1e-3, 1.0 + 1.0j, mass),
}
every_rate = pytest.mark.parametrize("rate", RATES.values(), ids=list(RATES))


@every_rate
@pytest.mark.parametrize("mass", [0.5, 2.1, 4.7])
def test_gradient_in_mass(rate, mass):
    assert_gradient(rate, mass)


@every_rate
@pytest.mark.parametrize("mass", [0.0, 1e-9, END - 1e-9, END, END + 1e-9, 5.0, M + m, 7.0])
def test_finite_at_zero_mass_and_around_the_threshold(rate, mass):
    value, slope = jax.value_and_grad(rate)(jnp.asarray(mass))
    assert np.isfinite(value)
    assert np.isfinite(slope)
    if mass >= END:
        assert (value, slope) == (0, 0)


def test_rates_at_zero_mass():
    assert jax.grad(RATES["g_S"])(0.0) == 0
    assert RATES["g_S"](0.0) > 0
    assert RATES["h_T"](0.0) == 0
    # p differs by the mass squared, 1e-12
    np.testing.assert_allclose(RATES["h_V"](0.0), RATES["h_V"](VECTOR_MASS2_FLOOR**0.5), rtol=1e-11)


def test_gradient_in_couplings_at_zero_and_complex():
    assert jax.grad(lambda g: scalar(g, 2.1))(0.0) == 0
    assert jax.grad(lambda h: vector(h, 0.0, 2.1))(0.0) == 0
    assert_gradient(lambda x: vector(x * (1e-3 + 2e-3j), 1.0, 2.1) * 1e3, 0.7)
    assert_gradient(lambda x: scalar(x, 2.1), 0.7)


def test_arrays_of_masses():
    masses = jnp.asarray([[0.5, 2.1, 6.0]])
    ff = jax.tree.map(lambda x: jnp.full((1, 3), x), TO_K)
    rates = particle_rate(ScalarCouplings(g_S=1.0), masses, ff, KINEMATICS)
    np.testing.assert_allclose(rates, [[scalar(1.0, 0.5), scalar(1.0, 2.1), 0]], rtol=1e-15)


STEP = 2.0**-40


@pytest.mark.parametrize(
    "rate",
    [
        *RATES.values(),
        lambda mass: jnp.stack(particle_rate(ScalarCouplings(g_P=1.0), mass, FF, KINEMATICS)),
        lambda mass: jnp.stack(particle_rate(VectorCouplings(h_V=1e-3, h_A=1e-3j, h_Tt=1.0), mass, FF, KINEMATICS)),
    ],
    ids=[*RATES, "K*: g_P", "K*: h_V, h_A and h_Tt"],
)
def test_gradient_in_mass_next_to_the_threshold(rate, rng):
    # steps that are powers of two add up exactly, and the rate has all its digits: the difference of fourth order
    # has a truncation of (STEP/distance)^4 = 1e-12 and a rounding of 1e-16/(STEP/distance) = 1e-13
    mass = END - 2.0**-30
    _, slope = jax.jvp(rate, (jnp.asarray(mass),), (jnp.asarray(1.0),))
    f = [np.asarray(rate(jnp.asarray(mass + k * STEP))) for k in (-2, -1, 1, 2)]
    expected = (f[0] - 8 * f[1] + 8 * f[2] - f[3]) / (12 * STEP)
    assert np.max(np.abs(expected)) > 0
    np.testing.assert_allclose(slope, expected, rtol=1e-9)
