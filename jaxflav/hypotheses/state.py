"""What a hypothesis gives at values of its parameters: invisible particles, and other quantities to be measured."""

from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.couplings.base import Couplings
from jaxflav.couplings.linear_combination import LinearCombination
from jaxflav.couplings.mixed_pair import MixedPairCouplings
from jaxflav.couplings.neutrino import NeutrinoCouplings
from jaxflav.couplings.scalar import ScalarCouplings
from jaxflav.couplings.vector import VectorCouplings
from jaxflav.spectra.visibility import Visibility

SINGLE = (ScalarCouplings, VectorCouplings)  # families of one particle
ONE_MASSIVE = (*SINGLE, MixedPairCouplings)  # and those of which one particle has the mass


class Particles(eqx.Module):
    """Invisible particles of one family.

    Attributes
    ----------
    couplings : Couplings, NeutrinoCouplings or LinearCombination
        The couplings, or their coordinates along fixed directions.
    mass : scalar
        Of one of them in GeV; not used for neutrinos.
    width : scalar or None
        Of a single particle in GeV; None for a line.
    visibility : Visibility or None
        What becomes of a single unstable particle; None if it is stable.
    factor : scalar
        What all rates are multiplied by.
    reference : str or None
        Decay whose branching fraction at the mean form factors is ``factor``; None if rates are those of the couplings.
    """

    couplings: Couplings | NeutrinoCouplings | LinearCombination
    mass: Float[Array, ""]
    width: Float[Array, ""] | None
    visibility: Visibility | None
    factor: Float[Array, ""]
    reference: str | None = eqx.field(static=True)

    def __init__(
        self,
        couplings: Couplings | NeutrinoCouplings | LinearCombination,
        mass: Any = 0.0,
        *,
        width: Any = None,
        visibility: Visibility | None = None,
        factor: Any = 1.0,
        reference: str | None = None,
    ):
        self.couplings, self.visibility, self.reference = couplings, visibility, reference
        self.mass, self.factor = jnp.asarray(mass, float), jnp.asarray(factor, float)
        self.width = None if width is None else jnp.asarray(width, float)

    @property
    def family(self) -> Couplings | NeutrinoCouplings:
        """The couplings, or the directions that they are combined from: their type says which particles these are."""
        return self.couplings.directions if isinstance(self.couplings, LinearCombination) else self.couplings

    @property
    def is_alone(self) -> bool:
        """Whether this is one particle, not a pair."""
        return isinstance(self.family, SINGLE)

    @property
    def massive(self) -> int:
        """How many of the particles have the mass: 2 in a pair, 1 if one is alone or beside a neutrino, 0 neutrinos."""
        if isinstance(self.family, NeutrinoCouplings):
            return 0
        return 1 if isinstance(self.family, ONE_MASSIVE) else 2


class Line(eqx.Module):
    """One particle of any kind with a given branching fraction, for the one decay that the data are of.

    Attributes
    ----------
    branching_fraction : scalar
    mass : scalar
        In GeV.
    width : scalar or None
        Of a relativistic Breit-Wigner in GeV; None for a line.
    """

    branching_fraction: Float[Array, ""]
    mass: Float[Array, ""]
    width: Float[Array, ""] | None

    def __init__(self, branching_fraction: Any, mass: Any, width: Any = None):
        self.branching_fraction, self.mass = jnp.asarray(branching_fraction, float), jnp.asarray(mass, float)
        self.width = None if width is None else jnp.asarray(width, float)

    massive = 1
    visibility = None

    @property
    def factor(self) -> Float[Array, ""]:
        """The branching fraction, which rates are proportional to."""
        return self.branching_fraction


class State(eqx.Module):
    """Everything that a hypothesis predicts at values of its parameters.

    Attributes
    ----------
    particles : tuple of Particles or Line
        Their rates add, without interference.
    other : mapping of name to scalar
        Other quantities that experiments may measure.
    """

    particles: tuple[Particles | Line, ...] = ()
    other: Mapping[str, Float[Array, ""]] = eqx.field(default_factory=dict)
