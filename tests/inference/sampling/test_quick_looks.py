import dataclasses

import numpy as np
import pytest

from jaxflav.inference.evidence.grid_posterior import grid_posterior
from jaxflav.inference.evidence.marginal import define_marginal
from jaxflav.inference.evidence.nested import NestedSettings, nested_sample
from jaxflav.inference.evidence.nested_posterior import nested_posterior
from jaxflav.inference.posteriors.modes import find_modes
from jaxflav.inference.posteriors.posterior import define_posterior
from jaxflav.inference.posteriors.priors import Normal, Uniform
from jaxflav.inference.sampling.diagnostics import summarise
from jaxflav.inference.sampling.importance import TRUSTED
from jaxflav.inference.sampling.nuts import sample
from jaxflav.inference.sampling.quick_looks import laplace_draws, variational_draws
from jaxflav.inference.sampling.settings import Settings
from tests.inference.evidence_models import two_free

PRIORS = {"mu": Uniform(0.0, 8.0), "k": Uniform(0.0, 6.0)}


@pytest.fixture(scope="module")
def problem():
    return two_free()


@pytest.fixture(scope="module")
def posterior(problem):
    return define_posterior(problem, PRIORS)


@pytest.fixture(scope="module")
def modes(posterior, problem):
    return find_modes(posterior, problem)


@pytest.fixture(scope="module")
def chains(posterior, modes):
    return summarise(sample(posterior, modes, Settings(chains=8, warmup=300, draws=1500, seed=1)))


def assert_same(found, chains):
    """Means and standard deviations within four standard errors of both."""
    a, b = summarise(found), chains
    assert a.names == b.names
    error = np.hypot(a.deviation / np.sqrt(a.effective), b.deviation / np.sqrt(b.effective))
    assert np.all(np.abs(a.mean - b.mean) < 4 * error)
    assert np.all(np.abs(np.log(a.deviation / b.deviation)) < 4 * np.sqrt(1 / a.effective + 1 / b.effective))


@pytest.mark.parametrize(
    ("look", "held"),
    [(laplace_draws, {"mu": 1.0, "k": 0.5}), pytest.param(variational_draws, {"k": 0.5}, marks=pytest.mark.slow)],
)
def test_normal_density_with_weights_is_the_posterior(look, held):
    """Where a parameter reaches its bound, no normal density has the tail of its coordinate: k-hat is near 1."""
    problem = two_free(**held)
    posterior = define_posterior(problem, {} if "mu" in held else {"mu": Normal(1.5, 0.4)})
    modes = find_modes(posterior, problem)
    found = look(posterior, modes, 4000, seed=2)
    assert found.k_hat < TRUSTED
    assert not any("k-hat" in text for text in summarise(found).warnings)
    assert_same(found, summarise(sample(posterior, modes, Settings(chains=4, warmup=200, draws=1000, seed=1))))


def test_nested_sampling_and_a_grid_give_the_same_posterior(posterior, problem, chains):
    marginal = define_marginal(problem, PRIORS)
    nested = nested_sample(marginal, NestedSettings(live=300, seed=3))
    found, evidence = nested_posterior(marginal, posterior, nested, 3000, seed=4)
    assert found.k_hat < TRUSTED
    assert evidence.k_hat == found.k_hat
    assert_same(found, chains)
    by_grid, sums = grid_posterior(problem, marginal, posterior, 25, 3000, seed=5)
    assert by_grid.k_hat < TRUSTED
    assert_same(by_grid, chains)
    assert abs(sums.log_evidence - evidence.log_evidence) < 4 * np.hypot(sums.error, evidence.error)


def test_proposal_that_is_too_narrow_is_not_trusted(posterior, modes):
    found = laplace_draws(posterior, dataclasses.replace(modes, widths=modes.widths / 2), 6000, seed=2)
    assert found.k_hat > TRUSTED
    assert any("k-hat" in text for text in summarise(found).warnings)


def test_diagnostics_of_independent_draws(posterior, modes):
    """Chains may disagree, these draws cannot; there may be too few."""
    found = laplace_draws(posterior, modes, 200, seed=2)
    summary = summarise(dataclasses.replace(found, k_hat=0.1))
    assert np.all(np.isnan(summary.r_hat))
    assert np.all(summary.effective == found.log_density.size)
    assert summary.warnings == (
        f"few draws: the weights are worth {found.log_density.size} of equal weight, below 400; take more draws",
    )


def test_too_few_draws(posterior, modes):
    with pytest.raises(ArithmeticError, match="take more draws"):
        laplace_draws(posterior, modes, 10)
