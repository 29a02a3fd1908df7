import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.couplings.neutrino import NeutrinoCouplings
from jaxflav.form_factors.sets import BToPFormFactors
from jaxflav.rates.kinematics import Kinematics
from jaxflav.rates.three_body import pair_density
from tests.helpers import ROUNDING

M, m = 5.27941, 0.493677
KINEMATICS = Kinematics(m_parent=M, m_daughter=m, m_heavy=4.18, m_light=0.0935)
UNIT = 4 * 1.166e-5 / np.sqrt(2) * 0.041 / 128 / (2 * np.pi)
C_L = -1.47 / 0.231 * np.eye(3)


def rate(q2, unit=UNIT):
    """B -> K nu nubar with f_+ = 0.5; the other form factors do not enter."""
    ff = BToPFormFactors(*(jnp.asarray(x) for x in (0.5, 0.4, 0.3)))
    return pair_density(NeutrinoCouplings(unit=unit, C_L=C_L), 0.0, q2, ff, KINEMATICS)


def brute_force(q2, f_plus, n=200):
    """Three flavours of |C <K|sbar gamma_mu b|B>/2 nubar gamma^mu P_L nu|^2 over two-body phase spaces.

    C = 4 G_F/sqrt2 lambda_t alpha/(2 pi) X_t/s_w^2 multiplies (sbar g P_L b)(nubar g P_L nu), see
    arXiv:2403.13887 (B19).
    """
    C = 4 * 1.166e-5 / np.sqrt(2) * 0.041 / 128 / (2 * np.pi) * 1.47 / 0.231
    p = np.sqrt((M**2 + m**2 - q2) ** 2 - 4 * M**2 * m**2) / (2 * M)
    p_B, p_K = np.array([M, 0, 0, 0]), np.array([np.sqrt(p**2 + m**2), 0, 0, -p])
    q = p_B - p_K
    current = f_plus * (p_B + p_K - (M**2 - m**2) / q2 * q)
    metric = np.diag([1, -1, -1, -1])
    gamma, beta = q[0] / np.sqrt(q2), q[3] / q[0]
    cosines, weights = np.polynomial.legendre.leggauss(n)
    total = 0.0
    for c, w in zip(cosines, weights, strict=True):
        k, s = np.sqrt(q2) / 2, np.sqrt(1 - c**2)
        k1 = np.array([gamma * (k + beta * k * c), k * s, 0, gamma * (k * c + beta * k)])
        k2 = q - k1
        # sum over spins of the left-handed current: 2 (k1 k2 + k2 k1 - g k1.k2), antisymmetric part drops out
        leptons = 2 * (np.outer(k1, k2) + np.outer(k2, k1) - metric * (k1 @ metric @ k2))
        low = metric @ current
        total += w / 2 * (low @ leptons @ low)
    # dGamma/dq2 = |M|^2/(2 m_B) x (p/(4 pi m_B)) x 1/(8 pi) x 1/(2 pi)
    return 3 * C**2 / 4 * total / (2 * M) * p / (4 * np.pi * M) / (8 * np.pi) / (2 * np.pi)


@pytest.mark.parametrize("q2", [0.5, 8.0, 21.0])
def test_against_explicit_currents(q2):
    np.testing.assert_allclose(rate(jnp.asarray(q2)), brute_force(q2, 0.5), rtol=ROUNDING)


def test_phase_of_the_unit_does_not_matter_and_no_part_of_it_is_dropped():
    np.testing.assert_allclose(rate(3.0, UNIT * np.exp(1j)), rate(3.0), rtol=1e-14)


@pytest.mark.parametrize("q2", [-1.0, 0.0, (M - m) ** 2 - 1e-9, (M - m) ** 2, 30.0, 50.0])
def test_finite_at_both_ends_and_beyond(q2):
    value, slope = jax.value_and_grad(rate)(jnp.asarray(q2))
    assert np.isfinite(slope)
    assert (value > 0) == (0 <= q2 < (M - m) ** 2)
