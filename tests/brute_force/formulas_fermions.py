"""Closed formulas for fermions of spin 1/2, to compare with the brute force.

They correct arXiv:2403.13887, Appendix B. Arguments as in :mod:`tests.brute_force.rates`; K* gives
(longitudinal, transverse). A t in a name stands for a tilde; M = m_B + m_K, d = 1 - m_K^2/m_B^2.
"""

import numpy as np
from numpy import pi

from tests.brute_force.notation import Re, kinematics, named, sq


def k_fermion_pair(c, mX, q2, mB, mK, mb, ms, Lam, ff):
    """B -> K psi psibar: (B8)."""
    k, c = kinematics(mX, q2, mB, mK), named(c)
    p, M, d, b2, bp2, bpp2 = k.p, k.M, k.d, k.b2, k.bp2, k.bpp2
    fp, f0, fT = ff["f_plus"], ff["f_0"], ff["f_T"]
    return (k.beta / (24 * pi**3) * p * q2 / Lam**4) * (
        ((sq(c["f_VV"]) * bp2 + sq(c["f_VA"]) * b2) * fp + 12 * Re(c["f_VV"], c["f_TT"]) * mX / M * fT)
        * (p**2 / q2 * fp)
        + (3 / 8)
        * (
            4 * sq(c["f_VA"]) * mX**2 * (mb - ms) ** 2 / q2**2
            + sq(c["f_SS"]) * b2
            + sq(c["f_SP"])
            + 4 * Re(c["f_VA"], c["f_SP"]) * mX * (mb - ms) / q2
        )
        * (mB**2 * d**2 / (mb - ms) ** 2 * f0**2)
        + 2 * (sq(c["f_TT"]) * bpp2 + sq(c["f_TtT"]) * b2) * p**2 / M**2 * fT**2
    )


def kstar_fermion_pair(c, mX, q2, mB, mK, mb, ms, Lam, ff):
    """B -> K* psi psibar: (B9) with the sign of V T_1 from heavy-quark symmetry."""
    k, c = kinematics(mX, q2, mB, mK), named(c)
    p, M, d, b2, bp2, bpp2 = k.p, k.M, k.d, k.b2, k.bp2, k.bpp2
    V, A0, A1, A12, T1, T2, T23 = (ff[name] for name in ("V", "A_0", "A_1", "A_12", "T_1", "T_2", "T_23"))
    pre = k.beta / (24 * pi**3) * p * q2 / Lam**4
    axial = sq(c["f_AV"]) * bp2 + sq(c["f_AA"]) * b2
    odd_tensor = sq(c["f_TT"]) * b2 + sq(c["f_TtT"]) * bpp2
    long = pre * (
        axial * 16 * mK**2 / q2 * A12**2
        + (3 / 2)
        * (
            4 * sq(c["f_AA"]) * mX**2 * (mb + ms) ** 2 / q2**2
            + sq(c["f_PS"]) * b2
            + sq(c["f_PP"])
            - 4 * Re(c["f_AA"], c["f_PP"]) * mX * (mb + ms) / q2
        )
        * (p**2 / (mb + ms) ** 2 * A0**2)
        + odd_tensor * 8 * mK**2 / M**2 * T23**2
        - 6 * Re(c["f_AV"], c["f_TtT"]) * mX * M / q2 * 16 * mK**2 / M**2 * A12 * T23
    )
    trans = pre * (
        2 * (sq(c["f_VV"]) * bp2 + sq(c["f_VA"]) * b2) * p**2 / M**2 * V**2
        + axial * M**2 / (2 * mB**2) * A1**2
        + (4 * p**2 / q2 * T1)
        * ((sq(c["f_TT"]) * bpp2 + sq(c["f_TtT"]) * b2) * T1 + 6 * Re(c["f_VV"], c["f_TT"]) * mX / M * V)
        + odd_tensor * mB**2 * d**2 / q2 * T2**2
        - 6 * Re(c["f_AV"], c["f_TtT"]) * mX * M / q2 * d * A1 * T2
    )
    return long, trans


