"""Couplings of a massless active and a massive sterile neutrino."""

from jaxtyping import Array, Inexact

from jaxflav.couplings.base import Couplings


class MixedPairCouplings(Couplings):
    """Couplings of a pair of a massless left-handed neutrino nu and a massive sterile neutrino N.

    H = sum_X [V_X (sbar gamma_mu P_X b)(nubar gamma^mu P_L N) + S_X (sbar P_X b)(nubar P_R N)] + h.c.

    Attributes
    ----------
    V_L, V_R, S_L, S_R
        In GeV^-2, real or complex. All axes are summed over, so that one axis may hold the flavours of nu, which
        do not interfere. The final state nubar N of the operators (sbar gamma_mu P_X b)(Nbar gamma^mu P_L nu) and
        (sbar P_X b)(Nbar P_L nu) is one more element, with S_X of opposite sign; whether N is a Dirac or a
        Majorana fermion makes no difference, for nu and nubar can be told apart.
    """

    V_L: Inexact[Array, "*n"] = 0.0
    V_R: Inexact[Array, "*n"] = 0.0
    S_L: Inexact[Array, "*n"] = 0.0
    S_R: Inexact[Array, "*n"] = 0.0
