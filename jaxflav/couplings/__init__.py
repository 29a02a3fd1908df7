"""Couplings of the new particles to the b -> s currents, one family of particles per file."""

from jaxflav.couplings.base import Couplings as Couplings, PairCouplings as PairCouplings
from jaxflav.couplings.chiral import (
    ChiralFermionPairCouplings as ChiralFermionPairCouplings,
    ChiralGravitinoPairCouplings as ChiralGravitinoPairCouplings,
    ChiralScalarCouplings as ChiralScalarCouplings,
    ChiralScalarPairCouplings as ChiralScalarPairCouplings,
    ChiralVectorCouplings as ChiralVectorCouplings,
    ChiralVectorPairCouplings as ChiralVectorPairCouplings,
    to_chiral as to_chiral,
    to_parity as to_parity,
)
from jaxflav.couplings.fermion_pair import (
    FermionPairCouplings as FermionPairCouplings,
    sterile_pair as sterile_pair,
)
from jaxflav.couplings.gravitino_pair import GravitinoPairCouplings as GravitinoPairCouplings
from jaxflav.couplings.mixed_pair import MixedPairCouplings as MixedPairCouplings
from jaxflav.couplings.neutrino import (
    NeutrinoCouplings as NeutrinoCouplings,
    neutrino_couplings as neutrino_couplings,
    neutrino_unit as neutrino_unit,
    sm_neutrino_couplings as sm_neutrino_couplings,
    sm_vector_coefficient as sm_vector_coefficient,
)
from jaxflav.couplings.neutrino_bases import (
    from_basis as from_basis,
    to_basis as to_basis,
)
from jaxflav.couplings.neutrino_names import (
    from_eos as from_eos,
    from_flavio as from_flavio,
    from_jms as from_jms,
    to_flavio as to_flavio,
)
from jaxflav.couplings.scalar import ScalarCouplings as ScalarCouplings, density_couplings as density_couplings
from jaxflav.couplings.scalar_pair import ScalarPairCouplings as ScalarPairCouplings
from jaxflav.couplings.vector import VectorCouplings as VectorCouplings
from jaxflav.couplings.vector_pair import VectorPairCouplings as VectorPairCouplings