def bs_fermion_pair(c, mX, q2, mB, mK, mb, ms, Lam, ff):
    """B_s -> psi psibar: (B14)."""
    c, b2 = named(c), 1 - 4 * mX**2 / mB**2
    return (np.sqrt(b2) / (8 * pi) * ff["f_B"] ** 2 * mB**3 / Lam**4 * mB**2 / (mb + ms) ** 2) * (
        4 * sq(c["f_AA"]) * mX**2 * (mb + ms) ** 2 / mB**4
        + sq(c["f_PS"]) * b2
        + sq(c["f_PP"])
        - 4 * Re(c["f_AA"], c["f_PP"]) * mX * (mb + ms) / mB**2
    )


def _two_masses(m1, m2, q2):
    """Sum and difference of the masses, and 1 - difference^2/q2, 1 - sum^2/q2: 1 and beta^2 of equal masses."""
    plus, minus = m1 + m2, m1 - m2
    return plus, minus, 1 - minus**2 / q2, 1 - plus**2 / q2


def k_two_fermions(c, masses, q2, mB, mK, mb, ms, Lam, ff):
    """B -> K psi_1 antipsi_2 from psibar_1 Gamma psi_2."""
    k, c = kinematics(0.0, q2, mB, mK), named(c)
    p, M, d = k.p, k.M, k.d
    fp, f0, fT = ff["f_plus"], ff["f_0"], ff["f_T"]
    S, D, u, s = _two_masses(*masses, q2)
    return (np.sqrt(u * s) / (24 * pi**3) * p * q2 / Lam**4) * (
        (
            (sq(c["f_VV"]) * u * (1 + S**2 / (2 * q2)) + sq(c["f_VA"]) * s * (1 + D**2 / (2 * q2))) * fp
            + 6 * (u * S * Re(c["f_VV"], c["f_TT"]) + s * D * Re(c["f_VA"], c["f_TtT"])) / M * fT
        )
        * (p**2 / q2 * fp)
        + (3 / 8)
        * (u * sq(c["f_SP"] + c["f_VA"] * S * (mb - ms) / q2) + s * sq(c["f_SS"] + c["f_VV"] * D * (mb - ms) / q2))
        * (mB**2 * d**2 / (mb - ms) ** 2 * f0**2)
        + (2 * p**2 / M**2 * fT**2)
        * (sq(c["f_TT"]) * u * (1 + 2 * S**2 / q2) + sq(c["f_TtT"]) * s * (1 + 2 * D**2 / q2))
    )


def kstar_two_fermions(c, masses, q2, mB, mK, mb, ms, Lam, ff):
    """B -> K* psi_1 antipsi_2 from psibar_1 Gamma psi_2."""
    k, c = kinematics(0.0, q2, mB, mK), named(c)
    p, M, d = k.p, k.M, k.d
    V, A0, A1, A12, T1, T2, T23 = (ff[name] for name in ("V", "A_0", "A_1", "A_12", "T_1", "T_2", "T_23"))
    S, D, u, s = _two_masses(*masses, q2)
    pre = np.sqrt(u * s) / (24 * pi**3) * p * q2 / Lam**4
    VV, VA = u * (1 + S**2 / (2 * q2)), s * (1 + D**2 / (2 * q2))
    TE, TB = u * (1 + 2 * S**2 / q2), s * (1 + 2 * D**2 / q2)
    axial = sq(c["f_AV"]) * VV + sq(c["f_AA"]) * VA
    odd_tensor = sq(c["f_TT"]) * TB + sq(c["f_TtT"]) * TE
    even_mixed = u * S * Re(c["f_VV"], c["f_TT"]) + s * D * Re(c["f_VA"], c["f_TtT"])
    odd_mixed = u * S * Re(c["f_AV"], c["f_TtT"]) + s * D * Re(c["f_AA"], c["f_TT"])
    long = pre * (
        axial * 16 * mK**2 / q2 * A12**2
        + (3 / 2)
        * (u * sq(c["f_PP"] - c["f_AA"] * S * (mb + ms) / q2) + s * sq(c["f_PS"] - c["f_AV"] * D * (mb + ms) / q2))
        * (p**2 / (mb + ms) ** 2 * A0**2)
        + odd_tensor * 8 * mK**2 / M**2 * T23**2
        - 3 * odd_mixed * M / q2 * 16 * mK**2 / M**2 * A12 * T23
    )
    trans = pre * (
        2 * (sq(c["f_VV"]) * VV + sq(c["f_VA"]) * VA) * p**2 / M**2 * V**2
        + axial * M**2 / (2 * mB**2) * A1**2
        + 4 * ((sq(c["f_TT"]) * TE + sq(c["f_TtT"]) * TB) * T1 + 3 * even_mixed / M * V) * p**2 / q2 * T1
        + odd_tensor * mB**2 * d**2 / q2 * T2**2
        - 3 * odd_mixed * M / q2 * d * A1 * T2
    )
    return long, trans


