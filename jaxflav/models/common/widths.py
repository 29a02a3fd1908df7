"""Widths of a mediator at tree level: scalar, vector and axion-like, into fermions, scalars and photons.

Lagrangians: S psibar (a + i b gamma_5) psi and V_mu psibar gamma^mu (gV + gA gamma_5) psi, and half of that for a
Majorana psi, of which the vector current vanishes; (d_mu a/(2 f)) C psibar gamma^mu gamma_5 psi for both. So the width
into Majorana fermions is half that of Dirac fermions in the first case and twice in the second. All are 0, with
derivatives 0, at and below threshold, and NaN for negative masses. Formulas [V 12]: by sums over explicit spinors.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.models.common.phase_space import momentum, nan_if_negative, velocity, velocity2
from jaxflav.numerics.safe import safe_sqrt
from jaxflav.rates.two_body import VECTOR_MASS2_FLOOR


def scalar_to_fermions(
    M: Float[Array, "*n"],
    m: Float[Array, "*n"],
    a: Float[Array, "*n"] = 0.0,
    b: Float[Array, "*n"] = 0.0,
    *,
    colours: float = 1.0,
    majorana: bool = False,
) -> Float[Array, "*n"]:
    """Width of S -> psi psibar, GeV. [V 12]

    Parameters
    ----------
    M, m
        Masses of S and psi, GeV.
    a, b
        Scalar and pseudoscalar coupling, dimensionless.
    colours
        3 for quarks.
    majorana
        Whether psi is its own antiparticle, with L = (1/2) S psibar (a + i b gamma_5) psi.
    """
    b2 = velocity2(M, m)
    rate = colours * nan_if_negative(M) / (8 * jnp.pi) * (a**2 * b2 + b**2) * safe_sqrt(b2)
    return rate / 2 if majorana else rate


def vector_to_fermions(
    M: Float[Array, "*n"],
    m: Float[Array, "*n"],
    gV: Float[Array, "*n"] = 0.0,
    gA: Float[Array, "*n"] = 0.0,
    *,
    colours: float = 1.0,
    majorana: bool = False,
) -> Float[Array, "*n"]:
    """Width of V -> psi psibar, GeV; of a Majorana psi, L = (1/2) gA V_mu psibar gamma^mu gamma_5 psi. [V 12]

    Parameters
    ----------
    M, m
        Masses of V and psi, GeV.
    gV, gA
        Vector and axial coupling; gV drops out for a Majorana psi.
    colours
        3 for quarks.
    majorana
        Whether psi is its own antiparticle.
    """
    b2 = velocity2(M, m)
    vector = gV**2 * (3 - b2) / 2  # 1 + 2 m^2/M^2
    coupling = gA**2 * b2 / 2 if majorana else vector + gA**2 * b2
    return colours * nan_if_negative(M) / (12 * jnp.pi) * coupling * safe_sqrt(b2)


def vector_to_neutrino(M: Float[Array, "*n"], gL: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Width of V into one left-handed neutrino and its antiparticle, L = gL V_mu nubar gamma^mu P_L nu, GeV. [V 12]"""
    return nan_if_negative(M) * gL**2 / (24 * jnp.pi)


def vector_to_scalars(M: Float[Array, "*n"], m: Float[Array, "*n"], g: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Width of V into a complex scalar and its antiparticle, L = g V_mu (phi^dag i d^mu phi + h.c.), GeV. [V 12]"""
    return g**2 * nan_if_negative(M) * velocity2(M, m) * velocity(M, m) / (48 * jnp.pi)


def alp_to_fermions(
    M: Float[Array, "*n"],
    m: Float[Array, "*n"],
    C_over_f: Float[Array, "*n"],
    *,
    colours: float = 1.0,
    majorana: bool = False,
) -> Float[Array, "*n"]:
    """Width of an axion-like particle into fermions, L = (d_mu a/2) (C/f) psibar gamma^mu gamma_5 psi, GeV. [V 12]

    C/f in GeV^-1. The Lagrangian of a Majorana psi has no 1/2 more: its width is twice that of a Dirac psi.
    """
    rate = colours * M * m**2 * C_over_f**2 / (8 * jnp.pi) * velocity(M, m)
    return 2 * rate if majorana else rate


def alp_to_photons(M: Float[Array, "*n"], g: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Width of an axion-like particle into two photons, L = -(g/4) a F Ftilde with g in GeV^-1, in GeV. [V 12]"""
    return g**2 * nan_if_negative(M) ** 3 / (64 * jnp.pi)


def alp_to_gluons(M: Float[Array, "*n"], g: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Width of an axion-like particle into two gluons, L = -(g/4) a G^A Gtilde^A: 8 times that into photons. [V 12]"""
    return 8 * alp_to_photons(M, g)


def fermion_to_fermion_vector(
    m_F: Float[Array, "*n"],
    m_f: Float[Array, "*n"],
    m_V: Float[Array, "*n"],
    gL: Float[Array, "*n"],
    gR: Float[Array, "*n"],
) -> Float[Array, "*n"]:
    """Width of F -> f V, L = V_mu fbar gamma^mu (gL P_L + gR P_R) F, in GeV. [V 12]

    It grows like 1/m_V^2, and is held at its value at m_V^2 = ``VECTOR_MASS2_FLOOR`` = 1e-12 GeV^2 below that, as the
    rates of B mesons.
    """
    p = momentum(m_F, m_f, m_V)
    x, y2 = m_f / m_F, jnp.maximum(m_V**2, VECTOR_MASS2_FLOOR) / m_F**2
    squares = ((1 - x**2) ** 2 + y2 * (1 + x**2) - 2 * y2**2) / y2
    return p / (16 * jnp.pi) * ((gL**2 + gR**2) * squares - 12 * gL * gR * x)
