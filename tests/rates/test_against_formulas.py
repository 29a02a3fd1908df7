"""Every rate against the verified formulas in plain Python, at random points with complex couplings."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.couplings.neutrino import NeutrinoCouplings
from jaxflav.couplings.scalar import ScalarCouplings, density_couplings
from jaxflav.couplings.vector import VectorCouplings
from jaxflav.rates.neutrino_pair import b_to_k_neutrinos
from jaxflav.rates.three_body import b_to_p_pair, b_to_pair, b_to_v_pair
from jaxflav.rates.two_body import b_to_k_scalar, b_to_k_vector, b_to_v_scalar, b_to_v_vector
from tests.helpers import ROUNDING
from tests.rates import formulas
from tests.rates.points import (
    LAMBDA,
    MESONS,
    PAIRS,
    QUARKS,
    coupling_names,
    masses,
    random_couplings,
    random_form_factors,
)

POINTS = 12
ELECTROWEAK = {"GF": 1.166e-5, "alpha": 1 / 128, "sw2": 0.231, "lambda_t": 0.041, "Xt": 1.47}


def evaluate(name, **values):
    """Formula by name, with the arguments that it has."""
    function = getattr(formulas, name)
    return function(**{key: values[key] for key in inspect.signature(function).parameters})


def kinematics(meson, mX, q2):
    m_B, m_K = MESONS[meson]
    return formulas.kinematics(m_B, m_K, mX, q2) | QUARKS | {"Lam": LAMBDA, "fBs": 0.23}


def assert_equal(found, expected):
    # interference can cancel: compare on the scale of the sum over helicities
    scale = sum(expected)
    assert scale > 0
    np.testing.assert_allclose(np.asarray(found) / scale, np.asarray(expected) / scale, rtol=ROUNDING, atol=ROUNDING)


def random_point(meson, rng):
    end = MESONS[meson][0] - MESONS[meson][1]
    mX = rng.uniform(0.05, 0.45) * end
    return mX, rng.uniform(4 * mX**2, end**2)


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("meson", MESONS)
def test_pairs(pair, meson, rng):
    function = jax.jit({"K": b_to_p_pair, "Kst": b_to_v_pair}[meson])
    for _ in range(POINTS):
        mX, q2 = random_point(meson, rng)
        ff, ff_values = random_form_factors(meson, rng)
        couplings = random_couplings(PAIRS[pair], rng)
        found = function(PAIRS[pair](**couplings, scale=LAMBDA), mX, q2, ff, **masses(meson))
        expected = evaluate(f"{meson}_{pair}", **kinematics(meson, mX, q2), **ff_values, **couplings)
        assert_equal(found if meson == "Kst" else [found], expected)


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("meson", MESONS)
def test_every_pair_of_couplings_alone(pair, meson, rng):
    # so that no interference is hidden by a larger term
    function = jax.jit({"K": b_to_p_pair, "Kst": b_to_v_pair}[meson])
    names = coupling_names(PAIRS[pair])
    mX, q2 = random_point(meson, rng)
    ff, ff_values = random_form_factors(meson, rng)
    values = kinematics(meson, mX, q2) | ff_values
    contributing = 0
    for i, first in enumerate(names):
        for second in names[i:]:
            couplings = dict.fromkeys(names, 0.0) | random_couplings(PAIRS[pair], rng, {first, second})
            expected = evaluate(f"{meson}_{pair}", **values, **couplings)
            couplings = {name: complex(x) for name, x in couplings.items()}
            found = function(PAIRS[pair](**couplings, scale=LAMBDA), mX, q2, ff, **masses(meson))
            if sum(expected) == 0:
                assert np.all(np.asarray(found) == 0), (first, second)
                continue
            contributing += 1
            assert_equal(found if meson == "Kst" else [found], expected)
    assert contributing >= len(names) / 2


@pytest.mark.parametrize("pair", PAIRS)
def test_b_s(pair, rng):
    m_B = 5.36693
    for _ in range(POINTS):
        mX = rng.uniform(0.1, 0.49) * m_B
        couplings = random_couplings(PAIRS[pair], rng)
        values = formulas.kinematics(m_B, 0.1, mX, m_B**2) | {"mB": m_B, "Lam": LAMBDA, "fBs": 0.23} | QUARKS
        quarks = {"m_b": jnp.asarray(QUARKS["mb"]), "m_s": jnp.asarray(QUARKS["ms"])}
        found = b_to_pair(
            PAIRS[pair](**couplings, scale=LAMBDA), mX, m_B=jnp.asarray(m_B), decay_constant=jnp.asarray(0.23), **quarks
        )
        assert_equal([found], evaluate(f"Bs_{pair}", **values, **couplings))


def test_one_scalar(rng):
    for _ in range(POINTS):
        g = random_couplings(ScalarCouplings, rng)
        for meson in MESONS:
            mX, _ = random_point(meson, rng)
            ff, ff_values = random_form_factors(meson, rng)
            m = masses(meson)
            values = kinematics(meson, mX, mX**2) | ff_values
            for names, formula in (({"g_S", "g_P"}, "phi"), ({"g_V", "g_A"}, "dphi")):
                one = {name: g[name] for name in names}
                g_S, g_P = density_couplings(ScalarCouplings(**one, scale=LAMBDA), m["m_b"], m["m_s"])
                found = [b_to_k_scalar(g_S, mX, ff.f_0, **m)] if meson == "K" else b_to_v_scalar(g_P, mX, ff.A0, **m)
                assert_equal(found, evaluate(f"{meson}_{formula}", **values, **one))


def test_one_vector(rng):
    for _ in range(POINTS):
        # h_V and h_A are smaller, so that their interference with the others counts
        h = random_couplings(VectorCouplings, rng)
        h = {name: x * (1e-3 if name in ("h_V", "h_A") else 1) for name, x in h.items()}
        for meson in MESONS:
            mX, _ = random_point(meson, rng)
            ff, ff_values = random_form_factors(meson, rng)
            m = {name: masses(meson)[name] for name in ("m_B", "m_K")}
            c = VectorCouplings(**h, scale=LAMBDA)
            if meson == "K":
                found = [b_to_k_vector(c.h_V, c.h_T, c.scale, mX, ff.f_plus, ff.f_T, **m)]
            else:
                found = b_to_v_vector(c, mX, ff, **m)
            assert_equal(found, evaluate(f"{meson}_V", **kinematics(meson, mX, mX**2), **ff_values, **h))


def hermitian_parts(rng):
    matrix = rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))
    return (matrix + matrix.T) * 1e-9, (matrix - matrix.T) * 1e-9


@pytest.mark.parametrize("meson", MESONS)
def test_neutrinos(meson, rng):
    e = ELECTROWEAK
    unit = 4 * e["GF"] / np.sqrt(2) * e["lambda_t"] * e["alpha"] / (2 * np.pi)
    function = jax.jit({"K": b_to_p_pair, "Kst": b_to_v_pair}[meson])
    for _ in range(POINTS):
        _, q2 = random_point(meson, rng)
        ff, ff_values = random_form_factors(meson, rng)
        C_L, C_R = rng.normal(size=(2, 3, 3)) + 1j * rng.normal(size=(2, 3, 3))
        lnv = {name: hermitian_parts(rng)[0] for name in ("SLL", "SLR", "SLL_bs", "SLR_bs")}
        lnv |= {name: hermitian_parts(rng)[1] for name in ("TLL", "TLL_bs")}
        sums = {
            "Splus": np.sum(np.abs(C_L + C_R) ** 2),
            "Sminus": np.sum(np.abs(C_L - C_R) ** 2),
            "S_T": np.sum(np.abs(lnv["TLL"]) ** 2 + np.abs(lnv["TLL_bs"]) ** 2),
        }
        for name, sign in (("Splus_S", 1), ("Sminus_S", -1)):
            a, b = lnv["SLL"] + sign * lnv["SLR"], lnv["SLL_bs"] + sign * lnv["SLR_bs"]
            sums[name] = np.sum(np.abs(a) ** 2 + np.abs(b) ** 2)
        values = kinematics(meson, 0.0, q2) | ff_values | e | sums
        for matrices, formula in (({"C_L": C_L, "C_R": C_R}, "nunuCLCR"), (lnv, "nunuLNV")):
            found = function(NeutrinoCouplings(unit=unit, **matrices), 0.0, q2, ff, **masses(meson))
            assert_equal(found if meson == "Kst" else [found], evaluate(f"{meson}_{formula}", **values))


def test_standard_model(rng):
    e = ELECTROWEAK
    unit = 4 * e["GF"] / np.sqrt(2) * e["lambda_t"] * e["alpha"] / (2 * np.pi)
    couplings = NeutrinoCouplings(unit=unit, C_L=-e["Xt"] / e["sw2"] * np.eye(3))
    for meson, function in (("K", b_to_p_pair), ("Kst", b_to_v_pair)):
        ff, ff_values = random_form_factors(meson, rng)
        found = function(couplings, 0.0, 7.0, ff, **masses(meson))
        expected = evaluate(f"{meson}_nunuSM", **kinematics(meson, 0.0, 7.0), **ff_values, **e)
        assert_equal(found if meson == "Kst" else [found], expected)
        if meson == "K":
            names = {"G_F": "GF", "alpha": "alpha", "sin2_theta_w": "sw2", "lambda_t": "lambda_t", "X_t": "Xt"}
            mesons = {name: masses(meson)[name] for name in ("m_B", "m_K")}
            constants = {name: jnp.asarray(e[other]) for name, other in names.items()}
            assert_equal([b_to_k_neutrinos(jnp.asarray(7.0), ff.f_plus, **mesons, **constants)], expected)
