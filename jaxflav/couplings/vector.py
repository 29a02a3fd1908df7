"""Couplings of one new vector."""

from jaxtyping import Array, Float, Inexact

from jaxflav.couplings.base import Couplings


class VectorCouplings(Couplings):
    """Couplings of a vector V, arXiv:2403.13887 Eqs. (3) and (5) and what follows them.

    H = h_V (sbar gamma_mu b) V^mu + h_A (sbar gamma_mu gamma_5 b) V^mu
      + (h_T/Lambda) (sbar sigma_mu_nu b) V^mu_nu + (h_Tt/Lambda) (sbar sigma_mu_nu gamma_5 b) V^mu_nu + h.c.

    Attributes
    ----------
    h_V, h_A, h_T, h_Tt
        Dimensionless, real or complex. ``t`` stands for a tilde.
    scale
        Lambda in GeV; 10 TeV unless given, as in arXiv:2403.13887.
    """

    h_V: Inexact[Array, "*n"] = 0.0
    h_T: Inexact[Array, "*n"] = 0.0
    h_A: Inexact[Array, "*n"] = 0.0
    h_Tt: Inexact[Array, "*n"] = 0.0
    scale: Float[Array, ""] = 1e4
