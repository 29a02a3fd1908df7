"""A signal prepared at many contexts once, for fits that come back to each of them with other data."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.likelihood.likelihood import AbstractSignal, Likelihood


class TabulatedSignal(AbstractSignal):
    """A signal whose context is the number of an entry of the table, as a float.

    Attributes
    ----------
    signal : AbstractSignal
        Whose predictions these are.
    table : pytree
        What it prepared, with a leading axis.
    """

    signal: AbstractSignal
    table: Any
    names: tuple[str, ...] = eqx.field(static=True)
    n_free: int = eqx.field(static=True)
    lower: tuple[float, ...] = eqx.field(static=True)
    start: tuple[float, ...] = eqx.field(static=True)
    scale: tuple[float, ...] = eqx.field(static=True)

    def upper_bounds(self):
        """As those of the signal."""
        return self.signal.upper_bounds()

    def prepare(self, context):
        """The entry."""
        k = jnp.asarray(context).astype(int)
        return jax.tree.map(lambda a: a[k], self.table)

    def predict(self, parameters, prepared):
        """As the signal."""
        return self.signal.predict(parameters, prepared)

    def curvature(self, parameters, prepared, weights):
        """As that of the signal."""
        return self.signal.curvature(parameters, prepared, weights)


def tabulate(likelihood: Likelihood, contexts: Float[Array, " n"]) -> Likelihood:
    """The likelihood with its signal prepared at each of the contexts, which then are 0, 1, ... n - 1.

    Names and start values of the signal parameters are those of ``signal.predictor()``: the caller gives his own.
    Fits of many signals are then compiled once.
    """
    s = likelihood.signal.predictor()
    table = likelihood.signal.prepare_many(contexts)
    signal = TabulatedSignal(s, table, s.names, s.n_free, s.lower, s.start, s.scale)
    return Likelihood(likelihood.model, signal, likelihood.measurements)
