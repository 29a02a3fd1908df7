import itertools

import jax
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from jaxflav.models.common import running as r
from tests.models.common.points import check_gradients

ALPHA = jax.jit(r.alpha_s)


def by_integration(mu, start=0.1180):
    """The two-loop equation piece by piece."""
    value, at = start, 91.188
    edges = [at, *([163.0] if mu > 163 else []), *(m for m in (4.18, 1.27) if mu < m), mu]
    for low, high in itertools.pairwise(edges):
        middle = np.sqrt(low * high)
        n = 3 + sum(middle > m for m in (1.27, 4.18, 163.0))
        b0, b1 = (33 - 2 * n) / (12 * np.pi), (153 - 19 * n) / (24 * np.pi**2)
        slope = lambda _, a, b0=b0, b1=b1: -b0 * a**2 - b1 * a**3
        found = solve_ivp(slope, [2 * np.log(low), 2 * np.log(high)], [value], rtol=1e-11, atol=1e-13)
        value = found.y[0, -1]
    return value


@pytest.mark.parametrize("mu", [1.1, 2.0, 4.18, 30.0, 163.0, 1e3, 5e3])
def test_strong_coupling_by_integration(mu):
    np.testing.assert_allclose(ALPHA(mu), by_integration(mu), rtol=1e-9)


def by_anomalous_dimension(power, M, mu):
    """d ln C/d ln mu^2 = -power alpha_s/(12 pi), integrated with the coupling."""
    t = np.linspace(np.log(mu), np.log(M), 2001)
    edges = [np.log(163.0)] if mu < 163 < M else []
    pieces = np.split(t, np.searchsorted(t, edges))
    total, last = 0.0, None
    for piece in pieces:
        grid = piece if last is None else np.concatenate([[last], piece])
        a = np.asarray(jax.vmap(r.alpha_s)(np.exp(grid)))
        total += np.trapezoid(a, grid) * 2
        last = grid[-1]
    return np.exp(-power * total / (12 * np.pi))


@pytest.mark.parametrize(
    ("M", "scalar", "tensor", "ratio"),
    [(1e3, 1.638, 0.848, 7.72), (2e3, 1.703, 0.838, 8.13), (5e3, 1.785, 0.824, 8.66)],
)
def test_published_factors(M, scalar, tensor, ratio):
    eta_S, eta_T = float(r.scalar_factor(M, 4.18)), float(r.tensor_factor(M, 4.18))
    np.testing.assert_allclose([eta_S, eta_T], [scalar, tensor], atol=6e-4)
    np.testing.assert_allclose(4 * eta_S / eta_T, ratio, atol=6e-3)


def test_factors_by_integration():
    """At one loop the exponents follow from the first term of the beta function: 3 % of what runs here."""
    for power, function in ((-12, r.scalar_factor), (4, r.tensor_factor), (6, r.mixing_factor)):
        exact = by_anomalous_dimension(power, 2e3, 4.18)
        np.testing.assert_allclose(np.log(function(2e3, 4.18)), np.log(exact), rtol=0.1)
    np.testing.assert_allclose(r.mixing_factor(1e3, 4.18), 0.78, atol=6e-3)
    # both scales on one side of a threshold, and no distance
    np.testing.assert_allclose(
        r.scalar_factor(2e3, 4.18), r.scalar_factor(2e3, 500.0) * r.scalar_factor(500.0, 4.18), rtol=1e-12
    )
    assert r.scalar_factor(500.0, 500.0) == 1


def test_gradients():
    check_gradients(r.alpha_s, (3.0, 0.118), rtol=1e-5)
    check_gradients(lambda x, a: r.scalar_factor(1e3 * x, 4.5, a), (1.5, 0.118), rtol=1e-5)
    for mu in (1.27, 4.18, 163.0, 91.188, 1.0, 1e5):
        assert np.isfinite(jax.grad(r.alpha_s)(mu))
    assert np.isnan(ALPHA(np.nan))
    assert np.isnan(ALPHA(0.05))


def test_electroweak_factors():
    assert r.electroweak_factor("lq3") == 1.119
    # one leptoquark: S1 has C_lq1 = -C_lq3, S3 C_lq1 = 3 C_lq3, U3 C_lq1 = -3 C_lq3, and K_L = C_lq1 - C_lq3
    lq1, lq3 = r.electroweak_factor("lq1"), r.electroweak_factor("lq3")
    found = [(a * lq1 - b * lq3) / (a - b) for a, b in ((1, -1), (3, 1), (-3, 1))]
    np.testing.assert_allclose(found, [1.07, 0.97, 1.045], atol=6e-3)
    with pytest.raises(ValueError, match="unknown operator 'lq2': did you mean lq"):
        r.electroweak_factor("lq2")
