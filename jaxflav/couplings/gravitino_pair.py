"""Couplings of a pair of new fermions of spin 3/2."""

from typing import ClassVar

from jaxtyping import Array, Float, Inexact

from jaxflav.couplings.base import PairCouplings


class GravitinoPairCouplings(PairCouplings):
    """Couplings of a pair of spin-3/2 fermions Psi_mu, arXiv:2403.13887 Eqs. (3)-(5) and what follows them.

    H = sum_XY (F_XY/Lambda^2) (sbar Gamma_X b)(Psibar^rho Gamma_Y Psi_rho) + h.c., notation as in
    ``FermionPairCouplings``, and for the tensor currents of the quarks also
    (F_TS/Lambda^2) (sbar sigma_mu_nu b) i(Psibar^mu Psi^nu - Psibar^nu Psi^mu)/2, with gamma_5 between the two Psi
    for F_TP and with sigma_mu_nu gamma_5 between the quarks for F_TtS and F_TtP.

    Attributes
    ----------
    F_VV, F_VA, F_AV, F_AA, F_SS, F_SP, F_PS, F_PP, F_TT, F_TtT, F_TS, F_TP, F_TtS, F_TtP
        Dimensionless, real or complex; ``t`` stands for a tilde.
    scale
        Lambda in GeV; 10 TeV unless given.
    self_conjugate
        Whether Psi is a Majorana field; then F_VV, F_AV and all tensor couplings must be 0. That the last four
        vanish too is not said in arXiv:2403.13887: Psibar^mu Gamma Psi^nu is symmetric for Gamma = 1, gamma_5.
    """

    F_VV: Inexact[Array, "*n"] = 0.0
    F_VA: Inexact[Array, "*n"] = 0.0
    F_AV: Inexact[Array, "*n"] = 0.0
    F_AA: Inexact[Array, "*n"] = 0.0
    F_SS: Inexact[Array, "*n"] = 0.0
    F_SP: Inexact[Array, "*n"] = 0.0
    F_PS: Inexact[Array, "*n"] = 0.0
    F_PP: Inexact[Array, "*n"] = 0.0
    F_TT: Inexact[Array, "*n"] = 0.0
    F_TtT: Inexact[Array, "*n"] = 0.0
    F_TS: Inexact[Array, "*n"] = 0.0
    F_TP: Inexact[Array, "*n"] = 0.0
    F_TtS: Inexact[Array, "*n"] = 0.0
    F_TtP: Inexact[Array, "*n"] = 0.0
    scale: Float[Array, ""] = 1e4
    vanishing: ClassVar[tuple[str, ...]] = ("F_VV", "F_AV", "F_TT", "F_TtT", "F_TS", "F_TP", "F_TtS", "F_TtP")
