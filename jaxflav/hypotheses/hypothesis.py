"""What every hypothesis is: named parameters, and a pure function from their values to a state."""

import abc
import dataclasses

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float

from jaxflav.hypotheses.state import State
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError

MASS = "mass"  # name of the mass of one particle in GeV, where it is a parameter


@dataclasses.dataclass(frozen=True)
class Shape:
    """What the spectra of one set of particles depend on beside their couplings.

    Attributes
    ----------
    on : frozenset of str
        Parameters of the hypothesis that mass, width or visibility depend on.
    """

    on: frozenset[str]


class AbstractHypothesis(eqx.Module):
    """What is varied, and what it does to the couplings.

    Attributes
    ----------
    names : tuple of n str
        Parameters; a ``mass`` is the last one.
    lower, upper : tuples of n float
        Their bounds, perhaps infinite.
    start, scale : tuples of n (float or None)
        Start values and typical sizes; None leaves the choice to the likelihood, which takes couplings of a branching
        fraction of 1e-5.
    labels : tuple of n str
        For figures, in TeX.
    units : tuple of n str
    """

    names: eqx.AbstractVar[tuple[str, ...]]
    lower: eqx.AbstractVar[tuple[float, ...]]
    upper: eqx.AbstractVar[tuple[float, ...]]
    start: eqx.AbstractVar[tuple[float | None, ...]]
    scale: eqx.AbstractVar[tuple[float | None, ...]]
    labels: eqx.AbstractVar[tuple[str, ...]]
    units: eqx.AbstractVar[tuple[str, ...]]

    @abc.abstractmethod
    def at(self, constants: Parameters, values: Float[Array, " n"]) -> State:
        """The state at values (n,) of the parameters. Pure: under jit, vmap and grad, too."""

    @abc.abstractmethod
    def shapes(self, constants: Parameters) -> tuple[Shape, ...]:
        """One entry for each set of particles of the state."""

    @property
    def adds_to_standard_model(self) -> bool:
        """Whether the neutrinos of the Standard Model come on top; coefficients of neutrinos contain them."""
        return True

    @property
    def proportional_to(self) -> str | None:
        """Parameter that all new rates are proportional to, at least 0; None if there is no such one."""
        return None

    def without_family(self) -> "AbstractHypothesis":
        """What predictions need once the rates are prepared; hypotheses for which it is equal share compiled fits."""
        return self

    @property
    def has_mass(self) -> bool:
        """Whether the mass of a particle is a parameter."""
        return MASS in self.names


def check_parameters(names, lower, upper, start) -> None:
    """Raise InputError if names repeat, bounds are reversed or no numbers, or a start is not between them."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"parameter {twice[0]!r} is given more than once; give every parameter its own name")
    if MASS in names and names[-1] != MASS:
        raise InputError(f"parameter {MASS!r} must be the last one of a hypothesis, found {', '.join(names)}")
    for name, low, high, value in zip(names, lower, upper, start, strict=True):
        if np.isnan(low) or np.isnan(high) or not low < high:
            raise InputError(f"parameter {name!r}: bounds are {low!r} and {high!r}, expected the lower one first")
        if value is not None and not low <= value <= high:
            raise InputError(
                f"parameter {name!r}: start is {value!r}, expected a number between its bounds {low:g} and {high:g}"
            )
