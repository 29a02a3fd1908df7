"""Currents of a pair of scalars.

References
----------
Bolton et al., arXiv:2403.13887 (Bolton et al. 2024), Eqs. (B6), (B7), (B13).
"""

from jaxtyping import Array, Float

from jaxflav.couplings.scalar_pair import ScalarPairCouplings
from jaxflav.numerics.complex_values import abs2
from jaxflav.numerics.safe import safe_sqrt
from jaxflav.rates.currents import InvisibleCurrents
from jaxflav.rates.kinematics import Kinematics, pair_velocity2


def scalar_pair_currents(
    couplings: ScalarPairCouplings, mass: Float[Array, ""], q2: Float[Array, "*n"], kinematics: Kinematics
) -> InvisibleCurrents:
    """Currents of phi phibar; mass in GeV, q2 in GeV^2. The masses of the quarks do not enter.

    g_VV contributes to vector mesons too, which (B7) does not have, and g_AV not to B_s -> phi phibar, which (B13)
    has: (k_1 - k_2).(k_1 + k_2) = 0.
    """
    factor, c = couplings.surviving()
    b2 = pair_velocity2(mass, q2)
    return InvisibleCurrents(
        velocity=safe_sqrt(b2),
        # beta/(96 pi^3 Lambda^2) of (B6), (B7) is 1/(24 pi^3) times 1/(4 Lambda^2)
        vector=factor * abs2(c.g_VV) * b2 / (4 * c.scale**4),
        axial=factor * abs2(c.g_AV) * b2 / (4 * c.scale**4),
        scalar=factor * abs2(c.g_SS) / (2 * c.scale**2),
        pseudoscalar=factor * abs2(c.g_PS) / (2 * c.scale**2),
    )
