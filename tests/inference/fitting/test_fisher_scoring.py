import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize

from jaxflav.inference.fitting.covariance import covariance
from jaxflav.inference.fitting.fisher_scoring import fit
from jaxflav.inference.fitting.problem import define_problem, fit_held
from jaxflav.inference.fitting.result import CONVERGED, NOT_FINITE, STATUS_TEXT
from jaxflav.inference.hypothesis_tests.toys import sample_toys
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood, NoSignal, log_likelihood
from jaxflav.likelihood.pyhf_json import parse_workspace
from tests.likelihood.workspaces import ALL, COUNTING


def likelihood_of(workspace):
    return Likelihood(build_histfactory(parse_workspace(workspace)), NoSignal())


jitted = jax.jit(fit)


@pytest.mark.parametrize("name", ALL)
def test_against_scipy(name):
    likelihood = likelihood_of(ALL[name])
    ours = jitted(likelihood)
    assert ours.status == CONVERGED
    moving = ~np.asarray(likelihood.fixed)
    full = np.array(likelihood.start)

    def objective(z):
        full[moving] = z
        return float(-log_likelihood(likelihood, jnp.asarray(full)))

    bounds = [(lo if np.isfinite(lo) else None, None) for lo in np.asarray(likelihood.lower)[moving]]
    theirs = minimize(objective, full[moving], method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-14})
    # the difference of two minima is of second order in the distance: scipy stops within 1e-7
    np.testing.assert_allclose(-ours.log_likelihood, theirs.fun, atol=1e-6)
    assert -ours.log_likelihood < theirs.fun + 1e-8


def test_counting_experiment_by_hand():
    """55 seen on 50 + mu 10: the fit is exact, mu = 1/2 with the nuisance parameter at 0."""
    result = jitted(likelihood_of(COUNTING))
    np.testing.assert_allclose(result.parameters, [0.0, 0.5], atol=1e-6)


def test_gradient_vanishes_at_the_minimum(published):
    result = jitted(published)
    gradient = jax.grad(log_likelihood, argnums=1)(published, result.parameters)
    errors = np.sqrt(np.diag(covariance(published, result.parameters)))
    assert result.status == CONVERGED
    # a decrement of 1e-10 is 1.4e-5 standard deviations
    assert np.max(np.abs(gradient) * errors) < 2e-5


def test_lower_bound_is_respected_and_active():
    workspace = {**COUNTING, "observations": [{"name": "only", "data": [30.0]}]}
    likelihood = likelihood_of(workspace)
    result = jitted(likelihood)
    assert result.status == CONVERGED
    assert result.parameters[likelihood.index("mu")] == 0.0
    gradient = jax.grad(log_likelihood, argnums=1)(likelihood, result.parameters)
    assert gradient[likelihood.index("mu")] < 0  # the data ask for less
    np.testing.assert_allclose(gradient[likelihood.index("b")], 0.0, atol=1e-4)


def test_empty_bins_and_huge_counts():
    """A bin with nothing expected and nothing seen is harmless; so are counts whose ln L rounds at 1e-4."""
    workspace = {
        "version": "1.0.0",
        "channels": [
            {
                "name": "only",
                "samples": [
                    {
                        "name": "signal",
                        "data": [2e11, 0.0, 0.0],
                        "modifiers": [{"name": "mu", "type": "normfactor", "data": None}],
                    },
                    {
                        "name": "background",
                        "data": [1e12, 0.0, 5.0],
                        "modifiers": [{"name": "b", "type": "normsys", "data": {"lo": 0.9, "hi": 1.1}}],
                    },
                ],
            }
        ],
        "observations": [{"name": "only", "data": [1.3e12, 0.0, 5.0]}],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
    }
    likelihood = likelihood_of(workspace)
    result = jitted(likelihood)
    assert result.status == CONVERGED
    np.testing.assert_allclose(result.parameters[likelihood.index("mu")], 1.5, rtol=1e-6)
    np.testing.assert_allclose(result.parameters[likelihood.index("b")], 0.0, atol=1e-5)


def test_local_parameters_keep_their_bounds():
    """Nothing seen on b theta with theta = -1 +- 1 measured: theta is at its bound, as in pyhf, not below."""
    mc = {"name": "mc", "type": "staterror", "data": [2.0]}
    mu = {"name": "mu", "type": "normfactor", "data": None}
    samples = [
        {"name": "signal", "data": [1.0], "modifiers": [mu]},
        {"name": "background", "data": [2.0], "modifiers": [mc]},
    ]
    workspace = {**COUNTING, "channels": [{"name": "only", "samples": samples}]}
    likelihood = likelihood_of({**workspace, "observations": [{"name": "only", "data": [0.0]}]})
    k, theta = likelihood.index("mu"), likelihood.index("mc[0]")
    hold = jnp.zeros(2, dtype=bool).at[k].set(True)
    start, fit_at = likelihood.start.at[k].set(0.5), jax.jit(fit)
    for measured, expected in ((-1.0, 1e-10), (1.5, 1e-10), (2.5, 0.5)):
        # -ln L = 2 theta + (theta - measured)^2/2, with width 1: theta = measured - 2
        centre = likelihood.centre.at[theta].set(measured)
        result = fit_at(likelihood, None, start, hold, centre=centre)
        assert result.status == CONVERGED
        np.testing.assert_allclose(result.parameters[theta], max(expected, measured - 2), atol=1e-4)


