"""Maps between bounded or correlated parameters and coordinates in which a posterior is nearly normal.

*Bounds.* A parameter with a lower bound is the smooth ramp r(t) = t Phi(t) + phi(t) of its coordinate, with the
standard normal distribution Phi and density phi: the identity far above the bound, of slope Phi(t). A normal density
that the bound cuts, even at its centre, stays nearly normal in t, as r falls like a normal density, too.

*Yields.* A background may be known to a factor only, while the data determine sums of backgrounds. Yields are
exponential in the parameters, so that the ridge of the same sum is bent. With f the factor on the yields of
parameter d, two maps straighten it. Where the data determine the parameter, the coordinate is its amplitude

    v = a + (g(x_d) - g(a)) / g'(a),   g(x) = f(x) + delta x,

a being a value near the centre; the small slope delta lets the coordinate go on where f has fallen to nothing. Where
the constraint term alone holds it, the parameter stays as it is and all others follow its amplitude with delta = 0,

    w_other -> w_other - c (v - x_d),

c being minus the slope of their conditional mean, from the expected information matrix. This map is triangular,
parameter after parameter from the least determined on, and its Jacobian is 1.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import scipy.special
from jax.scipy.special import erfc
from jaxtyping import Array, Float

from jaxflav.likelihood.histfactory import HistFactory
from jaxflav.likelihood.interpolation import factor

_FAR = -35.0  # below, Phi underflows; the density is 1e-267 of that at the mode
_LARGE = 0.3  # logarithm of a factor on yields, from where on its curvature counts
_BENT = 0.1  # this logarithm times the width of the parameter, from where on the ridge is bent
_DETERMINED = 0.65  # widths below are those of parameters that the data determine, in units of the constraint
_FALL = 2.0  # amplitudes have the slope delta of an exponential that has fallen to exp(-2)
_NEWTON = 9  # steps to where an amplitude has a value
_JOINT = {"code1": 1e-12, "code4": 1.0}  # where the exponentials begin
_NORMAL = 1 / np.sqrt(2 * np.pi)


@jax.custom_jvp
def smooth_ramp(t: Float[Array, "*n"]) -> tuple[Float[Array, "*n"], Float[Array, "*n"]]:
    """The ramp t Phi(t) + phi(t), and the logarithm of its slope Phi(t); constant below -35 deviations."""
    t = jnp.maximum(t, _FAR)
    slope = 0.5 * erfc(-t * np.sqrt(0.5))
    return t * slope + _NORMAL * jnp.exp(-0.5 * t * t), jnp.log(slope)


@smooth_ramp.defjvp
def _smooth_ramp_jvp(primals, tangents):
    (t,), (dt,) = primals, tangents
    value, log_slope = smooth_ramp(t)
    t = jnp.maximum(t, _FAR)
    slope = jnp.exp(log_slope)
    return (value, log_slope), (slope * dt, _NORMAL * jnp.exp(-0.5 * t * t) / slope * dt)


def inverse_smooth_ramp(value: np.ndarray) -> np.ndarray:
    """Where the ramp has positive values, on the host: Newton's method from above, on a convex function."""
    t = np.asarray(value, dtype=float).copy()
    for _ in range(150):
        slope = scipy.special.ndtr(t)
        t -= (t * slope + _NORMAL * np.exp(-0.5 * t * t) - value) / slope
    return t


class Factors(eqx.Module):
    """Rising factors on yields of k parameters, each with its sign: f(x) = F(sign x).

    Attributes
    ----------
    sign, log_down, log_up : (k,) arrays
        Sign, and logarithms of F at -1 and +1.
    polynomial : (k, 6) array
        As ``HistFactory.norm_coefficients``.
    code : str
        Of the interpolation.
    """

    sign: Float[Array, " k"]
    log_down: Float[Array, " k"]
    log_up: Float[Array, " k"]
    polynomial: Float[Array, "k 6"]
    code: str = eqx.field(static=True)

    def at(self, x: Float[Array, " k"]) -> tuple[Float[Array, " k"], Float[Array, " k"]]:
        """Factors and their derivatives."""
        value, slope = factor(self.sign * x, self.log_down, self.log_up, self.polynomial, self.code)
        return value, self.sign * slope

    def one(self, k: int) -> "Factors":
        """The k-th of them."""
        return jax.tree.map(lambda a: a[k : k + 1], self)

    def with_slope(self, x: Float[Array, " k"]) -> tuple[Float[Array, " k"], Float[Array, " k"]]:
        """The factors g = f + delta x, and their derivatives."""
        value, slope = self.at(x)
        delta = self.sign * _delta(self)
        return value + delta * x, slope + delta


