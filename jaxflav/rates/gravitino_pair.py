"""Currents of a pair of fermions of spin 3/2.

References
----------
Bolton et al., arXiv:2403.13887 (Bolton et al. 2024), Eqs. (B11), (B12), (B16).
"""

from jaxtyping import Array, Float

from jaxflav.couplings.gravitino_pair import GravitinoPairCouplings
from jaxflav.numerics.complex_values import abs2, abs2_of_sum, real_product
from jaxflav.numerics.safe import safe_sqrt
from jaxflav.rates.currents import InvisibleCurrents, mass_over_q2, massive
from jaxflav.rates.kinematics import Kinematics, pair_velocity2


def gravitino_pair_currents(
    couplings: GravitinoPairCouplings,
    mass: Float[Array, ""],
    q2: Float[Array, "*n"],
    kinematics: Kinematics,
) -> InvisibleCurrents:
    """Currents of Psi Psibar; mass in GeV, q2 in GeV^2.

    The rates grow like 1/mass^4. Below mass^2 = ``PAIR_MASS2_FLOOR`` that factor is held. The vector meson, which the
    paper does not give, has the same pair and the structures of (B9).
    """
    (factor, c), k = couplings.surviving(), kinematics
    b2 = pair_velocity2(mass, q2)
    J_Psi = (9 - 6 * b2 + 5 * b2**2) / 8  # (B12)
    J_Psi_prime = (5 - 6 * b2 + 9 * b2**2) / 8
    J_VV = (15 - 15 * b2 + 25 * b2**2 - 9 * b2**3) / 16
    J_VA = (5 - 2 * b2 + 5 * b2**2) / 8
    # 1/(216 pi^3) of (B11) is 1/9 of that of the fermion pair
    norm = factor * (q2 / massive(mass)) ** 2 / (9 * c.scale**4)
    along = 2 * mass_over_q2(mass, q2, 4 * mass**2)
    vector, axial = along * (k.m_heavy - k.m_light), -along * (k.m_heavy + k.m_light)
    # (B11), (B16), where the parts along q of the currents and the densities are one amplitude
    scalar = q2 * (abs2(c.F_SS) * b2 * J_Psi_prime + J_Psi * abs2_of_sum((1.0, c.F_SP), (vector, c.F_VA)))
    pseudoscalar = q2 * (abs2(c.F_PS) * b2 * J_Psi_prime + J_Psi * abs2_of_sum((1.0, c.F_PP), (axial, c.F_AA)))
    # sigma and sigma gamma_5 of the quarks change places between T_1 and T_2, T_23
    odd, even = (c.F_TT, c.F_TS, c.F_TtP), (c.F_TtT, c.F_TP, c.F_TtS)
    odd_5, even_5 = (c.F_TtT, c.F_TtS, c.F_TP), (c.F_TT, c.F_TtP, c.F_TS)
    return InvisibleCurrents(
        velocity=safe_sqrt(b2),
        vector=norm * (abs2(c.F_VV) * J_VV + abs2(c.F_VA) * b2 * J_VA),
        axial=norm * (abs2(c.F_AV) * J_VV + abs2(c.F_AA) * b2 * J_VA),
        scalar=norm * scalar,
        pseudoscalar=norm * pseudoscalar,
        tensor=norm * (_electric(b2, *odd) + _magnetic(b2, *even)),
        tensor_5=norm * (_electric(b2, *odd_5) + _magnetic(b2, *even_5)),
        vector_tensor=norm * _interference(b2, c.F_VV, *odd) * mass,
        axial_tensor=norm * _interference(b2, c.F_AV, *odd_5) * mass,
    )


def _electric(b2, TT, TS, TtP):
    """Tensor current with a pair in a state 1--, (B11); the F_TS F_T~P^* term vanishes.

    With J_TT = b2^2 J_TS + 5/4 beta'^2 (1 - b2) the three couplings are two squares.
    """
    J_TS = (9 - 5 * b2) / 4  # (B12)
    prime = (3 - b2) / 2  # beta'^2, where the text of (B11) has beta^2
    return b2**2 * J_TS * abs2_of_sum((1.0, TT), (0.5, TS)) + 5 / 4 * prime * (1 - b2) * abs2_of_sum(
        (1.0, TT), (0.5, TtP)
    )


def _magnetic(b2, TtT, TP, TtS):
    """Tensor current with a pair in a state 1+-, (B11).

    The quadratic form with J_Psi, J_TP/4, (3/16)(1 - b2) J_TtS and their interferences, of rank two, in two squares.
    """
    J_TP = (7 - 3 * b2) / 4  # (B12)
    J_TtT_TP = (3 + b2) / 4
    first = abs2_of_sum((J_TtT_TP / J_TP, TtT), (0.5, TP), (-(1 - b2) / (2 * J_TP), TtS))
    second = 3 / 32 * (1 - b2) * (15 - 12 * b2 + 5 * b2**2) / J_TP
    return b2 * (J_TP * first + second * abs2_of_sum((1.0, TtT), (0.5, TtS)))


def _interference(b2, V, TT, TS, TtP):
    """Vector with tensor currents, (B11)."""
    J_VV_TT = (15 - 10 * b2 + 19 * b2**2) / 24  # (B12)
    J_VV_TtP = (15 - 10 * b2 + 3 * b2**2) / 8
    return 6 * real_product(V, TT) * J_VV_TT + 2 * real_product(V, TS) * b2**2 + real_product(V, TtP) * J_VV_TtP
