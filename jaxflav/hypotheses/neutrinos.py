"""Wilson coefficients of b -> s nu nubar as real parameters, the Standard Model included."""

from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.couplings.families import EOS_NAMES
from jaxflav.couplings.linear_combination import LinearCombination, stack_directions
from jaxflav.couplings.neutrino import sm_vector_coefficient
from jaxflav.couplings.neutrino_names import EOS_ALPHA, from_eos
from jaxflav.hypotheses.coordinates import Coordinates
from jaxflav.hypotheses.couplings import check_different
from jaxflav.hypotheses.hypothesis import AbstractHypothesis, Shape
from jaxflav.hypotheses.state import Particles, State
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import UnknownNameError

NEUTRINOS = "neutrinos"
SENSITIVE = {"abs(cVL+cVR)": "cVL", "abs(cSL+cSR)": "cSL", "abs(cTL)": "cTL"}  # what B -> K alone depends on
_START = {"abs(cVL+cVR)": 6.6, "abs(cSL+cSR)": 1.0, "abs(cTL)": 1.0}


class NeutrinoHypothesis(AbstractHypothesis):
    """Coefficients in the normalisation of EOS; made by ``neutrino_hypothesis``.

    Attributes
    ----------
    names : tuple of str
        Among cVL, cVR, cSL, cSR and cTL; or the combinations of ``SENSITIVE``, not negative, to which B -> K is
        sensitive. Rates are stationary where one of the latter is 0: fits start away from it.
    """

    names: tuple[str, ...] = eqx.field(static=True)

    adds_to_standard_model = False
    massive = 0

    @property
    def couplings(self) -> tuple[str, ...]:
        """The coefficients: all parameters."""
        return self.names

    @property
    def lower(self) -> tuple[float, ...]:
        """0 for moduli."""
        return tuple(0.0 if name in SENSITIVE else -np.inf for name in self.names)

    @property
    def upper(self) -> tuple[float, ...]:
        """None."""
        return (np.inf,) * len(self.names)

    @property
    def start(self) -> tuple[float | None, ...]:
        """That of a modulus is away from 0."""
        return tuple(_START.get(name) for name in self.names)

    @property
    def scale(self) -> tuple[float | None, ...]:
        """1 for moduli."""
        return tuple(1.0 if name in SENSITIVE else None for name in self.names)

    @property
    def labels(self) -> tuple[str, ...]:
        """The names."""
        return self.names

    @property
    def units(self) -> tuple[str, ...]:
        """None."""
        return ("1",) * len(self.names)

    def shapes(self, constants):
        """Neutrinos have no mass."""
        return (Shape(frozenset()),)

    def at(self, constants: Parameters, values: Float[Array, " n"]) -> State:
        """Neutrinos: cVL is that of the Standard Model unless it is a parameter, the others 0."""
        coefficients = [SENSITIVE.get(name, name) for name in self.names]
        directions = [from_eos(constants, **{name: 1.0}) for name in coefficients]
        if "cVL" not in coefficients:
            standard_model = -sm_vector_coefficient(constants) * constants["alpha_mZ"] / EOS_ALPHA
            directions.append(from_eos(constants, cVL=standard_model))
            values = jnp.append(values, 1.0)
        return State((Particles(LinearCombination(stack_directions(directions), values)),))

    def without_family(self) -> Coordinates:
        """The coefficients as coordinates, that of the Standard Model beside them unless it is one of them."""
        fixed = "cVL" not in (SENSITIVE.get(name, name) for name in self.names)
        return Coordinates(len(self.names), constant=fixed, beside=False, with_mass=False)


def neutrino_hypothesis(parameters: Sequence[str] = tuple(SENSITIVE)) -> NeutrinoHypothesis:
    """Wilson coefficients as parameters.

    Parameters
    ----------
    parameters : sequence of str
        Among cVL, cVR, cSL, cSR, cTL, or among the combinations to which B -> K is sensitive.

    Raises
    ------
    UnknownNameError
        If a coefficient is unknown.
    InputError
        If there is none, or one is given twice.
    """
    parameters = check_different(parameters)
    known = EOS_NAMES if parameters[0] in EOS_NAMES else tuple(SENSITIVE)
    for name in parameters:
        if name not in known:
            raise UnknownNameError("neutrino coefficient", name, (*EOS_NAMES, *SENSITIVE))
    return NeutrinoHypothesis(parameters)
