"""What all families of couplings share: named array leaves, zero unless given; pairs of identical particles."""

import dataclasses
from typing import ClassVar, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.numerics.complex_values import as_coupling


class Couplings(eqx.Module):
    """Named couplings, real or complex; each is an array leaf, with the default of its field unless given.

    Rates are for one set of couplings, that is for numbers. A module whose leaves have a leading axis is many sets: map
    the rate over it with ``jax.vmap``. Only axes that belong to the family, those of flavour, are summed over.

    Attributes
    ----------
    flavour_axes
        How many axes a coupling of one set may have.

    Raises
    ------
    UnknownNameError
        If a name is not a coupling of the family.
    InputError
        If a coupling is not finite, or ``scale`` not positive. Values that JAX traces cannot be checked: then a rate is
        NaN where one of them is.
    """

    flavour_axes: ClassVar[int] = 0

    def __init__(self, **values):
        fields = {field.name: field for field in dataclasses.fields(self)}
        for name in values:
            if name not in fields:
                raise UnknownNameError(f"coupling of {type(self).__name__}", name, fields)
        for name, field in fields.items():
            value = values.get(name, field.default)
            if field.metadata.get("static"):
                setattr(self, name, value)
                continue
            if name in values and not isinstance(value, jax.core.Tracer):
                self._check(name, np.asarray(value))  # NumPy functions of a JAX array would be traced inside jit
            value = as_coupling(value)
            if name == "scale" and isinstance(value, jax.core.Tracer):
                value = jnp.where(value > 0, value, jnp.nan)
            setattr(self, name, value)

    def _check(self, name, value):
        if name == "scale" and not np.all(np.isreal(value) & (value.real > 0)):
            raise InputError(f"{type(self).__name__}: scale, Lambda in GeV, must be positive, found {value}")
        if not np.all(np.isfinite(value)):
            raise InputError(f"{type(self).__name__}: {name} must be finite, found {value.tolist()}")


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
