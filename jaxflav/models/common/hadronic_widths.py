"""Widths into hadrons: of a photon-like vector by the ratio R, of a Higgs-like scalar by dispersion relations. [L]"""

from collections.abc import Sequence

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.models.common.loop_widths import scalar_to_gluons
from jaxflav.models.common.numbers import table, value
from jaxflav.models.common.phase_space import nan_if_negative, velocity, velocity2
from jaxflav.models.common.widths import scalar_to_fermions
from jaxflav.numerics.safe import safe_sqrt


def _number(name):
    return value("hadronic.yaml", name)


def r_ratio(M: Float[Array, "*n"], nuisance: Float[Array, ""] = 0.0) -> Float[Array, "*n"]:
    """R(M) = Gamma(V -> hadrons)/Gamma(V -> mu mu) of a vector with couplings proportional to the charges. [L]

    The table of ``data/r_ratio.yaml``, with ln R linear between its masses, up to 2 GeV; below its first mass with the
    cube of the velocity of two pions; 2 (1 + alpha_s/pi) = 2.2 above 2 GeV, and 4/3 more from 3.73 GeV on, where R
    jumps. Resonances are as wide as the table is dense, and charmonium is left out.

    Parameters
    ----------
    M
        Mass of the vector, GeV.
    nuisance
        Standard deviations by which R is raised: 20 % each up to 1.4 GeV, 10 % from 1.5 GeV on; positive at any value.
    """
    M = nan_if_negative(M)
    t = table("r_ratio.yaml").columns
    masses, R = t["mass"], t["R"]
    listed = jnp.exp(jnp.interp(M, masses, jnp.log(R)))
    pions = _number("m_piplus")
    at_first = float(1 - 4 * pions**2 / masses[0] ** 2) ** 1.5
    low = R[0] * velocity2(M, pions) * velocity(M, pions) / at_first
    high = _number("R_light") + jnp.where(_number("charm_threshold") > M, 0.0, _number("R_charm"))
    central = jnp.where(masses[0] > M, low, jnp.where(masses[-1] < M, high, listed))
    spread = jnp.log1p(jnp.interp(M, masses, jnp.asarray(t["relative_uncertainty"])))
    return central * jnp.exp(nuisance * spread)


def vector_to_hadrons(
    M: Float[Array, "*n"], g: Float[Array, "*n"], nuisance: Float[Array, ""] = 0.0
) -> Float[Array, "*n"]:
    """Width g^2 M R(M)/(12 pi) of a vector with the couplings g Q into hadrons, GeV. [L]

    g = e eps for kinetic mixing, with e^2 = 4 pi alpha(0) in DarkCast (arXiv:1801.04847).
    """
    return g**2 * M / (12 * jnp.pi) * r_ratio(M, nuisance)


def scalar_to_pions_chiral(M: Float[Array, "*n"], m_pi: Float[Array, ""], v: Float[Array, ""]) -> Float[Array, "*n"]:
    """Width of a Higgs-like scalar (sin theta = 1) into pions by chiral perturbation theory at leading order, GeV. [L]

    Too small by 2.2 at 0.287 GeV already: final-state interaction. ``scalar_to_mesons`` is what to use.
    """
    b2 = velocity2(M, m_pi)
    # 2/9 + 11/9 m_pi^2/M^2
    form = 2 / 9 + 11 / 36 * (1 - b2)
    return 3 / (32 * jnp.pi * v**2) * M**3 * form**2 * safe_sqrt(b2)


def scalar_to_mesons(
    M: Float[Array, "*n"], nuisance: Float[Array, ""] = 0.0
) -> tuple[Float[Array, "*n"], Float[Array, "*n"]]:
    """Widths of a Higgs-like scalar (sin theta = 1) into pions and into kaons, GeV, up to 2 GeV. [L]

    Dispersive, arXiv:1809.01876: linear between the masses of ``data/scalar_hadrons.yaml``, and like the velocity of
    two pions below the first; constant above 2 GeV, where ``scalar_to_hadrons`` no longer uses them. The kaons, in
    steps of 10 MeV, open between 0.99 and 1 GeV.

    Parameters
    ----------
    M
        Mass of the scalar, GeV.
    nuisance
        In standard deviations of the logarithm, a factor of 2 each.
    """
    M = nan_if_negative(M)
    t = table("scalar_hadrons.yaml").columns
    factor = _number("scalar_hadron_factor") ** nuisance
    pions, first = _number("m_piplus"), t["mass"][0]
    low = t["pipi"][0] * velocity(M, pions) / float(1 - 4 * pions**2 / first**2) ** 0.5
    pipi = jnp.where(first > M, low, jnp.interp(M, t["mass"], jnp.asarray(t["pipi"])))
    return factor * pipi, factor * jnp.interp(M, t["mass"], jnp.asarray(t["KK"]))


def scalar_to_partons(
    M: Float[Array, "*n"],
    alpha_s: Float[Array, ""],
    quark_masses: Sequence[Float[Array, ""]],
    v: Float[Array, ""],
) -> Float[Array, "*n"]:
    """Width of a Higgs-like scalar (sin theta = 1) into gluons, s and c quarks, GeV; above 2 GeV. [V 9], [V 12]

    The velocity of charm quarks is that of D mesons, so that they open smoothly at 2 m_D [U].

    Parameters
    ----------
    M
        Mass of the scalar, GeV.
    alpha_s
        At the scale M.
    quark_masses
        Strange, charm, and those which only the loop has, GeV.
    v
        246 GeV.
    """
    strange, charm = quark_masses[:2]
    quarks = scalar_to_fermions(M, strange, strange / v, colours=3.0) + scalar_to_fermions(
        M, _number("m_D"), charm / v, colours=3.0
    )
    return scalar_to_gluons(M, alpha_s, quark_masses, v) + quarks


def scalar_to_hadrons(
    M: Float[Array, "*n"],
    alpha_s: Float[Array, ""],
    quark_masses: Sequence[Float[Array, ""]],
    v: Float[Array, ""],
    nuisance: Float[Array, ""] = 0.0,
) -> Float[Array, "*n"]:
    """Width of a Higgs-like scalar (sin theta = 1) into all hadrons, GeV, at any mass. [L]; four pions [U]

    Up to 2 GeV: pions, kaons, and C M^3 (1 - 16 m_pi^2/M^2)^(1/2) for four pions and more, with C from continuity at 2
    GeV with gluons and quarks, which are what there is above.

    Parameters
    ----------
    M, alpha_s, quark_masses, v
        As for ``scalar_to_partons``; alpha_s is also that of the scale 2 GeV.
    nuisance
        In standard deviations of the logarithm, a factor of 2 each.
    """
    M = nan_if_negative(M)
    join, pions = _number("perturbative_above"), _number("m_piplus")
    mesons = sum(scalar_to_mesons(M))
    missing = scalar_to_partons(jnp.asarray(join), alpha_s, quark_masses, v) - sum(scalar_to_mesons(jnp.asarray(join)))
    many = missing * (M / join) ** 3 * velocity(M, 2 * pions) / float(1 - 16 * pions**2 / join**2) ** 0.5
    high = scalar_to_partons(M, alpha_s, quark_masses, v)
    factor = _number("scalar_hadron_factor") ** nuisance
    return factor * jnp.where(join < M, high, mesons + many)
