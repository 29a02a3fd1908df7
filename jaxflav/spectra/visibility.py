"""Unstable X: the probability that its decay is not seen, because it is invisible or beyond the detector.

The detector is a sphere of given radius around the point of decay of the B, and X escapes if it leaves the sphere. B is
at rest, or has a velocity in a direction that has nothing to do with the decay. Everything is averaged by fixed rules.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.io.errors import InputError
from jaxflav.numerics.quadrature import unit_interval
from jaxflav.numerics.safe import nan_or_zero, safe_divide, safe_sqrt

# exp(-700) is the smallest number that matters
_LARGEST_EXPONENT = 700.0
_SHORTEST = 1e-100  # of c tau, m: its square can still be represented
_ANGLES, _AZIMUTHS, _BOOST_ANGLES = 16, 6, 4


class Visibility(eqx.Module):
    """What becomes of an unstable particle X.

    Attributes
    ----------
    invisible_fraction
        Of the decays of X, between 0 and 1; 1 for a stable particle too.
    c_tau
        Speed of light times lifetime, m; 0 and infinity are allowed.
    length
        Radius of the detector, m.
    boost
        beta gamma of B in the frame of the detector: 0 at rest; 0.28 for the Upsilon(4S) of SuperKEKB, beside which
        the 0.06 of B in the frame of the Upsilon(4S) is small.

    Raises
    ------
    InputError
        If a number is out of its range.
    """

    invisible_fraction: Float[Array, ""]
    c_tau: Float[Array, ""]
    length: Float[Array, ""]
    boost: Float[Array, ""]

    def __init__(self, *, invisible_fraction: Any = 0.0, c_tau: Any = 0.0, length: Any = 1.0, boost: Any = 0.0):
        self.invisible_fraction = _checked("invisible_fraction", invisible_fraction, "between 0 and 1", 1.0)
        self.c_tau = _checked("c_tau", c_tau, "not negative, in m")
        self.length = _checked("length", length, "not negative, in m")
        self.boost = _checked("boost", boost, "beta gamma, not negative")


def _checked(name, value, expected, upper=np.inf):
    value = jnp.asarray(value, float)
    if not isinstance(value, jax.core.Tracer) and not (value.ndim == 0 and 0 <= float(value) <= upper):
        raise InputError(f"{name} of an unstable particle must be one number {expected}; found {value}")
    return value


def escape_probability(
    mass: Float[Array, "*n"], momentum: Float[Array, "*n"], c_tau: Float[Array, ""], length: Float[Array, ""]
) -> Float[Array, "*n"]:
    """Probability exp(-L m/(p c tau)) that a particle flies at least the length L before it decays.

    Mass and momentum in GeV and of one shape, c_tau and length in m. It is 0, with zero derivatives, for
    c_tau = 0 and for a particle at rest, 1 for an infinite c_tau and for a massless particle.
    """
    c_tau = jnp.maximum(c_tau, _SHORTEST)
    decays = (momentum <= 0) | (length * mass >= _LARGEST_EXPONENT * momentum * c_tau)
    p, inverse = jnp.where(decays, 1.0, momentum), 1 / jnp.where(decays, 1.0, c_tau)
    value = jnp.where(decays, nan_or_zero(c_tau, length), jnp.exp(-length * mass / p * inverse))
    return value + nan_or_zero(mass)


def missing_alone(visibility: Visibility, mass: Float[Array, "*n"], momentum: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Probability that one X is not seen; its mass and its momentum in the B rest frame, GeV, of any one shape.

    The decay is invisible, or it is not and X escapes; averaged over the direction of X to the boost.
    """
    v, axes = visibility, (1,) * jnp.ndim(momentum)
    cosines, weights = _cosines(_ANGLES, axes)
    mass, p = mass[None], momentum[None]
    lab = _boosted_momentum(mass, _energy(mass, p), p * cosines, v.boost)
    return jnp.sum(weights * _missing(v, mass, lab), axis=0)


def missing_pair(
    visibility: Visibility,
    masses: tuple[Float[Array, ""], Float[Array, ""]],
    q2: Float[Array, "*n"],
    momentum: Float[Array, "*n"],
) -> Float[Array, "*n"]:
    """Probability that neither particle of a pair is seen, at q2 in GeV^2, of any shape.

    Both must decay invisibly or escape. The correlation of their momenta is exact; their direction in the rest frame
    of the pair is taken as isotropic, which couplings other than scalar ones are not exactly.

    Parameters
    ----------
    masses
        Of the two, GeV; a massless particle is stable.
    q2, momentum
        Squared mass of the pair, GeV^2, and its momentum in the B rest frame, GeV.
    """
    v, axes = visibility, (1,) * jnp.ndim(q2)
    cosine, weight = _cosines(_ANGLES, (1, 1, *axes))
    azimuth = jnp.reshape(jnp.asarray((np.arange(_AZIMUTHS) + 0.5) * np.pi / _AZIMUTHS), (1, -1, 1, *axes))
    polar, polar_weight = _cosines(_BOOST_ANGLES, (1, 1, *axes))
    polar, polar_weight = (jnp.moveaxis(x, 0, 2) for x in (polar, polar_weight))
    q2, p = q2[None, None, None], momentum[None, None, None]
    root = safe_sqrt(q2)
    m1, m2 = masses
    k = safe_divide(safe_sqrt((q2 - (m1 + m2) ** 2) * (q2 - (m1 - m2) ** 2)), 2 * root)
    gamma, gamma_beta = safe_divide(_energy(root, p), root), safe_divide(p, root)
    probability = 1.0
    for mass, sign in ((m1, 1.0), (m2, -1.0)):
        along = gamma * sign * k * cosine + gamma_beta * _energy(mass, k)  # in the B rest frame
        energy = gamma * _energy(mass, k) + gamma_beta * sign * k * cosine
        across = sign * k * safe_sqrt(1 - cosine**2)
        # along the boost, which is at the angle 'polar' to the pair
        projected = along * polar + across * safe_sqrt(1 - polar**2) * jnp.cos(azimuth)
        lab = _boosted_momentum(mass, energy, projected, v.boost)
        probability = probability * jnp.where(mass <= 0, 1.0, _missing(v, mass, lab))
    return jnp.sum(weight * polar_weight * probability, axis=(0, 1, 2)) / _AZIMUTHS


def _missing(v, mass, momentum):
    return v.invisible_fraction + (1 - v.invisible_fraction) * escape_probability(mass, momentum, v.c_tau, v.length)


def _energy(mass, momentum):
    return safe_sqrt(mass**2 + momentum**2)


def _cosines(order, axes):
    t, w = unit_interval(order)
    return (jnp.reshape(jnp.asarray(x), (-1, *axes)) for x in (2 * t - 1, w))


def _boosted_momentum(mass, energy, along, boost):
    """Modulus of the momentum in a frame in which B has beta gamma = boost along the axis of ``along``."""
    lab_energy = jnp.sqrt(1 + boost**2) * energy + boost * along
    return safe_sqrt(lab_energy**2 - mass**2)
