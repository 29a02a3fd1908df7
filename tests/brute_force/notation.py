"""Kinematics and products in the notation of the closed formulas."""

from collections import defaultdict
from types import SimpleNamespace

import numpy as np


def sq(x):
    """The squared modulus."""
    return np.abs(x) ** 2


def Re(x, y):
    """The real part of x y^*."""
    return np.real(x * np.conj(y))


def kinematics(mX, q2, mB, mK):
    """Momentum, velocities and mass combinations."""
    lam = (mB**2 - q2 - mK**2) ** 2 - 4 * q2 * mK**2
    b2 = 1 - 4 * mX**2 / q2
    return SimpleNamespace(
        M=mB + mK,
        d=1 - mK**2 / mB**2,
        p=np.sqrt(lam) / (2 * mB),
        b2=b2,
        beta=np.sqrt(max(b2, 0.0)),  # b2 < 0 for one particle, where beta is not used
        bp2=(3 - b2) / 2,
        bpp2=3 - 2 * b2,
    )


def named(couplings):
    """Couplings as c[name], 0 where left out."""
    return defaultdict(complex, couplings)
