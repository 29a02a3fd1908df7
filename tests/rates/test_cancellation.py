"""Couplings that cancel exactly leave a rate that is not negative: each helicity is a square."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.couplings import FermionPairCouplings, GravitinoPairCouplings, MixedPairCouplings, VectorCouplings
from jaxflav.rates import pair_density, particle_rate
from tests.rates.points import MESONS, QUARKS, kinematics, random_form_factors

SCALE = 1e3
rate_of_one = jax.jit(particle_rate)
density_of_pair = jax.jit(pair_density)


def opposite(meson, mass, ff, part):
    """Couplings with a tensor coupling that cancels the other in one amplitude of arXiv:2403.13887 (B4), (B5)."""
    m_B, m_K = MESONS[meson]
    M = m_B + m_K
    if part == "total":
        return {"h_V": 1.0, "h_T": -ff["fp"] * SCALE * M / (2 * mass**2 * ff["fT"])}
    if part == "longitudinal":
        return {"h_A": 1.0, "h_Tt": ff["A12"] * SCALE * M / (mass**2 * ff["T23"])}
    # of the two transverse amplitudes each
    parallel = M / m_B * ff["A1"] * SCALE / (2 * m_B * (1 - m_K**2 / m_B**2) * ff["T2"])
    return {"h_A": 1.0, "h_Tt": parallel, "h_V": 1.0, "h_T": -ff["V"] / M * SCALE / (2 * ff["T1"])}


@pytest.mark.parametrize(("meson", "part"), [("K", "total"), ("Kst", "longitudinal"), ("Kst", "transverse")])
def test_vector_against_tensor(meson, part, rng):
    for _ in range(20):
        mass = rng.uniform(0.1, 4.0)
        ff, values = random_form_factors(meson, rng)
        couplings = {name: x * np.exp(1j) for name, x in opposite(meson, mass, values, part).items()}

        def rate(c, mass=mass, ff=ff):
            found = rate_of_one(VectorCouplings(**c, scale=SCALE), mass, ff, kinematics(meson))
            return getattr(found, part, found)

        alone = rate({name: x if name in ("h_V", "h_A") else 0j for name, x in couplings.items()})
        assert 0 <= rate(couplings) < 1e-29 * alone


@pytest.mark.parametrize("meson", MESONS)
def test_densities_against_currents_along_q(meson, rng):
    m_b, m_s = QUARKS["mb"], QUARKS["ms"]
    for _ in range(8):
        mass, q2 = rng.uniform(0.1, 1.0), rng.uniform(5.0, 17.0)
        ff = random_form_factors(meson, rng)[0]
        size = 2 * mass / q2 * ((m_b - m_s) if meson == "K" else (m_b + m_s))
        names = ("VA", "SP") if meson == "K" else ("AA", "PP")
        # at the end point nothing but the density and the current along q is left of a pseudoscalar
        for family, letter in ((FermionPairCouplings, "f"), (GravitinoPairCouplings, "F")):
            first, second = (f"{letter}_{name}" for name in names)
            sign = -1.0 if meson == "K" else 1.0

            def rate(x, first=first, second=second, family=family, sign=sign, size=size, mass=mass, q2=q2, ff=ff):
                values = {first: np.exp(1j), second: x * sign * size * np.exp(1j)}
                found = density_of_pair(family(**values), mass, q2, ff, kinematics(meson))
                return found if meson == "K" else found.longitudinal

            # a parabola with its minimum at 1: the part along q is gone there, and the rest is not negative
            low, mid, high = rate(0.5), rate(1.0), rate(1.5)
            assert low >= mid >= 0
            assert high >= mid
            np.testing.assert_allclose(low, high, rtol=1e-12)


def test_mixed_pair_without_a_current_along_q(rng):
    m_b, m_s = QUARKS["mb"], QUARKS["ms"]
    mass, q2 = 1.3, 7.0
    ff, size = random_form_factors("K", rng)[0], 1e-8 * mass * (m_b - m_s) / q2
    couplings = [MixedPairCouplings(V_L=1e-8, S_L=s * size) for s in (0.5, 1.0, 1.5)]
    found = [density_of_pair(c, mass, q2, ff, kinematics("K")) for c in couplings]
    np.testing.assert_allclose(found[0], found[2], rtol=1e-12)
    assert found[0] > found[1] > 0


def test_spin_three_half_tensors(rng):
    """F_TT against F_TS and F_T~P, and F_T~T against F_TP and F_T~S, in the limit of a light particle and at rest."""
    ff = random_form_factors("K", rng)[0]
    for values in ({"F_TT": 1.0, "F_TS": -2.0, "F_TtP": -2.0}, {"F_TtT": 1.0, "F_TP": -2.0, "F_TtS": -2.0}):
        for mass, q2 in ((1e-8, 7.0), (1e-3, 7.0), (1.0, 4.0 + 1e-12), (0.6, 7.0)):
            turned = {name: x * np.exp(0.3j) for name, x in values.items()}
            assert density_of_pair(GravitinoPairCouplings(**turned), mass, q2, ff, kinematics("K")) >= 0


@pytest.mark.parametrize("meson", MESONS)
@pytest.mark.parametrize("mass", [0.0, 1e-7, 1e-6, "end - 1e-9", "end", "end + 1e-9", 6.0])
def test_gradients_of_squares_are_finite(meson, mass, rng):
    end = MESONS[meson][0] - MESONS[meson][1]
    mass = end + float(mass[3:].replace(" ", "") or 0) if isinstance(mass, str) else mass
    ff, _ = random_form_factors(meson, rng)

    def rate(mass, h):
        couplings = VectorCouplings(h_V=h[0], h_A=h[1], h_T=h[2], h_Tt=h[3], scale=SCALE)
        return sum(jax.tree.leaves(particle_rate(couplings, mass, ff, kinematics(meson))))

    value, slopes = jax.jit(jax.value_and_grad(rate, argnums=(0, 1)))(mass, jnp.asarray([1e-3, 1e-3, 1.0, -0.5]))
    assert np.isfinite(value)
    assert all(np.all(np.isfinite(x)) for x in slopes)
    assert (value > 0) == (mass < end)
