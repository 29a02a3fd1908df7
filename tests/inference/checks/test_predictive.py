import dataclasses

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from jaxflav.inference.checks.predictive import predictive, row_names, thinned
from jaxflav.inference.fitting.problem import define_problem
from jaxflav.inference.posteriors.posterior import define_posterior
from jaxflav.inference.posteriors.prior_draws import prior_draws
from jaxflav.inference.posteriors.priors import HalfNormal, Uniform
from jaxflav.inference.sampling.draws import Chains
from jaxflav.io.errors import InputError
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import AbstractSignal, Likelihood, NoSignal, with_observed
from jaxflav.likelihood.measurement import NormalMeasurement, stack_measurements
from jaxflav.likelihood.pyhf_json import parse_workspace
from tests.inference.small_line import small_problem
from tests.likelihood.workspaces import MU, SHAPESYS, _workspace

EVENTS = 40.0
ONE_BIN = _workspace([("only", [EVENTS], [("signal", [1.0], [MU])])])  # mu events, and nothing else
N = 20_000
TOLERATED = 1e-4  # probability of a false alarm of one comparison


traces = []  # of the prediction below


class _Measured(AbstractSignal):
    """The signal of a line, whose strength is measured, too."""

    signal: AbstractSignal
    names: tuple[str, ...] = eqx.field(static=True, default=("strength",))
    n_free: int = eqx.field(static=True, default=1)
    lower: tuple[float, ...] = eqx.field(static=True, default=(0.0,))
    start: tuple[float, ...] = eqx.field(static=True, default=(1.0,))
    scale: tuple[float, ...] = eqx.field(static=True, default=(1.0,))

    def prepare(self, context):
        return self.signal.prepare(context)

    def predict(self, parameters, prepared):
        traces.append(parameters)
        return jnp.concatenate([self.signal.predict(parameters, prepared), parameters])


def posterior_of(workspace, priors):
    problem = define_problem(Likelihood(build_histfactory(parse_workspace(workspace)), NoSignal()))
    return define_posterior(problem, priors)


@pytest.fixture(scope="module")
def one_bin():
    return posterior_of(ONE_BIN, {"mu": Uniform(0.0, 200.0)})


def exact_draws(count, n, seed):
    """With a flat prior the posterior of a Poisson rate is a gamma density; its part above 200 is negligible."""
    return stats.gamma(count + 1).rvs((n, 1), random_state=np.random.default_rng(seed))


def test_replicated_counts_are_gamma_poisson(one_bin):
    found = predictive(one_bin, exact_draws(EVENTS, N, 1), 2)
    assert found.names == ("only",)
    reference = stats.nbinom(EVENTS + 1, 0.5)  # a Poisson rate with this gamma density
    edges = np.array([0, *range(25, 60), 1000])
    counts = np.histogram(found.replicated[:, 0], edges)[0]
    probability = np.diff(reference.cdf(edges - 1))
    assert stats.chisquare(counts, N * probability / probability.sum()).pvalue > TOLERATED
    np.testing.assert_allclose(found.expected.mean(), EVENTS + 1, atol=4 * np.sqrt(EVENTS + 1) / np.sqrt(N))


def test_p_value_is_the_integral(one_bin):
    """P((N - x)^2/x >= (n - x)^2/x) over the gamma density, by summing the Poisson probabilities."""
    found = predictive(one_bin, exact_draws(EVENTS, N, 3), 4)
    rate = stats.gamma(EVENTS + 1).ppf((np.arange(4000) + 0.5) / 4000)
    distance = np.abs(EVENTS - rate)
    above, below = stats.poisson.sf(np.ceil(rate + distance) - 1, rate), stats.poisson.cdf(rate - distance, rate)
    # one end of the interval is the observed count itself, up to rounding
    end = np.where(rate < EVENTS, stats.poisson.sf(EVENTS - 1, rate) - above, stats.poisson.cdf(EVENTS, rate) - below)
    expected = np.mean(above + below + end)
    assert abs(found.chi_squared.p_value - expected) < 5 * found.chi_squared.error
    assert found.chi_squared.error < 0.004


def test_data_far_from_the_model_are_told():
    """Ten standard deviations: a rate known to be 100 +- 1, and 200 events."""
    workspace = _workspace(
        [("only", [200.0], [("known", [100.0], [{"name": "b", "type": "normsys", "data": {"lo": 0.99, "hi": 1.01}}])])]
    )
    posterior = posterior_of(workspace, {})
    draws = np.random.default_rng(5).normal(size=(2000, 1))
    found = predictive(posterior, draws, 6)
    assert [one.p_value for one in (found.chi_squared, found.deviance)] == [0.0, 0.0]
    good = dataclasses.replace(posterior, likelihood=with_observed(posterior.likelihood, np.array([103.0])))
    assert 0.1 < predictive(good, draws, 6).chi_squared.p_value < 0.9


