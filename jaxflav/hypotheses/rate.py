"""One number that all new rates are proportional to: the strength of a direction of couplings, a branching fraction."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.couplings.base import Couplings
from jaxflav.couplings.linear_combination import LinearCombination, stack_directions
from jaxflav.hypotheses.coordinates import Coordinates
from jaxflav.hypotheses.hypothesis import MASS, AbstractHypothesis, Shape
from jaxflav.hypotheses.state import Line, Particles, State
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError

STRENGTH = "strength"
BRANCHING_FRACTION = "branching_fraction"
_HIGHEST = 5.0  # GeV, above every threshold; the likelihood knows the threshold itself


class _OneRate(AbstractHypothesis):
    """What the hypotheses below have in common: one rate and a mass."""

    start = (0.0, None)
    lower = (0.0, 0.0)
    upper = (float("inf"), _HIGHEST)

    @property
    def names(self) -> tuple[str, ...]:
        """The rate and the mass."""
        return (self.proportional_to, MASS)

    def shapes(self, constants):
        """The spectrum depends on the mass alone."""
        return (Shape(frozenset({MASS})),)


class Strength(_OneRate):
    """A direction of couplings of one family whose rates are multiplied by one strength.

    Attributes
    ----------
    direction : Couplings
        Of the parity basis, as a LinearCombination keeps them: arrays have a leading axis of length 1.
    """

    direction: Couplings

    scale = (1.0, 1.0)
    labels = ("strength", "$m_X$")
    units = ("1", "GeV")

    @property
    def proportional_to(self) -> str:
        """``strength``: the square of a coupling whose direction is 1."""
        return STRENGTH

    def at(self, constants: Parameters, values: Float[Array, " 2"]) -> State:
        """Particles with the couplings of the direction, and rates times the strength."""
        couplings = LinearCombination(self.direction, jnp.ones(1))
        return State((Particles(couplings, values[1], factor=values[0]),))

    def without_family(self) -> Coordinates:
        """The strength alone."""
        return Coordinates(0, constant=False, beside=True, with_mass=True)


class BranchingFraction(_OneRate):
    """One particle, or a pair of particles with couplings in a given direction, with a branching fraction.

    Attributes
    ----------
    direction : Couplings or None
        As of ``Strength``; None for one particle, whose spectrum does not depend on its couplings.
    width : scalar or None
        Of one particle in GeV; None for a line.
    decay : str
        Decay of this branching fraction. That of a pair is at the mean form factors, so the square of the couplings up
        to a constant: its spectrum, and the branching fraction itself, move with the form factors.
    """

    direction: Couplings | None
    width: Float[Array, ""] | None
    decay: str = eqx.field(static=True)

    scale = (1e-6, 1.0)
    units = ("1", "GeV")

    def __init__(self, decay: str, direction: Couplings | None = None, width: float | None = None):
        if width is not None and not (0 < width < float("inf")):
            raise InputError(f"width is {width!r}, expected a positive number of GeV (leave it out for a true line)")
        if width is not None and direction is not None:
            raise InputError("a width is for one particle: leave it out, or the couplings of the pair")
        self.decay, self.direction = decay, direction
        self.width = None if width is None else jnp.asarray(width, float)

    @property
    def labels(self) -> tuple[str, ...]:
        """The decay and the mass."""
        return (rf"$\mathcal{{B}}$({self.decay} + new)", "$m_X$")

    @property
    def proportional_to(self) -> str:
        """``branching_fraction``."""
        return BRANCHING_FRACTION

    def at(self, constants: Parameters, values: Float[Array, " 2"]) -> State:
        """A line, or a pair normalised to the branching fraction."""
        if self.direction is None:
            return State((Line(values[0], values[1], self.width),))
        couplings = LinearCombination(self.direction, jnp.ones(1))
        return State((Particles(couplings, values[1], factor=values[0], reference=self.decay),))


def direction_of(couplings: Couplings) -> Couplings:
    """Couplings of the parity basis as the one direction of ``Strength`` and ``BranchingFraction``."""
    return stack_directions([couplings])
