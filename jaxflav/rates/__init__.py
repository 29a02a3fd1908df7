"""Decay rates as pure functions of masses, couplings and form factors.

Each takes numbers only and gives Gamma in GeV, or dGamma/dq2 in GeV^-1 for a pair. To a vector meson it is a
``PolarisedRate``: longitudinal, transverse, total and F_L. The type of the couplings says which particles:

    invisible                       couplings                     to P               to V               B_s
    phi                             ScalarCouplings               b_to_k_scalar      b_to_v_scalar
    V                               VectorCouplings               b_to_k_vector      b_to_v_vector
    phi phibar                      ScalarPairCouplings           b_to_p_pair        b_to_v_pair        b_to_pair
    psi psibar, N Nbar              FermionPairCouplings          b_to_p_pair        b_to_v_pair        b_to_pair
    V Vbar                          VectorPairCouplings           b_to_p_pair        b_to_v_pair        b_to_pair
    Psi Psibar of spin 3/2          GravitinoPairCouplings        b_to_p_pair        b_to_v_pair        b_to_pair
    nu N                            MixedPairCouplings            b_to_p_pair        b_to_v_pair        b_to_pair
    nu nubar, nu nu, nubar nubar    NeutrinoCouplings             b_to_p_pair        b_to_v_pair        b_to_pair

P is a pseudoscalar (K, pi), V in the heading a vector meson (K*, phi, rho). The docstring of the couplings has the
Hamiltonian. Derivative couplings of phi become couplings to the densities in ``density_couplings``; identical particles
and Majorana fermions are ``self_conjugate=True`` of the couplings; ``sterile_pair`` makes those of sterile neutrinos;
a chiral basis and the names of EOS, flavio and WCxf are in ``jaxflav.couplings``. Signs of interference are those of
the operators for outgoing particles; ``paper_signs=True`` gives those printed in arXiv:2403.13887 (B4), (B5), (B9).

Branching fractions take ``Parameters``, a form-factor set and a ``Decay``: ``two_body_branching_fraction`` and
``invisible_branching_fraction`` here, dBR/dq2 of pairs in ``jaxflav.spectra.decay_density``.
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
