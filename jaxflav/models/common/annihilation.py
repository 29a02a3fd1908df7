"""Annihilation of pairs of dark matter X: through a mediator, from its widths, and into mediators."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.models.common.numbers import value
from jaxflav.models.common.phase_space import nan_if_negative, velocity2


def resonant_numerator(
    s: Float[Array, "*n"],
    width_in: Float[Array, "*n"],
    width_out: Float[Array, "*n"],
    *,
    spin: int,
    majorana: bool = False,
) -> Float[Array, "*n"]:
    """The product sigma (s - 4 m^2) ((s - M^2)^2 + M^2 Gamma^2) of X X -> mediator -> final states, in GeV^4. [V 12]

    4 pi (2 J + 1) s Gamma_in Gamma_out, averaged over the spins of fermions X; twice that for Majorana fermions. Exact
    for a vector if the current of X or the final one is conserved, and for scalars.

    Parameters
    ----------
    s
        Squared energy, GeV^2.
    width_in, width_out
        Partial widths of a mediator of the mass sqrt(s) into X X and into the final states, GeV: those of ``widths``
        and, for hadrons, ``hadronic_widths``.
    spin
        J of the mediator, 0 or 1.
    majorana
        Whether X is its own antiparticle.
    """
    return (2 if majorana else 1) * 4 * jnp.pi * (2 * spin + 1) * s * width_in * width_out


def resonant_cross_section(
    s: Float[Array, "*n"],
    m_X: Float[Array, ""],
    mass: Float[Array, ""],
    width: Float[Array, ""],
    width_in: Float[Array, "*n"],
    width_out: Float[Array, "*n"],
    *,
    spin: int,
    majorana: bool = False,
) -> Float[Array, "*n"]:
    """Cross section of X X -> mediator -> final states, GeV^-2, averaged over spins; 0 at and below threshold. [V 12]

    Parameters
    ----------
    s
        Squared energy, GeV^2.
    m_X, mass
        Of X and of the mediator, GeV.
    width
        Total width of the mediator, GeV.
    width_in, width_out, spin, majorana
        As for ``resonant_numerator``.
    """
    gap = s - 4 * m_X**2
    closed = gap <= 0
    numerator = resonant_numerator(s, width_in, width_out, spin=spin, majorana=majorana)
    breit_wigner = (s - mass**2) ** 2 + (mass * nan_if_negative(width)) ** 2
    return jnp.where(closed, 0.0, numerator / (jnp.where(closed, 1.0, gap) * breit_wigner))


def at_rest_through_vector(
    m_X: Float[Array, "*n"],
    m_f: Float[Array, "*n"],
    mass: Float[Array, "*n"],
    width: Float[Array, "*n"],
    g_X: Float[Array, "*n"],
    g_f: Float[Array, "*n"],
    *,
    colours: float = 1.0,
) -> Float[Array, "*n"]:
    """sigma v of Dirac X Xbar -> V -> f fbar at rest, vector couplings, GeV^-2; what the CMB sees. [V 5]

    Parameters
    ----------
    m_X, m_f, mass
        Of X, f and the vector, GeV.
    width
        Total width of the vector, GeV.
    g_X, g_f
        Vector couplings.
    colours
        3 for quarks.
    """
    b2 = velocity2(2 * m_X, m_f)
    D2 = (4 * m_X**2 - mass**2) ** 2 + (mass * nan_if_negative(width)) ** 2
    open_ = b2 > 0
    beta = jnp.sqrt(jnp.where(open_, b2, 1.0))
    found = colours * (g_X * g_f) ** 2 * beta * (2 * m_X**2 + m_f**2) / (2 * jnp.pi * D2)
    return jnp.where(b2 <= 0, 0.0, found)


def into_vectors(m_X: Float[Array, "*n"], mass: Float[Array, "*n"], g: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """sigma v of Dirac X Xbar -> V V at rest, vector coupling g, GeV^-2; 0 where V is heavier than X. [V 6]"""
    b2 = velocity2(2 * m_X, mass)
    open_ = b2 > 0
    r = 1 - b2
    found = g**4 / (16 * jnp.pi * m_X**2) * jnp.where(open_, b2, 1.0) ** 1.5 / (1 - r / 2) ** 2
    return jnp.where(b2 <= 0, 0.0, found)


def into_scalars(m_psi: Float[Array, "*n"], y: Float[Array, "*n"], x: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Thermal average 3 y^4/(128 pi m^2) <v^2>, <v^2> = 6/x, of psi psi -> phi phi, a p-wave, GeV^-2. [V 4]

    L = -(y/2) psibar psi phi for Majorana psi, -y psibar psi phi for Dirac psi, for m_phi much below m_psi.

    Parameters
    ----------
    m_psi
        GeV.
    y
        Coupling.
    x
        m_psi/T.
    """
    return 3 * y**4 / (128 * jnp.pi * nan_if_negative(m_psi) ** 2) * 6 / x


def cmb_ratio(
    sigma_v: Float[Array, "*n"], m_X: Float[Array, "*n"], efficiency: Float[Array, "*n"], *, self_conjugate: bool
) -> Float[Array, "*n"]:
    """f_eff <sigma v>/m_X over the limit of Planck at 95 % CL: above 1 it is excluded. [U]

    The limit of a particle with an antiparticle is twice that of one that is its own; it holds for all of dark matter.

    Parameters
    ----------
    sigma_v
        At rest, GeV^-2.
    m_X
        GeV.
    efficiency
        f_eff, 0.1 to 0.6 by channel.
    self_conjugate
        Whether X is its own antiparticle.
    """
    limit = value("cosmology.yaml", "cmb_annihilation") * (1 if self_conjugate else 2)
    return efficiency * sigma_v * value("cosmology.yaml", "cm3_per_s") / (nan_if_negative(m_X) * limit)
