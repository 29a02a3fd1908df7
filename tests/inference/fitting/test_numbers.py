"""No result holds a NaN: errors name the parameter."""

import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.inference.fitting.covariance import covariance
from jaxflav.inference.fitting.numbers import require_numbers
from jaxflav.inference.profiling.interval import rise_on_side
from jaxflav.inference.profiling.profile import interval_around
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood, NoSignal, with_observed
from jaxflav.likelihood.pyhf_json import parse_workspace
from tests.likelihood.workspaces import COUNTING


def test_numbers_pass_and_others_are_named():
    values = np.array([[1.0, np.inf], [2.0, 3.0]])
    np.testing.assert_array_equal(require_numbers(values, ("a", "b"), "this"), values)
    matrix = np.array([[1.0, np.nan, 0.0], [np.nan, np.nan, np.nan], [0.0, np.nan, 1.0]])
    with pytest.raises(ArithmeticError, match="covariance of 'b' is not a number"):
        require_numbers(matrix, ("a", "b", "c"), "covariance")
    with pytest.raises(ArithmeticError, match="limit of 'mu'"):
        require_numbers(np.nan, "mu", "limit")


def test_covariance_of_no_numbers():
    likelihood = Likelihood(build_histfactory(parse_workspace(COUNTING)), NoSignal())
    broken = with_observed(likelihood, jnp.asarray([np.nan]))
    with pytest.raises(ArithmeticError, match="of 'b' is not a number"):
        covariance(broken, np.array(broken.start))


def test_an_interval_without_known_values():
    def right_side(x):
        return np.where(x > 1.0, (x - 1.0) ** 2, np.nan)

    assert np.isnan(rise_on_side(right_side, 1.0, 1.0, -10.0, 0.1)[0])
    with pytest.raises(ArithmeticError, match="interval of 'mu'"):
        interval_around(right_side, 1.0, 1.0, -10.0, 10.0, 0.1, "mu")
    known = interval_around(lambda x: (x - 1.0) ** 2, 1.0, 1.0, -10.0, 10.0, 0.1, "mu")
    np.testing.assert_allclose([known.low, known.high], [0.0, 2.0], atol=1e-3)
