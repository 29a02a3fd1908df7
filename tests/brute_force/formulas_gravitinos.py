"""Closed formulas for fermions of spin 3/2, to compare with the brute force.

They correct arXiv:2403.13887, Appendix B. Arguments as in :mod:`tests.brute_force.rates`; K* gives
(longitudinal, transverse). A t in a name stands for a tilde; M = m_B + m_K, d = 1 - m_K^2/m_B^2.
"""

from types import SimpleNamespace

import numpy as np
from numpy import pi

from tests.brute_force.notation import Re, kinematics, named, sq


def spin_three_halves(b2):
    """The functions J of beta^2."""
    return SimpleNamespace(
        Psi=(9 - 6 * b2 + 5 * b2**2) / 8,
        Psip=(5 - 6 * b2 + 9 * b2**2) / 8,
        VV=(15 - 15 * b2 + 25 * b2**2 - 9 * b2**3) / 16,
        VA=(5 - 2 * b2 + 5 * b2**2) / 8,
        TT=(15 - 20 * b2 + 23 * b2**2 - 10 * b2**3) / 8,
        TS=(9 - 5 * b2) / 4,
        TP=(7 - 3 * b2) / 4,
        TtS=(11 - 5 * b2) / 6,
        VVTT=(15 - 10 * b2 + 19 * b2**2) / 24,
        VVTtP=(15 - 10 * b2 + 3 * b2**2) / 8,
        TtTTP=(3 + b2) / 4,
        TtTTtS=(-3 + 5 * b2) / 2,
    )


def T_E(TT, TS, TtP, k, J):
    """Pair 1^-- made by tensors."""
    return (
        sq(TT) * J.TT
        + 1 / 4 * sq(TS) * k.b2**2 * J.TS
        + 5 / 16 * sq(TtP) * k.bp2 * (1 - k.b2)
        + Re(TT, TS) * k.b2**2 * J.TS
        + 5 / 4 * Re(TT, TtP) * k.bp2 * (1 - k.b2)
    )


def T_B(TtT, TP, TtS, k, J):
    """Pair 1^+- made by tensors."""
    b2 = k.b2
    return (
        sq(TtT) * b2 * J.Psi
        + 1 / 4 * sq(TP) * b2 * J.TP
        + 3 / 16 * sq(TtS) * b2 * (1 - b2) * J.TtS
        + Re(TtT, TP) * b2 * J.TtTTP
        - 1 / 4 * Re(TtT, TtS) * b2 * (1 - b2) * J.TtTTtS
        - 1 / 2 * Re(TP, TtS) * b2 * (1 - b2)
    )


def I_VT(V_, TT, TS, TtP, k, J):
    """Interference of the vector with the tensors."""
    return 6 * Re(V_, TT) * J.VVTT + 2 * Re(V_, TS) * k.b2**2 + Re(V_, TtP) * J.VVTtP


def k_gravitino_pair(c, mX, q2, mB, mK, mb, ms, Lam, ff):
    """B -> K Psi Psibar: (B11)."""
    k, c = kinematics(mX, q2, mB, mK), named(c)
    J, p, M, d, b2 = spin_three_halves(k.b2), k.p, k.M, k.d, k.b2
    fp, f0, fT = ff["f_plus"], ff["f_0"], ff["f_T"]
    E, B = [c[x] for x in ("F_TT", "F_TS", "F_TtP")], [c[x] for x in ("F_TtT", "F_TP", "F_TtS")]
    return (k.beta / (216 * pi**3) * p * q2**3 / (mX**4 * Lam**4)) * (
        ((sq(c["F_VV"]) * J.VV + sq(c["F_VA"]) * b2 * J.VA) * fp + 2 * I_VT(c["F_VV"], *E, k, J) * mX / M * fT)
        * (p**2 / q2 * fp)
        + (3 / 8)
        * (
            sq(c["F_VA"]) * (1 - b2) * J.Psi * (mb - ms) ** 2 / q2
            + sq(c["F_SS"]) * b2 * J.Psip
            + sq(c["F_SP"]) * J.Psi
            + 4 * Re(c["F_VA"], c["F_SP"]) * J.Psi * mX * (mb - ms) / q2
        )
        * (mB**2 * d**2 / (mb - ms) ** 2 * f0**2)
        + 2 * (T_E(*E, k, J) + T_B(*B, k, J)) * p**2 / M**2 * fT**2
    )


