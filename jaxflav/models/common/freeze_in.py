"""Freeze-in: dark matter that was never in equilibrium, from decays of a particle that was.

It holds only if the decaying particle a was in equilibrium and chi was not: compare the width with the expansion rate
at T = m_a.
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.models.common.bessel import scaled_bessel
from jaxflav.models.common.cosmology import density, g_eff, h_eff, root_g_star
from jaxflav.models.common.numbers import value
from jaxflav.models.common.phase_space import nan_if_negative
from jaxflav.numerics.quadrature import unit_interval

# temperature at which most of the decays happen, in units of the decaying mass
_PEAK = 3.5
_EARLIEST, _LATEST, _ORDER = 1e-2, 60.0, 64


def freeze_in_density(
    m: Float[Array, ""],
    m_parent: Float[Array, ""],
    width: Float[Array, ""],
    planck_mass: Float[Array, ""] | None = None,
) -> Float[Array, ""]:
    """Omega h^2 of both daughters chi of a -> chi chi, from all temperatures.

    Y = 45 M_Pl Gamma/(2 pi^4 (4 pi^3/45)^(1/2) m_a^2) int dx/x x^4 K_1(x) g_*^(1/2)/h_eff^2 for a real scalar a, from
    the thermal rate of decays m_a^2 T Gamma K_1(m_a/T)/(2 pi^2), with the change of h_eff with temperature.

    Parameters
    ----------
    m, m_parent
        Masses of chi and of a, GeV.
    width
        Gamma(a -> chi chi), GeV.
    planck_mass
        GeV; that of ``data/cosmology.yaml`` unless given.
    """
    M = value("cosmology.yaml", "planck_mass") if planck_mass is None else planck_mass
    t, w = unit_interval(_ORDER)
    folds = np.log(_LATEST / _EARLIEST)
    x = _EARLIEST * np.exp(folds * t)
    T = nan_if_negative(m_parent) / x
    decays = jnp.asarray(w * folds * x**4 * np.exp(-x)) * scaled_bessel(1, jnp.asarray(x))
    integral = jnp.sum(decays * root_g_star(T) / h_eff(T) ** 2)
    produced = 45 * M * nan_if_negative(width) / (2 * np.pi**4 * np.sqrt(4 * np.pi**3 / 45) * m_parent**2) * integral
    return density(nan_if_negative(m), produced, self_conjugate=True)


def freeze_in_estimate(
    m: Float[Array, "*n"],
    m_parent: Float[Array, "*n"],
    width: Float[Array, "*n"],
    entropy_degrees: Float[Array, "*n"] | None = None,
    energy_degrees: Float[Array, "*n"] | None = None,
    planck_mass: Float[Array, ""] | None = None,
) -> Float[Array, "*n"]:
    """The same with the degrees of freedom of one temperature, T = m_a/3.5. [V 2]

    2 x 135 M_Pl Gamma/(8 pi^3 1.66 m_a^2 h_eff g_eff^(1/2)). It leaves out how h_eff changes, and is low by 9 % at
    m_a = 2 GeV and by a third at 1 GeV, where quarks become hadrons meanwhile.

    Parameters
    ----------
    m, m_parent, width, planck_mass
        As for ``freeze_in_density``.
    entropy_degrees, energy_degrees
        h_eff and g_eff at T = m_a/3.5; those of the tables unless given, which end at 0.1 GeV for g_eff.
    """
    M = value("cosmology.yaml", "planck_mass") if planck_mass is None else planck_mass
    T = nan_if_negative(m_parent) / _PEAK
    h = h_eff(T) if entropy_degrees is None else entropy_degrees
    g = g_eff(T) if energy_degrees is None else energy_degrees
    produced = 2 * 135 * M * nan_if_negative(width) / (8 * jnp.pi**3 * 1.66 * m_parent**2 * h * jnp.sqrt(g))
    return density(nan_if_negative(m), produced, self_conjugate=True)
