"""Couplings of one new vector."""

from jaxtyping import Array, Float, Inexact

from jaxflav.couplings.base import Couplings


class VectorCouplings(Couplings):
    """Couplings of a vector V: H = h_V (sbar gamma_mu b) V^mu + (h_T/Lambda) (sbar sigma_mu_nu b) V^mu_nu.

    Defined in arXiv:2403.13887 Eqs. (3) and (5).

    Attributes
    ----------
    h_V, h_T
        Dimensionless, real or complex, any shape.
    scale
        Lambda in GeV; 10 TeV unless given, as in arXiv:2403.13887.
    """

    h_V: Inexact[Array, "*n"] = 0.0
    h_T: Inexact[Array, "*n"] = 0.0
    scale: Float[Array, ""] = 1e4
