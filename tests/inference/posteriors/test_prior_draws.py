import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from jaxflav.inference.fitting.problem import define_problem
from jaxflav.inference.posteriors.posterior import define_posterior
from jaxflav.inference.posteriors.prior_draws import expected_rows, full_parameters, prior_draws
from jaxflav.inference.posteriors.priors import HalfNormal, LogUniform, Normal, Uniform, UniformInSquare
from jaxflav.io.errors import InputError
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood, NoSignal, expected
from jaxflav.likelihood.pyhf_json import parse_workspace
from tests.helpers import ROUNDING
from tests.inference.small_line import small_problem
from tests.likelihood.workspaces import COUNTING, SHAPES, SHAPESYS

N = 4000
TOLERATED = 1e-4  # probability of a false alarm of one comparison


def problem_of(workspace):
    return define_problem(Likelihood(build_histfactory(parse_workspace(workspace)), NoSignal()))


@pytest.fixture(scope="module")
def counting():
    return problem_of(COUNTING)


def agree(draws, reference):
    assert stats.kstest(draws, reference.cdf).pvalue > TOLERATED


class _Square:
    """Uniform in the square between two values."""

    def __init__(self, low, high):
        self.low, self.high = low, high

    def cdf(self, x):
        return np.clip((x**2 - self.low**2) / (self.high**2 - self.low**2), 0, 1)


@pytest.mark.parametrize(
    ("prior", "reference"),
    [
        (Uniform(-1.0, 3.0), stats.uniform(0, 3)),  # cut at 0, the bound of the workspace
        (LogUniform(0.1, 10.0), stats.loguniform(0.1, 10)),
        (UniformInSquare(1.0, 4.0), _Square(1.0, 4.0)),
        (Normal(1.0, 2.0), stats.truncnorm(-0.5, np.inf, 1, 2)),
        (Normal(-30.0, 2.0), stats.truncnorm(15.0, np.inf, -30, 2)),  # far in the tail
        (HalfNormal(2.0), stats.halfnorm(scale=2)),
    ],
)
def test_draws_of_priors(counting, prior, reference):
    posterior = define_posterior(counting, {"mu": prior})
    draws = prior_draws(posterior, N, 5)
    assert posterior.names == ("b", "mu")
    assert draws.shape == (N, 2)
    agree(draws[:, 1], reference)
    agree(draws[:, 0], stats.norm())  # the constraint term


def test_poisson_constraint_is_a_gamma_density():
    problem = problem_of(SHAPESYS)
    posterior = define_posterior(problem, {"mu": Uniform(0.0, 2.0)})
    draws, model = prior_draws(posterior, N, 6), problem.likelihood.model
    counted = [k for k in model.counted if model.parameter_names[k] in posterior.names]
    assert len(counted) == 2  # a bin without uncertainty holds the third
    for k in counted:
        count = float(model.centre[k])
        column = draws[:, posterior.names.index(model.parameter_names[k])]
        agree(column, stats.gamma(count + 1, scale=1 / count))


def test_bounded_constraint_and_mass():
    """Errors of the simulation as parameters that cannot be negative, and a mass."""
    problem = small_problem()
    posterior = define_posterior(problem, {"strength": HalfNormal(3.0), "mass": Normal(1.0, 1.0)})
    draws, model = prior_draws(posterior, N, 7), problem.likelihood.model
    agree(draws[:, -1], stats.truncnorm(-1.0, np.inf, 1, 1))
    for k, name in enumerate(model.parameter_names):
        width = float(model.width[k])
        agree(draws[:, posterior.names.index(name)], stats.truncnorm(-1 / width, np.inf, 1, width))
    assert np.all(draws[:, :-1] >= 0)
    np.testing.assert_array_equal(draws[:10], prior_draws(posterior, N, 7)[:10])
    assert not np.any(draws[:10] == prior_draws(posterior, N, 8)[:10])


def test_no_draw_expects_a_negative_number_of_events():
    """A normal parameter shifts the yield of a bin linearly: beyond some value there is no such expectation."""
    shifts = {"lo_data": [20.0, 50.0, -1.0], "hi_data": [80.0, 54.0, 3.0]}
    channel = {**SHAPES["channels"][0]}
    tilted = {"name": "background", "data": [50.0, 52.0, 1.0]}
    tilted["modifiers"] = [{"name": "tilt", "type": "histosys", "data": shifts}]
    channel["samples"] = [channel["samples"][0], tilted]
    observed = [one for one in SHAPES["observations"] if one["name"] == channel["name"]]
    problem = problem_of({**SHAPES, "channels": [channel], "observations": observed})
    posterior = define_posterior(problem, {"mu": Uniform(0.0, 1e-6)})
    draws = prior_draws(posterior, N, 8)
    rows = expected_rows(posterior, draws)
    assert np.all(rows >= 0)
    # 1 + 2 tilt >= 0 in the last bin; the other bins need less
    agree(draws[:, posterior.names.index("tilt")], stats.truncnorm(-0.5, np.inf))


def test_expected_rows_of_any_number_of_draws(counting):
    posterior = define_posterior(counting, {"mu": Uniform(0.0, 5.0)})
    draws = prior_draws(posterior, 70, 1)
    rows = expected_rows(posterior, draws)
    assert rows.shape == (70, 1)
    for k in (0, 69):
        full = full_parameters(posterior, jnp.asarray(draws[k]))
        np.testing.assert_allclose(rows[k], expected(counting.likelihood, full, 0.0), rtol=ROUNDING)
    assert expected_rows(posterior, draws[:0]).shape == (0, 1)


@pytest.mark.parametrize(("n", "seed"), [(0, 1), (3, -1)])
def test_bad_numbers_are_told(counting, n, seed):
    with pytest.raises(InputError, match="expected at least 1 of them and a seed"):
        prior_draws(define_posterior(counting, {"mu": Uniform(0.0, 5.0)}), n, seed)
