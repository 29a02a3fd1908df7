"""What all families of couplings share: named array leaves, zero unless given; pairs of identical particles."""

import dataclasses
from typing import ClassVar, Self

import equinox as eqx
import jax
import numpy as np

from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.numerics.complex_values import as_coupling


class Couplings(eqx.Module):
    """Named couplings, real or complex; each is an array leaf, with the default of its field unless given.

    Raises
    ------
    UnknownNameError
        If a name is not a coupling of the family.
    InputError
        If ``scale`` is not positive.
    """

    def __init__(self, **values):
        fields = {field.name: field for field in dataclasses.fields(self)}
        for name in values:
            if name not in fields:
                raise UnknownNameError(f"coupling of {type(self).__name__}", name, fields)
        for name, field in fields.items():
            value = values.get(name, field.default)
            setattr(self, name, value if field.metadata.get("static") else as_coupling(value))
        scale = getattr(self, "scale", 1.0)
        if isinstance(scale, jax.core.Tracer):
            return
        scale = np.asarray(scale)  # NumPy functions of a JAX array would be traced inside jit
        if not np.all(np.isreal(scale) & (scale.real > 0)):
            raise InputError(f"{type(self).__name__}: scale, Lambda in GeV, must be positive, found {scale}")


class PairCouplings(Couplings):
    """Couplings of a pair of particles X Xbar, which are identical if X is its own antiparticle.

    Attributes
    ----------
    self_conjugate
        Static. If true, X = Xbar (real scalar or vector, Majorana fermion): the currents that are odd under
        charge conjugation vanish, all others have both contractions, and phase space is halved. The couplings
        stay those of the operators as written, so a rate is twice that of distinct particles.
    vanishing
        Names of the couplings whose operators vanish for identical particles.

    Raises
    ------
    InputError
        If ``self_conjugate`` is not a bool, or a coupling that must vanish is given and is not 0. Values that JAX
        traces cannot be checked: then the rates leave the coupling out.
    """

    self_conjugate: bool = eqx.field(static=True, default=False)
    vanishing: ClassVar[tuple[str, ...]] = ()

    def __init__(self, **values):
        super().__init__(**values)
        if not isinstance(self.self_conjugate, bool):
            raise InputError(f"self_conjugate must be True or False, found {self.self_conjugate!r}")
        if not self.self_conjugate:
            return
        for name in self.vanishing:
            value = getattr(self, name)
            if not isinstance(value, jax.core.Tracer) and np.any(np.asarray(value) != 0):
                raise InputError(
                    f"{type(self).__name__}: the operator of {name} vanishes for a particle that is its own "
                    f"antiparticle, found {name} = {value}; leave it out, or set self_conjugate=False"
                )

    def surviving(self) -> tuple[float, Self]:
        """Factor of the rate, 2 for identical particles, and the couplings without those that vanish."""
        if not self.self_conjugate:
            return 1.0, self
        names = (field.name for field in dataclasses.fields(self))
        kept = {name: getattr(self, name) for name in names if name not in self.vanishing}
        return 2.0, type(self)(**kept)
