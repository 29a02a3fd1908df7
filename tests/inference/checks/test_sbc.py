"""Simulation-based calibration of whole posteriors of Belle II: 500 data sets, half an hour to an hour on two cores."""

import pytest

from jaxflav.inference.checks.calibrated_samplers import draws_by_chains, draws_by_grid, most_constrained
from jaxflav.inference.checks.calibration import calibrate, simulate
from jaxflav.inference.posteriors.posterior import define_posterior
from jaxflav.inference.sampling.settings import Settings
from jaxflav.tasks.analysis_file import task_from
from jaxflav.tasks.problem import problem_of

N = 500
SIGNAL_STRENGTH = {"scenario": "sm", "priors": {"mu": {"uniform": [0, 10]}}}
LINE = {"priors": {"branching_fraction": {"uniform": [0, 2e-5]}, "mass": {"uniform": [0.5, 3.5]}}}
CHAINS = Settings(chains=8, warmup=80, draws=25, checkpoint_every=80)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "sampler", "draws"),
    [
        (SIGNAL_STRENGTH, lambda problem, priors, n: draws_by_chains(problem, priors, CHAINS, n), 99),
        (LINE, lambda problem, priors, n: draws_by_grid(problem, priors, 24, n), 19),
    ],
    ids=["chains", "grid"],
)
def test_ranks_are_uniform(content, sampler, draws):
    """Signal strength, or branching fraction and mass, and the ten nuisance parameters that the data narrow most."""
    task = task_from(content)
    problem, _ = problem_of(task)
    posterior = define_posterior(problem, task.priors)
    index = most_constrained(posterior, problem, 10)
    result = calibrate(simulate(posterior, N, 0), sampler(problem, task.priors, draws), posterior.names, index)
    print(dict(zip(result.names, result.corrected_p_values().round(3).tolist(), strict=True)), result.failed)
    assert len(result.failed) <= N // 100
    assert result.corrected_p_values().min() > 0.01
    for level in (0.683, 0.95):
        low, high = result.inside(level)
        expected = (high - low + 1) / (draws + 1)
        # four standard errors, of the worst of eleven or twelve
        assert abs(result.coverage(level) - expected).max() < 4 * (expected * (1 - expected) / N) ** 0.5
