"""Mixing of B_s and its antiparticle by new particles, H = C_VLL (sbar gamma_mu P_L b)^2 + C_VRR (R) + h.c.

The same formulas hold for B_d with lambda of b -> d. Operators with both chiralities need bag parameters that are not
here: their coefficient is given, their effect is not.
"""

from collections.abc import Mapping
from types import MappingProxyType

import jax.numpy as jnp
from jaxtyping import Array, Float, Inexact

from jaxflav.io.errors import UnknownNameError
from jaxflav.models.common.numbers import value
from jaxflav.models.common.phase_space import nan_if_negative
from jaxflav.numerics.complex_values import abs2

BOXES: Mapping[str, float] = MappingProxyType({"S1": 1.0, "S3": 5.0, "R2~": 2.0})


def standard_model_coefficient(
    lambda_t: Inexact[Array, "*n"], m_W: Float[Array, ""], G_F: Float[Array, ""]
) -> Inexact[Array, "*n"]:
    """C_VLL = G_F^2 m_W^2 lambda_t^2 S_0 eta_B/(4 pi^2) at m_b, GeV^-2; about 7.3e-11 for B_s. [N]

    Parameters
    ----------
    lambda_t
        V_tb V_ts^*, complex or its modulus.
    m_W
        GeV.
    G_F
        GeV^-2.
    """
    loop = value("meson_mixing.yaml", "S_0") * value("meson_mixing.yaml", "eta_B")
    return G_F**2 * m_W**2 * lambda_t**2 * loop / (4 * jnp.pi**2)


def vector_coefficients(
    g_L: Inexact[Array, "*n"], g_R: Inexact[Array, "*n"], mass: Float[Array, "*n"]
) -> tuple[Inexact[Array, "*n"], Inexact[Array, "*n"], Inexact[Array, "*n"]]:
    """Coefficients of VLL, VRR and VLR, (sbar gamma_mu P_L b)(sbar gamma^mu P_R b), of a heavy Z' at its mass, GeV^-2.

    g_L^2/(2 M^2), g_R^2/(2 M^2), g_L g_R/M^2 for L = Z'_mu sbar gamma^mu (g_L P_L + g_R P_R) b + h.c., from -J J/(2
    M^2) of a real field; models_heavy 1.7.
    """
    inverse = 1 / nan_if_negative(mass) ** 2
    return g_L**2 * inverse / 2, g_R**2 * inverse / 2, g_L * g_R * inverse


def leptoquark_coefficient(name: str, product: Inexact[Array, "*n"], mass: Float[Array, "*n"]) -> Inexact[Array, "*n"]:
    """Coefficient n (sum_j y_sj^* y_bj)^2/(128 pi^2 M^2) of the box of a scalar leptoquark at its mass, GeV^-2.

    n is 1 for S1, 5 for S3 and 2 for R2~, whose operator is that of right-handed quarks. Size [N], sign [L];
    models_heavy 1.6.

    Parameters
    ----------
    name
        S1, S3 or R2~.
    product
        sum_j y_sj^* y_bj.
    mass
        GeV.

    Raises
    ------
    UnknownNameError
        If the leptoquark is none of these.
    """
    if name not in BOXES:
        raise UnknownNameError("scalar leptoquark with a box", name, BOXES)
    return BOXES[name] * product**2 / (128 * jnp.pi**2 * nan_if_negative(mass) ** 2)


def mass_difference_ratio(new: Inexact[Array, "*n"], standard_model: Inexact[Array, "*n"]) -> Float[Array, "*n"]:
    """Delta m/Delta m_SM = |1 + C/C_SM|, with the sum of C_VLL and C_VRR at m_b: ``running.mixing_factor``. [N]

    The derivative is finite unless the two cancel exactly, where it is 0.
    """
    square = abs2(standard_model + new) / abs2(standard_model)
    cancels = square == 0
    return jnp.where(cancels, 0.0, jnp.sqrt(jnp.where(cancels, 1.0, square)))
