"""Coverage of intervals by toys, in regular cases and at the boundary. Run by hand: pytest -m slow -s."""

import equinox as eqx
import numpy as np
import pytest
from scipy.stats import chi2

from jaxflav.inference.fitting.problem import define_problem
from jaxflav.inference.hypothesis_tests.feldman_cousins import feldman_cousins
from jaxflav.inference.hypothesis_tests.likelihood_ratios import conditional_fit, t_mu, with_lower_bound
from jaxflav.inference.hypothesis_tests.toys import sample_toys

pytestmark = pytest.mark.slow
N = 2000


def coverage(problem, name, value, probabilities, seed):
    """Share of the intervals of q < chi-squared quantile that contain the truth, and how many of the toys have one."""
    toys = sample_toys(problem, conditional_fit(problem, name, value), N, seed)
    t = t_mu(problem, name, np.full(N, value), toys)
    known = t[np.isfinite(t)]
    assert len(known) >= 0.999 * N
    return np.array([np.mean(known <= chi2.ppf(p, 1)) for p in probabilities])


def check(found, expected, what):
    error = np.sqrt(expected * (1 - expected) / N)
    print(
        f"{what}: "
        + ", ".join(f"{f:.4f} (expected {e:.4f} +- {s:.4f})" for f, e, s in zip(found, expected, error, strict=True))
    )
    assert np.all(np.abs(found - expected) < 2.5 * error)


LEVELS = np.array([0.6827, 0.95])


def test_signal_strength_of_the_published_likelihood(published):
    check(coverage(define_problem(published), "mu", 4.6, LEVELS, 401), LEVELS, "mu = 4.6")


def test_branching_fraction_away_from_zero(two_body):
    problem = define_problem(two_body, 2.1, {"mu": 1.0})
    check(coverage(problem, "branching_fraction", 1.2e-5, LEVELS, 402), LEVELS, "BR = 1.2e-5 at 2.1 GeV")


def test_intervals_at_the_boundary_cover_too_much(two_body):
    """Half of the toys have their best value at 0, where q(0) = 0: coverage is 1/2 + p/2."""
    problem = define_problem(two_body, 2.1, {"mu": 1.0})
    check(coverage(problem, "branching_fraction", 0.0, LEVELS, 403), (1 + LEVELS) / 2, "BR = 0 at 2.1 GeV")


def test_feldman_cousins_covers_at_the_boundary(published):
    """Toys of toys: data from mu = 0, each with its own construction; nuisances are refitted to every data set."""
    n, per_point = 300, 200
    problem = with_lower_bound(define_problem(published), "mu")
    data = sample_toys(problem, conditional_fit(problem, "mu", 0.0), n, 404)
    p = []
    for i in range(n):
        likelihood = eqx.tree_at(
            lambda one: (one.model.observed, one.model.centre), problem.likelihood, (data.observed[i], data.centre[i])
        )
        seen = define_problem(likelihood)
        p.append(feldman_cousins(seen, ["mu"], [[0.0]], 0.95, per_point, 405 + i).p_values[0].value)
    found = np.array([np.mean(np.array(p) > 1 - level) for level in LEVELS])
    # the data are binomial, and so is each p-value, which widens the error by 1/200 of the same
    error = np.sqrt(LEVELS * (1 - LEVELS) / n)
    print(f"Feldman-Cousins at mu = 0: {found} (expected {LEVELS} +- {error})")
    assert np.all(np.abs(found - LEVELS) < 2.5 * error)
