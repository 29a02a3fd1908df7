"""Yields and likelihood of the Standard Model plus a new particle: derivatives, also where it is delicate."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.couplings.vector import VectorCouplings
from jaxflav.experiments.analysis import load_analysis
from jaxflav.experiments.one_experiment import one_experiment
from jaxflav.form_factors.files import load_form_factors
from jaxflav.hypotheses.rate import BranchingFraction
from jaxflav.inputs.parameters import load_parameters
from jaxflav.io.errors import InputError
from jaxflav.likelihood.histfactory import Jacobian
from jaxflav.likelihood.likelihood import constraint, expected, linearise, log_likelihood
from jaxflav.response.efficiency import efficiency, yields
from jaxflav.spectra.b_to_k import sm_neutrinos
from jaxflav.spectra.decays import two_body_line
from tests.helpers import assert_gradient, finite_difference
from tests.likelihood.test_histfactory import dense_jacobian


@pytest.fixture(scope="module")
def inputs():
    return load_analysis("belle2-2025"), load_parameters(), load_form_factors("HPQCD2022+FLAG2021")


@pytest.fixture(scope="module")
def likelihood(inputs):
    return one_experiment(*inputs, BranchingFraction("B+ -> K+"))


@pytest.fixture(scope="module")
def wide(inputs):
    return one_experiment(*inputs, BranchingFraction("B+ -> K+", width=0.1))


def point(likelihood, rng):
    x = np.array(likelihood.start)
    width = np.concatenate([[0, 0], np.ones(8), likelihood.model.width])
    x += 0.3 * rng.normal(size=x.size) * np.minimum(width, 0.5)
    x[:2] = 1.2, 7e-6
    return x


def test_parameters(likelihood):
    assert likelihood.parameter_names[:3] == ("mu", "branching_fraction", "form_factor[B -> K][0]")
    assert len(likelihood.parameter_names) == 2 + 8 + 228
    assert not {"corr_ff_c1", "corr_ff_c2", "corr_ff_c3"} & set(likelihood.parameter_names)


def unit_yields(likelihood, mass):
    """Expected events of a unit branching fraction."""
    ((forms,),) = likelihood.signal.prepare(mass)[1]
    return forms.constant


def test_standard_model_polynomial_is_the_spectrum(inputs, likelihood, rng):
    analysis, parameters, form_factors = inputs
    response = analysis.response()
    q2, weights = response.nodes
    for nuisances in rng.normal(size=(3, 8)):
        nuisances = jnp.asarray(nuisances)
        spectrum = sm_neutrinos(
            parameters, form_factors, nuisances, analysis.decay, jnp.asarray(q2), jnp.asarray(weights)
        )
        np.testing.assert_allclose(
            likelihood.signal.standard_model[0](nuisances), yields(response, spectrum), rtol=1e-11
        )


def test_yields_of_a_line(likelihood):
    at = efficiency(likelihood.signal.forms[0].responses[0], jnp.asarray([2.1**2]))[:, 0]
    np.testing.assert_allclose(9e-6 * unit_yields(likelihood, jnp.asarray(2.1)), 9e-6 * at, rtol=1e-12)


def test_narrow_resonance_becomes_the_line(inputs, likelihood):
    narrow = one_experiment(*inputs, BranchingFraction("B+ -> K+", width=1e-7))
    line = 9e-6 * unit_yields(likelihood, jnp.asarray(2.1))
    # the tails of a Breit-Wigner of relative width 5e-8 hold a few 1e-7 of it
    np.testing.assert_allclose(9e-6 * unit_yields(narrow, jnp.asarray(2.1)), line, rtol=1e-4)


# q2 = m^2 at edges of the bins of generated q2 (0.22885 k), at the joints of q2_rec, at 0
MASSES = [0.0, 0.01, np.sqrt(0.22885), np.sqrt(4.1193), 2.0, 2.1, np.sqrt(8.0), 4.0, 4.7]


# The third derivative jumps at the knots, where a difference of fourth order is one of second order.
@pytest.mark.parametrize("mass", MASSES[1:])
def test_derivative_of_the_yields_of_a_line(likelihood, mass):
    assert_gradient(lambda m: 1e-5 * unit_yields(likelihood, jnp.asarray(m)), mass, step=1e-6, atol=1e-7)


@pytest.mark.parametrize("mass", MASSES[1:])  # a mass has no width to speak of at 0
def test_derivative_of_the_yields_of_a_resonance(wide, mass):
    assert_gradient(lambda m: 1e-5 * unit_yields(wide, jnp.asarray(m)), mass, step=1e-6, atol=1e-7)


def test_nothing_changes_with_a_mass_of_zero(likelihood):
    """Everything depends on the square of the mass, and there are no masses below 0 for a difference."""
    x = likelihood.start.at[1].set(1e-5)
    slope = jax.jit(lambda m: jax.jvp(lambda n: log_likelihood(likelihood, x, n), (m,), (jnp.ones(()),))[1])
    assert slope(jnp.zeros(())) == 0.0


@pytest.mark.parametrize("mass", MASSES[1:])
def test_derivative_of_log_likelihood_with_respect_to_mass(likelihood, mass, rng):
    x = jnp.asarray(point(likelihood, rng))
    assert_gradient(lambda m: log_likelihood(likelihood, x, jnp.asarray(m)), mass, step=1e-5, atol=1e-7)


def test_around_threshold_in_the_coupling(inputs, likelihood):
    """With a coupling the rate, and the yields, go to zero at threshold: no jump, and finite slopes beyond."""
    analysis, parameters, form_factors = inputs
    couplings = VectorCouplings(h_V=7e-9, h_T=2e-5)

    def signal(mass):
        line = two_body_line(parameters, form_factors, jnp.zeros(8), couplings, mass, analysis.decay)
        return yields(likelihood.signal.forms[0].responses[0], line)

    threshold = float(likelihood.signal.threshold)
    largest = np.max(signal(jnp.asarray(2.0)))
    for offset in (-1e-9, 0.0, 1e-9, 0.3):
        value, slope = jax.jvp(signal, (jnp.asarray(threshold + offset),), (jnp.asarray(1.0),))
        assert np.all(np.isfinite(value))
        assert np.all(np.isfinite(slope))
        assert np.max(np.abs(value)) < 1e-8 * largest
        if offset >= 0:
            np.testing.assert_array_equal(slope, 0.0)
    inside, h = threshold - 2.0**-30, 2.0**-36  # powers of two: the distances to threshold are exact
    slope = jax.jvp(signal, (jnp.asarray(inside),), (jnp.asarray(1.0),))[1]
    f = [np.asarray(signal(jnp.asarray(inside + k * h))) for k in (-2, -1, 1, 2)]
    difference = (f[0] - 8 * f[1] + 8 * f[2] - f[3]) / (12 * h)
    np.testing.assert_allclose(slope, difference, rtol=1e-6)


@pytest.mark.parametrize("kind", ["line", "resonance"])
@pytest.mark.parametrize("mass", [4.7857329, 4.785733 + 1e-9, 5.0, 50.0])
def test_at_and_beyond_threshold_all_is_finite(likelihood, wide, kind, mass, rng):
    model = likelihood if kind == "line" else wide
    x = jnp.asarray(point(model, rng))
    value, gradient = jax.value_and_grad(lambda v: log_likelihood(model, v[0], v[1]))((x, jnp.asarray(mass)))
    assert np.isfinite(value)
    assert all(np.all(np.isfinite(g)) for g in gradient)
    if mass > 4.79:
        np.testing.assert_array_equal(unit_yields(model, jnp.asarray(mass)), 0.0)
        assert gradient[1] == 0


def test_derivative_with_respect_to_every_parameter(likelihood, rng):
    x, mass = point(likelihood, rng), jnp.asarray(2.1)
    gradient = np.asarray(jax.grad(log_likelihood, argnums=1)(likelihood, jnp.asarray(x), mass))
    function = jax.jit(lambda v: log_likelihood(likelihood, v, mass))
    for i, name in enumerate(likelihood.parameter_names):
        scale = 1e-6 if name == "branching_fraction" else 1.0
        shifted = lambda v, i=i, scale=scale: function(jnp.asarray(x).at[i].set(v * scale))
        # rounding of ln L of order 1e2 over a step of 1e-3 is 1e-11
        expected_slope = finite_difference(shifted, x[i] / scale, step=1e-3)
        np.testing.assert_allclose(gradient[i] * scale, expected_slope, rtol=1e-6, atol=1e-7, err_msg=name)


def test_linearise_against_automatic_differentiation(likelihood, rng):
    x, mass = jnp.asarray(point(likelihood, rng)), jnp.asarray(1.7)
    at = linearise(likelihood, x, mass)
    full = jax.jacfwd(lambda v: expected(likelihood, v, mass))(x)
    k = likelihood.n_signal

    of_model = Jacobian(at.dense[:, k:], at.local, jnp.zeros(0))
    ours = np.concatenate([at.dense[:, :k], dense_jacobian(likelihood.model, of_model)], axis=1)
    np.testing.assert_allclose(at.expected, expected(likelihood, x, mass), rtol=1e-12)
    np.testing.assert_allclose(ours, full, rtol=1e-10, atol=1e-9)


def test_theory_nuisances_are_standard_normal(likelihood):
    x = likelihood.start
    shifted = x.at[likelihood.index("form_factor[B -> K][3]")].set(2.0)
    np.testing.assert_allclose(constraint(likelihood, shifted) - constraint(likelihood, x), -2.0, rtol=1e-10)


@pytest.mark.parametrize("width", [0.0, -0.1, float("nan"), float("inf")])
def test_width_must_be_positive(inputs, width):
    with pytest.raises(InputError, match="expected a positive number of GeV"):
        BranchingFraction("B+ -> K+", width=width)


def test_nan_is_not_the_standard_model(likelihood, wide, rng):
    """A NaN mass used to be a decay that cannot occur, and a NaN coupling no signal: a finite likelihood."""
    for one in (likelihood, wide):
        value = jax.jit(lambda x, mass, one=one: log_likelihood(one, x, mass))
        x = jnp.asarray(point(one, rng))
        assert np.isfinite(value(x, 2.1))
        assert np.isfinite(value(x, 6.0))
        assert np.isnan(value(x, np.nan))
        assert np.isnan(value(x, -2.1))
        for mass in (2.1, 6.0):
            # mu, the branching fraction, a form factor, and nuisance parameters of the model of every kind
            for i in (0, 1, 2, 10, 100, len(x) - 1):
                assert np.isnan(value(x.at[i].set(np.nan), mass)), i
