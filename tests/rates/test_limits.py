"""Limits and identities that hold whatever the formulas look like."""

import jax
import numpy as np
import pytest

from jaxflav.couplings.fermion_pair import FermionPairCouplings, sterile_pair
from jaxflav.couplings.gravitino_pair import GravitinoPairCouplings
from jaxflav.couplings.neutrino import NeutrinoCouplings, neutrino_unit, sm_neutrino_couplings, sm_vector_coefficient
from jaxflav.couplings.scalar_pair import ScalarPairCouplings
from jaxflav.couplings.vector import VectorCouplings
from jaxflav.couplings.vector_pair import VectorPairCouplings
from jaxflav.inputs.parameters import load_parameters
from jaxflav.io.errors import InputError
from jaxflav.rates.currents import PAIR_MASS2_FLOOR
from jaxflav.rates.three_body import invisible_currents, invisible_rate, pair_density
from jaxflav.rates.two_body import particle_rate
from tests.helpers import ROUNDING
from tests.rates.points import MESONS, PAIRS, kinematics, random_couplings, random_form_factors

P = load_parameters()
END = MESONS["Kst"][0] - MESONS["Kst"][1]


def at_end_point(ff):
    """Form factors with the kinematic relations at q2 = (m_B - m_K*)^2, (C10) and (C11) with lambda = 0."""
    m_B, m_K = MESONS["Kst"]
    M = m_B + m_K
    return ff._replace(A12=M * (m_B - m_K) / (8 * m_B * m_K) * ff.A1, T23=M**2 / (4 * m_B * m_K) * ff.T2)


def k(couplings, mass, q2, ff):
    return pair_density(couplings, mass, q2, ff, kinematics("K"))


def kstar(couplings, mass, q2, ff, **options):
    return pair_density(couplings, mass, q2, ff, kinematics("Kst"), **options)


@pytest.mark.parametrize(
    "couplings",
    [
        ScalarPairCouplings(g_AV=1.0),
        FermionPairCouplings(f_AV=1.0, f_AA=0.3j),
        FermionPairCouplings(f_TT=1.0, f_TtT=0.5),
        FermionPairCouplings(f_AV=1.0, f_TtT=-0.5),
        GravitinoPairCouplings(F_AV=1.0, F_TtT=0.3, F_TtS=0.2, F_TP=0.5),
        NeutrinoCouplings(unit=1e-9, C_L=np.eye(3)),
        NeutrinoCouplings(unit=1e-9, TLL=1e-9 * np.array([[0, 1, 2], [-1, 0, 3], [-2, -3, 0]])),
    ],
)
def test_all_helicities_are_equal_at_the_end_point(couplings, rng):
    ff = at_end_point(random_form_factors("Kst", rng)[0])
    # terms with p^2 are 1e-9 relative to the others at this distance
    rate = kstar(couplings, 0.6, END**2 - 1e-8, ff)
    np.testing.assert_allclose(rate.longitudinal_fraction, 1 / 3, rtol=1e-7)
    two_body = VectorCouplings(h_A=1e-3, h_Tt=0.5 + 1j)
    rate = particle_rate(two_body, END - 1e-9, ff, kinematics("Kst"))
    np.testing.assert_allclose(rate.longitudinal_fraction, 1 / 3, rtol=1e-7)


@pytest.mark.parametrize(
    "couplings",
    [
        ScalarPairCouplings(g_PS=1.0),
        FermionPairCouplings(f_PS=1.0, f_PP=1j),
        VectorPairCouplings(h_P=1.0),
        GravitinoPairCouplings(F_PS=1.0, F_PP=1j),
        NeutrinoCouplings(unit=1e-9, SLL=1e-9 * np.eye(3)),
    ],
)
def test_densities_make_longitudinal_mesons(couplings, rng):
    rate = kstar(couplings, 0.6, 7.0, random_form_factors("Kst", rng)[0])
    assert rate.longitudinal_fraction == 1
    assert rate.transverse == 0
    assert rate.longitudinal > 0


@pytest.mark.parametrize(
    "equal",
    [("f_VV", "f_VA"), ("f_AV", "f_AA"), ("f_SS", "f_SP"), ("f_PS", "f_PP"), ("f_TT", "f_TtT")],
)
def test_massless_fermions_have_no_chirality(equal, rng):
    ff, ff_star = random_form_factors("K", rng)[0], random_form_factors("Kst", rng)[0]
    one, other = (FermionPairCouplings(**{name: 1.0}) for name in equal)
    np.testing.assert_allclose(k(one, 0.0, 7.0, ff), k(other, 0.0, 7.0, ff), rtol=ROUNDING)
    np.testing.assert_allclose(kstar(one, 0.0, 7.0, ff_star), kstar(other, 0.0, 7.0, ff_star), rtol=ROUNDING)


