import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.couplings.fermion_pair import FermionPairCouplings
from jaxflav.experiments.analysis import load_analysis
from jaxflav.experiments.one_experiment import one_experiment
from jaxflav.form_factors import load_form_factors
from jaxflav.hypotheses.rate import BranchingFraction, direction_of
from jaxflav.inference.mass_scan import BEYOND_THRESHOLD, scan_masses
from jaxflav.inputs.parameters import load_parameters
from jaxflav.likelihood.likelihood import at_context, log_likelihood
from jaxflav.response.efficiency import yields
from jaxflav.spectra.decays import decay_density
from jaxflav.spectra.spectrum import continuum
from tests.helpers import assert_gradient


@pytest.fixture(scope="module")
def inputs():
    return load_analysis("belle2-2025"), load_parameters(), load_form_factors("HPQCD2022+FLAG2021")


@pytest.fixture(scope="module")
def likelihood(inputs):
    return one_experiment(*inputs, BranchingFraction("B+ -> K+", direction_of(FermionPairCouplings(f_VV=1.0))))


@pytest.fixture(scope="module")
def prepare(likelihood):
    return jax.jit(lambda mass: likelihood.signal.prepare(mass))


def forms_at(prepare, mass):
    """Rates of a unit branching fraction; the branching fraction itself is the last row."""
    ((forms,),) = prepare(jnp.asarray(mass))[1]
    return forms


def test_yields_are_those_of_the_spectrum(inputs, likelihood, prepare, rng):
    """At any form factors; the direct integral resolves every knot of the efficiency."""
    analysis, parameters, form_factors = inputs
    mass, response = jnp.asarray(0.6), analysis.response()
    q2, weights = (jnp.asarray(a) for a in response.nodes)
    couplings = FermionPairCouplings(f_VV=3.0)
    for nuisances in (np.zeros(8), rng.normal(size=8)):
        nuisances = jnp.asarray(nuisances)
        density = decay_density(parameters, form_factors, nuisances, couplings, mass, analysis.decay, q2)
        direct = yields(response, continuum(density, q2, weights))
        branching = 9.0 * likelihood.signal.reference(mass)
        x = jnp.concatenate([jnp.asarray([0.0, branching]), nuisances])
        # four nodes between any two knots, but a square root at threshold: 1e-4 of the events
        np.testing.assert_allclose(likelihood.signal.predict(x, prepare(mass)), direct, rtol=2e-3, atol=1e-4)


def test_unit_branching_fraction_at_the_mean_form_factors(prepare):
    np.testing.assert_allclose(forms_at(prepare, 0.3).constant[-1], 1.0, rtol=1e-12)


@pytest.mark.parametrize("mass", [0.3, 1.1])
def test_derivative_with_respect_to_mass(prepare, mass):
    assert_gradient(lambda m: forms_at(prepare, m).constant, mass, step=1e-5)


def test_beyond_threshold_all_is_zero_and_finite(likelihood):
    x = likelihood.start.at[1].set(1e-5)
    in_mass = jax.jit(lambda mass: jax.jvp(lambda m: log_likelihood(likelihood, x, m), (mass,), (jnp.ones(()),)))
    at = jax.jit(lambda mass: jax.grad(log_likelihood, argnums=1)(at_context(likelihood, mass), x))
    threshold = float(likelihood.signal.threshold)
    for mass in (threshold, threshold + 0.1):
        assert np.all(np.isfinite(in_mass(jnp.asarray(mass))))
        assert np.all(np.isfinite(at(jnp.asarray(mass))))


def test_a_prepared_likelihood_is_the_same(likelihood):
    mass, x = jnp.asarray(0.7), likelihood.start.at[1].set(2e-5)
    direct = jax.jit(log_likelihood)(likelihood, x, mass)
    prepared = jax.jit(lambda m: log_likelihood(at_context(likelihood, m), x))(mass)
    # the Poisson terms of 2e4 events are each of order 1e5
    np.testing.assert_allclose(prepared, direct, rtol=1e-11)


def test_published_mass_and_couplings(likelihood):
    """Bolton et al. 2024, own recast in fine bins: m = 0.60 +0.11 -0.14 GeV, |f_VV|^2 = 3.0 +- 0.8, 3.7 sigma."""
    scan = scan_masses(likelihood, np.append(np.linspace(0.1, 1.2, 23), 2.4))
    best = scan.best
    assert 0.60 - 0.14 < best.mass < 0.60 + 0.11
    squared = best.branching_fraction / float(likelihood.signal.reference(jnp.asarray(best.mass)))
    assert 3.0 - 0.8 < squared < 3.0 + 0.8
    assert abs(best.significance - 3.7) < 0.5
    assert scan.status[-1] == BEYOND_THRESHOLD
    assert scan.converged[:-1].all()


def test_nan_is_not_the_standard_model(likelihood):
    value = jax.jit(log_likelihood)
    x = likelihood.start.at[1].set(1e-5)
    for mass in (0.7, 3.0):
        assert np.isfinite(value(likelihood, x, jnp.asarray(mass)))
        for i in (0, 1, 2, 10, len(x) - 1):
            assert np.isnan(value(likelihood, x.at[i].set(np.nan), jnp.asarray(mass))), i
    for mass in (np.nan, -0.7):
        assert np.isnan(value(likelihood, x, jnp.asarray(mass)))
