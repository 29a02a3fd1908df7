"""Normal likelihoods of a branching fraction, also from published upper limits."""

from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import scipy
from jaxtyping import Array, Float

from jaxflav.io.errors import InputError

_SMALLEST, _LARGEST = -25.0, 25.0  # means in standard deviations


class NormalMeasurement(eqx.Module):
    """A branching fraction with a normal error.

    Attributes
    ----------
    mean, error : scalars
        Central value and standard deviation.
    """

    mean: Float[Array, ""]
    error: Float[Array, ""]

    def __init__(self, mean: float, error: float):
        if not np.isfinite(mean) or not 0 < error < np.inf:
            raise InputError(f"expected a finite mean and a positive error, found {mean!r} +- {error!r}")
        self.mean, self.error = jnp.asarray(float(mean)), jnp.asarray(float(error))


class Measurements(eqx.Module):
    """Independent measurements with normal errors.

    Attributes
    ----------
    mean, error : (m,) arrays
        Measured values and standard deviations.
    names : tuple of m str
        What they are.
    """

    mean: Float[Array, " m"]
    error: Float[Array, " m"]
    names: tuple[str, ...] = eqx.field(static=True)


def no_measurements() -> Measurements:
    """No measurement at all."""
    return Measurements(jnp.zeros(0), jnp.zeros(0), ())


def stack_measurements(measurements: Sequence[NormalMeasurement], names: Sequence[str]) -> Measurements:
    """Measurements in one module, with a name each."""
    columns = ([getattr(one, field) for one in measurements] for field in ("mean", "error"))
    return Measurements(*(jnp.asarray(column, float).reshape(len(names)) for column in columns), tuple(names))


def log_densities(
    measured: Float[Array, "*m"], predicted: Float[Array, "*m"], error: Float[Array, "*m"]
) -> Float[Array, "*m"]:
    """Log-densities of measured values with normal errors for predicted ones, with their normalisation."""
    return -0.5 * ((predicted - measured) / error) ** 2 - jnp.log(error) - 0.5 * np.log(2 * np.pi)


def log_density(measurement: NormalMeasurement, branching_fraction: Float[Array, ""]) -> Float[Array, ""]:
    """Log-density of the measurement for a predicted branching fraction, with its normalisation."""
    return log_densities(measurement.mean, branching_fraction, measurement.error)


def _limit_in_errors(mean, confidence_level):
    return mean + scipy.stats.norm.isf((1 - confidence_level) * scipy.stats.norm.cdf(mean))


def upper_limit(measurement: NormalMeasurement, confidence_level: float) -> float:
    """Upper limit: the normal density cut to branching fractions of at least 0, which is also the CLs limit."""
    error = float(measurement.error)
    return error * float(_limit_in_errors(float(measurement.mean) / error, confidence_level))


def from_upper_limits(limits: Sequence[float], confidence_levels: Sequence[float]) -> NormalMeasurement:
    """Normal likelihood that returns published upper limits exactly, by ``upper_limit``.

    One limit fixes the error of a measurement centred at 0 (90 %: the error is limit/1.645); two limits at different
    confidence levels fix mean and error, as in Bolton et al., PRD 110 (2024) 055001, end of section III.

    Raises
    ------
    InputError
        If there are neither one nor two, they are not positive, do not increase with the confidence level, or no normal
        likelihood has them.
    """
    pairs = sorted(zip(confidence_levels, limits, strict=True))
    if len(pairs) not in (1, 2):
        raise InputError(f"expected upper limits at one or two confidence levels, found {len(pairs)}")
    if not all(0 < level < 1 and 0 < limit < np.inf for level, limit in pairs):
        raise InputError(f"expected positive limits at confidence levels between 0 and 1, found {pairs}")
    (level, limit), (second_level, second) = pairs[0], pairs[-1]
    if len(pairs) == 1:
        return NormalMeasurement(0.0, limit / _limit_in_errors(0.0, level))
    if not (level < second_level and limit < second):
        raise InputError(f"the limit must be larger at the higher confidence level, found {pairs}")

    def ratio(mean):
        return _limit_in_errors(mean, second_level) / _limit_in_errors(mean, level)

    if not ratio(_LARGEST) < second / limit < ratio(_SMALLEST):
        raise InputError(
            f"no normal likelihood has limits whose ratio is {second / limit:.4g}; at these confidence levels it is "
            f"between {ratio(_LARGEST):.4g} and {ratio(_SMALLEST):.4g}"
        )
    mean = scipy.optimize.brentq(lambda m: ratio(m) - second / limit, _SMALLEST, _LARGEST, xtol=1e-13)
    error = limit / _limit_in_errors(mean, level)
    return NormalMeasurement(mean * error, error)
