"""Prior densities of parameters that no constraint term holds: proper ones only, so that a posterior is."""

import abc
import dataclasses
from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
import scipy
import scipy.special
from jaxtyping import Array, Float

from jaxflav.io.errors import InputError, UnknownNameError


class Prior(abc.ABC):
    """A normalised density of one parameter.

    Attributes
    ----------
    low, high : float
        Support, perhaps infinite.
    """

    low: float
    high: float

    @abc.abstractmethod
    def log_density(self, value: Float[Array, ""]) -> Float[Array, ""]:
        """Log-density inside the support; the caller keeps to it."""

    @abc.abstractmethod
    def cumulative(self, value):
        """Probability below a number or below each of an array, in the support."""

    @abc.abstractmethod
    def between(self, probability, low: float, high: float):
        """Value below which there is this probability, of a number or an array, with the density cut to [low, high]."""

    @property
    @abc.abstractmethod
    def size(self) -> float:
        """Distance over which the density changes, for transforms."""

    def draw(self, rng: np.random.Generator, n: int, low: float, high: float) -> np.ndarray:
        """Draws (n,) from the density cut to [low, high], a part of the support."""
        return self.between(rng.uniform(size=n), low, high)


@dataclasses.dataclass(frozen=True)
class Uniform(Prior):
    """Uniform between two numbers."""

    low: float
    high: float

    def __post_init__(self):
        _check_range(self)

    def log_density(self, value):
        """Constant."""
        return jnp.full_like(value, -np.log(self.high - self.low))

    def cumulative(self, value):
        """Linear."""
        return (value - self.low) / (self.high - self.low)

    def between(self, probability, low, high):
        """Linear."""
        return low + (high - low) * probability

    @property
    def size(self):
        """Width."""
        return self.high - self.low


@dataclasses.dataclass(frozen=True)
class LogUniform(Prior):
    """Uniform in the logarithm, between two positive numbers."""

    low: float
    high: float

    def __post_init__(self):
        _check_range(self)
        if self.low <= 0:
            raise InputError(f"log-uniform prior: the range must be above 0, found {self.low:g} to {self.high:g}")

    def log_density(self, value):
        """Falls as 1/x."""
        return -jnp.log(value) - np.log(np.log(self.high / self.low))

    def cumulative(self, value):
        """Linear in the logarithm."""
        return np.log(np.maximum(value, self.low) / self.low) / np.log(self.high / self.low)

    def between(self, probability, low, high):
        """Exponential."""
        return low * (high / low) ** probability

    @property
    def size(self):
        """Width."""
        return self.high - self.low


@dataclasses.dataclass(frozen=True)
class UniformInSquare(Prior):
    """Uniform in x^2 for x between two numbers that are not negative: flat in a rate that is quadratic in a coupling.

    The numbers are values of x.
    """

    low: float
    high: float

    def __post_init__(self):
        _check_range(self)
        if self.low < 0:
            raise InputError(
                f"prior uniform in the square: expected values from 0 on, found {self.low:g} to {self.high:g}"
            )

    def log_density(self, value):
        """Rises as x."""
        return jnp.log(2 * value) - np.log(self.high**2 - self.low**2)

    def cumulative(self, value):
        """Linear in the square."""
        return (value**2 - self.low**2) / (self.high**2 - self.low**2)

    def between(self, probability, low, high):
        """Square root."""
        return np.sqrt(low**2 + (high**2 - low**2) * probability)

    @property
    def size(self):
        """Width."""
        return self.high - self.low


@dataclasses.dataclass(frozen=True)
class Normal(Prior):
    """Normal, of a mean and a standard deviation; cut at the bound of the parameter if there is one."""

    mean: float
    deviation: float
    low: float = dataclasses.field(init=False, default=-np.inf)
    high: float = dataclasses.field(init=False, default=np.inf)

    def __post_init__(self):
        _check_deviation(self.mean, self.deviation)

    def log_density(self, value):
        """Of the whole normal density."""
        return -0.5 * ((value - self.mean) / self.deviation) ** 2 - np.log(self.deviation * np.sqrt(2 * np.pi))

    def cumulative(self, value):
        """Of the whole normal density."""
        return scipy.special.ndtr((value - self.mean) / self.deviation)

    def between(self, probability, low, high):
        """Of a cut normal density."""
        return _cut_normal(probability, self.mean, self.deviation, low, high)

    @property
    def size(self):
        """Standard deviation."""
        return self.deviation


@dataclasses.dataclass(frozen=True)
class HalfNormal(Prior):
    """Positive half of a normal density around 0."""

    deviation: float
    low: float = dataclasses.field(init=False, default=0.0)
    high: float = dataclasses.field(init=False, default=np.inf)

    def __post_init__(self):
        _check_deviation(0.0, self.deviation)

    def log_density(self, value):
        """Twice the normal density."""
        return -0.5 * (value / self.deviation) ** 2 - np.log(self.deviation * np.sqrt(np.pi / 2))

    def cumulative(self, value):
        """Error function."""
        return 2 * scipy.special.ndtr(value / self.deviation) - 1

    def between(self, probability, low, high):
        """Of a cut normal density."""
        return _cut_normal(probability, 0.0, self.deviation, low, high)

    @property
    def size(self):
        """Standard deviation of the whole normal density."""
        return self.deviation


KINDS = {
    "uniform": (Uniform, 2),
    "log-uniform": (LogUniform, 2),
    "uniform-in-square": (UniformInSquare, 2),
    "normal": (Normal, 2),
    "half-normal": (HalfNormal, 1),
}


def make_prior(kind: str, numbers: Sequence[float], where: str = "prior") -> Prior:
    """Prior by the name of its kind, such as ``make_prior("uniform", (0, 20))``.

    Parameters
    ----------
    kind : str
        A key of ``KINDS``.
    numbers : sequence of float
        Its range, mean and standard deviation, or standard deviation.
    where : str
        For error messages.

    Raises
    ------
    InputError
        If the kind is unknown, or the numbers are not of it.
    """
    if kind not in KINDS:
        raise UnknownNameError(f"kind of {where}", kind, KINDS)
    make, n = KINDS[kind]
    good = [isinstance(x, (int, float, np.floating)) and not isinstance(x, bool) for x in numbers]
    if len(numbers) != n or not all(good):
        raise InputError(f"{where}: {kind} takes {n} number{'s' * (n > 1)}, found {list(numbers)!r}")
    try:
        return make(*(float(x) for x in numbers))
    except InputError as error:
        raise InputError(f"{where}: {error}") from error


def _cut_normal(probability, mean, deviation, low, high):
    ends = (low - mean) / deviation, (high - mean) / deviation
    return scipy.stats.truncnorm.ppf(probability, *ends, mean, deviation)


def _check_range(prior):
    if not (np.isfinite(prior.low) and np.isfinite(prior.high)):
        raise InputError(
            f"a flat prior from {prior.low:g} to {prior.high:g} has no normalisation: the posterior would be improper; "
            "give a finite range"
        )
    if prior.high <= prior.low:
        raise InputError(f"prior from {prior.low:g} to {prior.high:g}: the range has no width, the end must be above")


def _check_deviation(mean, deviation):
    if not (np.isfinite(mean) and 0 < deviation < np.inf):
        raise InputError(f"normal prior: expected a standard deviation above 0, found mean {mean:g}, {deviation:g}")
