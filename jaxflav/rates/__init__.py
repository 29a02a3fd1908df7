"""Decay rates as pure functions of couplings, mass, q2, form factors and kinematics, in this order.

The class of the couplings says which particles, the class of the form factors which meson:

    invisible                       couplings                     to a meson         to nothing visible
    phi                             ScalarCouplings               particle_rate      -
    V                               VectorCouplings               particle_rate      -
    phi phibar                      ScalarPairCouplings           pair_density       invisible_rate
    psi psibar, N Nbar              FermionPairCouplings          pair_density       invisible_rate
    V Vbar                          VectorPairCouplings           pair_density       invisible_rate
    Psi Psibar of spin 3/2          GravitinoPairCouplings        pair_density       invisible_rate
    nu N                            MixedPairCouplings            pair_density       invisible_rate
    nu nubar, nu nu, nubar nubar    NeutrinoCouplings             pair_density       invisible_rate

They give Gamma in GeV, or dGamma/dq2 in GeV^-1 for a pair; to a vector meson (K*, phi, rho) a ``PolarisedRate``:
longitudinal, transverse, total and F_L. ``Kinematics`` holds the masses of hadrons and quarks. Rates are for one set
of couplings, of any family: ``jax.vmap`` maps them over many. What cannot be, such as a negative mass or NaN, is an
``InputError`` where it is known, and gives NaN where JAX traces it.

The docstring of the couplings has the Hamiltonian. Derivative couplings of phi become couplings to the densities in
``density_couplings``; identical particles and Majorana fermions are ``self_conjugate=True`` of the couplings;
``sterile_pair`` makes those of sterile neutrinos; a chiral basis and the names of EOS, flavio and WCxf are in
``jaxflav.couplings``. Signs of interference are those of the operators for outgoing particles; ``paper_signs=True``
gives those printed in arXiv:2403.13887 (B4), (B5), (B9).

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
from jaxflav.rates.kinematics import Kinematics as Kinematics
from jaxflav.rates.three_body import invisible_rate as invisible_rate, pair_density as pair_density
from jaxflav.rates.two_body import particle_rate as particle_rate
