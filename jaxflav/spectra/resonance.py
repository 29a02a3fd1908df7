"""Resonances of any width in q2."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.numerics.quadrature import unit_interval
from jaxflav.numerics.safe import zero_where
from jaxflav.rates.arguments import as_float64, as_mass, not_negative
from jaxflav.spectra.spectrum import Spectrum

# Smallest mass x width, GeV^2: a narrower resonance is a line for every detector.
WIDTH_FLOOR = 1e-12


def breit_wigner(
    mass: Float[Array, ""],
    width: Float[Array, ""],
    branching_fraction: Float[Array, ""],
    q2_max: Float[Array, ""],
    order: int = 64,
) -> Spectrum:
    """Relativistic Breit-Wigner (1/pi) m G/((q2 - m^2)^2 + m^2 G^2), cut to [0, q2_max] and normalised there.

    Parameters
    ----------
    mass, width
        m and G in GeV, not negative.
    branching_fraction
        Branching fraction of the whole resonance inside [0, q2_max].
    q2_max
        End point of phase space, GeV^2, positive.
    order
        Number of nodes. A response that rises within 2 GeV^2 is integrated to 4e-4 of the total with 64
        nodes and to 4e-5 with 256; what is missed is in the far tails.

    Notes
    -----
    In the angle theta of q2 = m^2 + m G tan(theta) the density is flat: a Gauss-Legendre rule in theta has
    weights that depend neither on mass nor on width, and nodes that move smoothly with both. Below
    m G = ``WIDTH_FLOOR`` the width is held there, and the nodes are within 1e-9 GeV^2 of m^2.
    """
    mass, width = _mass_and_width(mass, width)
    q2, t, _ = _breit_wigner_rule(mass, width, jnp.zeros(()), q2_max, order)
    return Spectrum(q2, branching_fraction * t)


def _mass_and_width(mass, width):
    return as_mass(mass), not_negative("the width of a resonance, in GeV,", width)


def _breit_wigner_rule(mass, width, lower, upper, order):
    """Nodes between lower and upper, normalised weights, and the part of the whole resonance between them."""
    t, w = unit_interval(order)
    m2 = mass**2
    g = jnp.maximum(mass * width, WIDTH_FLOOR)
    low, high = lower - m2, upper - m2
    # theta_high - theta_low as one arctangent instead of a difference of two: no cancellation when both are close
    # to +- pi/2
    angle = jnp.arctan2(g * (upper - lower), g**2 + low * high)
    phi = jnp.asarray(t) * angle
    c, s = jnp.cos(phi), jnp.sin(phi)
    # g tan(theta_low + phi), with g tan(theta_low) = low
    q2 = m2 + g * (low * c + g * s) / (g * c - low * s)
    return q2, jnp.asarray(w), angle / jnp.pi


def resonance_rule(
    mass: Float[Array, ""], width: Float[Array, ""], lower: Float[Array, ""], upper: Float[Array, ""], order: int = 64
) -> tuple[Float[Array, " order"], Float[Array, " order"]]:
    """Nodes and weights between two q2 for the spectral function of a particle that decays into massless ones.

    The sum of weights * f(nodes) is the integral from lower to upper of f(q2) times
    (1/pi) (q2 G/m)/((q2 - m^2)^2 + (q2 G/m)^2), the rate of decay into pairs of massless fermions growing with q2:
    B -> K X, X -> chi chibar has exactly the spectrum f = BR(B -> K X) at the mass sqrt(q2).

    Parameters
    ----------
    mass, width
        m, positive, and G at q2 = m^2, not negative, in GeV. Below m G = ``WIDTH_FLOOR`` the width is held there.
    lower, upper
        Ends of the bin, GeV^2; where upper <= lower all weights are 0.
    """
    mass, width = _mass_and_width(mass, width)
    lower = jnp.minimum(lower, upper)
    q2, t, part = _breit_wigner_rule(mass, width, lower, upper, order)
    m2 = mass**2
    g = jnp.maximum(mass * width, WIDTH_FLOOR)
    x = q2 / jnp.maximum(m2, WIDTH_FLOOR)
    growth = x * ((q2 - m2) ** 2 + g**2) / ((q2 - m2) ** 2 + (x * g) ** 2)
    return q2, part * t * growth


def resonance_density(q2: Float[Array, "*n"], mass: Float[Array, ""], width: Float[Array, ""]) -> Float[Array, "*n"]:
    """The spectral function of ``resonance_rule`` in GeV^-2; masses in GeV, q2 in GeV^2 of any shape."""
    q2, (mass, width) = as_float64(q2), _mass_and_width(mass, width)
    m2 = jnp.maximum(mass**2, WIDTH_FLOOR)
    g = jnp.maximum(mass * width, WIDTH_FLOOR) * q2 / m2
    return zero_where(q2 <= 0, g / jnp.pi / ((q2 - m2) ** 2 + g**2))