def bs_two_fermions(c, masses, q2, mB, mK, mb, ms, Lam, ff):
    """B_s -> psi_1 antipsi_2 from psibar_1 Gamma psi_2."""
    c = named(c)
    S, D, u, s = _two_masses(*masses, mB**2)
    return (np.sqrt(u * s) / (8 * pi) * ff["f_B"] ** 2 * mB**3 / Lam**4 * mB**2 / (mb + ms) ** 2) * (
        u * sq(c["f_PP"] - c["f_AA"] * S * (mb + ms) / mB**2) + s * sq(c["f_PS"] - c["f_AV"] * D * (mb + ms) / mB**2)
    )


def k_neutrino_and_sterile(c, mX, q2, mB, mK, mb, ms, Lam, ff):
    """B -> K nu Nbar from nubar Gamma N, nu massless, N of mass mX."""
    k, c = kinematics(0.0, q2, mB, mK), named(c)
    p, M, d = k.p, k.M, k.d
    fp, f0, fT = ff["f_plus"], ff["f_0"], ff["f_T"]
    b = 1 - mX**2 / q2
    return (b**2 / (24 * pi**3) * p * q2 / Lam**4) * (
        (
            (sq(c["f_VV"]) + sq(c["f_VA"])) * (3 - b) / 2 * fp
            + 6 * (Re(c["f_VV"], c["f_TT"]) - Re(c["f_VA"], c["f_TtT"])) * mX / M * fT
        )
        * (p**2 / q2 * fp)
        + (3 / 8)
        * (sq(c["f_SP"] + c["f_VA"] * mX * (mb - ms) / q2) + sq(c["f_SS"] - c["f_VV"] * mX * (mb - ms) / q2))
        * (mB**2 * d**2 / (mb - ms) ** 2 * f0**2)
        + 2 * (sq(c["f_TT"]) + sq(c["f_TtT"])) * (3 - 2 * b) * p**2 / M**2 * fT**2
    )


def kstar_neutrino_and_sterile(c, mX, q2, mB, mK, mb, ms, Lam, ff):
    """B -> K* nu Nbar from nubar Gamma N, nu massless, N of mass mX."""
    k, c = kinematics(0.0, q2, mB, mK), named(c)
    p, M, d = k.p, k.M, k.d
    V, A0, A1, A12, T1, T2, T23 = (ff[name] for name in ("V", "A_0", "A_1", "A_12", "T_1", "T_2", "T_23"))
    b = 1 - mX**2 / q2
    pre = b**2 / (24 * pi**3) * p * q2 / Lam**4
    even, odd = sq(c["f_VV"]) + sq(c["f_VA"]), sq(c["f_AV"]) + sq(c["f_AA"])
    tensor = (sq(c["f_TT"]) + sq(c["f_TtT"])) * (3 - 2 * b)
    even_mixed = Re(c["f_VV"], c["f_TT"]) - Re(c["f_VA"], c["f_TtT"])
    odd_mixed = Re(c["f_AV"], c["f_TtT"]) - Re(c["f_AA"], c["f_TT"])
    long = pre * (
        odd * (3 - b) / 2 * 16 * mK**2 / q2 * A12**2
        + (3 / 2)
        * (sq(c["f_PP"] - c["f_AA"] * mX * (mb + ms) / q2) + sq(c["f_PS"] + c["f_AV"] * mX * (mb + ms) / q2))
        * (p**2 / (mb + ms) ** 2 * A0**2)
        + tensor * 8 * mK**2 / M**2 * T23**2
        - 3 * odd_mixed * mX * M / q2 * 16 * mK**2 / M**2 * A12 * T23
    )
    trans = pre * (
        even * (3 - b) * p**2 / M**2 * V**2
        + odd * (3 - b) / 2 * M**2 / (2 * mB**2) * A1**2
        + 4 * (tensor * T1 + 3 * even_mixed * mX / M * V) * p**2 / q2 * T1
        + tensor * mB**2 * d**2 / q2 * T2**2
        - 3 * odd_mixed * mX * M / q2 * d * A1 * T2
    )
    return long, trans
