"""Every closed formula for a rate against the brute force, for random complex couplings."""

import numpy as np
import pytest

from tests.brute_force import (
    formulas_bosons,
    formulas_fermions,
    formulas_gravitinos,
    formulas_neutrinos,
    phase_space,
    rates,
)
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

# rounding of the Kallen function near the end point: the largest of thousands of differences is near 1e-12
TOLERANCE = 1e-10
MODULES = {
    "scalar": formulas_bosons,
    "vector": formulas_bosons,
    "scalar_pair": formulas_bosons,
    "vector_pair": formulas_bosons,
    "fermion_pair": formulas_fermions,
    "gravitino_pair": formulas_gravitinos,
}


def functions(meson, final):
    return getattr(rates, f"{PREFIXES[meson]}_{final}"), getattr(MODULES[final], f"{meson}_{final}")


def assert_same(actual, expected, zero=0.0):
    """Relative to the total, since a part may cancel; below ``zero`` is rounding, of amplitudes squared."""
    assert np.all(np.isfinite(expected))
    np.testing.assert_allclose(actual, expected, rtol=0, atol=TOLERANCE * np.sum(expected) + zero)


@pytest.mark.parametrize(("meson", "final"), CHANNELS)
def test_all_couplings_together(rng, meson, final):
    brute, formula = functions(meson, final)
    for _ in range(10):
        couplings, rest = draw(rng, final), arguments(rng, meson, final)
        assert np.sum(formula(couplings, *rest)) > 0
        assert_same(brute(couplings, *rest), formula(couplings, *rest))


@pytest.mark.parametrize(("meson", "final"), CHANNELS)
def test_each_coupling_and_each_interference(rng, meson, final):
    """One and two couplings at a time, with phases 0 and pi/2: each term on its own, and no Im part."""
    brute, formula = functions(meson, final)
    rest = arguments(rng, meson, final)
    names = COUPLINGS[final].split()
    zero = 1e-25 * np.sum(formula(dict.fromkeys(names, 1.0), *rest))
    for i, first in enumerate(names):
        for second in names[i:]:
            for phase in (1.0, 1j):
                couplings = {first: 1.0} | {second: phase}
                assert_same(brute(couplings, *rest), formula(couplings, *rest), zero)


@pytest.mark.parametrize(("meson", "final"), [(m, f) for m, f in PAIRS if m != "bs"])
def test_near_threshold_and_near_the_end_point(rng, meson, final):
    brute, formula = functions(meson, final)
    for fraction in (1e-4, 1 - 1e-4):
        couplings, (mass, _, m_B, m_K, *rest) = draw(rng, final), arguments(rng, meson, final)
        q2 = 4 * mass**2 + fraction * ((m_B - m_K) ** 2 - 4 * mass**2)
        args = couplings, mass, q2, m_B, m_K, *rest
        assert_same(brute(*args), formula(*args))


@pytest.mark.parametrize(("meson", "final"), PAIRS)
def test_identical_particles(rng, meson, final):
    """Both contractions and half the phase space: twice the rate, some couplings absent."""
    brute, formula = functions(meson, final)
    for _ in range(3):
        couplings, rest = draw(rng, final), arguments(rng, meson, final)
        left = {name: c for name, c in couplings.items() if name not in ABSENT_IF_IDENTICAL[final].split()}
        assert_same(brute(couplings, *rest, identical=True), 2 * np.array(formula(left, *rest)))


@pytest.mark.parametrize("meson", ["k", "kstar", "bs"])
@pytest.mark.parametrize("masses", [(0.4, 0.9), (1.3, 0.2), (0.0, 0.8), (0.8, 0.0), (0.0, 0.0), (0.6, 0.6)])
def test_two_different_fermions(rng, meson, masses):
    brute, _ = functions(meson, "fermion_pair")
    formula = getattr(formulas_fermions, f"{meson}_two_fermions")
    for _ in range(5):
        couplings, rest = draw(rng, "fermion_pair"), arguments(rng, meson, "fermion_pair", masses, sum(masses))
        assert_same(brute(couplings, *rest), formula(couplings, *rest))


@pytest.mark.parametrize("meson", MESONS)
def test_massless_neutrino_and_sterile_neutrino(rng, meson):
    brute, _ = functions(meson, "fermion_pair")
    formula = getattr(formulas_fermions, f"{meson}_neutrino_and_sterile")
    for mass in (0.1, 0.8, 2.0):
        couplings, (_, *rest) = draw(rng, "fermion_pair"), arguments(rng, meson, "fermion_pair", mass, mass)
        assert_same(brute(couplings, (0.0, mass), *rest), formula(couplings, mass, *rest))


@pytest.mark.parametrize("meson", MESONS)
def test_neutrinos_of_any_flavour(rng, meson):
    brute = getattr(rates, f"{PREFIXES[meson]}_neutrinos")
    formula = getattr(formulas_neutrinos, f"{meson}_neutrinos")
    for _ in range(3):
        couplings, rest = matrices(rng, ("C_VLL", "C_VLR")), massless(rng, meson)
        assert_same(brute(couplings, *rest), formula(couplings, *rest))


@pytest.mark.parametrize("meson", MESONS)
def test_neutrinos_of_the_standard_model(rng, meson):
    constants = 1.17e-5, 1 / 128, 0.04 + 0.001j, 0.231, 1.47
    rest = massless(rng, meson)
    couplings = {"C_VLL": formulas_neutrinos.sm_coefficient(*constants) * np.eye(3)}
    _, q2, m_B, m_K, *_, values = rest
    expected = getattr(formulas_neutrinos, f"{meson}_neutrinos_sm")(*constants, q2, m_B, m_K, values)
    assert_same(getattr(rates, f"{PREFIXES[meson]}_neutrinos")(couplings, *rest), expected)


@pytest.mark.parametrize("meson", MESONS)
def test_neutrinos_that_violate_lepton_number(rng, meson):
    brute = getattr(rates, f"{PREFIXES[meson]}_neutrinos_violating_number")
    formula = getattr(formulas_neutrinos, f"{meson}_neutrinos_violating_number")
    for _ in range(3):
        (couplings, general), rest = number_violating(rng), massless(rng, meson)
        assert_same(brute(couplings, *rest), formula(couplings, *rest))
        # the other symmetry makes no operator: adding it changes nothing
        double = {name: 2 * c for name, c in general.items()}
        assert_same(brute(double, *rest), formula(couplings, *rest))


def test_more_directions_change_nothing(rng, monkeypatch):
    """The integral over the direction of the pair is exact."""
    couplings, rest = draw(rng, "gravitino_pair"), arguments(rng, "kstar", "gravitino_pair")
    few = rates.b_to_kstar_gravitino_pair(couplings, *rest)
    directions = phase_space.directions
    monkeypatch.setattr(phase_space, "directions", lambda: directions(12, 13))
    assert_same(rates.b_to_kstar_gravitino_pair(couplings, *rest), few)