def _delta(factors):
    return -factors.log_down * np.exp(-_FALL)


def _rising(factors, g):
    """Arguments x of F(x) + delta x where it has values g, by Newton's method.

    Outside the joints, exponentials are convex: from above, every step stays above. Inside, the polynomial is close to
    a straight line.
    """
    delta, joint = _delta(factors), _JOINT[factors.code]
    bottom, top = jnp.exp(joint * factors.log_down) - joint * delta, jnp.exp(joint * factors.log_up) + joint * delta
    above, below = g > top, g < bottom
    x = 2 * (g - bottom) / jnp.where(top > bottom, top - bottom, 1.0) - 1
    x = jnp.where(above, jnp.log(jnp.where(above, g, 1.0)) / factors.log_up, x)
    x = jnp.where(below, jnp.minimum(g / delta, -joint), x)
    low, high = jnp.where(above, joint, jnp.where(below, -jnp.inf, -joint)), jnp.where(above, jnp.inf, -joint)
    high = jnp.where(above | below, high, joint)
    for _ in range(_NEWTON):
        value, slope = factor(x, factors.log_down, factors.log_up, factors.polynomial, factors.code)
        x = jnp.clip(x - (value + delta * x - g) / (slope + delta), low, high)
    return x


@jax.custom_jvp
def _inverse(factors, g):
    """As ``_rising``, differentiable by the values."""
    return _rising(factors, g)


@_inverse.defjvp
def _inverse_jvp(primals, tangents):
    factors, g = primals
    x = _inverse(factors, g)
    slope = factor(x, factors.log_down, factors.log_up, factors.polynomial, factors.code)[1]
    return x, tangents[1] / (slope + _delta(factors))


class Straight(eqx.Module):
    """Straightens the ridges of n quantities; made by ``straighten``, and without effect if it has no parameters.

    Attributes
    ----------
    coefficients : (n, k) array
        How much each quantity follows each of k amplitudes.
    centre, amplitude_centre : (k,) and (m,) arrays
        Where the maps are the identity, to first order.
    followed, amplitude : Factors
        Of the k parameters that others follow, and of the m whose coordinates are amplitudes.
    drivers, amplitudes : tuples of k and m int
        Positions of both, the least determined driver first.
    """

    coefficients: Float[Array, "n k"]
    centre: Float[Array, " k"]
    amplitude_centre: Float[Array, " m"]
    followed: Factors
    amplitude: Factors
    drivers: tuple[int, ...] = eqx.field(static=True)
    amplitudes: tuple[int, ...] = eqx.field(static=True)

    def apply(self, w: Float[Array, " n"]) -> tuple[Float[Array, " n"], Float[Array, ""]]:
        """The quantities at coordinates, and the logarithm of the Jacobian."""
        excesses: list[Array] = []
        for k, driver in enumerate(self.drivers):
            value = w[driver]
            for j in range(k):
                value = value - self.coefficients[driver, j] * excesses[j]
            excesses.append(_excess(self.followed.one(k), value[None], self.centre[k : k + 1])[0])
        if excesses:
            w = w - self.coefficients @ jnp.stack(excesses)
        if not self.amplitudes:
            return w, jnp.zeros(())
        at, factors = np.array(self.amplitudes), self.amplitude
        middle, unit = factors.with_slope(self.amplitude_centre)
        x = factors.sign * _inverse(factors, middle + unit * (w[at] - self.amplitude_centre))
        jacobian = jnp.sum(jnp.log(unit / factors.with_slope(x)[1]))
        return w.at[at].set(x), jacobian

    def undo(self, x: Float[Array, " n"]) -> Float[Array, " n"]:
        """The inverse of ``apply``."""
        if self.amplitudes:
            at, factors = np.array(self.amplitudes), self.amplitude
            middle, unit = factors.with_slope(self.amplitude_centre)
            x = x.at[at].set(self.amplitude_centre + (factors.with_slope(x[at])[0] - middle) / unit)
        if self.drivers:
            at = np.array(self.drivers)
            x = x + self.coefficients @ _excess(self.followed, x[at], self.centre)
        return x


