"""Currents of the invisible particles: the factor beside the quark current in each operator.

arXiv:2403.13887, Eqs. (3)-(5). Each function returns {coupling: Current}, with arrays
[point, spin 1, spin 2, upper Lorentz indices] for outgoing particles; 1 is the particle, 2 the antiparticle.
"""

from typing import NamedTuple

import numpy as np

from tests.brute_force.dirac import (
    GAMMA,
    GAMMA_5,
    IDENTITY,
    METRIC,
    SIGMA,
    SIGNS,
    bar,
    polarisation_vectors,
    rarita_schwinger_u,
    rarita_schwinger_v,
    spinor_u,
    spinor_v,
)


class Current(NamedTuple):
    """One operator: the quark structure it multiplies, the power of 1/Lambda, the current."""

    structure: str
    power: int
    array: np.ndarray


def scalar(q, m):
    """One phi: g_S, g_P, and the derivative couplings g_V, g_A, where d^mu -> + i q^mu since phi goes out."""
    ones = np.ones((len(q), 1, 1))
    gradient = 1j * q[:, None, None]
    return {
        "g_S": Current("S", 0, ones),
        "g_P": Current("P", 0, ones),
        "g_V": Current("V", 1, gradient),
        "g_A": Current("A", 1, gradient),
    }


def vector(q, m):
    """One V: h_V, h_A, h_T, h_Tt; V^{mn} -> i (q^m eps*^n - q^n eps*^m) since V goes out."""
    conj = np.conj(polarisation_vectors(q, m))
    product = np.einsum("xm,xsn->xsmn", q, conj)
    strength = 1j * (product - np.swapaxes(product, -1, -2))
    return {
        "h_V": Current("V", 0, conj[:, :, None]),
        "h_A": Current("A", 0, conj[:, :, None]),
        "h_T": Current("T", 1, strength[:, :, None]),
        "h_Tt": Current("Tt", 1, strength[:, :, None]),
    }


def scalar_pair(k1, m1, k2, m2):
    """A pair phi phi^dag: g_SS, g_PS, g_VV, g_AV, with phi^dag i (d -> - <- d)^mu phi -> (k1 - k2)^mu."""
    ones = np.ones((len(k1), 1, 1))
    flow = (k1 - k2)[:, None, None]
    return {
        "g_SS": Current("S", 1, ones),
        "g_PS": Current("P", 1, ones),
        "g_VV": Current("V", 2, flow),
        "g_AV": Current("A", 2, flow),
    }


def vector_pair(k1, m1, k2, m2):
    """A pair V V^dag: h_S, h_P."""
    e1, e2 = np.conj(polarisation_vectors(k1, m1)), np.conj(polarisation_vectors(k2, m2))
    product = np.einsum("xsm,m,xtm->xst", e1, SIGNS, e2)
    return {"h_S": Current("S", 1, product), "h_P": Current("P", 1, product)}


# suffix of the coupling -> the quark structures it goes with, in the names of the even and the odd operator
_QUARKS = {"V": ("V", "A"), "A": ("V", "A"), "S": ("S", "P"), "P": ("S", "P"), "T": ("T", "Tt")}


def _operators(letter, bilinears):
    return {
        f"{letter}_{quark}{suffix}": Current(quark, 2, array)
        for suffix, array in bilinears.items()
        for quark in _QUARKS[suffix]
    }


def _bilinears(product):
    """The five bilinears from the function product(matrices [..., 4, 4]) -> [point, spin, spin, ...]."""
    return {
        "S": product(IDENTITY),
        "P": product(GAMMA_5),
        "V": product(GAMMA),
        "A": product(GAMMA @ GAMMA_5),
        "T": product(SIGMA),
    }


def fermion_pair(k1, m1, k2, m2):
    """A pair psi_1 psibar_2 of psibar_1 Gamma psi_2, masses m1 and m2: f_VV, f_VA, ..., f_TT, f_TtT."""
    u, v = bar(spinor_u(k1, m1)), spinor_v(k2, m2)
    return _operators("f", _bilinears(lambda matrix: np.einsum("xsi,...ij,xtj->xst...", u, matrix, v)))


def gravitino_pair(k1, m1, k2, m2):
    """A pair Psi Psibar of spin 3/2: F_VV, ..., F_TtT, and F_TS, F_TP, F_TtS, F_TtP of Psibar^[m Gamma Psi^n]."""
    u, v = bar(rarita_schwinger_u(k1, m1)), rarita_schwinger_v(k2, m2)
    contracted = np.einsum("xsmi,mn->xsni", u, METRIC)
    currents = _operators(
        "F", _bilinears(lambda matrix: np.einsum("xsmi,...ij,xtmj->xst...", contracted, matrix, v, optimize=True))
    )
    for suffix, matrix in (("S", IDENTITY), ("P", GAMMA_5)):
        open_indices = np.einsum("xsmi,ij,xtnj->xstmn", u, matrix, v, optimize=True)
        bracket = 0.5j * (open_indices - np.swapaxes(open_indices, -1, -2))
        for quark in ("T", "Tt"):
            currents[f"F_{quark}{suffix}"] = Current(quark, 2, bracket)
    return currents


def both_contractions(function, sign):
    """Currents {name, name + "_exchanged"} of two particles that either field of the operator can make.

    The sign of the exchanged contraction is -1 for fermions. It holds for v = C ubar^T.
    """

    def both(k1, m1, k2, m2):
        currents = function(k1, m1, k2, m2)
        for name, other in function(k2, m2, k1, m1).items():
            currents[f"{name}_exchanged"] = other._replace(array=sign * np.swapaxes(other.array, 1, 2))
        return currents

    return both
