"""Some couplings of one family of new particles as real parameters, the others 0, and the mass of the particle."""

import dataclasses
from collections.abc import Sequence

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float

from jaxflav.couplings.base import Couplings
from jaxflav.couplings.chiral import chiral_type, is_chiral, to_parity
from jaxflav.couplings.families import FAMILIES
from jaxflav.couplings.linear_combination import LinearCombination, stack_directions
from jaxflav.hypotheses.coordinates import Coordinates
from jaxflav.hypotheses.hypothesis import MASS, AbstractHypothesis, Shape
from jaxflav.hypotheses.state import ONE_MASSIVE, Particles, State
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError, UnknownNameError


class CouplingsHypothesis(AbstractHypothesis):
    """Couplings of one family as parameters; made by ``couplings_hypothesis``.

    Attributes
    ----------
    template : Couplings
        Of the family, in the parity or in the chiral basis, with its scale, and whether particles are identical.
    family : str
        Its name.
    couplings : tuple of k str
        Names of the parameters: ``f_VV``, or ``im(f_VV)`` for an imaginary part.
    coupling_names : tuple of k str
        Coupling of each parameter.
    imaginary : tuple of k bool
        Whether it is the imaginary part.
    """

    template: Couplings
    family: str = eqx.field(static=True)
    couplings: tuple[str, ...] = eqx.field(static=True)
    coupling_names: tuple[str, ...] = eqx.field(static=True)
    imaginary: tuple[bool, ...] = eqx.field(static=True)

    @property
    def names(self) -> tuple[str, ...]:
        """The couplings, then the mass."""
        return (*self.couplings, MASS)

    @property
    def lower(self) -> tuple[float, ...]:
        """Couplings have no bounds."""
        return (*(-np.inf,) * len(self.couplings), 0.0)

    @property
    def upper(self) -> tuple[float, ...]:
        """That of the mass is the threshold, which the likelihood knows."""
        return (np.inf,) * len(self.names)

    @property
    def start(self) -> tuple[None, ...]:
        """Chosen by the likelihood."""
        return (None,) * len(self.names)

    scale = start

    @property
    def labels(self) -> tuple[str, ...]:
        """Couplings in TeX."""
        return (*(_label(*one) for one in zip(self.coupling_names, self.imaginary, strict=True)), "$m$")

    @property
    def units(self) -> tuple[str, ...]:
        """Couplings have none, but for those of a mixed pair."""
        unit = "1" if hasattr(self.template, "scale") else "GeV^-2"
        return (*(unit,) * len(self.couplings), "GeV")

    @property
    def massive(self) -> int:
        """How many of the invisible particles have the mass: 1 for one particle or a mixed pair, 2 for a pair."""
        return 1 if issubclass(FAMILIES[self.family], ONE_MASSIVE) else 2

    def shapes(self, constants):
        """Spectra depend on the mass alone."""
        return (Shape(frozenset({MASS})),)

    def directions(self, constants: Parameters) -> Couplings:
        """Couplings of the parity basis that each parameter gives at 1; arrays have a leading axis of length k."""
        return stack_directions([self._one(constants, i) for i in range(len(self.couplings))])

    def _one(self, constants, i):
        value = np.asarray(1j if self.imaginary[i] else 1.0)
        kept = {f.name: getattr(self.template, f.name) for f in dataclasses.fields(self.template)}
        couplings = type(self.template)(**{**kept, self.coupling_names[i]: value})
        return to_parity(constants, couplings) if is_chiral(couplings) else couplings

    def at(self, constants: Parameters, values: Float[Array, " n"]) -> State:
        """Particles of the family with these couplings and this mass."""
        return State((Particles(LinearCombination(self.directions(constants), values[:-1]), values[-1]),))

    def without_family(self) -> Coordinates:
        """The couplings as coordinates."""
        return Coordinates(len(self.couplings), constant=False, beside=True, with_mass=True)


def _label(name, imaginary):
    head, _, index = name.partition("_")
    text = rf"{head}_{{{index}}}" if index else head
    return rf"$\mathrm{{Im}}\,{text}$" if imaginary else f"${text}$"


def couplings_hypothesis(
    family: str, parameters: Sequence[str], *, chiral: bool = False, scale: float = 1e4, self_conjugate: bool = False
) -> CouplingsHypothesis:
    """The couplings of a family that are varied.

    Parameters
    ----------
    family : str
        One of ``couplings.families.FAMILIES``.
    parameters : sequence of k str
        Couplings of the family, such as ``f_VV``, or ``im(f_VV)`` for an imaginary part; of the chiral basis, such as
        ``V_LL``, if ``chiral``.
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
    parameters = check_different(parameters)
    if family not in FAMILIES:
        raise UnknownNameError("family of couplings", family, FAMILIES)
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
    kind(**options, **dict.fromkeys(names, np.ones(())))  # names what must vanish for identical particles
    return CouplingsHypothesis(kind(**options), family, parameters, tuple(names), tuple(imaginary))


def check_different(parameters: Sequence[str]) -> tuple[str, ...]:
    """The names as a tuple; raises InputError if there are none, or one is given twice."""
    parameters = tuple(parameters)
    if not parameters or len(set(parameters)) < len(parameters):
        raise InputError(f"expected one or more different couplings, found {', '.join(parameters) or 'none'}")
    return parameters
