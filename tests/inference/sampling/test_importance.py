import numpy as np
import pytest
from scipy import stats

from jaxflav.inference.sampling.importance import (
    TRUSTED,
    effective_number,
    pareto_shape,
    resample,
    smoothed_log_weights,
)


@pytest.mark.parametrize("shape", [-0.3, 0.2, 0.7])
def test_shape_of_pareto_draws(shape):
    """Asymptotic error of the maximum likelihood estimate: (1 + k) / sqrt(n), Smith (1987)."""
    n = 4000
    draws = stats.genpareto(shape, scale=2.0).rvs(n, random_state=3)
    found, scale = pareto_shape(draws)
    assert abs(found - shape) < 4 * (1 + shape) / np.sqrt(n) + 10 / n
    assert abs(scale - 2.0) < 4 * 2.0 * np.sqrt(2 * (1 + shape) / n) + 0.01


@pytest.mark.parametrize(("width", "trusted"), [(0.9, True), (2.5, False)])
def test_tail_of_a_normal_proposal(width, trusted):
    """Weights of N(0, width) under draws of N(0, 1): the tail index is 1 - 1 / width^2, or they are bounded."""
    x = np.random.default_rng(5).standard_normal(20_000)
    log_weights = stats.norm(0, width).logpdf(x) - stats.norm.logpdf(x)
    smooth, k_hat = smoothed_log_weights(log_weights)
    assert (k_hat < TRUSTED) == trusted
    if not trusted:
        assert abs(k_hat - (1 - 1 / width**2)) < 0.15
    else:
        # the mean weight is 1
        assert abs(np.exp(smooth).mean() - 1) < 4 * np.exp(log_weights).std() / np.sqrt(len(x))
    assert smooth.max() <= log_weights.max()


def test_equal_weights():
    smooth, k_hat = smoothed_log_weights(np.full(100, -7.0))
    np.testing.assert_array_equal(smooth, -7.0)
    assert k_hat == -np.inf
    assert effective_number(smooth) == pytest.approx(100)


def test_order_of_weights_is_kept():
    log_weights = 2 * np.random.default_rng(1).standard_normal(500)
    smooth, _ = smoothed_log_weights(log_weights)
    np.testing.assert_array_equal(np.argsort(smooth, kind="stable"), np.argsort(log_weights, kind="stable"))


def test_resampling_keeps_shares():
    """Systematic resampling: each draw as often as its share says, to less than one."""
    log_weights = np.log([0.5, 0.0625, 0.3, 0.1375]) + 700.0
    for seed in range(20):
        counts = np.bincount(resample(log_weights, 1000, np.random.default_rng(seed)), minlength=4)
        assert np.all(np.abs(counts - 1000 * np.exp(log_weights - 700.0)) < 1)
