"""Which couplings are varied, and what is added to the Standard Model: the hypothesis that experiments test."""

import dataclasses
from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.couplings.base import Couplings
from jaxflav.couplings.chiral import chiral_type, is_chiral, to_parity
from jaxflav.couplings.families import EOS_NAMES, FAMILIES
from jaxflav.couplings.mixed_pair import MixedPairCouplings
from jaxflav.couplings.neutrino import NeutrinoCouplings, sm_vector_coefficient
from jaxflav.couplings.neutrino_names import EOS_ALPHA, from_eos
from jaxflav.couplings.scalar import ScalarCouplings
from jaxflav.couplings.vector import VectorCouplings
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError, UnknownNameError

NEUTRINOS = "neutrinos"


class CouplingAxes(eqx.Module):
    """Some couplings of one family of new particles as real parameters, the others 0.

    Attributes
    ----------
    template : Couplings
        Of the family, in the parity or in the chiral basis, with its scale, and whether particles are identical.
    parameters : tuple of str
        Names of the parameters: ``f_VV``, or ``im(f_VV)`` for an imaginary part.
    names : tuple of str
        Coupling of each parameter.
    imaginary : tuple of bool
        Whether it is the imaginary part.
    """

    template: Couplings
    parameters: tuple[str, ...] = eqx.field(static=True)
    names: tuple[str, ...] = eqx.field(static=True)
    imaginary: tuple[bool, ...] = eqx.field(static=True)

    homogeneous = True  # rates are quadratic in the parameters, without linear or constant terms
    adds_to_standard_model = True

    def at(self, inputs: Parameters, values: Float[Array, " k"]) -> Couplings:
        """Couplings of the parity basis at values (k,) of the parameters."""
        phases = np.where(self.imaginary, 1j, 1.0) if any(self.imaginary) else np.ones(len(self.names))
        parts = jnp.asarray(values, phases.dtype) * phases
        given = {name: sum(parts[i] for i, other in enumerate(self.names) if other == name) for name in self.names}
        kept = {f.name: getattr(self.template, f.name) for f in dataclasses.fields(self.template)}
        couplings = type(self.template)(**{**kept, **given})
        return to_parity(inputs, couplings) if is_chiral(couplings) else couplings

    @property
    def massive(self) -> int:
        """How many of the invisible particles have the mass: 1 for a single particle or a mixed pair, 2 for a pair."""
        return 1 if isinstance(self.template, ScalarCouplings | VectorCouplings | MixedPairCouplings) else 2


class NeutrinoAxes(eqx.Module):
    """Wilson coefficients of b -> s nu nubar in the normalisation of EOS as real parameters, Standard Model included.

    Attributes
    ----------
    parameters : tuple of str
        Among cVL, cVR, cSL, cSR and cTL; cVL is that of the Standard Model unless it is one of them, the others 0.
    """

    parameters: tuple[str, ...] = eqx.field(static=True)

    homogeneous = False
    adds_to_standard_model = False
    massive = 0

    def at(self, inputs: Parameters, values: Float[Array, " k"]) -> NeutrinoCouplings:
        """Couplings at values (k,) of the coefficients."""
        standard_model = -sm_vector_coefficient(inputs) * inputs["alpha_mZ"] / EOS_ALPHA
        given = {name: values[i] for i, name in enumerate(self.parameters)}
        return from_eos(inputs, **{"cVL": standard_model, **given})


Axes = CouplingAxes | NeutrinoAxes


def coupling_axes(
    family: str, parameters: Sequence[str], *, chiral: bool = False, scale: float = 1e4, self_conjugate: bool = False
) -> Axes:
    """The couplings of a family that are varied.

    Parameters
    ----------
    family : str
        One of ``couplings.families.FAMILIES``, or ``neutrinos``.
    parameters : sequence of k str
        Couplings of the family, such as ``f_VV``, or ``im(f_VV)`` for an imaginary part; of the chiral basis, such as
        ``V_LL``, if ``chiral``. For neutrinos cVL, cVR, cSL, cSR, cTL.
    chiral : bool
        Whether the names are of the chiral basis.
    scale : float
        Lambda in GeV.
    self_conjugate : bool
        Whether the particles of a pair are identical.

    Raises
    ------
    UnknownNameError
        If the family or a coupling is unknown.
    InputError
        If there is no parameter, one is given twice, or the family has no such option.
    """
    parameters = tuple(parameters)
    if not parameters or len(set(parameters)) < len(parameters):
        raise InputError(f"expected one or more different couplings, found {', '.join(parameters) or 'none'}")
    if family == NEUTRINOS:
        for name in parameters:
            if name not in EOS_NAMES:
                raise UnknownNameError("neutrino coefficient", name, EOS_NAMES)
        if chiral or self_conjugate:
            raise InputError("neutrino coefficients have no other basis, and no self-conjugation: leave these out")
        return NeutrinoAxes(parameters)
    if family not in FAMILIES:
        raise UnknownNameError("family of couplings", family, (*FAMILIES, NEUTRINOS))
    kind = chiral_type(FAMILIES[family]) if chiral else FAMILIES[family]
    fields = {f.name for f in dataclasses.fields(kind)}
    known = sorted(fields - {"scale", "self_conjugate"})
    names, imaginary = [], []
    for parameter in parameters:
        is_imaginary = parameter.startswith("im(") and parameter.endswith(")")
        names.append(parameter[3:-1] if is_imaginary else parameter)
        imaginary.append(is_imaginary)
        if names[-1] not in known:
            raise UnknownNameError(f"coupling of {family}", names[-1], known)
    options = {"scale": float(scale)} if "scale" in fields else {}
    if self_conjugate:
        if "self_conjugate" not in fields:
            raise InputError(f"{family} has no pair of particles that could be identical; leave self-conjugation out")
        options["self_conjugate"] = True
    axes = CouplingAxes(kind(**options), parameters, tuple(names), tuple(imaginary))
    kind(**options, **dict.fromkeys(names, np.ones(())))  # names what must vanish for identical particles
    return axes
