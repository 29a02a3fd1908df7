"""Resonances of any width in q2."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.numerics.quadrature import unit_interval
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
    t, w = unit_interval(order)
    m2 = mass**2
    g = jnp.maximum(mass * width, WIDTH_FLOOR)
    low, high = -m2, q2_max - m2
    # theta - theta_low runs from 0 to the difference of two arctangents, written as one: no cancellation
    # when both are close to +- pi/2
    phi = jnp.asarray(t) * jnp.arctan2(g * q2_max, g**2 + low * high)
    c, s = jnp.cos(phi), jnp.sin(phi)
    # g tan(theta_low + phi), with g tan(theta_low) = low
    q2 = m2 + g * (low * c + g * s) / (g * c - low * s)
    return Spectrum(q2, branching_fraction * jnp.asarray(w))