def test_toys_with_empty_bins_converge(two_body):
    """Belle II has bins with few events and simulated errors of 100 %: 5 % of its toys are at such a bound."""
    problem = define_problem(two_body, 2.1, {"mu": 1.0})
    toys = sample_toys(problem, np.array(two_body.start), 1000, 9)
    masses = np.random.default_rng(0).uniform(0, 4.78, 1000)
    fits = fit_held(problem, contexts=masses, data=toys)
    assert np.mean(fits.converged) >= 0.998
    bounded = np.any(fits.parameters <= np.asarray(two_body.lower) * (1 + 1e-9), axis=1)
    assert bounded.mean() > 0.02


def test_fixed_parameters_keep_their_start(published):
    k = published.index("mu")
    start = published.start.at[k].set(2.5)
    result = jitted(published, start=start, fixed=jnp.zeros(start.shape, dtype=bool).at[k].set(True))
    assert result.parameters[k] == 2.5
    assert result.status == CONVERGED


def test_data_of_the_caller(published):
    """Asimov data return the parameters that made them."""
    from jaxflav.likelihood.likelihood import expected

    truth = published.start.at[published.index("mu")].set(3.0)
    result = jitted(published, observed=expected(published, truth))
    np.testing.assert_allclose(result.parameters, truth, atol=1e-5)


@pytest.mark.slow
def test_random_starts_find_the_same_minimum(two_body, rng):
    reference = jitted(two_body, jnp.asarray(2.1), fixed=_hold_mu(two_body))
    n = 64
    width = np.concatenate([[0.0, 0.0], np.ones(8), two_body.model.width])
    starts = np.array(two_body.start) + rng.normal(size=(n, width.size)) * width
    starts[:, 0], starts[:, 1] = 1.0, rng.uniform(0, 3e-5, n)
    batch = jax.jit(jax.vmap(lambda s: fit(two_body, jnp.asarray(2.1), s, _hold_mu(two_body))))(jnp.asarray(starts))
    assert np.all(batch.status == CONVERGED)
    np.testing.assert_allclose(batch.log_likelihood, reference.log_likelihood, atol=1e-8)


def _hold_mu(likelihood):
    return jnp.zeros(likelihood.start.shape, dtype=bool).at[likelihood.index("mu")].set(True)


def test_no_finite_likelihood_is_said():
    workspace = {
        **COUNTING,
        "channels": [
            {
                "name": "only",
                "samples": [
                    {"name": "none", "data": [0.0], "modifiers": [{"name": "mu", "type": "normfactor", "data": None}]}
                ],
            }
        ],
    }
    result = jitted(likelihood_of(workspace))
    assert result.status == NOT_FINITE
    assert "not finite" in STATUS_TEXT[int(result.status)]
    assert not result.converged


def test_single_precision_is_refused(published):
    with jax.enable_x64(False), pytest.raises(RuntimeError, match="double precision"):
        fit(published)


def test_no_retracing(published):
    chex.clear_trace_counter()
    counted = jax.jit(chex.assert_max_traces(fit, n=1))
    for mu in (0.0, 1.0, 2.0):
        counted(published, start=published.start.at[published.index("mu")].set(mu))


def test_covariance_against_iminuit():
    iminuit = pytest.importorskip("iminuit")
    likelihood = likelihood_of(ALL["staterror"])
    result = jitted(likelihood)
    objective = jax.jit(lambda x: -log_likelihood(likelihood, x))
    minuit = iminuit.Minuit(
        lambda x: float(objective(jnp.asarray(x))),
        np.asarray(result.parameters),
        grad=lambda x: np.asarray(jax.grad(objective)(jnp.asarray(x))),
    )
    minuit.errordef = minuit.LIKELIHOOD
    minuit.strategy = 2
    minuit.migrad()
    np.testing.assert_allclose(minuit.values, result.parameters, atol=1e-4)
    ours = covariance(likelihood, result.parameters)
    # Minuit differentiates numerically
    np.testing.assert_allclose(ours, np.asarray(minuit.covariance), rtol=1e-3, atol=1e-5)


def test_covariance_against_differences_of_the_gradient():
    likelihood = likelihood_of(ALL["staterror"])
    best = np.asarray(jitted(likelihood).parameters)
    gradient = jax.jit(jax.grad(lambda x: -log_likelihood(likelihood, x)))
    rows = [
        (gradient(jnp.asarray(best + h)) - gradient(jnp.asarray(best - h))) / 2e-5 for h in 1e-5 * np.eye(best.size)
    ]
    # rounding of the gradient, 1e-13, over the step, and its square
    np.testing.assert_allclose(covariance(likelihood, best), np.linalg.inv(np.stack(rows)), rtol=1e-6, atol=1e-9)


def test_covariance_away_from_a_maximum(two_body):
    with pytest.raises(ArithmeticError, match="expected positive ones"):
        covariance(two_body, two_body.start, jnp.asarray(6.0))  # beyond threshold nothing holds the coupling
