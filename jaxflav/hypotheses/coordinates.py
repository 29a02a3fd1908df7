"""Couplings by their coordinates alone, whatever the family: what predictions need once the rates are prepared."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.couplings.linear_combination import LinearCombination
from jaxflav.hypotheses.hypothesis import MASS, AbstractHypothesis, Shape
from jaxflav.hypotheses.state import Particles, State
from jaxflav.inputs.parameters import Parameters


class Coordinates(AbstractHypothesis):
    """One set of particles with k coordinates, of which all are parameters, or with a strength.

    Hypotheses that differ in nothing else then share their compiled fits.

    Attributes
    ----------
    k : int
        Coordinates that are parameters; 0 for one direction with a strength.
    constant : bool
        Whether there is one more coordinate, which is 1.
    beside : bool
        Whether the Standard Model comes on top.
    with_mass : bool
        Whether a mass is the last parameter.
    """

    k: int = eqx.field(static=True)
    constant: bool = eqx.field(static=True)
    beside: bool = eqx.field(static=True)
    with_mass: bool = eqx.field(static=True)

    @property
    def adds_to_standard_model(self) -> bool:
        """As given."""
        return self.beside

    @property
    def proportional_to(self) -> str | None:
        """The strength, if there is one."""
        return None if self.k else "strength"

    @property
    def names(self) -> tuple[str, ...]:
        """By number."""
        return (*(f"coordinate[{i}]" for i in range(max(self.k, 1))), *(MASS,) * self.with_mass)

    @property
    def start(self) -> tuple[float, ...]:
        """Without meaning."""
        return (1.0,) * len(self.names)

    scale = start

    @property
    def lower(self) -> tuple[float, ...]:
        """None."""
        return (-np.inf,) * len(self.names)

    @property
    def upper(self) -> tuple[float, ...]:
        """None."""
        return (np.inf,) * len(self.names)

    @property
    def labels(self) -> tuple[str, ...]:
        """The names."""
        return self.names

    units = labels

    def shapes(self, constants):
        """The spectrum depends on the mass, if there is one."""
        return (Shape(frozenset({MASS} if self.with_mass else ())),)

    def at(self, constants: Parameters | None, values: Float[Array, " n"]) -> State:
        """Particles without a family."""
        mass = values[-1] if self.with_mass else 0.0
        if not self.k:
            return State((Particles(LinearCombination(None, jnp.ones(1)), mass, factor=values[0]),))
        one = jnp.ones(int(self.constant))
        return State((Particles(LinearCombination(None, jnp.concatenate([values[: self.k], one])), mass),))
