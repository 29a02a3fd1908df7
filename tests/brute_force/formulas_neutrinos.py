"""Closed formulas for massless neutrinos, to compare with the brute force.

Arguments as in :mod:`tests.brute_force.rates`; K* gives (longitudinal, transverse).
"""

import numpy as np
from numpy import pi

from tests.brute_force.notation import kinematics, sq


def k_neutrinos(c, mX, q2, mB, mK, mb, ms, Lam, ff):
    """B -> K nu nubar, coefficients C_VLL, C_VLR in GeV^-2."""
    k = kinematics(0.0, q2, mB, mK)
    plus = np.sum(sq(c["C_VLL"] + c["C_VLR"]))
    return k.p * q2 / (192 * pi**3) * plus * k.p**2 / q2 * ff["f_plus"] ** 2


def kstar_neutrinos(c, mX, q2, mB, mK, mb, ms, Lam, ff):
    """B -> K* nu nubar, coefficients C_VLL, C_VLR in GeV^-2."""
    k = kinematics(0.0, q2, mB, mK)
    plus, minus = (np.sum(sq(c["C_VLL"] + sign * c["C_VLR"])) for sign in (1, -1))
    N = k.p * q2 / (192 * pi**3)
    long = N * minus * 16 * mK**2 / q2 * ff["A_12"] ** 2
    trans = N * (plus * 2 * k.p**2 / k.M**2 * ff["V"] ** 2 + minus * k.M**2 / (2 * mB**2) * ff["A_1"] ** 2)
    return long, trans


def sm_coefficient(GF, alpha, lambda_t, sw2, Xt):
    """C_VLL of each flavour in the Standard Model, arXiv:2403.13887 (B19), up to the sign."""
    return 4 * GF * lambda_t / np.sqrt(2) * alpha / (2 * pi) * Xt / sw2


def k_neutrinos_sm(GF, alpha, lambda_t, sw2, Xt, q2, mB, mK, ff):
    """Three flavours, arXiv:2403.13887 (B20) with one power of |p| less."""
    p = kinematics(0.0, q2, mB, mK).p
    return GF**2 * alpha**2 * sq(lambda_t) * Xt**2 / (32 * pi**5 * sw2**2) * p * q2 * p**2 / q2 * ff["f_plus"] ** 2


def kstar_neutrinos_sm(GF, alpha, lambda_t, sw2, Xt, q2, mB, mK, ff):
    """Three flavours, arXiv:2403.13887 (B20), (B22) with one power of |p| less."""
    k = kinematics(0.0, q2, mB, mK)
    N = GF**2 * alpha**2 * sq(lambda_t) * Xt**2 / (32 * pi**5 * sw2**2) * k.p * q2
    long = N * 16 * mK**2 / q2 * ff["A_12"] ** 2
    return long, N * (2 * k.p**2 / k.M**2 * ff["V"] ** 2 + k.M**2 / (2 * mB**2) * ff["A_1"] ** 2)


def _sums(c):
    """Sums over flavours for S +, S - and T."""
    plus, minus = (
        np.sum(sq(c["C_SLL"] + sign * c["C_SLR"])) + np.sum(sq(c["C_SLL_bs"] + sign * c["C_SLR_bs"]))
        for sign in (1, -1)
    )
    return plus, minus, np.sum(sq(c["C_TLL"])) + np.sum(sq(c["C_TLL_bs"]))


def k_neutrinos_violating_number(c, mX, q2, mB, mK, mb, ms, Lam, ff):
    """Symmetric scalar and antisymmetric tensor coefficients."""
    k = kinematics(0.0, q2, mB, mK)
    plus, _, tensor = _sums(c)
    return (k.p * q2 / (24 * pi**3)) * (
        3 / 32 * plus * mB**2 * k.d**2 / (mb - ms) ** 2 * ff["f_0"] ** 2 + 2 * tensor * k.p**2 / k.M**2 * ff["f_T"] ** 2
    )


def kstar_neutrinos_violating_number(c, mX, q2, mB, mK, mb, ms, Lam, ff):
    """Symmetric scalar and antisymmetric tensor coefficients."""
    k = kinematics(0.0, q2, mB, mK)
    _, minus, tensor = _sums(c)
    pre = k.p * q2 / (24 * pi**3)
    long = pre * (
        3 / 8 * minus * k.p**2 / (mb + ms) ** 2 * ff["A_0"] ** 2 + tensor * 8 * mK**2 / k.M**2 * ff["T_23"] ** 2
    )
    return long, pre * tensor * (4 * k.p**2 / q2 * ff["T_1"] ** 2 + mB**2 * k.d**2 / q2 * ff["T_2"] ** 2)
