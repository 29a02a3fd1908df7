"""Currents of a massless active and a massive sterile neutrino.

References
----------
The lepton side is that of semileptonic decays to one massive lepton, as in Sakaki, Tanaka, Tayduganov, Watanabe,
arXiv:1309.0301, Eqs. (13)-(16): (1 - r)^2 (1 + r/2) for the current, 3/2 r for its part along q, r = m^2/q2.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.couplings.mixed_pair import MixedPairCouplings
from jaxflav.numerics.complex_values import abs2, real_product, same_kind
from jaxflav.rates.currents import InvisibleCurrents
from jaxflav.rates.kinematics import pair_velocity2


def mixed_pair_currents(
    couplings: MixedPairCouplings,
    mass: Float[Array, ""],
    q2: Float[Array, "*n"],
    *,
    m_b: Float[Array, ""],
    m_s: Float[Array, ""],
) -> InvisibleCurrents:
    """Currents of nu N; mass of N and quark masses in GeV, q2 in GeV^2. The threshold is q2 = mass^2."""
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
    return InvisibleCurrents(
        velocity=phase_space,
        vector=space * jnp.sum(abs2(v)),
        axial=space * jnp.sum(abs2(a)),
        scalar=half * _along_q(v, s, r, q2, -mass * (m_b - m_s), (m_b - m_s) ** 2),
        pseudoscalar=half * _along_q(a, p, r, q2, mass * (m_b + m_s), (m_b + m_s) ** 2),
        tensor=tensor,
        tensor_5=tensor,
        # sigma P_X = +- sigma gamma_5 P_X
        vector_tensor=mixed * jnp.sum(real_product(v, T_R + T_L)),
        axial_tensor=mixed * jnp.sum(real_product(a, T_R - T_L)),
    )


def _along_q(current, density, r, q2, mixing, quarks2):
    """Square |sqrt(q2) density + (mixing/sqrt(q2)) current|^2, summed over flavours."""
    interference = jnp.sum(real_product(current, density))
    return q2 * jnp.sum(abs2(density)) + 2 * mixing * interference + r * quarks2 * jnp.sum(abs2(current))
