import itertools

import numpy as np
from scipy.integrate import quad
from scipy.special import kv

from jaxflav.models.common.freeze_in import freeze_in_density, freeze_in_estimate
from jaxflav.models.common.numbers import table
from tests.models.common.points import call, check_gradients, propagates_nan


def by_quadrature(m, m_a, width):
    """dY/d ln T = -gamma/(s H) (1 + d ln h/d ln T/3), gamma = m_a^2 T Gamma K_1(m_a/T)/(2 pi^2), for each daughter.

    The entropy is s = 2 pi^2 h T^3/45, the expansion rate H = (4 pi^3 g/45)^(1/2) T^2/M_Pl, and g_*^(1/2) is
    (h/g^(1/2)) (1 + d ln h/d ln T/3): g drops out.
    """
    t = table("degrees_of_freedom.yaml").columns

    def rate(log_T):
        T = np.exp(log_T)
        h, root = (np.interp(log_T, np.log(t["temperature"]), t[name]) for name in ("h_eff", "root_g_star"))
        gamma = 2 * width * m_a**2 * T * kv(1, m_a / T) / (2 * np.pi**2)
        return gamma / (2 * np.pi**2 / 45 * h * T**3) * 1.22089e19 / (np.sqrt(4 * np.pi**3 / 45) * T**2) * root / h

    edges = np.log([m_a / 60, m_a / 6, m_a, 100 * m_a])
    return 2.7424e8 * m * sum(quad(rate, a, b)[0] for a, b in itertools.pairwise(edges))


def test_against_the_rate_equation():
    for m_a in (1.0, 2.0, 8.0):
        found = call(freeze_in_density, 0.003, m_a, 2.5e-23)
        np.testing.assert_allclose(found, by_quadrature(0.003, m_a, 2.5e-23), rtol=2e-3)


def test_estimate():
    for m_a, low in ((1.0, 0.35), (2.0, 0.10), (8.0, 0.03)):
        ratio = call(freeze_in_estimate, 0.003, m_a, 2.5e-23) / call(freeze_in_density, 0.003, m_a, 2.5e-23)
        assert 1 - low < ratio < 1


def test_published_values():
    found = call(freeze_in_estimate, 0.003, 2, 2.47818e-23, 66.63, 68.24)
    np.testing.assert_allclose(found, 0.07413584, rtol=2e-7)
    # from the tables, as 0.0744 of a Dirac particle
    np.testing.assert_allclose(call(freeze_in_estimate, 0.003, 2, 2.47818e-23), 0.0744, rtol=5e-3)


def test_gradients():
    for function in (freeze_in_density, freeze_in_estimate):
        scaled = lambda m, m_a, w, function=function: function(m, m_a, w * 1e-23)
        check_gradients(scaled, (0.003, 2.0, 2.5), step=1e-6)
        assert propagates_nan(function, 0.003, 2.0, 2.5e-23)
        for arguments in ((-0.003, 2.0, 1.0), (0.003, -2.0, 1.0), (0.003, 2.0, -1.0)):
            assert np.isnan(call(function, *arguments))
        assert call(function, 0.003, 2.0, 0.0) == 0
