"""The building blocks of the brute force against the identities that define them."""

import numpy as np
import pytest

from tests.brute_force.dirac import (
    CHARGE_CONJUGATION,
    EPSILON_LOWER,
    EPSILON_UPPER,
    GAMMA,
    GAMMA_5,
    IDENTITY,
    METRIC,
    SIGMA,
    bar,
    dot,
    lower,
    polarisation_vectors,
    rarita_schwinger_u,
    rarita_schwinger_v,
    slash,
    spinor_u,
    spinor_v,
)
from tests.brute_force.phase_space import boost, directions, meson_momenta, pair_momenta

MASS = 0.7
EXACT = {"rtol": 0, "atol": 1e-12}


def momenta(rng, m, n=3):
    three = rng.normal(size=(n, 3))
    return np.concatenate([np.sqrt(m**2 + np.sum(three**2, axis=1))[:, None], three], axis=1)


def test_algebra():
    anticommutator = np.einsum("mij,njk->mnik", GAMMA, GAMMA)
    anticommutator = anticommutator + np.swapaxes(anticommutator, 0, 1)
    np.testing.assert_allclose(anticommutator, 2 * METRIC[:, :, None, None] * IDENTITY, **EXACT)
    np.testing.assert_allclose(GAMMA_5 @ GAMMA + GAMMA @ GAMMA_5, 0, **EXACT)
    inverse = np.linalg.inv(CHARGE_CONJUGATION)
    np.testing.assert_allclose(inverse @ GAMMA @ CHARGE_CONJUGATION, -np.swapaxes(GAMMA, 1, 2), **EXACT)


def test_sign_of_epsilon():
    assert EPSILON_UPPER[0, 1, 2, 3] == 1
    assert EPSILON_UPPER[1, 0, 2, 3] == -1
    lowered = np.einsum("ma,nb,rc,sd,abcd->mnrs", METRIC, METRIC, METRIC, METRIC, EPSILON_UPPER)
    np.testing.assert_array_equal(lowered, EPSILON_LOWER)
    sigma_lower = np.einsum("ma,nb,abij->mnij", METRIC, METRIC, SIGMA)
    dual = 0.5j * np.einsum("mnab,abij->mnij", EPSILON_LOWER, SIGMA)
    np.testing.assert_allclose(sigma_lower @ GAMMA_5, dual, **EXACT)


@pytest.mark.parametrize("m", [MASS, 0.0])
def test_spinors(rng, m):
    k = momenta(rng, m)
    u, v = spinor_u(k, m), spinor_v(k, m)
    np.testing.assert_allclose(np.einsum("xsi,xsj->xij", u, bar(u)), slash(k) + m * IDENTITY, **EXACT)
    np.testing.assert_allclose(np.einsum("xsi,xsj->xij", v, bar(v)), slash(k) - m * IDENTITY, **EXACT)


def test_polarisation_vectors(rng):
    k = momenta(rng, MASS)
    vectors = polarisation_vectors(k, MASS)
    np.testing.assert_allclose(dot(vectors, k[:, None]), 0, **EXACT)
    total = np.einsum("xsm,xsn->xmn", vectors, np.conj(vectors))
    np.testing.assert_allclose(total, np.einsum("xm,xn->xmn", k, k) / MASS**2 - METRIC, **EXACT)


@pytest.mark.parametrize(("spinors", "sign"), [(rarita_schwinger_u, 1), (rarita_schwinger_v, -1)])
def test_rarita_schwinger_spinors(rng, spinors, sign):
    k = momenta(rng, MASS)
    w = spinors(k, MASS)
    np.testing.assert_allclose(np.einsum("xij,xsmj->xsmi", slash(k) - sign * MASS * IDENTITY, w), 0, **EXACT)
    np.testing.assert_allclose(np.einsum("xm,xsmi->xsi", lower(k), w), 0, **EXACT)
    np.testing.assert_allclose(np.einsum("mij,mn,xsnj->xsi", GAMMA, METRIC, w), 0, **EXACT)
    # the projector is fixed by these constraints and by its trace
    total = np.einsum("xsmi,xsnj->xmnij", w, bar(w))
    q = k / MASS
    slashed = sign * slash(k) / MASS
    gamma_product = np.einsum("mij,njk->mnik", GAMMA, GAMMA)
    antisymmetric = np.einsum("xm,nij->xmnij", q, GAMMA)
    antisymmetric = antisymmetric - np.swapaxes(antisymmetric, 1, 2)
    spin = (
        -(METRIC[:, :, None, None] * IDENTITY)
        + gamma_product / 3
        + 2 / 3 * np.einsum("xm,xn,ij->xmnij", q, q, IDENTITY)
        - sign * antisymmetric / 3
    )
    expected = MASS * np.einsum("xij,xmnjk->xmnik", slashed + IDENTITY, spin) * sign
    np.testing.assert_allclose(total, expected, **EXACT)


def test_momenta_of_the_decay():
    p, p_B, k, q = meson_momenta(5.3, 0.9, 2.1)
    np.testing.assert_allclose(k + q, p_B, **EXACT)
    np.testing.assert_allclose([dot(k, k), dot(q, q)], [0.81, 2.1**2], **EXACT)
    momentum, k1, k2, weights = pair_momenta(q, 0.3, 1.1)
    np.testing.assert_allclose(k1 + k2, np.broadcast_to(q, k1.shape), **EXACT)
    np.testing.assert_allclose(dot(k1, k1), 0.09, **EXACT)
    np.testing.assert_allclose(dot(k2, k2), 1.21, **EXACT)
    rest = np.array([np.sqrt(momentum**2 + 0.09), 0, 0, momentum])
    np.testing.assert_allclose(dot(boost(rest, q), q), rest[0] * 2.1, **EXACT)
    assert weights.sum() == pytest.approx(1, abs=1e-14)
    assert p == pytest.approx(-q[3])


def test_average_over_directions_is_exact_to_fourth_degree():
    n, weights = directions()
    tensor = np.einsum("x,xa,xb,xc,xd->abcd", weights, n, n, n, n)
    delta = np.eye(3)
    pairs = np.einsum("ab,cd->abcd", delta, delta)
    expected = (pairs + np.einsum("ac,bd->abcd", delta, delta) + np.einsum("ad,bc->abcd", delta, delta)) / 15
    np.testing.assert_allclose(tensor, expected, **EXACT)
