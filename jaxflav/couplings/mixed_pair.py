"""Couplings of a massless active and a massive sterile neutrino."""

from typing import ClassVar

import jax
import numpy as np
from jaxtyping import Array, Inexact

from jaxflav.couplings.base import Couplings
from jaxflav.io.errors import InputError


class MixedPairCouplings(Couplings):
    """Couplings of a pair of a massless left-handed neutrino nu and a massive sterile neutrino N.

    H = sum_X [V_X (sbar gamma_mu P_X b)(nubar gamma^mu P_L N) + S_X (sbar P_X b)(nubar P_R N)]
      + T_R (sbar sigma_mu_nu P_R b)(nubar sigma^mu_nu P_R N) + h.c.,

    where sigma_mu_nu P_L of the quarks would make no operator. An element with T_L has the antineutrino in its place,

    H = sum_X [V_X (sbar gamma_mu P_X b)(nubar^c gamma^mu P_R N) + S_X (sbar P_X b)(nubar^c P_L N)]
      + T_L (sbar sigma_mu_nu P_L b)(nubar^c sigma^mu_nu P_L N) + h.c.

    Attributes
    ----------
    V_L, V_R, S_L, S_R, T_L, T_R
        In GeV^-2, real or complex: numbers, or arrays (n,) of the flavours of nu and of both final states, which do not
        interfere and are summed over.

    Raises
    ------
    InputError
        If an element has both T_L and T_R: they belong to two final states, so to two elements.

    Notes
    -----
    The operators (sbar gamma_mu P_X b)(Nbar gamma^mu P_L nu), (sbar P_X b)(Nbar P_L nu) and
    (sbar sigma_mu_nu P_L b)(Nbar sigma^mu_nu P_L nu) are of the second kind: V_X, S_X with the opposite sign, and T_L.
    Whether N is a Dirac or a Majorana fermion makes no difference, for nu and nubar can be told apart.
    """

    V_L: Inexact[Array, "*n"] = 0.0
    V_R: Inexact[Array, "*n"] = 0.0
    S_L: Inexact[Array, "*n"] = 0.0
    S_R: Inexact[Array, "*n"] = 0.0
    T_L: Inexact[Array, "*n"] = 0.0
    T_R: Inexact[Array, "*n"] = 0.0
    flavour_axes: ClassVar[int] = 1

    def __init__(self, **values):
        super().__init__(**values)
        tensors = (self.T_L, self.T_R)
        if any(isinstance(x, jax.core.Tracer) for x in tensors):
            return
        if np.any((np.asarray(self.T_L) != 0) & (np.asarray(self.T_R) != 0)):
            raise InputError(
                f"MixedPairCouplings: T_L and T_R belong to different final states, found T_L = {self.T_L} and "
                f"T_R = {self.T_R} in one element; give arrays with an element for each"
            )
