import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.models.common import hadronic_widths as w
from jaxflav.models.common.numbers import table
from tests.models.common.points import ALPHA_0, M_E, M_MU, V, call, check_gradients, finite_everywhere, propagates_nan

QUARKS = (0.0935, 1.27, 4.18, 163.0)
PIONS = 2 * 0.13957039


def hadrons(M, alpha_s=0.29):
    return w.scalar_to_hadrons(M, alpha_s, QUARKS, V)


@pytest.mark.parametrize(
    ("M", "R"), [(0.7, 4.9), (0.782, 19.9), (1.0195, 49.0), (1.99, 2.29), (2.1, 2.2), (4.0, 3.5333)]
)
def test_ratio_of_the_sheet(M, R):
    np.testing.assert_allclose(call(w.r_ratio, M), R, rtol=1e-4)


def test_ratio_between_and_below_the_masses_of_the_table():
    np.testing.assert_allclose(call(w.r_ratio, 0.35), np.sqrt(0.017 * 0.20))
    near, far = (call(w.r_ratio, PIONS + d) for d in (1e-5, 2e-5))
    np.testing.assert_allclose(far / near, 2**1.5, rtol=1e-3)  # a p-wave
    assert call(w.r_ratio, PIONS - 1e-6) == 0
    np.testing.assert_allclose(call(w.r_ratio, 0.3 - 1e-9), 0.017, rtol=1e-6)


def test_nuisance_of_the_ratio():
    for M, spread in ((0.77, 1.2), (1.0, 1.2), (1.45, 1.15), (1.8, 1.1), (3.0, 1.1), (4.0, 1.1)):
        ratio = call(w.r_ratio, M, 1.0) / call(w.r_ratio, M)
        np.testing.assert_allclose(ratio, spread, rtol=1e-12)
        np.testing.assert_allclose(call(w.r_ratio, M, -2.0) * ratio**2, call(w.r_ratio, M), rtol=1e-12)


@pytest.mark.parametrize(
    ("alpha", "eps", "width"), [(ALPHA_0, 1e-4, "1.12379e-10"), (0.0078167748, 0.000199608, "4.79626e-10")]
)
def test_vector_at_the_complete_points(alpha, eps, width):
    """A dark photon with alpha(0), and the Z' of the U(1)' model, whose point has alpha(m_Z); R = 2.2."""
    found = call(w.vector_to_hadrons, 2.1, eps * np.sqrt(4 * np.pi * alpha))
    np.testing.assert_allclose(found, float(width), rtol=6e-6)


def test_pions_of_chiral_perturbation_theory():
    np.testing.assert_allclose(call(w.scalar_to_pions_chiral, 0.29, 0.13957039, V), 8.310343e-10, rtol=5e-7)
    dispersive = call(lambda M: w.scalar_to_mesons(M)[0], 0.29)
    assert 2.1 < dispersive / call(w.scalar_to_pions_chiral, 0.29, 0.13957039, V) < 2.3


def test_mesons_at_the_masses_of_the_table():
    t = table("scalar_hadrons.yaml").columns
    pipi, KK = w.scalar_to_mesons(jnp.asarray(t["mass"]))
    np.testing.assert_allclose(pipi, t["pipi"])
    np.testing.assert_allclose(KK, t["KK"])
    assert call(lambda M: w.scalar_to_mesons(M)[0], PIONS) == 0


def test_scalar_at_the_complete_point():
    """Gluons, strange quarks, muons and electrons at 2.2 GeV, sin theta = 0.006: 4.38694e-12 GeV in all."""
    leptons = sum(2.2 / (8 * np.pi) * (m / V) ** 2 * (1 - 4 * m**2 / 2.2**2) ** 1.5 for m in (M_MU, M_E))
    np.testing.assert_allclose(0.006**2 * (call(hadrons, 2.2) + leptons), 4.38694e-12, rtol=1.5e-6)


def test_hadrons_are_continuous_and_open_with_pions():
    np.testing.assert_allclose(call(hadrons, 2.0), call(hadrons, 2.0 + 1e-10), rtol=1e-8)
    charm = 2 * 1.86484
    np.testing.assert_allclose(call(hadrons, charm), call(hadrons, charm + 1e-9), rtol=1e-8)
    np.testing.assert_allclose(call(hadrons, 0.5), 2.21e-8)  # below four pions
    assert call(hadrons, 0.27) == 0
    ratio = w.scalar_to_hadrons(jnp.asarray(1.5), 0.29, QUARKS, V, nuisance=1.0) / call(hadrons, 1.5)
    np.testing.assert_allclose(ratio, 2)


def test_gradients():
    check_gradients(w.r_ratio, (0.75, 0.3))
    check_gradients(hadrons, (1.93, 0.29))
    check_gradients(hadrons, (3.9, 0.29))
    for M in (0.0, 1e-300, PIONS, 0.3, 2.0, 3.73, 2 * 1.86484, 5.0):
        assert finite_everywhere(w.r_ratio, M, 0.1)
        assert finite_everywhere(hadrons, M, 0.29)
    assert propagates_nan(w.r_ratio, 1.0, 0.1)
    assert propagates_nan(hadrons, 1.0, 0.29)
    assert np.isnan(call(w.r_ratio, -1.0))
