"""Small workspaces with right values by hand: nothing expected and nothing seen, own auxiliary data, upper bounds."""

import jax
import numpy as np
import pytest
from scipy.stats import norm

from jaxflav.inference.fitting.fisher_scoring import fit
from jaxflav.inference.fitting.problem import define_problem
from jaxflav.inference.fitting.result import CONVERGED
from jaxflav.inference.hypothesis_tests.cls_limits import toy_upper_limit, upper_limit
from jaxflav.inference.profiling.profile import interval
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood, NoSignal
from jaxflav.likelihood.pyhf_json import parse_workspace
from tests.likelihood.workspaces import MU, _modifier, _workspace

jitted = jax.jit(fit)


def counting(observed, signal, background, error, parameters=()):
    error = _modifier("s", "shapesys", [error])
    samples = [("signal", [signal], [MU]), ("background", [background], [error])]
    tables = parse_workspace(_workspace([("only", [observed], samples)], parameters))
    return Likelihood(build_histfactory(tables), NoSignal())


def test_own_auxiliary_data():
    """80 counted where 100 are expected at 1: the background is 0.8 x 50, and 60 - 40 = 5 mu."""
    likelihood = counting(60.0, 5.0, 50.0, 5.0, [{"name": "s", "auxdata": [80.0]}])
    result = jitted(likelihood)
    assert result.status == CONVERGED
    np.testing.assert_allclose(result.parameters[likelihood.index("mu")], 4.0, atol=1e-5)


def test_upper_bound_of_the_strength():
    """The data want 1.4; at the bound 34 = 10 + 20 s, against 100 counted where 100 s are expected."""
    likelihood = counting(34.0, 10.0, 20.0, 2.0, [{"name": "mu", "bounds": [[0, 1]]}])
    result = jitted(likelihood)
    assert result.status == CONVERGED
    assert result.parameters[likelihood.index("mu")] == 1.0
    np.testing.assert_allclose(result.log_likelihood, -6.131, atol=5e-4)


@pytest.fixture(scope="module")
def nothing():
    """Nothing is expected without signal, and nothing was seen: -ln L = mu."""
    return define_problem(counting(0.0, 1.0, 0.0, 0.0))


def test_interval_where_nothing_is_expected_and_nothing_seen(nothing):
    found = interval(nothing, "mu")
    np.testing.assert_allclose([found.low, found.high], [0.0, 0.5], atol=1e-3)


def test_limit_where_nothing_is_expected_and_nothing_seen(nothing):
    """q = 2 mu and CL_b = 1/2 at the median: sqrt(2 mu) = 1.96; three events would be right, so it is doubted."""
    limit = upper_limit(nothing, "mu")
    np.testing.assert_allclose(limit.observed, norm.ppf(0.975) ** 2 / 2, atol=1e-3)
    assert limit.doubt is not None


@pytest.mark.slow
def test_exact_limit_where_nothing_is_expected_and_nothing_seen(nothing):
    """exp(-mu) = 0.05, by toys."""
    limit = toy_upper_limit(nothing, "mu", n_toys=2000, seed=3)
    assert limit.failed == 0
    np.testing.assert_allclose(limit.observed, -np.log(0.05), atol=5 * limit.error)
    assert limit.error < 0.1