def test_p_values_of_data_from_the_model(one_bin):
    """From the prior they are uniform; from the posterior they have the mean 1/2 and a smaller variance (Meng 1994)."""
    prior = posterior_of(ONE_BIN, {"mu": Uniform(100.0, 110.0)})
    draws = prior_draws(prior, 200, 7)
    rng, from_prior, from_posterior = np.random.default_rng(9), [], []
    for rate in rng.uniform(20.0, 180.0, 150):
        count = float(rng.poisson(rate))
        seed = int(rng.integers(1 << 30))
        seen = dataclasses.replace(prior, likelihood=with_observed(prior.likelihood, np.array([count])))
        found = predictive(seen, exact_draws(count, 200, seed), seed).deviance
        # replicas with the same count are as far as the data; half of them on either side
        from_posterior.append(found.p_value - 0.5 * np.mean(found.replicated == found.observed))
    for rate in rng.uniform(100.0, 110.0, 150):
        seen = with_observed(prior.likelihood, np.array([float(rng.poisson(rate))]))
        replicas = predictive(dataclasses.replace(prior, likelihood=seen), draws, int(rng.integers(1 << 30)))
        from_prior.append(replicas.deviance.p_value)
    assert stats.kstest(from_prior, "uniform").pvalue > TOLERATED
    spread = np.std(from_posterior)
    assert abs(np.mean(from_posterior) - 0.5) < 5 * spread / np.sqrt(150)
    assert spread < np.sqrt(1 / 12)
    assert stats.kstest(from_posterior, "uniform").pvalue < TOLERATED


def test_auxiliary_measurements_find_a_pull():
    """The bin is described perfectly by a parameter that is pulled by six of its errors."""
    workspace = _workspace([("only", [160.0], [("known", [100.0], [{"name": "b", "type": "histosys", "data": None}])])])
    shape = {"lo_data": [90.0], "hi_data": [110.0]}
    workspace["channels"][0]["samples"][0]["modifiers"][0]["data"] = shape
    posterior = posterior_of(workspace, {})
    found = predictive(posterior, np.random.default_rng(1).normal(6.0, 0.1, size=(1000, 1)), 2)
    assert 0.1 < found.deviance.p_value < 1.0
    assert found.with_auxiliary.p_value < 0.01


def test_poisson_auxiliary_measurements_and_normal_ones():
    likelihood = Likelihood(build_histfactory(parse_workspace(SHAPESYS)), NoSignal())
    posterior = define_posterior(define_problem(likelihood), {"mu": Uniform(0.0, 3.0)})
    found = predictive(posterior, prior_draws(posterior, 3000, 1), 2)
    assert found.names == ("first[0]", "first[1]", "first[2]")
    degrees = 3 + 2  # bins, and counts of the control regions
    np.testing.assert_allclose(found.with_auxiliary.replicated.mean(), degrees, rtol=0.1)
    np.testing.assert_allclose(found.deviance.replicated.mean(), 3, rtol=0.1)


def test_measurements_are_normal():
    problem = small_problem()
    measured = stack_measurements([NormalMeasurement(3.0, 0.5)], ["m"])
    signal = _Measured(problem.likelihood.signal)
    likelihood = Likelihood(problem.likelihood.model, signal, measured)
    posterior = define_posterior(define_problem(likelihood), {"strength": HalfNormal(3.0)})
    draws = np.repeat(prior_draws(posterior, 1, 3), N, axis=0)
    found = predictive(posterior, draws, 4)
    assert row_names(posterior) == found.names == ("first[0]", "first[1]", "second", "m")
    assert stats.kstest(found.replicated[:, 3], stats.norm(found.expected[0, 3], 0.5).cdf).pvalue > TOLERATED
    assert stats.kstest(found.chi_squared.replicated, stats.chi2(4).cdf).statistic < 0.05
    n = len(traces)
    assert n > 0
    predictive(posterior, draws[:17] + 0.01, 5)  # other draws, and another number of them, compile nothing
    assert len(traces) == n


def test_thinned_draws():
    names, zeros = ("a",), np.zeros((2, 10))
    draws = np.arange(20.0).reshape(2, 10, 1)
    chains = Chains(names, draws, zeros, zeros > 0, zeros, zeros, zeros[:, 0], 0, 8, zeros[:, 0], names)
    np.testing.assert_array_equal(thinned(chains, 3)[:, 0], [0.0, 10.0, 19.0])
    np.testing.assert_array_equal(thinned(chains, 100)[:, 0], np.arange(20.0))
    with pytest.raises(InputError, match="number of draws is 0"):
        thinned(chains, 0)


def test_bad_draws_are_told(one_bin):
    for draws in (np.zeros((0, 1)), np.zeros((3, 2)), np.zeros(3)):
        with pytest.raises(InputError, match="expected draws of shape"):
            predictive(one_bin, draws)
