"""Every rate against explicit spinors and polarisation vectors, at random points with complex couplings."""

import numpy as np
import pytest

from tests.brute_force import rates
from tests.brute_force.random_points import (
    ABSENT_IF_IDENTICAL,
    CHANNELS,
    COUPLINGS,
    MESONS,
    PAIRS,
    PREFIXES,
    arguments,
    draw,
    massless,
    matrices,
    number_violating,
)
from tests.rates import as_brute_force

# rounding in the amplitudes of the brute force, which cancel near the end point
TOLERANCE = 1e-10
# distances from a threshold, relative to the range of q2: the brute force loses digits like 1e-14 over them
DISTANCES = [1e-3, 1e-6, 1e-8]


def both(meson, final):
    return getattr(rates, f"{PREFIXES[meson]}_{final}"), as_brute_force.rate(meson, final)


def assert_same(found, expected, tolerance=TOLERANCE):
    """Each helicity, relative to the sum over them: one may cancel."""
    assert np.all(np.isfinite(expected))
    assert np.sum(expected) > 0
    np.testing.assert_allclose(np.asarray(found), np.asarray(expected), rtol=0, atol=tolerance * np.sum(expected))


@pytest.mark.parametrize(("meson", "final"), CHANNELS)
def test_all_couplings_together(rng, meson, final):
    brute, ours = both(meson, final)
    for _ in range(20):
        couplings, rest = draw(rng, final), arguments(rng, meson, final)
        assert_same(ours(couplings, *rest), brute(couplings, *rest))


@pytest.mark.parametrize(("meson", "final"), CHANNELS)
def test_every_pair_of_couplings_alone(rng, meson, final):
    """Each term and each interference, which a larger one may hide."""
    brute, ours = both(meson, final)
    rest = arguments(rng, meson, final)
    names, values = COUPLINGS[final].split(), draw(rng, final)
    zero = 1e-25 * np.sum(ours(dict.fromkeys(names, 1 + 0j), *rest))
    contributing = 0
    for i, first in enumerate(names):
        for second in names[i:]:
            couplings = {name: values[name] for name in (first, second)}
            expected = brute(couplings, *rest)
            if np.sum(expected) < zero:  # amplitudes of rounding errors, squared
                assert np.sum(ours(couplings, *rest)) == 0
                continue
            contributing += 1
            assert_same(ours(couplings, *rest), expected)
    assert contributing >= len(names) / 2


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("end", ["threshold", "end point"])
@pytest.mark.parametrize(("meson", "final"), [channel for channel in PAIRS if channel[0] != "bs"])
def test_pairs_next_to_both_ends(rng, meson, final, end, distance):
    brute, ours = both(meson, final)
    for _ in range(5):
        couplings, (mass, _, m_B, m_K, *rest) = draw(rng, final), arguments(rng, meson, final)
        low, high = 4 * mass**2, (m_B - m_K) ** 2
        q2 = low + distance * (high - low) if end == "threshold" else high - distance * (high - low)
        args = couplings, mass, q2, m_B, m_K, *rest
        assert_same(ours(*args), brute(*args), max(TOLERANCE, 1e-14 / distance))
        for outside in (low - distance, high + distance):
            assert np.all(np.asarray(ours(couplings, mass, outside, m_B, m_K, *rest)) == 0)


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize(("meson", "final"), [channel for channel in CHANNELS if channel not in PAIRS])
def test_one_particle_next_to_the_end_point(rng, meson, final, distance):
    brute, ours = both(meson, final)
    for _ in range(5):
        couplings, (_, _, m_B, m_K, *rest) = draw(rng, final), arguments(rng, meson, final)
        args = couplings, (m_B - m_K) * (1 - distance), None, m_B, m_K, *rest
        assert_same(ours(*args), brute(*args), max(TOLERANCE, 1e-14 / distance))
        assert np.all(np.asarray(ours(couplings, m_B - m_K + distance, None, m_B, m_K, *rest)) == 0)


@pytest.mark.parametrize(("meson", "final"), [channel for channel in CHANNELS if channel not in PAIRS])
def test_light_particle(rng, meson, final):
    brute, ours = both(meson, final)
    for mass in (0.03, 0.1):  # the brute force has rounding errors of 1e-16 m_B^2/mass^2 = 3e-12
        couplings, (_, *rest) = draw(rng, final), arguments(rng, meson, final)
        assert_same(ours(couplings, mass, *rest), brute(couplings, mass, *rest))


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("final", ABSENT_IF_IDENTICAL)
def test_b_s_next_to_the_threshold(rng, final, distance):
    brute, ours = both("bs", final)
    couplings, (_, _, m_B, *rest) = draw(rng, final), arguments(rng, "bs", final)
    args = couplings, m_B / 2 * (1 - distance), None, m_B, *rest
    assert_same(ours(*args), brute(*args), max(TOLERANCE, 1e-14 / distance))
    assert ours(couplings, m_B / 2 * (1 + distance), None, m_B, *rest) == 0


@pytest.mark.parametrize(("meson", "final"), PAIRS)
def test_identical_particles(rng, meson, final):
    """Both contractions and half the phase space; operators that vanish contribute nothing to the brute force."""
    brute, ours = both(meson, final)
    for _ in range(5):
        couplings, rest = draw(rng, final), arguments(rng, meson, final)
        left = {name: c for name, c in couplings.items() if name not in ABSENT_IF_IDENTICAL[final].split()}
        assert_same(ours(left, *rest, identical=True), brute(couplings, *rest, identical=True))


@pytest.mark.parametrize("meson", MESONS)
def test_neutrinos_of_any_flavour(rng, meson):
    brute, ours = getattr(rates, f"{PREFIXES[meson]}_neutrinos"), as_brute_force.neutrinos(meson)
    for _ in range(5):
        couplings, rest = matrices(rng, ("C_VLL", "C_VLR")), massless(rng, meson)
        assert_same(ours(couplings, *rest), brute(couplings, *rest))


@pytest.mark.parametrize("meson", MESONS)
def test_neutrinos_that_violate_lepton_number(rng, meson):
    brute = getattr(rates, f"{PREFIXES[meson]}_neutrinos_violating_number")
    ours = as_brute_force.neutrinos(meson)
    for _ in range(3):
        (couplings, _), rest = number_violating(rng), massless(rng, meson)
        assert_same(ours(couplings, *rest), brute(couplings, *rest))


@pytest.mark.parametrize("meson", PREFIXES)
@pytest.mark.parametrize("mass", [0.0, 0.1, 0.8, 2.0])
def test_massless_and_sterile_neutrino(rng, meson, mass):
    """Operators (sbar gamma_mu P_X b)(nubar gamma^mu P_L N) and (sbar P_X b)(nubar P_R N)."""
    brute, ours = getattr(rates, f"{PREFIXES[meson]}_fermion_pair"), as_brute_force.mixed_pair(meson)
    for _ in range(5):
        _, *rest = arguments(rng, meson, "fermion_pair", mass, mass)
        c = {name: complex(*rng.normal(size=2)) for name in ("V_L", "V_R", "S_L", "S_R")}
        terms = [rates.chiral(name[0], value, name[2], {"V": "L", "S": "R"}[name[0]]) for name, value in c.items()]
        rest[5] = None
        without_scale = *rest[:5], 1.0, rest[6]
        assert_same(ours(c, mass, *rest), brute(rates.add(terms), (0.0, mass), *without_scale))
