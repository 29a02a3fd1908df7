"""Currents of a massless active and a massive sterile neutrino.

References
----------
The lepton side is that of semileptonic decays to one massive lepton, as in Sakaki, Tanaka, Tayduganov, Watanabe,
arXiv:1309.0301, Eqs. (13)-(16): (1 - r)^2 (1 + r/2) for the current, 3/2 r for its part along q, r = m^2/q2.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.couplings.mixed_pair import MixedPairCouplings
from jaxflav.numerics.complex_values import abs2, abs2_of_sum, real_product, same_kind
from jaxflav.rates.currents import InvisibleCurrents, mass_over_q2
from jaxflav.rates.kinematics import Kinematics, pair_velocity2


def mixed_pair_currents(
    couplings: MixedPairCouplings,
    mass: Float[Array, ""],
    q2: Float[Array, "*n"],
    kinematics: Kinematics,
) -> InvisibleCurrents:
    """Currents of nu N; mass of N in GeV, q2 in GeV^2. The threshold is q2 = mass^2."""
    m_b, m_s = kinematics.m_heavy, kinematics.m_light
    V_L, V_R, S_L, S_R, T_L, T_R = jnp.broadcast_arrays(
        *same_kind(*(getattr(couplings, name) for name in ("V_L", "V_R", "S_L", "S_R", "T_L", "T_R")))
    )
    # quark currents without and with gamma_5
    v, a, s, p = (V_L + V_R) / 2, (V_R - V_L) / 2, (S_L + S_R) / 2, (S_R - S_L) / 2
    phase_space = pair_velocity2(mass / 2, q2)  # 1 - r
    r = 1 - phase_space
    # spin sums: (1/3) q2 (1 - r)(2 + r) for space, m^2 (1 - r) for time, q2 (1 - r) for the density, and
    # -m sqrt(q2) (1 - r) for the interference of the last two, over (4/3) q2 and 2 of the fermion pair;
    # (1/3) q2 (1 - r)(1 + 2 r) for the tensor, m sqrt(q2) (1 - r) for its interference with space
    space = phase_space * (2 + r) / 4
    half = phase_space / 2
    tensor = half * (1 + 2 * r) * jnp.sum(abs2(T_L) + abs2(T_R))
    mixed = 3 / 2 * phase_space * mass
    along = mass_over_q2(mass, q2, mass**2)
    return InvisibleCurrents(
        velocity=phase_space,
        vector=space * jnp.sum(abs2(v)),
        axial=space * jnp.sum(abs2(a)),
        # current along q and density are one amplitude
        scalar=half * q2 * _sum_abs2(-along * (m_b - m_s), v, s),
        pseudoscalar=half * q2 * _sum_abs2(along * (m_b + m_s), a, p),
        tensor=tensor,
        tensor_5=tensor,
        # sigma P_X = +- sigma gamma_5 P_X
        vector_tensor=mixed * jnp.sum(real_product(v, T_R + T_L)),
        axial_tensor=mixed * jnp.sum(real_product(a, T_R - T_L)),
    )


def _sum_abs2(factor, current, density):
    """Sum over flavours of |factor current + density|^2, of the shape of the factor."""
    of_one = jax.vmap(lambda x, y: abs2_of_sum((factor, x), (1.0, y)))
    return jnp.sum(of_one(jnp.atleast_1d(current), jnp.atleast_1d(density)), axis=0)
