import jax
import numpy as np
import pytest
from scipy import stats

from jaxflav.inference.evidence.bridge import bridge_evidence
from jaxflav.inference.evidence.evidence import corrected, laplace_evidence, other_prior, verdict
from jaxflav.inference.evidence.exact_draws import exact_draws
from jaxflav.inference.evidence.grid import grid_evidence
from jaxflav.inference.evidence.marginal import define_marginal, log_likelihood_at
from jaxflav.inference.evidence.nested import NestedSettings, equal_draws, nested_sample
from jaxflav.inference.posteriors.modes import find_modes
from jaxflav.inference.posteriors.posterior import define_posterior
from jaxflav.inference.posteriors.priors import LogUniform, Normal, Uniform, UniformInSquare
from jaxflav.inference.sampling.nuts import sample
from jaxflav.inference.sampling.settings import Settings
from jaxflav.io.errors import InputError
from jaxflav.likelihood.likelihood import log_likelihood
from tests.inference.evidence_models import counting, two_free

PRIORS = {"mu": Uniform(0.0, 5.0)}
MU = np.linspace(0, 5, 801)


@pytest.fixture(scope="module")
def problem():
    return counting()


@pytest.fixture(scope="module")
def brute(problem):
    """Likelihood of mu, integrated over the nuisance parameter by the trapezium rule."""
    b = np.linspace(-7, 7, 401)
    grid = np.stack(np.meshgrid(b, MU, indexing="ij"), axis=-1).reshape(-1, 2)
    density = np.asarray(jax.jit(jax.vmap(lambda x: log_likelihood(problem.likelihood, x)))(grid))
    return np.exp(density).reshape(401, 801).sum(axis=0) * (b[1] - b[0])


@pytest.fixture(scope="module")
def marginal(problem):
    return define_marginal(problem, PRIORS)


@pytest.fixture(scope="module")
def nested(marginal):
    return nested_sample(marginal, NestedSettings(live=400, seed=1))


def integral(values):
    return np.log(np.trapezoid(values, MU))


def test_nested_sampling_is_the_integral(marginal, nested, brute):
    draws = exact_draws(marginal, equal_draws(nested, 500))
    evidence = corrected(nested, draws)
    assert evidence.error < 0.08
    assert evidence.k_hat < 0.7
    assert abs(evidence.log_evidence - (integral(brute) - np.log(5))) < 4 * evidence.error
    w = np.exp(draws.log_weight)
    mean = (w @ draws.draws[:, 0]) / w.sum()
    truth = np.trapezoid(brute * MU, MU) / np.trapezoid(brute, MU)
    deviation = np.sqrt(np.trapezoid(brute * (MU - truth) ** 2, MU) / np.trapezoid(brute, MU))
    assert abs(mean - truth) < 4 * deviation / np.sqrt(len(nested.theory) / 3)  # weighted draws are fewer


def test_grid_is_the_integral(marginal, nested, brute):
    grid = grid_evidence(marginal, 200)
    correction = exact_draws(marginal, equal_draws(nested, 500)).log_correction
    # the error left is that of the mean weight
    assert abs(grid.evidence.log_evidence + correction - (integral(brute) - np.log(5))) < 0.01
    np.testing.assert_allclose(grid.axes[0], (np.arange(200) + 0.5) / 40)
    assert grid.marginal("mu").sum() == pytest.approx(1)
    truth = np.trapezoid(brute * MU, MU) / np.trapezoid(brute, MU)
    assert abs(grid.marginal("mu") @ grid.axes[0] - truth) < 0.01


@pytest.mark.slow
def test_chain_and_modes(problem, brute):
    posterior = define_posterior(problem, PRIORS)
    modes = find_modes(posterior, problem)
    truth = integral(brute) - np.log(5)
    chains = sample(posterior, modes, Settings(chains=4, warmup=200, draws=1000, seed=2))
    evidence = bridge_evidence(posterior, chains)
    assert evidence.error < 0.02
    assert abs(evidence.log_evidence - truth) < 4 * evidence.error
    assert abs(laplace_evidence(posterior, modes).log_evidence - truth) < 0.2  # no error is claimed


@pytest.mark.slow
def test_prior_cut_at_the_bound_is_normalised(problem, brute):
    """mu is never negative: half of this prior is cut."""
    priors = {"mu": Normal(0.0, 1.5)}
    truth = integral(brute * 2 * stats.norm(0, 1.5).pdf(MU))
    marginal = define_marginal(problem, priors)
    nested = nested_sample(marginal, NestedSettings(live=100, seed=3))
    assert abs(nested.log_evidence - truth) < 4 * nested.error + 0.01  # of the normal approximation
    posterior = define_posterior(problem, priors)
    modes = find_modes(posterior, problem)
    chains = sample(posterior, modes, Settings(chains=4, warmup=200, draws=500, seed=2))
    evidence = bridge_evidence(posterior, chains)
    assert abs(evidence.log_evidence - truth) < 4 * evidence.error


@pytest.mark.parametrize(
    "prior", [Uniform(0.0, 2.5), UniformInSquare(0.0, 5.0), LogUniform(0.1, 5.0), Normal(1.0, 1.0)], ids=repr
)
def test_other_prior(marginal, nested, brute, prior):
    change, effective = other_prior(nested, marginal, {"mu": prior})
    inside = (prior.low <= MU) & (prior.high >= MU) & (MU > 0)
    density = np.where(inside, np.exp(prior.log_density(jax.numpy.asarray(np.maximum(MU, 1e-9)))), 0.0)
    density /= np.trapezoid(density, MU)
    truth = integral(brute * density) - (integral(brute) - np.log(5))
    assert effective > 100
    assert abs(change - truth) < 4 / np.sqrt(effective) + 0.02


def test_other_prior_without_overlap(marginal, nested):
    with pytest.raises(InputError, match="expected some of"):
        other_prior(nested, marginal, {"mu": Uniform(6.0, 7.0)})


def test_same_seed_same_draws(marginal):
    settings = NestedSettings(live=60, seed=4, tolerance=0.5)
    one, two = (nested_sample(marginal, settings) for _ in range(2))
    np.testing.assert_array_equal(one.theory, two.theory)
    assert one.log_evidence == two.log_evidence


@pytest.mark.slow
def test_nothing_kept():
    """Without free parameters the evidence is the integrated likelihood."""
    problem = two_free(mu=1.0, k=0.5)
    marginal = define_marginal(problem, {})
    nested = nested_sample(marginal)
    kept = define_marginal(two_free(), {"mu": Uniform(0, 5), "k": Uniform(0, 5)})
    assert nested.log_evidence == pytest.approx(log_likelihood_at(kept, np.array([0.5, 1.0])), abs=1e-8)
    assert exact_draws(marginal, equal_draws(nested, 50)).k_hat < 0.7


@pytest.mark.slow
def test_grid_of_three():
    with pytest.raises(InputError, match="one or two parameters"):
        grid_evidence(define_marginal(two_free(mu=1.0, k=0.5), {}), 10)


@pytest.mark.parametrize(("bayes", "text"), [(0.5, "not worth"), (-2.0, "positive"), (4.0, "strong"), (7.0, "very")])
def test_verdict(bayes, text):
    assert verdict(bayes).startswith(text)


@pytest.mark.parametrize("bad", [{"live": 10}, {"tolerance": 0.0}, {"seed": -1}])
def test_bad_settings(bad):
    with pytest.raises(InputError, match="expected"):
        NestedSettings(**bad)
