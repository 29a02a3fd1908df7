"""Currents of a pair of massive vectors.

References
----------
Bolton et al., arXiv:2403.13887 (Bolton et al. 2024), Eqs. (B10), (B12), (B15).
"""

from jaxtyping import Array, Float

from jaxflav.couplings.vector_pair import VectorPairCouplings
from jaxflav.numerics.complex_values import abs2
from jaxflav.numerics.safe import safe_sqrt
from jaxflav.rates.currents import InvisibleCurrents, massive
from jaxflav.rates.kinematics import Kinematics, pair_velocity2


def vector_pair_currents(
    couplings: VectorPairCouplings, mass: Float[Array, ""], q2: Float[Array, "*n"], kinematics: Kinematics
) -> InvisibleCurrents:
    """Currents of V Vbar; mass in GeV, q2 in GeV^2. The masses of the quarks do not enter.

    The mass appears to the fourth power in the denominator, where (B10) as printed has the second. Below mass^2 =
    ``PAIR_MASS2_FLOOR`` it is held there.
    """
    factor, c = couplings.surviving()
    b2 = pair_velocity2(mass, q2)
    J_V = (3 - 2 * b2 + 3 * b2**2) / 4  # (B12)
    # beta/(512 pi^3) of (B10) is 3/8 of 1/(24 pi^3) times 1/8
    common = factor * (q2 / massive(mass)) ** 2 * J_V / (8 * c.scale**2)
    return InvisibleCurrents(velocity=safe_sqrt(b2), scalar=common * abs2(c.h_S), pseudoscalar=common * abs2(c.h_P))
