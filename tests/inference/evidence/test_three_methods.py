"""Chains, nested sampling and a grid on the posterior of two parameters and all nuisance parameters of Belle II."""

import numpy as np
import pytest

from jaxflav.experiments.analysis import load_analysis
from jaxflav.experiments.one_experiment import one_experiment
from jaxflav.form_factors.files import load_form_factors
from jaxflav.hypotheses.rate import BranchingFraction
from jaxflav.inference.evidence.bridge import bridge_evidence
from jaxflav.inference.evidence.grid import grid_evidence
from jaxflav.inference.evidence.marginal import define_marginal
from jaxflav.inference.evidence.nested import NestedSettings, nested_sample
from jaxflav.inference.evidence.nested_posterior import nested_posterior
from jaxflav.inference.fitting.problem import define_problem
from jaxflav.inference.posteriors.modes import find_modes
from jaxflav.inference.posteriors.posterior import define_posterior
from jaxflav.inference.posteriors.priors import Uniform
from jaxflav.inference.sampling.diagnostics import summarise
from jaxflav.inference.sampling.importance import TRUSTED
from jaxflav.inference.sampling.nuts import sample
from jaxflav.inference.sampling.settings import Settings
from jaxflav.inputs.parameters import load_parameters

PRIORS = {"mu": Uniform(0.0, 10.0), "branching_fraction": Uniform(0.0, 3e-5)}
LEVEL = 0.683
N = 40  # values of each parameter on the grid


@pytest.mark.slow
def test_mean_interval_and_evidence():
    """A new particle of 2.1 GeV beside a rescaled Standard Model: both push in the same bins.

    Means and ends of intervals within four errors; those of intervals in the probability between them. The grid has
    the integrals of the normal approximation, without weights: its differences from the others are those of that
    approximation, 0.05 in probability at most.
    """
    likelihood = one_experiment(
        load_analysis("belle2-2025"),
        load_parameters(),
        load_form_factors("HPQCD2022+FLAG2021"),
        BranchingFraction("B+ -> K+"),
    )
    problem = define_problem(likelihood, 2.1)
    posterior = define_posterior(problem, PRIORS)
    chains = sample(posterior, find_modes(posterior, problem), Settings(chains=16, warmup=200, draws=600, seed=1))
    by_chains = summarise(chains, LEVEL)
    assert by_chains.divergences == 0
    marginal = define_marginal(problem, PRIORS)
    nested = nested_sample(marginal, NestedSettings(live=400, seed=2))
    draws, evidence = nested_posterior(marginal, posterior, nested, 8000, seed=3)
    assert evidence.k_hat < TRUSTED
    by_nested = summarise(draws, LEVEL)
    grid = grid_evidence(marginal, N)
    for name in PRIORS:
        k = chains.names.index(name)
        a, b = (np.sort(d.draws[..., k].ravel()) for d in (chains, draws))
        n = min(by_chains.effective[k], by_nested.effective[k])
        error = by_chains.deviation[k] * np.sqrt(1 / by_chains.effective[k] + 1 / by_nested.effective[k])
        density, axis = grid.marginal(name), grid.axes[grid.names.index(name)]
        mean = density @ axis
        print(
            f"{name}: mean {by_chains.mean[k]:.4g} (chains), {by_nested.mean[k]:.4g} (nested), {mean:.4g} (grid); "
            f"{LEVEL:.1%} {by_chains.equal_tailed[k]}, {by_nested.equal_tailed[k]}"
        )
        assert abs(by_chains.mean[k] - by_nested.mean[k]) < 4 * error
        assert abs(by_chains.mean[k] - mean) < 4 * error + 0.1 * by_chains.deviation[k]
        cumulative = np.cumsum(density) - density / 2
        for end, probability in zip(by_nested.equal_tailed[k], ((1 - LEVEL) / 2, (1 + LEVEL) / 2), strict=True):
            spread = 4 * np.sqrt(2 * probability * (1 - probability) / n)
            assert abs(np.searchsorted(a, end) / len(a) - np.searchsorted(b, end) / len(b)) < spread
            assert abs(np.interp(end, axis, cumulative) - probability) < spread + 0.05
    bridge = bridge_evidence(posterior, chains)
    corrected_grid = grid.evidence.log_evidence + evidence.log_evidence - nested.log_evidence
    print(f"ln Z {evidence.log_evidence:.3f} +- {evidence.error:.3f}, bridge {bridge.log_evidence:.3f} +- ", end="")
    print(f"{bridge.error:.3f}, grid {corrected_grid:.3f}")
    assert abs(evidence.log_evidence - bridge.log_evidence) < 4 * np.hypot(evidence.error, bridge.error)
    assert abs(corrected_grid - bridge.log_evidence) < 4 * np.hypot(evidence.error, bridge.error)
