"""Closed formulas for scalars and vectors, to compare with the brute force.

They correct arXiv:2403.13887, Appendix B. Arguments as in :mod:`tests.brute_force.rates`; K* gives
(longitudinal, transverse). A t in a name stands for a tilde; M = m_B + m_K, d = 1 - m_K^2/m_B^2.
"""

import numpy as np
from numpy import pi

from tests.brute_force.notation import Re, kinematics, named, sq


def k_scalar(c, mX, q2, mB, mK, mb, ms, Lam, ff):
    """B -> K phi: (B1), and the exact replacement of the derivative coupling."""
    k, c = kinematics(mX, mX**2, mB, mK), named(c)
    g_S = c["g_S"] + 1j * (mb - ms) * c["g_V"] / Lam
    return sq(g_S) / (8 * pi) * k.p * mB**2 * k.d**2 / (mb - ms) ** 2 * ff["f_0"] ** 2


def kstar_scalar(c, mX, q2, mB, mK, mb, ms, Lam, ff):
    """B -> K* phi: (B2), and the exact replacement of the derivative coupling."""
    k, c = kinematics(mX, mX**2, mB, mK), named(c)
    g_P = c["g_P"] - 1j * (mb + ms) * c["g_A"] / Lam
    return sq(g_P) / (2 * pi) * k.p**3 / (mb + ms) ** 2 * ff["A_0"] ** 2, 0.0


def k_vector(c, mX, q2, mB, mK, mb, ms, Lam, ff):
    """B -> K V: (B4) with the sign of an outgoing vector."""
    k, c = kinematics(mX, mX**2, mB, mK), named(c)
    h_V, h_T, fp, fT, p, M = c["h_V"], c["h_T"], ff["f_plus"], ff["f_T"], k.p, k.M
    return (p / (2 * pi)) * (
        sq(h_V) * p**2 / mX**2 * fp**2
        + 4 * sq(h_T) * p**2 / Lam**2 * mX**2 / M**2 * fT**2
        + 4 * Re(h_V, h_T) * p**2 / (M * Lam) * fp * fT
    )


def kstar_vector(c, mX, q2, mB, mK, mb, ms, Lam, ff):
    """B -> K* V: (B5) with the sign of an outgoing vector and h_V h_T in place of h_V h_Tt."""
    k, c = kinematics(mX, mX**2, mB, mK), named(c)
    h_V, h_A, h_T, h_Tt = (c[name] for name in ("h_V", "h_A", "h_T", "h_Tt"))
    V, A1, A12, T1, T2, T23 = (ff[name] for name in ("V", "A_1", "A_12", "T_1", "T_2", "T_23"))
    p, M, d = k.p, k.M, k.d
    long = (p / (2 * pi)) * (
        sq(h_A) * 16 * mK**2 / mX**2 * A12**2
        + 2 * sq(h_Tt) * mX**2 / Lam**2 * 8 * mK**2 / M**2 * T23**2
        - 2 * Re(h_A, h_Tt) * M / Lam * 16 * mK**2 / M**2 * A12 * T23
    )
    trans = (p / (2 * pi)) * (
        2 * sq(h_V) * p**2 / M**2 * V**2
        + sq(h_A) * M**2 / (2 * mB**2) * A1**2
        + 8 * sq(h_T) * p**2 / Lam**2 * T1**2
        + 2 * sq(h_Tt) * mB**2 * d**2 / Lam**2 * T2**2
        + 8 * Re(h_V, h_T) * p**2 / (M * Lam) * V * T1
        - 2 * Re(h_A, h_Tt) * M / Lam * d * A1 * T2
    )
    return long, trans


def k_scalar_pair(c, mX, q2, mB, mK, mb, ms, Lam, ff):
    """B -> K phi phibar: (B6)."""
    k, c = kinematics(mX, q2, mB, mK), named(c)
    return (k.beta / (96 * pi**3) * k.p / Lam**2) * (
        3 / 4 * sq(c["g_SS"]) * mB**2 * k.d**2 / (mb - ms) ** 2 * ff["f_0"] ** 2
        + sq(c["g_VV"]) * k.p**2 / Lam**2 * k.b2 * ff["f_plus"] ** 2
    )


def kstar_scalar_pair(c, mX, q2, mB, mK, mb, ms, Lam, ff):
    """B -> K* phi phibar: (B7) with the term of g_VV."""
    k, c = kinematics(mX, q2, mB, mK), named(c)
    p, M, pre = k.p, k.M, k.beta / (96 * pi**3) * k.p / Lam**2
    long = pre * (
        3 * sq(c["g_PS"]) * p**2 / (mb + ms) ** 2 * ff["A_0"] ** 2
        + sq(c["g_AV"]) * q2 / Lam**2 * k.b2 * 16 * mK**2 / q2 * ff["A_12"] ** 2
    )
    trans = (pre * q2 / Lam**2 * k.b2) * (
        sq(c["g_AV"]) * M**2 / (2 * mB**2) * ff["A_1"] ** 2 + sq(c["g_VV"]) * 2 * p**2 / M**2 * ff["V"] ** 2
    )
    return long, trans


def J_V(b2):
    """The function J_V of (B12)."""
    return (3 - 2 * b2 + 3 * b2**2) / 4


def k_vector_pair(c, mX, q2, mB, mK, mb, ms, Lam, ff):
    """B -> K V Vbar: (B10) with m_V^4."""
    k, c = kinematics(mX, q2, mB, mK), named(c)
    pre = k.beta * sq(c["h_S"]) * k.p * q2**2 / (512 * pi**3 * mX**4 * Lam**2)
    return pre * J_V(k.b2) * mB**2 * k.d**2 / (mb - ms) ** 2 * ff["f_0"] ** 2


def kstar_vector_pair(c, mX, q2, mB, mK, mb, ms, Lam, ff):
    """B -> K* V Vbar; not in the paper."""
    k, c = kinematics(mX, q2, mB, mK), named(c)
    pre = k.beta * sq(c["h_P"]) * k.p**3 * q2**2 / (128 * pi**3 * mX**4 * Lam**2)
    return pre * J_V(k.b2) / (mb + ms) ** 2 * ff["A_0"] ** 2, 0.0


def bs_scalar_pair(c, mX, q2, mB, mK, mb, ms, Lam, ff):
    """B_s -> phi phibar: (B13) without the term of g_AV."""
    c, beta = named(c), np.sqrt(1 - 4 * mX**2 / mB**2)
    return beta / (16 * pi) * ff["f_B"] ** 2 * mB / Lam**2 * sq(c["g_PS"]) * mB**2 / (mb + ms) ** 2


def bs_vector_pair(c, mX, q2, mB, mK, mb, ms, Lam, ff):
    """B_s -> V Vbar: (B15)."""
    c, b2 = named(c), 1 - 4 * mX**2 / mB**2
    pre = np.sqrt(b2) * sq(c["h_P"]) * ff["f_B"] ** 2 * mB**5 / (64 * pi * mX**4 * Lam**2)
    return pre * J_V(b2) * mB**2 / (mb + ms) ** 2
