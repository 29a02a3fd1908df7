import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.inference.fitting.derivatives import best_parameters, profiled_log_likelihood
from jaxflav.inference.fitting.fisher_scoring import fit
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood, NoSignal
from jaxflav.likelihood.pyhf_json import parse_workspace
from tests.likelihood.workspaces import COUNTING, SHAPES, STATERROR

refit = jax.jit(fit)


def likelihood_of(workspace):
    return Likelihood(build_histfactory(parse_workspace(workspace)), NoSignal())


@pytest.fixture(scope="module", params=[STATERROR, SHAPES], ids=["staterror", "shapes"])
def small(request):
    return likelihood_of(request.param)


def differences(function, x, h):
    steps = h * np.eye(len(x))
    return np.stack([(function(x + step) - function(x - step)) / (2 * h) for step in steps], axis=-1)


def test_with_respect_to_the_data(small):
    observed = np.asarray(small.model.observed)
    ours = jax.jit(jax.jacfwd(lambda n: best_parameters(small, observed=n)))(observed + 0.5)
    theirs = differences(lambda n: np.asarray(refit(small, observed=n).parameters), observed + 0.5, 1e-2)
    # fits stop within 1e-5 standard deviations, over a step of 0.02
    np.testing.assert_allclose(ours, theirs, atol=2e-3 * np.abs(theirs).max())


def test_with_respect_to_the_auxiliary_measurements(small):
    centre = np.asarray(small.centre)
    ours = jax.jit(jax.jacrev(lambda c: best_parameters(small, centre=c)))(centre)
    theirs = differences(lambda c: np.asarray(refit(small, centre=c).parameters), centre, 1e-2)
    np.testing.assert_allclose(ours, theirs, atol=3e-3)


def test_counting_experiment_by_hand():
    """mu = (n - b)/s with the nuisance parameter at its measurement: d mu/d n = 1/s."""
    likelihood = likelihood_of(COUNTING)
    slope = jax.jit(jax.jacfwd(lambda n: best_parameters(likelihood, observed=n)))(jnp.array([55.0]))
    np.testing.assert_allclose(slope[likelihood.index("mu"), 0], 0.1, rtol=1e-5)
    np.testing.assert_allclose(slope[likelihood.index("b"), 0], 0.0, atol=1e-6)


def test_a_parameter_on_its_bound_stays_there():
    likelihood = likelihood_of(COUNTING)
    slope = jax.jit(jax.jacfwd(lambda n: best_parameters(likelihood, observed=n)))(jnp.array([40.0]))
    assert slope[likelihood.index("mu"), 0] == 0.0
    assert slope[likelihood.index("b"), 0] > 0


@pytest.mark.slow
def test_profile_over_the_mass(two_body):
    start = two_body.start
    fixed = jnp.zeros(start.shape, dtype=bool).at[two_body.index("mu")].set(True)
    value, slope = jax.jit(jax.value_and_grad(lambda m: profiled_log_likelihood(two_body, m, start, fixed)))(2.0)
    at = [float(refit(two_body, jnp.asarray(m), start, fixed).log_likelihood) for m in (2.0 - 1e-4, 2.0, 2.0 + 1e-4)]
    np.testing.assert_allclose(value, at[1], atol=1e-9)
    np.testing.assert_allclose(slope, (at[2] - at[0]) / 2e-4, rtol=1e-4)


@pytest.mark.slow
def test_profile_over_a_held_parameter_to_second_order(small):
    k = small.index("mu")
    fixed = jnp.zeros(small.start.shape, dtype=bool).at[k].set(True)

    def at(mu):
        return profiled_log_likelihood(small, start=small.start.at[k].set(mu), fixed=fixed)

    slope, bend = jax.jit(jax.grad(at))(0.7), jax.jit(jax.grad(jax.grad(at)))(0.7)
    at = jax.jit(at)
    h = 3e-3
    values = [float(at(x)) for x in (0.7 - h, 0.7, 0.7 + h)]
    np.testing.assert_allclose(slope, (values[2] - values[0]) / (2 * h), rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(bend, (values[2] - 2 * values[1] + values[0]) / h**2, rtol=1e-2)


@pytest.mark.slow
def test_batches():
    likelihood = likelihood_of(STATERROR)
    counts = np.asarray(likelihood.model.observed) + np.arange(4.0)[:, None]
    gradient = jax.jit(jax.vmap(jax.grad(lambda n: profiled_log_likelihood(likelihood, observed=n))))(counts)
    alone = jax.grad(lambda n: profiled_log_likelihood(likelihood, observed=n))(counts[2])
    np.testing.assert_allclose(gradient[2], alone, atol=1e-8)
