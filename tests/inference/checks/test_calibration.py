import numpy as np
import pytest
from scipy import stats

from jaxflav.inference.checks.calibration import Calibration, Simulations, calibrate, ranks_of, simulate
from jaxflav.inference.checks.rank_file import RankFile
from jaxflav.inference.posteriors.posterior import define_posterior
from jaxflav.inference.posteriors.priors import Uniform
from jaxflav.io.errors import DataFileError, InputError
from tests.inference.evidence_models import counting

L = 99


@pytest.fixture(scope="module")
def simulations():
    """Truth x of N(0, 1), data y of N(x, 1): the posterior is N(y / 2, 1 / 2)."""
    rng = np.random.default_rng(0)
    truth = rng.standard_normal((1000, 2))
    return Simulations(truth, truth + rng.standard_normal((1000, 2)))


def sampler(shift=0.0, width=1.0):
    def draw(observed, k):
        rng = np.random.default_rng([1, k])
        return observed / 2 + shift + width * np.sqrt(0.5) * rng.standard_normal((L, 2))

    return draw


def test_exact_posterior_is_calibrated(simulations):
    result = calibrate(simulations, sampler(), ("x", "y"), (0, 1))
    assert result.ranks.shape == (1000, 2)
    assert result.n_bins == 20
    assert np.all(result.corrected_p_values() > 0.01)
    for level in (0.683, 0.95):
        low, high = result.inside(level)
        expected = (high - low + 1) / (L + 1)
        assert abs(expected - level) < 0.011  # there are 100 ranks
        assert np.all(np.abs(result.coverage(level) - expected) < 4 * np.sqrt(expected * (1 - expected) / 1000))


@pytest.mark.parametrize(("shift", "width"), [(0.2, 1.0), (0.0, 0.7), (0.0, 1.4)])
def test_wrong_posterior_is_found(simulations, shift, width):
    result = calibrate(simulations, sampler(shift, width), ("x", "y"), (0,))
    assert result.names == ("x",)
    assert result.p_values()[0] < 1e-4
    if width < 1:
        assert result.coverage(0.95)[0] < 0.9


def test_holm():
    """p-values of a 5 % test: the smallest counts thrice, the next twice."""
    rng = np.random.default_rng(3)
    result = Calibration(("a", "b", "c"), rng.integers(0, 100, (500, 3)), 99)
    raw, corrected = result.p_values(), result.corrected_p_values()
    order = np.argsort(raw)
    assert corrected[order[0]] == pytest.approx(min(1, 3 * raw[order[0]]))
    assert np.all(np.diff(corrected[order]) >= 0)


def test_ranks():
    draws = np.array([[1.0], [2.0], [2.0], [3.0]])
    assert ranks_of(np.array([2.0]), draws) == 2
    assert ranks_of(np.array([0.0]), draws) == 0
    assert ranks_of(np.array([9.0]), draws) == 4


def test_interruption_loses_one_data_set(simulations, tmp_path):
    """Stopped within the fourth data set and, the file cut off in its last line, within the third again."""
    first = Simulations(simulations.truth[:30], simulations.observed[:30])
    expected = calibrate(first, _failing(), ("x", "y"), (0, 1))
    path, asked = tmp_path / "ranks", []

    def stopping(observed, k):
        asked.append(k)
        if k == 3 and len(asked) <= 6:
            raise KeyboardInterrupt
        return _failing()(observed, k)

    def run():
        file = RankFile(path, "key")
        return calibrate(first, stopping, ("x", "y"), (0, 1), finished=file.finished, keep=file.append)

    with pytest.raises(KeyboardInterrupt):
        run()
    path.write_text(path.read_text()[:-2])
    with pytest.raises(KeyboardInterrupt):
        run()
    result = run()
    assert asked == [0, 1, 2, 3, 2, 3, *range(3, 30)]
    np.testing.assert_array_equal(result.ranks, expected.ranks)
    assert result.failed == expected.failed
    assert len(RankFile(path, "key").finished) == 30
    with pytest.raises(DataFileError, match="another calibration"):
        RankFile(path, "other")
    path.write_text("key\n[1, 2\n")
    with pytest.raises(DataFileError, match="cannot be read as ranks"):
        RankFile(path, "key")


def test_disk_that_refuses(tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        RankFile(tmp_path, "key")


def _failing():
    def draw(observed, k):
        if k == 1:
            raise ArithmeticError("no mode")
        return sampler()(observed, k)

    return draw


def test_failures_are_named(simulations):
    def draw(observed, k):
        if k == 3:
            raise ArithmeticError("no mode")
        return sampler()(observed, k)

    first = Simulations(simulations.truth[:50], simulations.observed[:50])
    done = []
    result = calibrate(first, draw, ("x", "y"), (0, 1), done.append)
    assert result.failed == ("data set 3: no mode",)
    assert result.ranks.shape == (49, 2)
    assert sum(done) == 50


def test_uneven_draws(simulations):
    first = Simulations(simulations.truth[:2], simulations.observed[:2])
    with pytest.raises(InputError, match=r"found \[1, 2\]"):
        calibrate(first, lambda observed, k: np.zeros((k + 1, 2)), ("x", "y"), (0, 1))


def test_simulated_data():
    """Counts of the only bin against the mixture of Poisson distributions over the prior."""
    problem = counting()
    posterior = define_posterior(problem, {"mu": Uniform(0.0, 5.0)})
    simulations = simulate(posterior, 4000, seed=2)
    rate = 10 * simulations.truth[:, 1] + 50 * np.where(
        simulations.truth[:, 0] > 0, 1.3 ** simulations.truth[:, 0], 0.8 ** -simulations.truth[:, 0]
    )
    inside = np.abs(simulations.truth[:, 0]) > 1  # the exponential part of the interpolation
    pulls = ((simulations.observed[:, 0] - rate) / np.sqrt(rate))[inside]
    assert abs(pulls.mean()) < 4 / np.sqrt(inside.sum())
    assert abs(pulls.var() - 1) < 4 * np.sqrt(2 / inside.sum())
    assert stats.kstest(simulations.truth[:, 1], "uniform", (0, 5)).pvalue > 1e-3
    again = simulate(posterior, 4000, seed=2)
    np.testing.assert_array_equal(again.observed, simulations.observed)
