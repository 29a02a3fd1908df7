import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import norm, truncnorm

from jaxflav.io.errors import InputError
from jaxflav.likelihood.measurement import NormalMeasurement, from_upper_limits, log_density, upper_limit


@pytest.mark.parametrize(("mean", "error"), [(0.0, 1.0), (2.0, 0.7), (-1.5, 0.6), (-1.0, 0.1)])
def test_limit_against_the_truncated_normal_distribution(mean, error):
    theirs = truncnorm.ppf(0.9, -mean / error, np.inf, mean, error)
    np.testing.assert_allclose(upper_limit(NormalMeasurement(mean, error), 0.9), theirs, rtol=1e-7)


def test_one_limit_is_returned_exactly():
    measurement = from_upper_limits([5.4e-4], [0.9])
    assert upper_limit(measurement, 0.9) == pytest.approx(5.4e-4, rel=1e-13)
    assert float(measurement.mean) == 0
    assert float(measurement.error) == pytest.approx(5.4e-4 / 1.6448536, rel=1e-7)


@pytest.mark.parametrize(("mean", "error"), [(3e-5, 2e-5), (0.0, 1e-4), (-2e-4, 1e-4)])
def test_two_limits_give_mean_and_error(mean, error):
    limits = [truncnorm.ppf(level, -mean / error, np.inf, mean, error) for level in (0.95, 0.9)]
    measurement = from_upper_limits(limits, [0.95, 0.9])
    np.testing.assert_allclose(measurement.mean, mean, atol=1e-7 * error)
    np.testing.assert_allclose(measurement.error, error, rtol=1e-7)


def test_density_against_scipy():
    measurement = NormalMeasurement(1.3e-5, 4e-6)
    value, slope = jax.value_and_grad(lambda b: log_density(measurement, b))(jnp.asarray(5e-6))
    np.testing.assert_allclose(value, norm.logpdf(5e-6, 1.3e-5, 4e-6), rtol=1e-12)
    np.testing.assert_allclose(slope, 8e-6 / 16e-12, rtol=1e-12)


@pytest.mark.parametrize(
    ("limits", "levels", "message"),
    [
        ([], [], "found 0"),
        ([1.0, 2.0, 3.0], [0.8, 0.9, 0.95], "found 3"),
        ([-1.0], [0.9], "positive limits"),
        ([1.0], [1.2], "positive limits"),
        ([2.0, 1.0], [0.9, 0.95], "larger at the higher"),
        ([1.0, 50.0], [0.9, 0.95], "no normal likelihood"),
        ([1.0, 1.001], [0.9, 0.95], "no normal likelihood"),
    ],
)
def test_bad_limits(limits, levels, message):
    with pytest.raises(InputError, match=message):
        from_upper_limits(limits, levels)
