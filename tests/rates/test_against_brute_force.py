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


@pytest.mark.parametrize("meson", PREFIXES)
def test_neutrinos_that_violate_lepton_number(rng, meson):
    brute = getattr(rates, f"{PREFIXES[meson]}_neutrinos_violating_number")
    ours = as_brute_force.neutrinos(meson)
    for _ in range(3):
        (couplings, _), rest = number_violating(rng), massless(rng, meson)
        assert_same(ours(couplings, *rest), brute(couplings, *rest))


# chirality P_X of the sterile neutrino in the vector, scalar and tensor operators, which of T_L and T_R they have,
# which of the two particles is massless, and the sign of the scalars
FINAL_STATES = {
    "nubar Gamma N": ("LRR", "T_R", 0, +1),
    "nubar^c Gamma N": ("RLL", "T_L", 0, +1),
    "Nbar Gamma nu": ("LLL", "T_L", 1, -1),
}


def of_one_state(rng, state):
    """Random couplings V_X, S_X, T_X of one element, and the same as couplings of the brute force."""
    chiralities, tensor, _, sign = FINAL_STATES[state]
    lepton = dict(zip("VST", chiralities, strict=True))
    ours = {name: complex(*rng.normal(size=2)) for name in ("V_L", "V_R", "S_L", "S_R", tensor)}
    signs = {name: sign if name[0] == "S" else 1 for name in ours}
    return ours, [rates.chiral(name[0], signs[name] * c, name[2], lepton[name[0]]) for name, c in ours.items()]


def mixed_arguments(rng, meson, state, mass):
    """Masses of the two particles, and everything after; no scale."""
    _, *rest = arguments(rng, meson, "fermion_pair", mass, mass)
    rest[5] = None
    masses = (0.0, mass) if FINAL_STATES[state][2] == 0 else (mass, 0.0)
    return masses, rest, (*rest[:5], 1.0, rest[6])


@pytest.mark.parametrize("state", FINAL_STATES)
@pytest.mark.parametrize("meson", PREFIXES)
@pytest.mark.parametrize("mass", [0.0, 0.1, 0.8, 2.0])
def test_massless_and_sterile_neutrino(rng, meson, mass, state):
    """Vector, scalar and tensor operators, all together and every two alone."""
    brute, ours = getattr(rates, f"{PREFIXES[meson]}_fermion_pair"), as_brute_force.mixed_pair(meson)
    masses, rest, without_scale = mixed_arguments(rng, meson, state, mass)
    for _ in range(3):
        c, terms = of_one_state(rng, state)
        assert_same(ours(c, mass, *rest), brute(rates.add(terms), masses, *without_scale))
    whole = np.sum(ours(c, mass, *rest))
    for i, first in enumerate(c):
        for j, second in enumerate(c):
            if i <= j:
                pair = {name: c[name] for name in (first, second)}
                expected = brute(rates.add([terms[k] for k in {i, j}]), masses, *without_scale)
                found = ours(pair, mass, *rest)
                np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE * np.sum(expected) + 1e-25 * whole)


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("end", ["threshold", "end point"])
@pytest.mark.parametrize("meson", MESONS)
def test_massless_and_sterile_neutrino_next_to_both_ends(rng, meson, end, distance):
    brute, ours = getattr(rates, f"{PREFIXES[meson]}_fermion_pair"), as_brute_force.mixed_pair(meson)
    mass, state = 0.8, "nubar Gamma N"
    (c, terms), (masses, rest, without_scale) = of_one_state(rng, state), mixed_arguments(rng, meson, state, mass)
    _, m_B, m_K, *_ = rest
    low, high = mass**2, (m_B - m_K) ** 2
    q2 = low + distance * (high - low) if end == "threshold" else high - distance * (high - low)
    expected = brute(rates.add(terms), masses, q2, *without_scale[1:])
    assert_same(ours(c, mass, q2, *rest[1:]), expected, max(TOLERANCE, 1e-14 / distance))
    for outside in (low - distance, high + distance):
        assert np.all(np.asarray(ours(c, mass, outside, *rest[1:])) == 0)