def kstar_gravitino_pair(c, mX, q2, mB, mK, mb, ms, Lam, ff):
    """B -> K* Psi Psibar; not in the paper."""
    k, c = kinematics(mX, q2, mB, mK), named(c)
    J, p, M, d, b2 = spin_three_halves(k.b2), k.p, k.M, k.d, k.b2
    V, A0, A1, A12, T1, T2, T23 = (ff[name] for name in ("V", "A_0", "A_1", "A_12", "T_1", "T_2", "T_23"))
    pre = k.beta / (216 * pi**3) * p * q2**3 / (mX**4 * Lam**4)
    E1 = T_E(c["F_TT"], c["F_TS"], c["F_TtP"], k, J) + T_B(c["F_TtT"], c["F_TP"], c["F_TtS"], k, J)
    E2 = T_E(c["F_TtT"], c["F_TtS"], c["F_TP"], k, J) + T_B(c["F_TT"], c["F_TtP"], c["F_TS"], k, J)
    I1 = I_VT(c["F_VV"], c["F_TT"], c["F_TS"], c["F_TtP"], k, J)
    I2 = I_VT(c["F_AV"], c["F_TtT"], c["F_TtS"], c["F_TP"], k, J)
    axial = sq(c["F_AV"]) * J.VV + sq(c["F_AA"]) * b2 * J.VA
    long = pre * (
        axial * 16 * mK**2 / q2 * A12**2
        + (3 / 2)
        * (
            sq(c["F_AA"]) * (1 - b2) * J.Psi * (mb + ms) ** 2 / q2
            + sq(c["F_PS"]) * b2 * J.Psip
            + sq(c["F_PP"]) * J.Psi
            - 4 * Re(c["F_AA"], c["F_PP"]) * J.Psi * mX * (mb + ms) / q2
        )
        * (p**2 / (mb + ms) ** 2 * A0**2)
        + E2 * 8 * mK**2 / M**2 * T23**2
        - I2 * mX * M / q2 * 16 * mK**2 / M**2 * A12 * T23
    )
    trans = pre * (
        2 * (sq(c["F_VV"]) * J.VV + sq(c["F_VA"]) * b2 * J.VA) * p**2 / M**2 * V**2
        + axial * M**2 / (2 * mB**2) * A1**2
        + 4 * (E1 * T1 + I1 * mX / M * V) * p**2 / q2 * T1
        + E2 * mB**2 * d**2 / q2 * T2**2
        - I2 * mX * M / q2 * d * A1 * T2
    )
    return long, trans


def bs_gravitino_pair(c, mX, q2, mB, mK, mb, ms, Lam, ff):
    """B_s -> Psi Psibar: (B16)."""
    c, b2 = named(c), 1 - 4 * mX**2 / mB**2
    J = spin_three_halves(b2)
    pre = np.sqrt(b2) / (72 * pi) * ff["f_B"] ** 2 * mB**7 / (mX**4 * Lam**4) * mB**2 / (mb + ms) ** 2
    return pre * (
        4 * sq(c["F_AA"]) * J.Psi * mX**2 * (mb + ms) ** 2 / mB**4
        + sq(c["F_PS"]) * b2 * J.Psip
        + sq(c["F_PP"]) * J.Psi
        - 4 * Re(c["F_AA"], c["F_PP"]) * J.Psi * mX * (mb + ms) / mB**2
    )
