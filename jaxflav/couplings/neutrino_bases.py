"""Neutrino couplings in the four bases of WCxf (arXiv:1712.05298) that have b -> s nu nubar.

All coefficients are of new physics alone, and L = sum C O + h.c. With A_X^ij the coefficient of
(nubar_i gamma_mu P_L nu_j)(sbar gamma^mu P_X b) in GeV^-2, which is unit lambda_t/|lambda_t| C_X^ij here:

    basis        names                             coefficients
    flavio       CX_bsnu{i}nu{j}                   A_X^ji = (4 G_F/sqrt2) lambda_t alpha/(2 pi) value
    JMS          VnudLX_{ij}23, i <= j             A_X^ij = value
                 VnudLX_{ij}32, i < j              A_X^ji = conj(value)
    Bern         nu1sb{i}{j} (L), nu1psb{i}{j} (R) A_X^ij = (4 G_F/sqrt2) value
    FlavorKit    FVXL_32{ij}, i < j                A_X^ji = value
                 FVXL_23{ij}, i <= j               A_X^ij = conj(value)

The operators are those of the basis files of WCxf; in flavio and FlavorKit the flavours within the current are
exchanged. JMS and FlavorKit have no names for the hermitian conjugates of these operators.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from jaxflav.couplings.neutrino import NeutrinoCouplings, neutrino_couplings, neutrino_unit, sm_vector_coefficient
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError, UnknownNameError

# V_tb V_ts^* in the phase convention of the PDG, from |V_us|, |V_ub|, |V_cb| = 0.22501, 0.003732, 0.04183 and delta =
# 1.147 of the global fit, PDG2024
PDG_LAMBDA_T = -0.041066 + 0.000764j
# alpha_e(4.8 GeV), with which flavio 2.7.1 computes rates from its coefficients
FLAVIO_ALPHA = 0.007569084895987922


class Place(NamedTuple):
    """Where a value goes: the element [i, j] of the matrix, perhaps complex-conjugated."""

    matrix: str
    i: int
    j: int
    conjugate: bool


_FLAVOURS = ("e", "mu", "tau")
_PAIRS = [(i, j) for i in range(3) for j in range(3)]
_CHIRAL = ("L", "R")
_BASES: dict[str, dict[str, Place]] = {
    "flavio": {
        f"C{X}_bsnu{_FLAVOURS[j]}nu{_FLAVOURS[i]}": Place(f"C_{X}", i, j, False) for X in _CHIRAL for i, j in _PAIRS
    },
    "JMS": {
        **{f"VnudL{X}_{i + 1}{j + 1}23": Place(f"C_{X}", i, j, False) for X in _CHIRAL for i, j in _PAIRS if i <= j},
        **{f"VnudL{X}_{j + 1}{i + 1}32": Place(f"C_{X}", i, j, True) for X in _CHIRAL for i, j in _PAIRS if j < i},
    },
    "Bern": {
        f"nu1{prime}sb{_FLAVOURS[i]}{_FLAVOURS[j]}": Place(f"C_{X}", i, j, False)
        for X, prime in (("L", ""), ("R", "p"))
        for i, j in _PAIRS
    },
    "FlavorKit": {
        **{f"FV{X}L_32{j + 1}{i + 1}": Place(f"C_{X}", i, j, False) for X in _CHIRAL for i, j in _PAIRS if j < i},
        **{f"FV{X}L_23{i + 1}{j + 1}": Place(f"C_{X}", i, j, True) for X in _CHIRAL for i, j in _PAIRS if i <= j},
    },
}
BASES = tuple(_BASES)
# of names with four indices, where exchanging those of both currents is hermitian conjugation
_INDICES = re.compile(r"(VnudL[LR]_|FV[LR]L_)([123])([123])([123])([123])")


def basis_names(basis: str) -> tuple[str, ...]:
    """The eighteen names of a basis; raises ``UnknownNameError`` for an unknown one."""
    if basis not in _BASES:
        raise UnknownNameError("basis of b -> s nu nubar", basis, _BASES)
    return tuple(_BASES[basis])


def check_name(basis: str, name: str) -> None:
    """Check that a name is one of a basis.

    Raises
    ------
    UnknownNameError
        If it is not.
    InputError
        If it is the hermitian conjugate of one: the message names that.
    """
    names = basis_names(basis)
    if name in names:
        return
    conjugate = conjugate_name(name)
    if conjugate in names:
        raise InputError(
            f"{name} is not a coefficient of the basis {basis}, which has its hermitian conjugate: give conj(value) as "
            f"{conjugate}"
        )
    raise UnknownNameError("Wilson coefficient", name, names)


def conjugate_name(name: str) -> str | None:
    """Name of the hermitian conjugate operator, None where the basis has no names for these."""
    found = _INDICES.fullmatch(name)
    return None if found is None else "{}{}{}{}{}".format(*(found[k] for k in (1, 3, 2, 5, 4)))


def from_basis(
    basis: str,
    parameters: Parameters,
    coefficients: Mapping[str, Complex[Array, ""]],
    *,
    lambda_t: Complex[Array, ""] = PDG_LAMBDA_T,
    alpha: Float[Array, ""] | str = "m_Z",
    add_standard_model: bool = True,
) -> NeutrinoCouplings:
    """Couplings from coefficients of new physics in a basis of WCxf; those not given are 0.

    Parameters
    ----------
    basis
        One of ``BASES``; the formulas are at the head of this file.
    coefficients
        By name; flavio and Bern dimensionless, JMS and FlavorKit in GeV^-2.
    lambda_t
        V_tb V_ts^* in the phase convention of JMS, Bern and FlavorKit coefficients, by default that of the PDG: the
        sign of the interference with the Standard Model depends on it. Only its phase is used; its absolute value is
        that of the parameters.
    alpha
        Electromagnetic coupling in the operators of the basis flavio: "m_Z" for alpha(m_Z) of the parameters, with
        which ``wilson`` translates, or a number. flavio itself takes alpha(4.8 GeV), ``FLAVIO_ALPHA``: its amplitudes
        of new physics are 3.15 % smaller than those of the same file in another basis.
    add_standard_model
        Whether to add C_L of the Standard Model.

    Raises
    ------
    UnknownNameError
        If the basis or a name is unknown.
    InputError
        If a name is the hermitian conjugate of one of the basis, or alpha is neither "m_Z" nor positive.
    """
    factor = 1 / _value_of_one(basis, parameters, neutrino_unit(parameters), lambda_t, alpha)
    matrices = {name: jnp.zeros((3, 3), complex) for name in ("C_L", "C_R")}
    if add_standard_model:
        matrices["C_L"] = _standard_model(parameters)
    for name, value in coefficients.items():
        check_name(basis, name)
        matrix, i, j, conjugate = _BASES[basis][name]
        value = jnp.asarray(value, complex)
        matrices[matrix] = matrices[matrix].at[i, j].add(factor * (jnp.conj(value) if conjugate else value))
    return neutrino_couplings(parameters, **matrices)


def to_basis(
    basis: str,
    parameters: Parameters,
    couplings: NeutrinoCouplings,
    *,
    lambda_t: Complex[Array, ""] = PDG_LAMBDA_T,
    alpha: Float[Array, ""] | str = "m_Z",
) -> dict[str, Complex[Array, ""]]:
    """All coefficients of new physics of a basis: the inverse of ``from_basis`` for the vector operators.

    Raises
    ------
    UnknownNameError
        If the basis is unknown.
    InputError
        If the couplings are of another transition than b -> s, or alpha is neither "m_Z" nor positive.
    """
    names = basis_names(basis)
    if couplings.ckm != "lambda_t":
        raise InputError(f"expected couplings of b -> s, found those with {couplings.ckm}, which have other names")
    factor = _value_of_one(basis, parameters, couplings.unit, lambda_t, alpha)
    new = {"C_L": factor * (couplings.C_L - _standard_model(parameters)), "C_R": factor * couplings.C_R}
    found = {}
    for name in names:
        matrix, i, j, conjugate = _BASES[basis][name]
        found[name] = jnp.conj(new[matrix][i, j]) if conjugate else new[matrix][i, j]
    return found


def _standard_model(parameters):
    return jnp.asarray(sm_vector_coefficient(parameters) * jnp.eye(3), complex)


def _value_of_one(basis, parameters, unit, lambda_t, alpha):
    """Value in the basis of C_X^ij = 1, before the conjugation of some."""
    basis_names(basis)
    if basis == "flavio":
        return jnp.asarray(_alpha_ratio(parameters, alpha), complex)
    lambda_t = jnp.asarray(lambda_t, complex)
    size = jnp.abs(unit) / jnp.abs(lambda_t)
    if basis == "Bern":
        size = size * jnp.sqrt(2.0) / (4 * parameters["G_F"])
    return jnp.asarray(size, complex) * lambda_t


def _alpha_ratio(parameters, alpha):
    check_alpha(alpha)
    return 1.0 if isinstance(alpha, str) else parameters["alpha_mZ"] / jnp.asarray(alpha, float)


def check_alpha(alpha: Float[Array, ""] | str) -> None:
    """Check that alpha is "m_Z" or a positive number; raises ``InputError``."""
    if isinstance(alpha, jax.core.Tracer) or (isinstance(alpha, str) and alpha == "m_Z"):
        return
    if isinstance(alpha, str) or not (np.isfinite(alpha) and alpha > 0):
        raise InputError(f'alpha must be "m_Z" or a positive number such as 1/132.1, found {alpha!r}')
