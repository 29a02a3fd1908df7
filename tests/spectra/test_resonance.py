import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

from jaxflav.couplings.fermion_pair import FermionPairCouplings
from jaxflav.couplings.vector import VectorCouplings
from jaxflav.form_factors.files import load_form_factors
from jaxflav.inputs.parameters import load_parameters
from jaxflav.rates.branching_fractions import two_body_branching_fraction
from jaxflav.rates.decays import B_PLUS_TO_K_PLUS
from jaxflav.spectra.decays import decay_density
from jaxflav.spectra.resonance import breit_wigner, resonance_density, resonance_rule
from jaxflav.spectra.spectrum import total
from tests.helpers import ROUNDING, CountedJit, assert_gradient

END = 22.9
PARAMETERS, GRVDV, ZERO = load_parameters(), load_form_factors("GRvDV2023"), jnp.zeros(8)


def response(q2):
    """A smooth function of q2 with the width of a detector response."""
    return 1 / (1 + np.exp(-(q2 - 5) / 0.5))


def smeared(mass, width, order=64):
    s = breit_wigner(mass, width, 1.0, END, order)
    return jnp.sum(s.branching / (1 + jnp.exp(-(s.q2 - 5) / 0.5)))


def exact(mass, width):
    """Ratio of the integrals of response x density and of the density, by adaptive quadrature."""

    def density(q2):
        return mass * width / np.pi / ((q2 - mass**2) ** 2 + (mass * width) ** 2)

    points = [x for x in (mass**2 + k * mass * width for k in (-30, -3, 0, 3, 30)) if 0 < x < END]
    options = {"points": points, "limit": 500, "epsabs": 1e-13, "epsrel": 1e-13}
    above = quad(lambda q2: response(q2) * density(q2), 0, END, **options)[0]
    return above / quad(density, 0, END, **options)[0]


@pytest.mark.parametrize("mass", [0.3, 2.1, 4.7, 5.5])
@pytest.mark.parametrize("width", [1e-3, 0.1, 1.0])
@pytest.mark.parametrize(("order", "atol"), [(64, 4e-4), (256, 4e-5)])
def test_against_adaptive_quadrature(mass, width, order, atol):
    # of a total of 1, as documented: the far tails of a narrow resonance are seen by few nodes
    np.testing.assert_allclose(smeared(mass, width, order), exact(mass, width), rtol=0, atol=atol)


def test_converges():
    np.testing.assert_allclose(smeared(2.1, 0.1, order=512), exact(2.1, 0.1), rtol=1e-9)


@pytest.mark.parametrize("mass", [0.0, 1e-6, 2.1, END**0.5, 5.5, 50.0])
@pytest.mark.parametrize("width", [0.0, 1e-9, 1e-3, 0.1, 3.0])
def test_normalised_inside_phase_space_and_finite(mass, width):
    s = breit_wigner(mass, width, 2e-5, END)
    np.testing.assert_allclose(total(s), 2e-5, rtol=ROUNDING)
    assert np.all((s.q2 >= -1e-12) & (s.q2 <= END * (1 + 1e-12)))
    slopes = jax.grad(smeared, argnums=(0, 1))(mass, width)
    assert np.all(np.isfinite(slopes))


def test_no_width_is_a_line():
    s = breit_wigner(2.1, 0.0, 1.0, END)
    np.testing.assert_allclose(s.q2, 4.41, atol=1e-9)


@pytest.mark.parametrize(("mass", "width"), [(2.1, 0.1), (2.2, 1e-3), (0.5, 0.3), (4.78, 0.05)])
def test_gradient_in_mass_and_width(mass, width):
    assert_gradient(lambda m: smeared(m, width), mass, step=1e-4 * min(1, width * 10))
    assert_gradient(lambda w: smeared(mass, w), width, step=2e-3 * width)


def test_derivative_in_mass_tends_to_that_of_a_line():
    expected = 2 * 2.1 * response(4.41) * (1 - response(4.41)) / 0.5
    np.testing.assert_allclose(jax.grad(smeared)(2.1, 0.0), expected, rtol=1e-7)


def test_one_trace():
    f = CountedJit(breit_wigner, static_argnames="order")
    for mass in (0.5, 2.1):
        f(jnp.asarray(mass), jnp.asarray(0.1 * mass), jnp.asarray(1e-5), jnp.asarray(END), order=16)
    assert f.traces == 1


MASS, WIDTH, COUPLING = 2.1, 0.15, 3e-9


def through_vector(q2):
    """dBR/dq2 of B -> K chi chibar through a vector, its propagator written out, chi massless, g from the width."""
    g2 = 12 * np.pi * WIDTH / MASS  # Gamma = g^2 m/(12 pi), Dirac
    propagator = 1 / ((q2 - MASS**2) + 1j * q2 * WIDTH / MASS)
    f = COUPLING * np.sqrt(g2) * propagator
    couplings = FermionPairCouplings(f_VV=jnp.asarray(complex(f)), scale=1.0)
    return float(decay_density(PARAMETERS, GRVDV, ZERO, couplings, 0.0, B_PLUS_TO_K_PLUS, q2))


def line_at(q2):
    couplings = VectorCouplings(h_V=COUPLING)
    return two_body_branching_fraction(PARAMETERS, GRVDV, ZERO, couplings, jnp.sqrt(q2), B_PLUS_TO_K_PLUS)


def test_spectral_function_is_that_of_the_three_body_decay():
    for q2 in (0.3, 3.0, 4.4, 6.0, 15.0):
        found = line_at(q2) * resonance_density(jnp.asarray(q2), jnp.asarray(MASS), jnp.asarray(WIDTH))
        np.testing.assert_allclose(found, through_vector(q2), rtol=1e-11)


@pytest.mark.parametrize(("low", "high"), [(0.0, 4.0), (4.0, 5.0), (5.0, 22.9)])
def test_rule_against_adaptive_quadrature(low, high):
    expected = quad(through_vector, low, high, epsabs=0, epsrel=1e-8)[0]
    nodes, weights = resonance_rule(*(jnp.asarray(x) for x in (MASS, WIDTH, low, high)))
    np.testing.assert_allclose(jnp.sum(weights * line_at(nodes)), expected, rtol=1e-5)


def test_rule_becomes_a_line_without_width_and_empty_without_bin():
    rule = [jnp.asarray(x) for x in (MASS, 0.0, 4.0, 5.0)]
    nodes, weights = resonance_rule(*rule)
    np.testing.assert_allclose(nodes, MASS**2, atol=1e-9)
    np.testing.assert_allclose(jnp.sum(weights), 1.0, rtol=1e-6)
    assert jnp.sum(resonance_rule(*rule[:2], jnp.asarray(5.0), jnp.asarray(6.0))[1]) < 1e-11
    assert jnp.sum(resonance_rule(*rule[:2], jnp.asarray(5.0), jnp.asarray(4.0))[1]) == 0
    for i in range(4):
        slope = jax.grad(lambda *x: jnp.sum(resonance_rule(*x)[1]), argnums=i)(*rule)
        assert np.isfinite(slope)
