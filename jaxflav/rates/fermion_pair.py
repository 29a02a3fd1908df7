"""Currents of a pair of fermions of spin 1/2.

References
----------
Bolton et al., arXiv:2403.13887 (Bolton et al. 2024), Eqs. (B8), (B9), (B14).
"""

from jaxtyping import Array, Float

from jaxflav.couplings.fermion_pair import FermionPairCouplings
from jaxflav.numerics.complex_values import abs2, abs2_of_sum, real_product
from jaxflav.numerics.safe import safe_sqrt
from jaxflav.rates.currents import InvisibleCurrents, mass_over_q2
from jaxflav.rates.kinematics import Kinematics, pair_velocity2


def fermion_pair_currents(
    couplings: FermionPairCouplings,
    mass: Float[Array, ""],
    q2: Float[Array, "*n"],
    kinematics: Kinematics,
) -> InvisibleCurrents:
    """Currents of psi psibar; mass in GeV, q2 in GeV^2.

    Differences to the text of (B8), (B9): the powers of beta are those that follow from the definitions of beta'
    and beta'', and V T_1 interferes with the sign of the operators in Eqs. (3)-(5) (see ``three_body.pair_density``).
    """
    (factor, c), k = couplings.surviving(), kinematics
    b2 = pair_velocity2(mass, q2)
    prime, second = (3 - b2) / 2, 3 - 2 * b2  # beta'^2, beta''^2 after (B8)
    norm = factor / c.scale**4
    # (B8) and (B9), where the parts along q of the currents and the densities are one amplitude
    along = 2 * mass_over_q2(mass, q2, 4 * mass**2)
    vector, axial = along * (k.m_heavy - k.m_light), -along * (k.m_heavy + k.m_light)
    scalar = q2 * (abs2(c.f_SS) * b2 + abs2_of_sum((1.0, c.f_SP), (vector, c.f_VA)))
    pseudoscalar = q2 * (abs2(c.f_PS) * b2 + abs2_of_sum((1.0, c.f_PP), (axial, c.f_AA)))
    return InvisibleCurrents(
        velocity=safe_sqrt(b2),
        vector=norm * (abs2(c.f_VV) * prime + abs2(c.f_VA) * b2),
        axial=norm * (abs2(c.f_AV) * prime + abs2(c.f_AA) * b2),
        scalar=norm * scalar,
        pseudoscalar=norm * pseudoscalar,
        tensor=norm * (abs2(c.f_TT) * second + abs2(c.f_TtT) * b2),
        tensor_5=norm * (abs2(c.f_TT) * b2 + abs2(c.f_TtT) * second),
        vector_tensor=norm * 6 * real_product(c.f_VV, c.f_TT) * mass,
        axial_tensor=norm * 6 * real_product(c.f_AV, c.f_TtT) * mass,
    )
