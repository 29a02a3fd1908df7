"""Neutrino couplings from the conventions of other programs: EOS, flavio, and the JMS basis of WCxf."""

from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Inexact

from jaxflav.couplings.neutrino import NeutrinoCouplings, neutrino_couplings, neutrino_unit
from jaxflav.couplings.neutrino_bases import basis_names, from_basis, to_basis
from jaxflav.inputs.parameters import Parameters

# alpha_e(m_b) of EOS: together with it cVL = 6.613 is X_t/sin^2(theta_w) with alpha(m_Z)
EOS_ALPHA = 1 / 133

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


def flavio_names() -> tuple[str, ...]:
    """The eighteen names of ``from_flavio``."""
    return basis_names("flavio")


def from_flavio(
    parameters: Parameters,
    coefficients: Mapping[str, Complex[Array, ""]],
    *,
    alpha: Float[Array, ""] | str = "m_Z",
    add_standard_model: bool = True,
) -> NeutrinoCouplings:
    """Couplings from the coefficients ``CL_bsnuenue``, ``CR_bsnumunutau`` ... of flavio and its WCxf basis.

    The operators and the sign are those of C_L and C_R with the flavours exchanged: ``CL_bsnumunutau`` multiplies
    (nubar_tau ... nu_mu), and is added to C_L[2, 1]. In flavio, as in WCxf, the values are those of new physics alone,
    to which the Standard Model (-6.4 here) is added.

    Parameters
    ----------
    alpha
        Electromagnetic coupling in the operators: "m_Z" for alpha(m_Z), with which WCxf files are translated, or a
        number: ``FLAVIO_ALPHA`` for that of flavio's rates at 4.8 GeV, where amplitudes are 3.15 % smaller.

    Raises
    ------
    UnknownNameError
        If a name is not one of the eighteen.
    """
    return from_basis("flavio", parameters, coefficients, alpha=alpha, add_standard_model=add_standard_model)


def to_flavio(
    parameters: Parameters, couplings: NeutrinoCouplings, *, alpha: Float[Array, ""] | str = "m_Z"
) -> dict[str, Complex[Array, ""]]:
    """Coefficients of flavio, of new physics alone: the inverse of ``from_flavio`` for the vector operators."""
    return to_basis("flavio", parameters, couplings, alpha=alpha)


def from_jms(
    parameters: Parameters,
    coefficients: Mapping[str, Complex[Array, ""]],
    lambda_t: Complex[Array, ""],
    *,
    add_standard_model: bool = True,
) -> NeutrinoCouplings:
    """Couplings from the coefficients ``VnudLL_1123``, ``VnudLR_2332`` ... of the JMS basis, in GeV^-2.

    L = sum C (nubar_i gamma_mu P_L nu_j)(sbar gamma^mu P_X b) + h.c. for the names _ij23, where i <= j, and
    L = sum C (nubar_i gamma_mu P_L nu_j)(bbar gamma^mu P_X s) + h.c. for the names _ij32, where i < j: new physics
    alone.

    Parameters
    ----------
    lambda_t
        V_tb V_ts^* in the phase convention of the coefficients, about -0.041 in that of the PDG: the sign of the
        interference with the Standard Model depends on it. Only its phase is used.

    Raises
    ------
    UnknownNameError
        If a name is not one of the eighteen.
    InputError
        If a name is the hermitian conjugate of one of the eighteen, such as ``VnudLL_2123`` of ``VnudLL_1232``.
    """
    return from_basis("JMS", parameters, coefficients, lambda_t=lambda_t, add_standard_model=add_standard_model)
