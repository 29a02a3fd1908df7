"""Decay rates as pure functions of masses, couplings and form factors.

``b_to_p_pair``, ``b_to_v_pair`` and ``b_to_pair`` (of a B_s) are rates of every pair of invisible particles: the type
of the couplings says which. ``b_to_k_scalar`` to ``b_to_v_vector`` are those of one particle, where ``v`` is a vector
meson. They take numbers only; the branching fractions take ``Parameters``, form-factor sets and a ``Decay``.
"""

from jaxflav.rates.branching_fractions import (
    coupling_from_branching_fraction as coupling_from_branching_fraction,
    invisible_branching_fraction as invisible_branching_fraction,
    two_body_branching_fraction as two_body_branching_fraction,
    two_body_by_helicity as two_body_by_helicity,
)
from jaxflav.rates.decays import (
    ALL_DECAYS as ALL_DECAYS,
    B_PLUS_TO_K_PLUS as B_PLUS_TO_K_PLUS,
    B_PLUS_TO_KSTAR_PLUS as B_PLUS_TO_KSTAR_PLUS,
    B_PLUS_TO_PI_PLUS as B_PLUS_TO_PI_PLUS,
    B_PLUS_TO_RHO_PLUS as B_PLUS_TO_RHO_PLUS,
    B_S_TO_INVISIBLE as B_S_TO_INVISIBLE,
    B_S_TO_PHI as B_S_TO_PHI,
    B_ZERO_TO_K_ZERO as B_ZERO_TO_K_ZERO,
    B_ZERO_TO_KSTAR_ZERO as B_ZERO_TO_KSTAR_ZERO,
    B_ZERO_TO_PI_ZERO as B_ZERO_TO_PI_ZERO,
    B_ZERO_TO_RHO_ZERO as B_ZERO_TO_RHO_ZERO,
    Decay as Decay,
    InvisibleDecay as InvisibleDecay,
)
from jaxflav.rates.hadronic import PolarisedRate as PolarisedRate
from jaxflav.rates.neutrino_pair import b_to_k_neutrinos as b_to_k_neutrinos
from jaxflav.rates.three_body import (
    b_to_p_pair as b_to_p_pair,
    b_to_pair as b_to_pair,
    b_to_v_pair as b_to_v_pair,
)
from jaxflav.rates.two_body import (
    b_to_k_scalar as b_to_k_scalar,
    b_to_k_vector as b_to_k_vector,
    b_to_v_scalar as b_to_v_scalar,
    b_to_v_vector as b_to_v_vector,
)
