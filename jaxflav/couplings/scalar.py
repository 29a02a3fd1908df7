"""Couplings of one new scalar."""

from jaxtyping import Array, Inexact

from jaxflav.couplings.base import Couplings


class ScalarCouplings(Couplings):
    """Couplings of a scalar phi: H = g_S (sbar b) phi, arXiv:2403.13887 Eq. (4).

    Attributes
    ----------
    g_S
        Dimensionless, real or complex, any shape.
    """

    g_S: Inexact[Array, "*n"] = 0.0
