import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.inference.fitting.many_starts import global_fit, random_starts
from jaxflav.inference.fitting.problem import define_problem
from jaxflav.io.errors import InputError
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import AbstractSignal, Likelihood
from jaxflav.likelihood.pyhf_json import parse_workspace
from tests.likelihood.workspaces import _workspace


class Interference(AbstractSignal):
    """Two bins, 100 c^2 and 100 (c - 1/2)^2: the data of c = 2 have another, lower maximum near c = -1.7."""

    names: tuple[str, ...] = eqx.field(static=True, default=("c",))
    n_free: int = eqx.field(static=True, default=1)
    lower: tuple[float, ...] = eqx.field(static=True, default=(-np.inf,))
    start: tuple[float, ...] = eqx.field(static=True, default=(-1.0,))
    scale: tuple[float, ...] = eqx.field(static=True, default=(1.0,))

    def predict(self, parameters, prepared):
        return 100 * (parameters[0] - jnp.array([0.0, 0.5])) ** 2


@pytest.fixture(scope="module")
def bimodal():
    workspace = _workspace([("one", [410.0, 235.0], [("signal", [1.0, 1.0], []), ("background", [10.0, 10.0], [])])])
    tables = parse_workspace(workspace)
    return define_problem(Likelihood(build_histfactory(tables, (("one", "signal"),)), Interference()))


def test_the_higher_of_two_maxima(bimodal):
    found = global_fit(bimodal, n_starts=16, seed=1)
    np.testing.assert_allclose(found.parameters[0, 0], 2.0, atol=1e-4)
    assert -1.9 < found.parameters[1, 0] < -1.5
    assert found.log_likelihood[0] > found.log_likelihood[1] + 10
    assert found.found.sum() + found.failed == 16
    # from the start of the problem alone the lower one is found
    alone = global_fit(bimodal, n_starts=1)
    np.testing.assert_allclose(alone.log_likelihood, found.log_likelihood[1:2], atol=1e-8)


def test_starts_keep_bounds_and_held_parameters(two_body):
    problem = define_problem(two_body, 2.1, {"mu": 1.0})
    starts = random_starts(problem, 20, 0)
    k = two_body.index("branching_fraction")
    np.testing.assert_array_equal(starts[0], problem.start)
    assert np.all(starts[:, k] >= 0)
    assert np.ptp(starts[:, k]) > 1e-6
    np.testing.assert_array_equal(np.delete(starts, k, axis=1), np.delete(np.tile(problem.start, (20, 1)), k, axis=1))


def test_no_start_is_refused(bimodal):
    with pytest.raises(InputError, match="at least 1"):
        global_fit(bimodal, n_starts=0)
