"""Neutrino couplings from the conventions of other programs: EOS, flavio, and the JMS basis of WCxf."""

from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Inexact

from jaxflav.couplings.neutrino import (
    NeutrinoCouplings,
    neutrino_couplings,
    neutrino_unit,
    sm_vector_coefficient,
)
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import UnknownNameError

# alpha_e(m_b) of EOS: together with it cVL = 6.613 is X_t/sin^2(theta_w) with alpha(m_Z)
EOS_ALPHA = 1 / 133

_FLAVOURS = ("e", "mu", "tau")
_FLAVIO = {
    f"C{X}_bsnu{a}nu{b}": (f"C_{X}", i, j)
    for X in "LR"
    for i, a in enumerate(_FLAVOURS)
    for j, b in enumerate(_FLAVOURS)
}


def flavio_names() -> tuple[str, ...]:
    """The eighteen names of ``from_flavio``."""
    return tuple(_FLAVIO)


_JMS = {f"Vnud{Y}_{i + 1}{j + 1}23": (f"C_{Y[1]}", i, j) for Y in ("LL", "LR") for i in range(3) for j in range(3)}
_ANTISYMMETRIC = np.array([[0.0, 1.0, 1.0], [-1.0, 0.0, 1.0], [-1.0, -1.0, 0.0]])


def from_eos(
    parameters: Parameters,
    *,
    cVL: Inexact[Array, ""] = 0.0,
    cVR: Inexact[Array, ""] = 0.0,
    cSL: Inexact[Array, ""] = 0.0,
    cSR: Inexact[Array, ""] = 0.0,
    cTL: Inexact[Array, ""] = 0.0,
    alpha: Float[Array, ""] = EOS_ALPHA,
) -> NeutrinoCouplings:
    """Couplings from the coefficients ``sbnunu::cVL`` ... of EOS, used in arXiv:2507.12393.

    EOS writes H = + (4 G_F/sqrt2) lambda_t alpha/(2 pi) sum C O with the same O for each of three flavours, and counts
    the rate of one flavour three times. Vector coefficients have the opposite sign of C_L and C_R: that of the Standard
    Model is +6.613 in EOS. Values are total: give cVL of the Standard Model too.

    Parameters
    ----------
    cVL, cVR, cSL, cSR, cTL
        Dimensionless, real or complex.
    alpha
        Electromagnetic coupling of the program that the coefficients belong to; the default is that of EOS. Here the
        operators have alpha(m_Z), and only the product counts.

    Notes
    -----
    The antisymmetric tensor operator has no diagonal elements: cTL is spread over the pairs of different flavours
    so that all rates are those of EOS.
    """
    ratio = alpha / parameters["alpha_mZ"]
    unit = neutrino_unit(parameters) * ratio
    cVL, cVR, cSL, cSR, cTL = (jnp.asarray(c, complex) for c in (cVL, cVR, cSL, cSR, cTL))
    return neutrino_couplings(
        parameters,
        C_L=_times(-ratio * jnp.eye(3), cVL),
        C_R=_times(-ratio * jnp.eye(3), cVR),
        SLL=_times(-unit * jnp.eye(3), cSL),
        SLR=_times(-unit * jnp.eye(3), cSR),
        TLL=_times(-unit / jnp.sqrt(2.0) * _ANTISYMMETRIC, cTL),
    )


def _times(matrix, coefficient):
    return jnp.asarray(matrix, complex) * coefficient


def from_flavio(
    parameters: Parameters, coefficients: Mapping[str, Complex[Array, ""]], *, add_standard_model: bool = True
) -> NeutrinoCouplings:
    """Couplings from the coefficients ``CL_bsnuenue``, ``CR_bsnumunutau`` ... of flavio and its WCxf basis.

    The operators and the sign are those of C_L and C_R; in flavio, as in WCxf, the values are those of new physics
    alone, to which the Standard Model (-6.4 here) is added. flavio's operators have alpha at its scale, 4.8 GeV, and
    those here alpha(m_Z): multiply the values by the ratio where its 3 % matter.

    Raises
    ------
    UnknownNameError
        If a name is not one of the eighteen.
    """
    return neutrino_couplings(parameters, **_vectors(parameters, coefficients, _FLAVIO, 1.0, add_standard_model))


def to_flavio(parameters: Parameters, couplings: NeutrinoCouplings) -> dict[str, Complex[Array, ""]]:
    """Coefficients of flavio, of new physics alone: the inverse of ``from_flavio`` for the vector operators."""
    standard_model = jnp.asarray(sm_vector_coefficient(parameters) * jnp.eye(3), complex)
    new = {"C_L": couplings.C_L - standard_model, "C_R": couplings.C_R}
    return {name: new[matrix][i, j] for name, (matrix, i, j) in _FLAVIO.items()}


def from_jms(
    parameters: Parameters,
    coefficients: Mapping[str, Complex[Array, ""]],
    lambda_t: Complex[Array, ""],
    *,
    add_standard_model: bool = True,
) -> NeutrinoCouplings:
    """Couplings from the coefficients ``VnudLL_1123``, ``VnudLR_3323`` ... of the JMS basis, in GeV^-2.

    L = sum C (nubar_i gamma_mu P_L nu_j)(sbar gamma^mu P_X b) + h.c., new physics alone.

    Parameters
    ----------
    lambda_t
        V_tb V_ts^* in the phase convention of the coefficients, about -0.041 in that of the PDG: the sign of the
        interference with the Standard Model depends on it. Only its phase is used.

    Raises
    ------
    UnknownNameError
        If a name is not one of the eighteen.
    """
    lambda_t = jnp.asarray(lambda_t, complex)
    factor = jnp.asarray(jnp.abs(lambda_t) / neutrino_unit(parameters), complex) / lambda_t
    return neutrino_couplings(parameters, **_vectors(parameters, coefficients, _JMS, factor, add_standard_model))


def _vectors(parameters, coefficients, names, factor, add_standard_model):
    matrices = {name: jnp.zeros((3, 3), complex) for name in ("C_L", "C_R")}
    if add_standard_model:
        matrices["C_L"] = jnp.asarray(sm_vector_coefficient(parameters) * jnp.eye(3), complex)
    for name, value in coefficients.items():
        if name not in names:
            raise UnknownNameError("Wilson coefficient", name, names)
        matrix, i, j = names[name]
        matrices[matrix] = matrices[matrix].at[i, j].add(factor * jnp.asarray(value, complex))
    return matrices
