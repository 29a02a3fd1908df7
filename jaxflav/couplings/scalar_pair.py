"""Couplings of a pair of new scalars."""

from typing import ClassVar

from jaxtyping import Array, Float, Inexact

from jaxflav.couplings.base import PairCouplings


class ScalarPairCouplings(PairCouplings):
    """Couplings of a pair phi^dagger phi, arXiv:2403.13887 Eqs. (3) and (4) and what follows them.

    H = (g_SS/Lambda) (sbar b) phi^dagger phi + (g_VV/Lambda^2) (sbar gamma_mu b) i phi^dagger d^mu phi + h.c., with
    d^mu acting to both sides, and the same with gamma_5 in the quark current for g_PS and g_AV.

    Attributes
    ----------
    g_SS, g_PS, g_VV, g_AV
        Dimensionless, real or complex; the first letter is the quark current.
    scale
        Lambda in GeV; 10 TeV unless given.
    self_conjugate
        Whether phi is real; then g_VV and g_AV must be 0.
    """

    g_SS: Inexact[Array, "*n"] = 0.0
    g_PS: Inexact[Array, "*n"] = 0.0
    g_VV: Inexact[Array, "*n"] = 0.0
    g_AV: Inexact[Array, "*n"] = 0.0
    scale: Float[Array, ""] = 1e4
    vanishing: ClassVar[tuple[str, ...]] = ("g_VV", "g_AV")