def test_massless_fermions_do_not_interfere(rng):
    ff, ff_star = random_form_factors("K", rng)[0], random_form_factors("Kst", rng)[0]
    values = random_couplings(FermionPairCouplings, rng)
    alone = [FermionPairCouplings(**{name: x}) for name, x in values.items()]
    together = FermionPairCouplings(**values)
    np.testing.assert_allclose(k(together, 0.0, 7.0, ff), sum(k(c, 0.0, 7.0, ff) for c in alone), rtol=ROUNDING)
    expected = sum(kstar(c, 0.0, 7.0, ff_star).total for c in alone)
    np.testing.assert_allclose(kstar(together, 0.0, 7.0, ff_star).total, expected, rtol=ROUNDING)


@pytest.mark.parametrize("meson", MESONS)
def test_massless_fermions_are_neutrinos(meson, rng):
    # three flavours of f_VV = f_AA = C Lambda^2/4 = -f_VA = -f_AV, C as in arXiv:2403.13887 (B19)
    ff = random_form_factors(meson, rng)[0]
    C = -neutrino_unit(P) * sm_vector_coefficient(P)
    rate = {"K": k, "Kst": kstar}[meson]
    expected = np.asarray(rate(sm_neutrino_couplings(P), 0.0, 7.0, ff))
    for scale in (1e3, 1e4):
        found = np.asarray(rate(sterile_pair(C_LL=C, scale=scale), 0.0, 7.0, ff))
        np.testing.assert_allclose(3 * found, expected, rtol=ROUNDING)
    # a Majorana fermion that couples with C (nubar gamma P_L nu) is the same massless neutrino
    found = np.asarray(rate(sterile_pair(C_LL=C, majorana=True), 0.0, 7.0, ff))
    np.testing.assert_allclose(3 * found, expected, rtol=ROUNDING)


def test_identical_neutrinos_are_a_massless_majorana_fermion(rng):
    # nu^c nu with one flavour: (nubar^c P_L nu) = (psibar P_L psi) for the Majorana field psi = nu + nu^c
    ff, C = random_form_factors("K", rng)[0], 1e-9
    flavour = np.diag([1.0, 0, 0])
    neutrino = NeutrinoCouplings(unit=1.0, SLL=C * flavour)
    # (psibar P_L psi)(sbar P_L b): f_SS = -f_SP = -f_PS = f_PP = C Lambda^2/4
    f = C * 1e8 / 4
    majorana = FermionPairCouplings(f_SS=f, f_SP=-f, f_PS=-f, f_PP=f, self_conjugate=True)
    np.testing.assert_allclose(k(majorana, 0.0, 7.0, ff), k(neutrino, 0.0, 7.0, ff), rtol=ROUNDING)


SURVIVING = {
    ScalarPairCouplings: ("g_SS", "g_PS"),
    FermionPairCouplings: ("f_VA", "f_AA", "f_SS", "f_SP", "f_PS", "f_PP"),
    VectorPairCouplings: ("h_S", "h_P"),
    GravitinoPairCouplings: ("F_VA", "F_AA", "F_SS", "F_SP", "F_PS", "F_PP"),
}


@pytest.mark.parametrize("family", SURVIVING)
def test_identical_particles_have_half_the_phase_space_and_twice_the_amplitude(family, rng):
    values = random_couplings(family, rng, SURVIVING[family])
    doubled = {name: 2 * x for name, x in values.items()}
    ff, ff_star = random_form_factors("K", rng)[0], random_form_factors("Kst", rng)[0]
    one, two = family(**values, self_conjugate=True), family(**doubled)
    np.testing.assert_allclose(k(one, 0.6, 7.0, ff), k(two, 0.6, 7.0, ff) / 2, rtol=ROUNDING)
    expected = np.asarray(kstar(two, 0.6, 7.0, ff_star)) / 2
    np.testing.assert_allclose(np.asarray(kstar(one, 0.6, 7.0, ff_star)), expected, rtol=ROUNDING)
    found = [invisible_rate(c, 0.6, 0.23, kinematics("Bs")) for c in (one, two)]
    np.testing.assert_allclose(found[0], found[1] / 2, rtol=ROUNDING)
    assert found[0] > 0


