"""Thermal averages <sigma v> of annihilating particles of equal mass m at the temperature T, GeV^-2.

<sigma v> = 1/(8 m^4 T K_2(m/T)^2) int_{4 m^2} ds sigma (s - 4 m^2) sqrt(s) K_1(sqrt(s)/T), Gondolo and Gelmini, Nucl.
Phys. B 360 (1991) 145, Eq. (3.8). Energies are integrated up to 45 T above threshold, 3e-20 of the integrand.
"""

from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.models.common.bessel import scaled_bessel
from jaxflav.models.common.phase_space import nan_if_negative
from jaxflav.numerics.quadrature import between_thresholds
from jaxflav.spectra.resonance import WIDTH_FLOOR

_ENERGIES = 45.0
_ORDER = 64

Spectrum = Callable[[Float[Array, " k"]], Float[Array, " k"]]


def _boltzmann(s, m, T):
    """sqrt(s) K_1(sqrt(s)/T)/(8 m^4 T K_2(m/T)^2) without the exponentials that cancel."""
    root = jnp.sqrt(s)
    bessel = scaled_bessel(1, root / T) / scaled_bessel(2, m / T) ** 2
    return root * bessel * jnp.exp(-(root - 2 * m) / T) / (8 * m**4 * T)


def thermal_average(flux: Spectrum, m: Float[Array, ""], T: Float[Array, ""], order: int = _ORDER) -> Float[Array, ""]:
    """Average of any smooth cross section, GeV^-2.

    Parameters
    ----------
    flux
        The product sigma (s - 4 m^2), dimensionless, as a function of s in GeV^2, of shape (k,).
    m, T
        Mass and temperature, GeV, positive.
    order
        Number of nodes.
    """
    energy, weights = between_thresholds(jnp.zeros(()), _ENERGIES * T, order)
    root = 2 * m + energy
    s = root**2
    return jnp.sum(weights * 2 * root * flux(s) * _boltzmann(s, m, T))


def breit_wigner_average(
    numerator: Spectrum,
    m: Float[Array, ""],
    T: Float[Array, ""],
    mass: Float[Array, ""],
    width: Float[Array, ""],
    order: int = _ORDER,
) -> Float[Array, ""]:
    """Average through a mediator of any width, above or below threshold, GeV^-2. [V 3]

    Nodes are uniform in arsinh((s - M^2)/(M Gamma)), so all distances from the resonance are seen, on either side of
    it; they resolve the threshold, and the Breit-Wigner denominator is never a difference.

    Parameters
    ----------
    numerator
        The product sigma (s - 4 m^2) ((s - M^2)^2 + M^2 Gamma^2) in GeV^4 as a function of s in GeV^2, of shape (k,):
        ``annihilation.resonant_numerator``.
    m, T
        Mass of X and temperature, GeV, positive.
    mass, width
        M and the total width Gamma of the mediator, GeV; M Gamma is held below ``WIDTH_FLOOR`` = 1e-12 GeV^2.
    order
        Number of nodes on each side.
    """
    m2, g = mass**2, jnp.maximum(nan_if_negative(mass) * nan_if_negative(width), WIDTH_FLOOR)
    lower, upper = (jnp.arcsinh((s - m2) / g) for s in (4 * m**2, (2 * m + _ENERGIES * T) ** 2))
    middle = jnp.clip(0.0, lower, upper)
    total = jnp.zeros(())
    for a, b in ((lower, middle), (middle, upper)):
        t, weights = between_thresholds(a, b, order)
        s = jnp.maximum(m2 + g * jnp.sinh(t), 4 * m**2)
        # ds/((s - M^2)^2 + g^2) = dt/(g cosh t)
        total += jnp.sum(weights / (g * jnp.cosh(t)) * numerator(s) * _boltzmann(s, m, T))
    return total


def narrow_average(
    m: Float[Array, "*n"],
    T: Float[Array, "*n"],
    mass: Float[Array, "*n"],
    width_in: Float[Array, "*n"],
    fraction_out: Float[Array, "*n"],
    *,
    spin: int,
    majorana: bool = False,
) -> Float[Array, "*n"]:
    """Average through a narrow mediator, GeV^-2; 0 where the mediator is not heavier than two X. [V 3]

    It agrees with the Breit-Wigner to 2e-4 for masses m from 0.45 to 0.5 M, not further away from the resonance.

    Parameters
    ----------
    m, T
        Mass of X and temperature, GeV, positive.
    mass
        Of the mediator, GeV.
    width_in
        Its width into X X, GeV.
    fraction_out
        Its branching fraction into the final states: where it decays to X nearly always, the product is their width.
    spin
        J of the mediator, 0 or 1.
    majorana
        Whether X is its own antiparticle.
    """
    mass = nan_if_negative(mass)
    closed = mass <= 2 * m
    M = jnp.where(closed, 2 * m, mass)
    bessel = scaled_bessel(1, M / T) / scaled_bessel(2, m / T) ** 2
    factor = (2 if majorana else 1) * (2 * spin + 1) * 2 * jnp.pi**2 / 4
    found = factor * M**2 * width_in * fraction_out / (m**4 * T) * bessel * jnp.exp(-(M - 2 * m) / T)
    return jnp.where(closed, 0.0, found)


def heavier_channel(x: Float[Array, ""], z: Float[Array, ""], order: int = _ORDER) -> Float[Array, ""]:
    """Factor eta(x, z) of a constant amplitude A into two particles, heavier than X or not: coannihilation. [N] 1e-15

    <sigma v> = S |A|^2 eta/(64 pi m^2) for X that is its own antiparticle; S = 1/2 for identical particles. Above
    z = 1 the channel is closed at rest, and open to the tail of the thermal distribution.

    eta = 4 x/K_2(x)^2 int_{max(1,z)} de sqrt((e - z)(e - 1)/e) K_1(2 x sqrt e) -> 2 sqrt(1 - z) for large x, z < 1;
    the function that arXiv:2403.12485 leaves unnamed.

    Parameters
    ----------
    x
        m/T, positive.
    z
        Squared ratio of the mass of the produced particles to m.
    order
        Number of nodes.
    """
    lower = jnp.sqrt(jnp.maximum(z, 1.0))
    energy, weights = between_thresholds(jnp.zeros(()), _ENERGIES / (2 * x), order)
    root = lower + energy  # sqrt(e)
    e = root**2
    # (e - z)(e - 1), each above its own threshold without cancellation
    phase_space = (energy * (root + lower) + (lower**2 - z)) * (energy * (root + lower) + (lower**2 - 1))
    bessel = scaled_bessel(1, 2 * x * root) / scaled_bessel(2, x) ** 2 * jnp.exp(-2 * x * (root - 1))
    integrand = jnp.sqrt(jnp.where(weights > 0, phase_space / e, 1.0)) * bessel
    return 4 * x * jnp.sum(weights * 2 * root * integrand)
