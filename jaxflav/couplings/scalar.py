"""Couplings of one new scalar."""

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Inexact

from jaxflav.couplings.base import Couplings


class ScalarCouplings(Couplings):
    """Couplings of a scalar phi to the densities and, by its derivative, to the currents.

    H = g_S (sbar b) phi + g_P (sbar gamma_5 b) phi
      + (g_V/Lambda) (sbar gamma_mu b) d^mu phi + (g_A/Lambda) (sbar gamma_mu gamma_5 b) d^mu phi + h.c.,
    arXiv:2403.13887 Eq. (4) and the text after Eq. (3).

    Attributes
    ----------
    g_S, g_P, g_V, g_A
        Dimensionless, real or complex.
    scale
        Lambda in GeV; 10 TeV unless given.
    """

    g_S: Inexact[Array, "*n"] = 0.0
    g_P: Inexact[Array, "*n"] = 0.0
    g_V: Inexact[Array, "*n"] = 0.0
    g_A: Inexact[Array, "*n"] = 0.0
    scale: Float[Array, ""] = 1e4


def density_couplings(
    couplings: ScalarCouplings, m_b: Float[Array, ""], m_s: Float[Array, ""]
) -> tuple[Inexact[Array, "*n"], Inexact[Array, "*n"]]:
    """Couplings (g_S, g_P), complex, in which the derivative couplings are contained.

    The equations of motion of the quarks give g_S + i (m_b - m_s) g_V/Lambda and g_P - i (m_b + m_s) g_A/Lambda
    exactly; arXiv:2403.13887 neglects m_s, and with it the sign of the second.

    Parameters
    ----------
    m_b, m_s
        Quark masses, GeV.
    """
    return (
        _plus_i(couplings.g_S, (m_b - m_s) / couplings.scale, couplings.g_V),
        _plus_i(couplings.g_P, -(m_b + m_s) / couplings.scale, couplings.g_A),
    )


def _plus_i(x, factor, y):
    """Sum x + i factor y with a real factor."""
    real = jnp.real(x) - factor * jnp.imag(y)
    return lax.complex(*jnp.broadcast_arrays(real, jnp.imag(x) + factor * jnp.real(y)))
