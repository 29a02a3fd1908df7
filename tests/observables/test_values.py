"""Observables against adaptive quadrature of the densities, with the sums and ratios taken by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

from jaxflav.couplings.fermion_pair import FermionPairCouplings
from jaxflav.couplings.mixed_pair import MixedPairCouplings
from jaxflav.couplings.neutrino import neutrino_couplings, sm_neutrino_couplings, sm_vector_coefficient
from jaxflav.couplings.vector import VectorCouplings
from jaxflav.form_factors.files import load_form_factors
from jaxflav.inputs.parameters import load_parameters
from jaxflav.io.errors import InputError
from jaxflav.observables.observable import parse_observable
from jaxflav.observables.scenario import Scenario
from jaxflav.observables.values import values
from jaxflav.rates.branching_fractions import invisible_branching_fraction, two_body_by_helicity
from jaxflav.rates.decays import B_PLUS_TO_KSTAR_PLUS, B_S_TO_INVISIBLE
from jaxflav.spectra.decays import decay_density
from jaxflav.spectra.tau_tree import tau_tree_density
from jaxflav.spectra.visibility import Visibility, escape_probability
from tests.helpers import ROUNDING, assert_gradient, assert_nan, light_meson_files

P = load_parameters()
SETS = {p: load_form_factors("GRvDV2023", p) for p in ("B -> K", "B -> K*")}
ZERO = {p: jnp.zeros(s.mean.shape) for p, s in SETS.items()}
DECAY = B_PLUS_TO_KSTAR_PLUS
PSI = FermionPairCouplings(f_VV=0.8, f_AA=0.5, f_TtT=0.3)
MASS = 0.6


def observe(scenario, *names):
    return np.asarray(values([parse_observable(n) for n in names], scenario, P, SETS, ZERO))


def density(q2, couplings=None, mass=0.0):
    couplings = sm_neutrino_couplings(P) if couplings is None else couplings
    return decay_density(P, SETS["B -> K*"], ZERO["B -> K*"], couplings, mass, DECAY, q2)


def integral(function, low, high):
    both = jax.jit(function)
    points = [x for x in (4 * MASS**2,) if low < x < high]
    return np.array(
        [quad(lambda q2, i=i: float(both(q2)[i]) * 1e6, low, high, points=points, epsrel=1e-9)[0] for i in (0, 1)]
    )


def everything(q2):
    parts = [density(q2), density(q2, PSI, MASS), tau_tree_density(P, DECAY, q2)]
    return sum(p[0] for p in parts), sum(p[1] for p in parts)


def test_sum_of_components_in_a_bin():
    scenario = Scenario(PSI, MASS, tau_tree=True)
    found = observe(
        scenario,
        "BR(B+ -> K*+)[1, 6]",
        "FL(B+ -> K*+)[1, 6]",
        "R(B+ -> K*+)[1, 6]",
        "dBR/dq2(B+ -> K*+)(5)",
        "FL(B+ -> K*+)(5)",
        "share(B+ -> K*+)[1, 6]",
        "BR(B+ -> K*+)",
        "dshare/dq2(B+ -> K*+)(5)",
    )
    longitudinal, transverse = integral(everything, 1.0, 6.0)
    binned = (longitudinal + transverse) * 1e-6
    # the step of the threshold, in this bin, is a square root there: quad sees it, and the rule starts at it
    np.testing.assert_allclose(found[0], binned, rtol=1e-7)
    np.testing.assert_allclose(found[1], longitudinal / (longitudinal + transverse), rtol=1e-7)
    short = sum(integral(lambda q2: density(q2, PSI, MASS), 1.0, 6.0)) * 1e-6
    standard = sum(integral(density, 1.0, 6.0)) * 1e-6
    np.testing.assert_allclose(found[2], (short + standard) / standard, rtol=1e-7)
    at_5 = everything(5.0)
    np.testing.assert_allclose(found[3:5], [sum(at_5), at_5[0] / sum(at_5)], rtol=ROUNDING)
    np.testing.assert_allclose(found[5], found[0] / found[6], rtol=ROUNDING)
    np.testing.assert_allclose(found[7], found[3] / found[6], rtol=ROUNDING)


def test_bins_add_up():
    scenario = Scenario(VectorCouplings(h_V=1e-9, h_A=2e-9), 2.1, tau_tree=True)
    names = [f"BR(B+ -> K*+){b}" for b in ("", "[0, 4]", "[4, 8]", "[8, inf]")]
    whole, *parts = observe(scenario, *names)
    np.testing.assert_allclose(sum(parts), whole, rtol=1e-10)


def test_line_is_in_its_bin_and_has_its_polarisation():
    couplings = VectorCouplings(h_V=1e-9, h_A=2e-9)
    scenario = Scenario(couplings, 2.1, standard_model=False)
    names = ("BR(B+ -> K*+)[4, 5]", "FL(B+ -> K*+)[4, 5]", "BR(B+ -> K*+)[5, 6]", "dBR/dq2(B+ -> K*+)(4.41)")
    line = two_body_by_helicity(P, SETS["B -> K*"], ZERO["B -> K*"], couplings, 2.1, DECAY)
    expected = [line.total, line.longitudinal_fraction, 0.0, 0.0]
    np.testing.assert_allclose(observe(scenario, *names), expected, rtol=ROUNDING)


def test_narrow_resonance_is_a_line():
    couplings = VectorCouplings(h_V=1e-9, h_A=2e-9)
    names = ("BR(B+ -> K*+)", "FL(B+ -> K*+)[4, 5]")
    line, narrow = (observe(Scenario(couplings, 2.1, width=w), *names) for w in (None, 1e-9))
    np.testing.assert_allclose(narrow, line, rtol=1e-6)


def test_neutrinos_contain_the_standard_model():
    names = ("BR(B+ -> K+)", "R(B+ -> K+)", "R(B+ -> K*+)[0, 6]", "BR(Bs -> invisible)")
    standard = observe(Scenario(), *names)
    np.testing.assert_allclose(standard[1:], [1, 1, 0], rtol=ROUNDING)
    np.testing.assert_allclose(observe(Scenario(sm_neutrino_couplings), *names), standard, rtol=ROUNDING)

    def twice(p):
        return neutrino_couplings(p, C_L=jnp.asarray(2 * sm_vector_coefficient(p) * jnp.eye(3), complex))

    np.testing.assert_allclose(observe(Scenario(twice), *names)[1:3], [4, 4], rtol=ROUNDING)


def test_b_s_to_invisible_and_what_is_seen_of_it():
    couplings = FermionPairCouplings(f_PP=0.3)
    expected = invisible_branching_fraction(P, couplings, MASS, B_S_TO_INVISIBLE)
    (found,) = observe(Scenario(couplings, MASS), "BR(Bs -> invisible)")
    np.testing.assert_allclose(found, expected, rtol=ROUNDING)
    (found,) = observe(Scenario(couplings, MASS, visibility=Visibility(c_tau=0.4)), "BR(Bs -> invisible)")
    momentum = jnp.sqrt(P["m_Bs"] ** 2 / 4 - MASS**2)
    escape = escape_probability(jnp.asarray(MASS), momentum, jnp.asarray(0.4), jnp.asarray(1.0))
    np.testing.assert_allclose(found, expected * escape**2, rtol=ROUNDING)


@pytest.mark.parametrize("couplings", [PSI, MixedPairCouplings(V_L=1e-9), VectorCouplings(h_V=1e-9)])
def test_limits_of_lifetime_and_invisible_fraction(couplings):
    names = ("BR(B+ -> K+)", "FL(B+ -> K*+)")

    def with_visibility(**options):
        v = Visibility(**options) if options else None
        return observe(Scenario(couplings, MASS, visibility=v, standard_model=False), *names)

    stable, prompt = with_visibility(), with_visibility(c_tau=0.0)
    for options in ({"c_tau": np.inf}, {"invisible_fraction": 1.0}):
        np.testing.assert_allclose(with_visibility(**options), stable, rtol=1e-10)
    assert prompt[0] == 0
    power = 1 if couplings is not PSI else 2
    np.testing.assert_allclose(with_visibility(invisible_fraction=0.5)[0], stable[0] / 2**power, rtol=1e-10)
    assert 0 < with_visibility(c_tau=0.5)[0] < stable[0]


def test_derivatives():
    observable = [parse_observable("FL(B+ -> K*+)[1, 6]")]

    def f(mass, c_tau):
        return values(observable, Scenario(PSI, mass, visibility=Visibility(c_tau=c_tau)), P, SETS, ZERO)[0]

    f = jax.jit(f)
    assert_gradient(lambda m: f(m, jnp.asarray(0.5)), 0.3)
    assert_gradient(lambda c: f(jnp.asarray(MASS), c), 0.5)
    assert np.isfinite(jax.grad(f)(jnp.asarray(0.5), jnp.asarray(0.0)))


def test_bad_scenarios():
    with pytest.raises(InputError, match="mass of the new particle must be one finite number of GeV, not negative"):
        Scenario(PSI, -1.0)
    with pytest.raises(InputError, match="width of the new particle"):
        Scenario(VectorCouplings(h_V=1.0), 2.1, width=np.nan)
    with pytest.raises(InputError, match="found none of them"):
        Scenario(standard_model=False)
    with pytest.raises(InputError, match="a width is for one new particle"):
        observe(Scenario(PSI, 0.5, width=0.1), "BR(B+ -> K+)")


def test_signs_of_the_paper():
    names = ("BR(B+ -> K*+)", "FL(B+ -> K*+)")
    line = {"standard_model": False, "mass": 2.1}
    plus, minus = (VectorCouplings(h_A=1e-9, h_Tt=sign * 1e-5) for sign in (1, -1))
    found = observe(Scenario(plus, **line, paper_signs=True), *names)
    np.testing.assert_allclose(found, observe(Scenario(minus, **line), *names), rtol=ROUNDING)
    assert not np.allclose(found, observe(Scenario(plus, **line), *names), rtol=0.1)
    pair = FermionPairCouplings(f_VV=1.0, f_TT=1.0), FermionPairCouplings(f_VV=1.0, f_TT=-1.0)
    scenarios = [
        Scenario(c, MASS, standard_model=False, paper_signs=paper) for c, paper in zip(pair, (True, False), strict=True)
    ]
    np.testing.assert_allclose(*(observe(s, *names) for s in scenarios), rtol=ROUNDING)


def test_neutral_pion_and_rho_have_half_the_form_factors_squared(tmp_path):
    sets = {process: load_form_factors(path, process) for process, path in light_meson_files(tmp_path).items()}
    zero = {process: jnp.zeros(s.mean.shape) for process, s in sets.items()}
    names = [f"BR({d})" for d in ("B+ -> pi+", "B0 -> pi0", "B+ -> rho+", "B0 -> rho0")]
    observables = [parse_observable(n) for n in names]
    same = P.replace(m_B0=P["m_Bplus"], m_pi0=P["m_piplus"], m_rho0=P["m_rhoplus"], tau_B0=P["tau_Bplus"])
    for scenario in (Scenario(), Scenario(PSI, MASS), Scenario(VectorCouplings(h_V=1e-9), 2.1)):
        found = values(observables, scenario, same, sets, zero)
        np.testing.assert_allclose(found[1::2], found[::2] / 2, rtol=ROUNDING)
        assert np.all(found > 0)
    with pytest.raises(
        InputError, match=r"B0 -> pi0 needs neutrino couplings with lambda_t_d, found those with lambda_t"
    ):
        values(observables[1:2], Scenario(sm_neutrino_couplings), same, sets, zero)
    right = Scenario(lambda p: sm_neutrino_couplings(p, "lambda_t_d"))
    np.testing.assert_allclose(
        values(observables, right, P, sets, zero), values(observables, Scenario(), P, sets, zero)
    )


def test_nan_gives_nan():
    names = ["BR(B+ -> K*+)[1, 6]", "BR(B+ -> K*+)[15, 19]", "FL(B+ -> K*+)[1, 6]", "BR(Bs -> invisible)"]

    def observed(mass, couplings):
        return values([parse_observable(n) for n in names], Scenario(couplings, mass), P, SETS, ZERO)

    for couplings in (PSI, VectorCouplings(h_V=1e-8, h_A=1e-8)):
        assert_nan(observed, 0.6, couplings)