def _excess(factors, x, centre):
    """By how much amplitudes, which are the parameters to first order at the centre, are above them."""
    middle, unit = factors.at(centre)
    return centre + (factors.at(x)[0] - middle) / unit - x


def large_factors(model: HistFactory) -> dict[int, int]:
    """Normal parameters with a large, monotonic factor on yields: position in the model, and that of the largest."""
    down, up = np.asarray(model.norm_log_down), np.asarray(model.norm_log_up)
    size = np.maximum(np.abs(down), np.abs(up))
    parameter, normal = np.asarray(model.norm_parameter), np.asarray(model.normal)
    good = (size > _LARGE) & np.isfinite(size) & normal[parameter]
    good &= (down * up < 0) & (np.abs(down) > _LARGE / 10) & (np.abs(up) > _LARGE / 10)
    if good.any() and model.norm_code != "code1":
        powers = np.arange(1, 7)
        grid = np.linspace(-1, 1, 201)[:, None] ** (powers - 1) * powers
        slopes = grid @ np.asarray(model.norm_coefficients).T * np.sign(up)
        good &= slopes.min(axis=0) > 0
    return {int(parameter[k]): int(k) for k in np.argsort(size, kind="stable") if good[k]}


def _factors(model, rows):
    """The factors of some rows of a model."""
    rows = np.array(rows, dtype=int)
    down, up = np.asarray(model.norm_log_down)[rows], np.asarray(model.norm_log_up)[rows]
    sign = np.where(up > down, 1.0, -1.0)
    polynomial = np.asarray(model.norm_coefficients)[rows] * sign[:, None] ** np.arange(1, 7)
    down, up = np.where(sign > 0, down, up), np.where(sign > 0, up, down)
    return Factors(*(jnp.asarray(a) for a in (sign, down, up, polynomial)), code=model.norm_code)


def straighten(model: HistFactory, entries: dict[int, int], information: np.ndarray, centre: np.ndarray) -> Straight:
    """Coordinates for parameters with large factors on yields.

    Parameters
    ----------
    model : HistFactory
        The model.
    entries : dict
        Candidates: position among the n quantities, and position of the factor in the model.
    information : (n, n) array
        Expected information, with the precision of priors.
    centre : (n,) array
        Where it holds.
    """
    n = len(centre)
    drivers, amplitudes = [], []
    if entries and np.all(np.isfinite(information)) and np.all(np.diagonal(information) > 0):
        variance = np.diagonal(np.linalg.pinv(information, hermitian=True))
        width = np.sqrt(np.maximum(variance, 0.0))
        logs = np.maximum(np.abs(np.asarray(model.norm_log_down)), np.abs(np.asarray(model.norm_log_up)))
        bent = sorted((d for d, e in entries.items() if width[d] * logs[e] > _BENT), key=lambda d: -width[d])
        drivers = [d for d in bent if width[d] >= _DETERMINED]
        amplitudes = [d for d in bent if width[d] < _DETERMINED]
    coefficients = np.zeros((n, len(drivers)))
    for k, driver in enumerate(drivers):
        others = np.setdiff1d(np.arange(n), drivers[: k + 1])
        block = information[np.ix_(others, others)]
        coefficients[others, k] = np.linalg.lstsq(block, information[others, driver], rcond=None)[0]
    return Straight(
        coefficients=jnp.asarray(coefficients),
        centre=jnp.asarray(centre[np.array(drivers, dtype=int)]),
        amplitude_centre=jnp.asarray(centre[np.array(amplitudes, dtype=int)]),
        followed=_factors(model, [entries[d] for d in drivers]),
        amplitude=_factors(model, [entries[d] for d in amplitudes]),
        drivers=tuple(drivers),
        amplitudes=tuple(amplitudes),
    )
