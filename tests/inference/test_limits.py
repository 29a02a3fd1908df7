import numpy as np
import pyhf
import pytest
from scipy.stats import poisson

from jaxflav.inference.limits import toy_cls, toy_upper_limit, upper_limit
from jaxflav.inference.problem import define_problem
from jaxflav.inference.test_statistics import with_lower_bound
from jaxflav.io.errors import InputError
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood, NoSignal
from jaxflav.likelihood.pyhf_json import parse_workspace
from tests.likelihood.workspaces import ALL, COUNTING


def problem_of(workspace):
    return with_lower_bound(define_problem(Likelihood(build_histfactory(parse_workspace(workspace)), NoSignal())), "mu")


def counting(observed, background, signal=1.0):
    """A counting experiment without nuisance parameters."""
    mu = {"name": "mu", "type": "normfactor", "data": None}
    samples = [
        {"name": "signal", "data": [signal], "modifiers": [mu]},
        {"name": "background", "data": [background], "modifiers": []},
    ]
    channel = {"name": "only", "samples": samples}
    return {**COUNTING, "channels": [channel], "observations": [{"name": "only", "data": [observed]}]}


@pytest.mark.parametrize("name", ["counting", "staterror", "shapesys", "shapes", "lumi"])
def test_against_pyhf(name):
    ours = upper_limit(problem_of(ALL[name]), "mu")
    pyhf.set_backend("numpy", pyhf.optimize.scipy_optimizer(tolerance=1e-10))
    workspace = pyhf.Workspace(ALL[name])
    model = workspace.model()
    bounds = model.config.suggested_bounds()
    bounds[model.config.poi_index] = (0.0, 30.0)
    data = workspace.data(model)

    def cls(mu):
        return pyhf.infer.hypotest(mu, data, model, par_bounds=bounds, return_expected_set=True)

    # pyhf's own root finder asks for 11 fits per step; its CLs at our limit is the same statement
    slope = 2.0  # |d ln CLs / d ln mu| is at least this
    for limit, index in ((ours.observed, None), (ours.expected[0], 0), (ours.expected[2], 2), (ours.expected[4], 4)):
        observed, band = cls(limit)
        value = observed if index is None else band[index]
        np.testing.assert_allclose(float(value), 0.05, rtol=1e-3 * slope)


def test_upper_limits_of_pyhf():
    ours = upper_limit(problem_of(COUNTING), "mu")
    pyhf.set_backend("numpy", pyhf.optimize.scipy_optimizer(tolerance=1e-10))
    workspace = pyhf.Workspace(COUNTING)
    model = workspace.model()
    observed, expected = pyhf.infer.intervals.upper_limits.upper_limit(workspace.data(model), model)
    np.testing.assert_allclose(ours.observed, float(observed), rtol=1e-3)
    np.testing.assert_allclose(ours.expected, np.array(expected, dtype=float), rtol=1e-3)


def test_toy_cls_is_that_of_the_poisson_distribution():
    """Without nuisance parameters CLs = P(n <= 4 | s + b)/P(n <= 4 | b)."""
    values = np.array([3.0, 6.0])
    cls, error, failed = toy_cls(problem_of(counting(4.0, 3.0)), "mu", values, 2000, 1)
    exact = poisson.cdf(4, 3 + values) / poisson.cdf(4, 3)
    assert failed == 0
    assert np.all(np.abs(cls - exact) < 4 * error)
    assert np.all(error < 0.05)


def test_few_events_are_said():
    few, many = upper_limit(problem_of(counting(2.0, 3.0)), "mu"), upper_limit(problem_of(counting(50.0, 50.0)), "mu")
    np.testing.assert_allclose(few.effective_events, 3.0, rtol=1e-6)
    assert "doubtful" in few.doubt
    assert many.doubt is None


@pytest.mark.slow
def test_toys_agree_where_asymptotics_hold_and_give_the_classic_limit_where_not():
    problem = problem_of(counting(100.0, 100.0))
    toys = toy_upper_limit(problem, "mu", n_toys=4000, seed=3)
    np.testing.assert_allclose(toys.observed, upper_limit(problem, "mu").observed, rtol=0.05)
    none = toy_upper_limit(problem_of(counting(0.0, 3.0)), "mu", n_toys=4000, seed=3)
    np.testing.assert_allclose(none.observed, -np.log(0.05), atol=4 * none.error + 0.02)


def test_branching_fraction_at_a_mass(two_body):
    limit = upper_limit(define_problem(two_body, 2.1, {"mu": 1.0}), "branching_fraction")
    # arXiv:2602.09666 finds (9.2 +1.8 -3.4)e-6: the limit lies about 1.6 standard deviations above
    assert limit.best + 1.3 * limit.error < limit.observed < limit.best + 2.2 * limit.error
    assert np.all(np.diff(limit.expected) > 0)
    assert limit.observed > limit.expected[4]  # there is an excess


def test_bad_input(two_body):
    problem = define_problem(two_body, 2.1, {"mu": 1.0})
    with pytest.raises(InputError, match="confidence level is 95"):
        upper_limit(problem, "branching_fraction", 95)
    with pytest.raises(InputError, match="'mu' is held at 1"):
        upper_limit(problem, "mu")
    with pytest.raises(InputError, match="did you mean branching_fraction"):
        upper_limit(problem, "branching_fractoin")
    with pytest.raises(InputError, match="expected 0 for a limit"):
        upper_limit(problem, "form_factor[B -> K][0]")
    with pytest.raises(InputError, match="at least 4"):
        toy_upper_limit(problem, "branching_fraction", points=2)


def test_data_that_do_not_limit(two_body):
    with pytest.raises(ArithmeticError):
        upper_limit(define_problem(two_body, 5.0, {"mu": 1.0}), "branching_fraction")
