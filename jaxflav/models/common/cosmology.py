"""Degrees of freedom of the early universe, equilibrium yields and the density that a yield is today."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.models.common.bessel import scaled_bessel
from jaxflav.models.common.numbers import table, value


def _interpolated(T, name, column):
    """Linear in ln T between the rows, as a sum over them: unlike a search in the table it compiles at once."""
    t = table(name).columns
    log_T, values = np.log(t["temperature"]), t[column]
    shape = (-1, *(1,) * jnp.ndim(T))
    start, width, slope = (np.reshape(a, shape) for a in (log_T[:-1], np.diff(log_T), np.diff(values) / np.diff(log_T)))
    within = jnp.clip(jnp.log(T)[None] - start, 0.0, width)
    return values[0] + jnp.sum(slope * within, axis=0)


def root_g_star(T: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """g_*^(1/2) at the temperature T in GeV, that of the rate equation; held at the ends of its table.

    (h_eff/g_eff^(1/2)) (1 + (1/3) d ln h_eff/d ln T), Gondolo and Gelmini, Nucl. Phys. B 360 (1991) 145. [L]
    """
    return _interpolated(T, "degrees_of_freedom.yaml", "root_g_star")


def h_eff(T: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Degrees of freedom h_eff of the entropy at the temperature T in GeV; held at the ends of its table. [L]"""
    return _interpolated(T, "degrees_of_freedom.yaml", "h_eff")


def g_eff(T: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Degrees of freedom g_eff of the energy at the temperature T in GeV, from 0.1 to 10 GeV; held at the ends. [L]"""
    return _interpolated(T, "energy_degrees_of_freedom.yaml", "g_eff")


def log_equilibrium_yield(
    x: Float[Array, "*n"], m: Float[Array, "*n"], degrees: Float[Array, ""]
) -> Float[Array, "*n"]:
    """Logarithm of Y_eq = 45 g x^2 K_2(x)/(4 pi^4 h_eff(m/x)), the yield of a particle in equilibrium.

    Parameters
    ----------
    x
        m/T.
    m
        Mass, GeV.
    degrees
        g of the particle: 1 for a real scalar, 2 for a Dirac or Majorana fermion without its antiparticle.
    """
    bessel = jnp.log(scaled_bessel(2, x)) - x
    return jnp.log(45 / (4 * jnp.pi**4) * degrees * x**2 / h_eff(m / x)) + bessel


def annihilation_strength(
    x: Float[Array, "*n"],
    m: Float[Array, "*n"],
    average: Float[Array, "*n"],
    planck_mass: Float[Array, ""] | None = None,
) -> Float[Array, "*n"]:
    """The factor lambda of dY/dx = -(lambda/x^2) (Y^2 - Y_eq^2): (pi/45)^(1/2) M_Pl m g_*^(1/2) <sigma v>.

    Parameters
    ----------
    x
        m/T.
    m
        Mass, GeV.
    average
        <sigma v> at the temperature m/x, GeV^-2.
    planck_mass
        GeV; that of ``data/cosmology.yaml`` unless given.
    """
    M = value("cosmology.yaml", "planck_mass") if planck_mass is None else planck_mass
    return jnp.sqrt(jnp.pi / 45) * M * m * root_g_star(m / x) * average


def density(m: Float[Array, "*n"], yield_today: Float[Array, "*n"], *, self_conjugate: bool) -> Float[Array, "*n"]:
    """Omega h^2 of a particle of the mass m, GeV, and of its antiparticle unless it is that itself."""
    species = 1.0 if self_conjugate else 2.0
    return species * value("cosmology.yaml", "density_per_yield") * m * yield_today
