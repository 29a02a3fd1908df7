"""The families of couplings by the names under which programs offer them, and their construction from named values."""

import dataclasses
from collections.abc import Callable, Mapping

from jaxflav.couplings.base import Couplings, PairCouplings
from jaxflav.couplings.fermion_pair import FermionPairCouplings
from jaxflav.couplings.gravitino_pair import GravitinoPairCouplings
from jaxflav.couplings.mixed_pair import MixedPairCouplings
from jaxflav.couplings.neutrino import NeutrinoCouplings, sm_vector_coefficient
from jaxflav.couplings.neutrino_names import EOS_ALPHA, flavio_names, from_eos, from_flavio
from jaxflav.couplings.scalar import ScalarCouplings
from jaxflav.couplings.scalar_pair import ScalarPairCouplings
from jaxflav.couplings.vector import VectorCouplings
from jaxflav.couplings.vector_pair import VectorPairCouplings
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError, UnknownNameError

FAMILIES: dict[str, type[Couplings]] = {
    "scalar": ScalarCouplings,
    "vector": VectorCouplings,
    "scalar-pair": ScalarPairCouplings,
    "fermion-pair": FermionPairCouplings,
    "vector-pair": VectorPairCouplings,
    "gravitino-pair": GravitinoPairCouplings,
    "mixed-pair": MixedPairCouplings,
}
EOS_NAMES = ("cVL", "cVR", "cSL", "cSR", "cTL")


def coupling_names(family: str) -> tuple[str, ...]:
    """Names of the couplings of a family; raises ``UnknownNameError`` for an unknown one."""
    if family not in FAMILIES:
        raise UnknownNameError("family of couplings", family, FAMILIES)
    names = (field.name for field in dataclasses.fields(FAMILIES[family]))
    return tuple(name for name in names if name not in ("scale", "self_conjugate"))


def make_couplings(
    family: str, values: Mapping[str, complex], *, scale: float | None = None, self_conjugate: bool = False
) -> Couplings:
    """Couplings of a family from named values.

    Parameters
    ----------
    family
        One of ``FAMILIES``.
    values
        By name; the others are 0.
    scale
        Lambda in GeV; 10 TeV unless given.
    self_conjugate
        Whether the particles of a pair are identical.

    Raises
    ------
    UnknownNameError
        If the family or a name is unknown.
    InputError
        If there is no value, all are 0, or the family has no scale, or no identical particles.
    """
    names = coupling_names(family)
    for name in values:
        if name not in names:
            raise UnknownNameError(f"coupling of {family}", name, names)
    if not any(value != 0 for value in values.values()):
        raise InputError(f"{family} needs a coupling that is not 0: one of {', '.join(names)}; found {dict(values)}")
    kind, options = FAMILIES[family], {}
    if scale is not None:
        if family == "mixed-pair":
            raise InputError("the couplings of mixed-pair are in GeV^-2: there is no scale to give")
        options["scale"] = scale
    if self_conjugate:
        if not issubclass(kind, PairCouplings):
            raise InputError(f"{family} has no pair of particles that could be identical; leave self-conjugation out")
        options["self_conjugate"] = True
    return kind(**values, **options)


def neutrino_function(values: Mapping[str, complex]) -> Callable[[Parameters], NeutrinoCouplings]:
    """Neutrino couplings as a function of the parameters, from names of EOS or of flavio.

    cVL ... cTL are totals, where cVL, if it is not given, is that of the Standard Model; ``CL_bsnuenue`` ... are new
    physics, added to the Standard Model.

    Raises
    ------
    UnknownNameError
        If a name belongs to neither.
    InputError
        If the names are of both.
    """
    for name in values:
        if name not in (*EOS_NAMES, *flavio_names()):
            raise UnknownNameError("neutrino coefficient", name, (*EOS_NAMES, *flavio_names()))
    of_eos = [name for name in values if name in EOS_NAMES]
    if of_eos and len(of_eos) < len(values):
        raise InputError(f"expected coefficients of EOS or of flavio, not both; found {', '.join(values)}")

    def couplings(parameters):
        if not of_eos:
            return from_flavio(parameters, values)
        standard_model = -sm_vector_coefficient(parameters) * parameters["alpha_mZ"] / EOS_ALPHA
        return from_eos(parameters, **{"cVL": standard_model, **values})

    return couplings
