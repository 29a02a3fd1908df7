"""Where asymptotic CLs limits hold: against exact Poisson limits, and against toys of Belle II (slow)."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import poisson

from jaxflav.inference.fitting.problem import define_problem
from jaxflav.inference.hypothesis_tests.cls_limits import FEW_EVENTS, toy_upper_limit, upper_limit
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood, NoSignal
from jaxflav.likelihood.pyhf_json import parse_workspace
from tests.likelihood.workspaces import _workspace


def counting(background):
    mu = {"name": "mu", "type": "normfactor", "data": None}
    samples = [("signal", [1.0], [mu]), ("background", [background], [])]
    return Likelihood(build_histfactory(parse_workspace(_workspace([("one", [1.0], samples)], poi="mu"))), NoSignal())


def exact(n, b):
    """CLs limit of a counting experiment: P(N <= n | s + b) / P(N <= n | b) = 0.05."""
    return brentq(lambda s: poisson.cdf(n, s + b) / poisson.cdf(n, b) - 0.05, 1e-6, 10 * (n + b + 10))


def worst_deviation(background, sigmas):
    likelihood, off = counting(background), []
    for n in np.unique(np.round(background + np.array(sigmas) * np.sqrt(background))):
        problem = define_problem(eqx.tree_at(lambda one: one.model.observed, likelihood, jnp.array([n])))
        limit = upper_limit(problem, "mu")
        np.testing.assert_allclose(limit.effective_events, background, rtol=1e-6)
        assert (limit.doubt is None) == (background >= FEW_EVENTS)
        off.append(limit.observed / exact(n, background) - 1)
    print(f"b = {background:g}: {np.round(off, 3)}")
    return np.max(np.abs(off))


def test_the_threshold_of_doubt_against_exact_limits():
    """Asymptotic limits are too low, by less than 10 % from the threshold on; at half of it by more than 10 %."""
    assert worst_deviation(FEW_EVENTS, (-2, -1, 0, 1, 2)) < 0.1
    assert worst_deviation(FEW_EVENTS / 2, (-2, 0)) > 0.1


@pytest.mark.slow
def test_the_threshold_of_doubt_against_toys_of_belle2(two_body):
    """Masses with many and with few events; each limit within 10 % of toys, or doubted."""
    compared, doubted = 0, 0
    for mass in (0.5, 1.5, 2.1, 3.0, 4.0, 4.5, 4.7):
        problem = define_problem(two_body, mass, {"mu": 1.0})
        limit, toys = (
            upper_limit(problem, "branching_fraction"),
            toy_upper_limit(
                problem,
                "branching_fraction",
                n_toys=6000 if mass == 4.0 else 1500,  # CL_b of the data is small at 4 GeV
                seed=int(1000 * mass),
            ),
        )
        ratio, error = limit.observed / toys.observed, toys.error / toys.observed
        print(
            f"{mass} GeV: {limit.effective_events:6.1f} events, asymptotic/toys {ratio:.3f} +- {error:.3f}, "
            f"failed {toys.failed}, {'doubted' if limit.doubt else 'trusted'}",
            flush=True,
        )
        if limit.doubt is None:
            compared += 1
            assert abs(ratio - 1) < 0.1 + 2 * error
        else:
            doubted += 1
    assert compared >= 3
