"""Couplings of a pair of new vectors."""

from jaxtyping import Array, Float, Inexact

from jaxflav.couplings.base import PairCouplings


class VectorPairCouplings(PairCouplings):
    """Couplings of a pair of massive vectors, arXiv:2403.13887 Eq. (4) and what follows it.

    H = (h_S/Lambda) (sbar b) V^dagger_mu V^mu + (h_P/Lambda) (sbar gamma_5 b) V^dagger_mu V^mu + h.c.

    Attributes
    ----------
    h_S, h_P
        Dimensionless, real or complex.
    scale
        Lambda in GeV; 10 TeV unless given.
    self_conjugate
        Whether V is real.
    """

    h_S: Inexact[Array, "*n"] = 0.0
    h_P: Inexact[Array, "*n"] = 0.0
    scale: Float[Array, ""] = 1e4
