"""Couplings of a pair of new fermions of spin 1/2, and of sterile neutrinos."""

from typing import ClassVar

from jaxtyping import Array, Float, Inexact

from jaxflav.couplings.base import PairCouplings
from jaxflav.numerics.complex_values import as_coupling, same_kind, scale_by


class FermionPairCouplings(PairCouplings):
    """Couplings of a pair of fermions psi, arXiv:2403.13887 Eqs. (3)-(5) and what follows them.

    H = sum_XY (f_XY/Lambda^2) (sbar Gamma_X b)(psibar Gamma_Y psi) + h.c., where the quark current comes first:
    S, P, V, A, T stand for 1, gamma_5, gamma_mu, gamma_mu gamma_5, sigma_mu_nu, and Tt for sigma_mu_nu gamma_5.

    Attributes
    ----------
    f_VV, f_VA, f_AV, f_AA, f_SS, f_SP, f_PS, f_PP, f_TT, f_TtT
        Dimensionless, real or complex.
    scale
        Lambda in GeV; 10 TeV unless given.
    self_conjugate
        Whether psi is a Majorana fermion; then f_VV, f_AV, f_TT and f_TtT must be 0.
    """

    f_VV: Inexact[Array, "*n"] = 0.0
    f_VA: Inexact[Array, "*n"] = 0.0
    f_AV: Inexact[Array, "*n"] = 0.0
    f_AA: Inexact[Array, "*n"] = 0.0
    f_SS: Inexact[Array, "*n"] = 0.0
    f_SP: Inexact[Array, "*n"] = 0.0
    f_PS: Inexact[Array, "*n"] = 0.0
    f_PP: Inexact[Array, "*n"] = 0.0
    f_TT: Inexact[Array, "*n"] = 0.0
    f_TtT: Inexact[Array, "*n"] = 0.0
    scale: Float[Array, ""] = 1e4
    vanishing: ClassVar[tuple[str, ...]] = ("f_VV", "f_AV", "f_TT", "f_TtT")


def sterile_pair(
    *,
    C_LL: Inexact[Array, "*n"] = 0.0,
    C_LR: Inexact[Array, "*n"] = 0.0,
    C_RL: Inexact[Array, "*n"] = 0.0,
    C_RR: Inexact[Array, "*n"] = 0.0,
    S_LL: Inexact[Array, "*n"] = 0.0,
    S_LR: Inexact[Array, "*n"] = 0.0,
    S_RL: Inexact[Array, "*n"] = 0.0,
    S_RR: Inexact[Array, "*n"] = 0.0,
    T_LL: Inexact[Array, "*n"] = 0.0,
    T_RR: Inexact[Array, "*n"] = 0.0,
    majorana: bool = False,
    scale: Float[Array, ""] = 1e4,
) -> FermionPairCouplings:
    """Couplings of a pair of sterile neutrinos N from the coefficients of their chiral operators.

    H = sum_XY [C_XY (sbar gamma_mu P_X b)(Nbar gamma^mu P_Y N) + S_XY (sbar P_X b)(Nbar P_Y N)]
      + sum_X T_XX (sbar sigma_mu_nu P_X b)(Nbar sigma^mu_nu P_X N) + h.c.;
    arXiv:2403.13887 (B19) is C_LL for each active flavour, of zero mass.

    Parameters
    ----------
    C_LL, C_LR, C_RL, C_RR, S_LL, S_LR, S_RL, S_RR, T_LL, T_RR
        In GeV^-2, real or complex; the chirality of the quarks comes first. ``ChiralFermionPairCouplings`` has the
        same operators with dimensionless coefficients, and a Higgs field in the last two kinds.
    majorana
        If true, N = N^c: of N only the axial current and the two densities remain.
    scale
        Lambda in GeV, in which the couplings are expressed; it drops out of every rate.

    Raises
    ------
    InputError
        If N is a Majorana fermion and a tensor coefficient is not 0.
    """
    V, S, T = (
        same_kind(*map(as_coupling, coefficients))
        for coefficients in ((C_LL, C_LR, C_RL, C_RR), (S_LL, S_LR, S_RL, S_RR), (T_LL, T_RR))
    )
    unit = as_coupling(scale) ** 2 / 4

    def parity(kind, coefficients, signs):
        # arXiv:2403.13887 (A3) with the matrix Q of (A1)
        return {f"f_{kind}": scale_by(unit, sum(sign * C for sign, C in zip(signs, coefficients, strict=True)))}

    couplings = {
        **parity("VA", V, (-1, 1, -1, 1)),
        **parity("AA", V, (1, -1, -1, 1)),
        **parity("SS", S, (1, 1, 1, 1)),
        **parity("SP", S, (-1, 1, -1, 1)),
        **parity("PS", S, (-1, -1, 1, 1)),
        **parity("PP", S, (1, -1, -1, 1)),
        **parity("TT", T, (2, 2)),
        **parity("TtT", T, (-2, 2)),
        "scale": scale,
    }
    if majorana:
        return FermionPairCouplings(**couplings, self_conjugate=True)
    return FermionPairCouplings(**couplings, **parity("VV", V, (1, 1, 1, 1)), **parity("AV", V, (-1, -1, 1, 1)))