def test_vanishing_couplings_do_nothing_when_traced(rng):
    ff = random_form_factors("K", rng)[0]

    def rate(f):
        return k(FermionPairCouplings(f_VV=f, f_VA=1.0, self_conjugate=True), 0.6, 7.0, ff)

    compiled = jax.jit(rate)
    assert compiled(3.0) == compiled(0.0) > 0
    assert jax.grad(rate)(0.0) == 0


def test_spin_three_half_far_above_threshold(rng):
    # all J are 1 at beta = 1: as for spin 1/2, times q2^2/(9 m^4)
    names = ("VV", "VA", "AV", "AA", "SS", "SP", "PS", "PP", "TT", "TtT")
    for name in names:
        spin_half = invisible_currents(FermionPairCouplings(**{f"f_{name}": 1.0}), 1e-4, 7.0, kinematics("K"))
        spin_three_half = invisible_currents(GravitinoPairCouplings(**{f"F_{name}": 1.0}), 1e-4, 7.0, kinematics("K"))
        expected = np.asarray(spin_half) * (7.0 / 1e-8) ** 2 / 9
        expected[0] = spin_half.velocity
        # corrections of the order m^2/q2 = 1e-9
        np.testing.assert_allclose(np.asarray(spin_three_half), expected, rtol=1e-7, atol=1e-7 * expected[1:].max())


@pytest.mark.parametrize("couplings", [VectorPairCouplings(h_S=1.0), GravitinoPairCouplings(F_VV=1.0, F_SP=0.1)])
def test_massive_particles_are_held_at_the_floor(couplings, rng):
    ff = random_form_factors("K", rng)[0]
    at_zero, at_floor, above = (k(couplings, m, 7.0, ff) for m in (0.0, PAIR_MASS2_FLOOR**0.5, 0.01))
    np.testing.assert_allclose(at_zero, at_floor, rtol=1e-11)
    np.testing.assert_allclose(above, at_zero * (PAIR_MASS2_FLOOR / 1e-4) ** 2, rtol=1e-3)


def test_signs_of_the_paper(rng):
    ff = random_form_factors("Kst", rng)[0]
    plus, minus = (FermionPairCouplings(f_VV=1.0, f_TT=sign * 0.5) for sign in (1, -1))
    assert kstar(plus, 0.6, 7.0, ff, paper_signs=True).longitudinal == kstar(plus, 0.6, 7.0, ff).longitudinal
    # f_VV and f_TT interfere in V T_1 only
    np.testing.assert_allclose(
        kstar(plus, 0.6, 7.0, ff, paper_signs=True).transverse, kstar(minus, 0.6, 7.0, ff).transverse, rtol=ROUNDING
    )
    # f_AV and f_TtT do not depend on the choice
    other = FermionPairCouplings(f_AV=1.0, f_TtT=0.5)
    np.testing.assert_array_equal(kstar(other, 0.6, 7.0, ff, paper_signs=True), kstar(other, 0.6, 7.0, ff))
    one, opposite = (VectorCouplings(h_A=1e-3, h_Tt=sign * 0.5, h_V=1e-3, h_T=0.3) for sign in (1, -1))
    np.testing.assert_allclose(
        np.asarray(particle_rate(one, 2.1, ff, kinematics("Kst"), paper_signs=True)),
        np.asarray(particle_rate(opposite, 2.1, ff, kinematics("Kst"))),
        rtol=ROUNDING,
    )
    assert (
        particle_rate(one, 2.1, ff, kinematics("Kst")).total < particle_rate(opposite, 2.1, ff, kinematics("Kst")).total
    )


@pytest.mark.parametrize("family", [*PAIRS.values()])
def test_a_common_phase_does_not_matter(family, rng):
    values = random_couplings(family, rng)
    turned = {name: x * np.exp(0.7j) for name, x in values.items()}
    ff, ff_star = random_form_factors("K", rng)[0], random_form_factors("Kst", rng)[0]
    np.testing.assert_allclose(k(family(**turned), 0.6, 7.0, ff), k(family(**values), 0.6, 7.0, ff), rtol=ROUNDING)
    found, expected = (np.asarray(kstar(family(**x), 0.6, 7.0, ff_star)) for x in (turned, values))
    np.testing.assert_allclose(found, expected, rtol=ROUNDING)


def test_not_a_pair(rng):
    with pytest.raises(InputError, match=r"expected the couplings of a pair .* found VectorCouplings"):
        k(VectorCouplings(h_V=1.0), 0.6, 7.0, random_form_factors("K", rng)[0])
