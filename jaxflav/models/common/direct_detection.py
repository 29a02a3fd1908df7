"""Cross sections of dark matter on nucleons and electrons at rest, GeV^-2."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.models.common.numbers import value
from jaxflav.models.common.phase_space import nan_if_negative


def reduced_mass(m1: Float[Array, "*n"], m2: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Reduced mass m1 m2/(m1 + m2), GeV; NaN for negative masses."""
    m1, m2 = nan_if_negative(m1), nan_if_negative(m2)
    return m1 * m2 / (m1 + m2)


def in_cm2(sigma: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """A cross section in cm^2 of one in GeV^-2."""
    return sigma * value("cosmology.yaml", "cm2")


def dirac_through_vector(
    m_X: Float[Array, "*n"],
    m_target: Float[Array, "*n"],
    mass: Float[Array, "*n"],
    g_X: Float[Array, "*n"],
    g_target: Float[Array, "*n"],
) -> Float[Array, "*n"]:
    """mu^2 g_X^2 g_T^2/(pi M^4) of a Dirac X and a target with vector couplings to a vector, GeV^-2. [V 6]

    Per nucleon of a nucleus whose protons alone couple, as to a dark photon, it is (Z/A)^2 times that.

    Parameters
    ----------
    m_X, m_target, mass
        Of X, of the nucleon or electron, and of the vector, GeV.
    g_X, g_target
        Vector couplings; e eps for the proton and a dark photon.
    """
    return reduced_mass(m_X, m_target) ** 2 * g_X**2 * g_target**2 / (jnp.pi * nan_if_negative(mass) ** 4)


def majorana_through_vector(
    m_X: Float[Array, "*n"],
    m_target: Float[Array, "*n"],
    mass: Float[Array, "*n"],
    g_X: Float[Array, "*n"],
    g_target: Float[Array, "*n"],
    v: Float[Array, "*n"],
) -> Float[Array, "*n"]:
    """The same for a Majorana X with L = (1/2) g_X V_mu Xbar gamma^mu gamma_5 X: suppressed by v^2, 1e-6. [V 6]

    g_X^2 g_T^2 mu^2 v^2/(2 pi M^4) (1 + 2 mu^2/m_T^2), with the relative velocity v in units of c.
    """
    mu = reduced_mass(m_X, m_target)
    return dirac_through_vector(m_X, m_target, mass, g_X, g_target) * v**2 / 2 * (1 + 2 * mu**2 / m_target**2)


def scalar_through_densities(
    m_phi: Float[Array, "*n"],
    C_ss: Float[Array, "*n"],
    C_dd: Float[Array, "*n"],
    *,
    Z: Float[Array, ""] | None = None,
    A: Float[Array, ""] | None = None,
) -> Float[Array, "*n"]:
    """Cross section per nucleon of a real scalar with L = (1/2) phi^2 (C_ss sbar s + C_dd dbar d), GeV^-2. [N]

    mu^2/(4 pi m_phi^2) |sum_q C_q m_N f_Tq/m_q|^2, averaged over the protons and neutrons of a nucleus; models_heavy 4
    and arXiv:2403.12485. Nucleon matrix elements [L]: ``data/nucleon.yaml``. It vanishes near C_dd = -0.046 C_ss.

    Parameters
    ----------
    m_phi
        GeV.
    C_ss, C_dd
        GeV^-1.
    Z, A
        Charge and number of nucleons; those of xenon unless given.
    """
    n = lambda name: value("nucleon.yaml", name)
    Z = n("xenon_Z") if Z is None else Z
    A = n("xenon_A") if A is None else A
    m_N, m_s = n("m_nucleon"), n("m_s")
    strange = C_ss * n("f_Ts") / m_s
    down = C_dd * n("ms_over_md") / m_s
    coupling = m_N * (strange + down * (Z / A * n("f_Td_proton") + (A - Z) / A * n("f_Td_neutron")))
    return reduced_mass(m_phi, jnp.asarray(m_N)) ** 2 / (4 * jnp.pi * m_phi**2) * coupling**2
