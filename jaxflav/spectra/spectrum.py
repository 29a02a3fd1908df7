"""Decay spectra as discretised measures on q2."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.io.errors import InputError


class Spectrum(eqx.Module):
    """Branching fraction as a measure on q2: the integral of g(q2) dBR is sum(branching * g(q2)).

    Continua, resonances and true lines all have this form, and so add up by concatenation.

    Attributes
    ----------
    q2
        Nodes, shape (n,), GeV^2.
    branching
        Branching fraction at each node, shape (n,).

    Raises
    ------
    InputError
        If the two are not one-dimensional and of equal length.
    """

    q2: Float[Array, " n"]
    branching: Float[Array, " n"]

    def __init__(self, q2: Any, branching: Any):
        self.q2 = jnp.asarray(q2, float)
        self.branching = jnp.asarray(branching, float)
        if self.q2.ndim != 1 or self.q2.shape != self.branching.shape:
            raise InputError(
                "a spectrum needs nodes and branching fractions of one shape (n,), "
                f"found {self.q2.shape} and {self.branching.shape}"
            )


def continuum(density: Float[Array, " n"], q2_nodes: Float[Array, " n"], weights: Float[Array, " n"]) -> Spectrum:
    """Spectrum of a density dBR/dq2 (GeV^-2) on the nodes and weights (GeV^2) of a quadrature rule."""
    return Spectrum(q2_nodes, density * weights)


def line(q2: Float[Array, ""], branching_fraction: Float[Array, ""]) -> Spectrum:
    """Spectrum of a two-body decay: the whole branching fraction at one q2 (GeV^2)."""
    return Spectrum(*(jnp.reshape(jnp.asarray(x, float), (1,)) for x in (q2, branching_fraction)))


def combine(*spectra: Spectrum) -> Spectrum:
    """Sum of spectra, such as Standard Model and new physics, which do not interfere.

    Raises
    ------
    InputError
        If there is none.
    """
    if not spectra:
        raise InputError("expected at least one spectrum to combine, found none")
    return Spectrum(jnp.concatenate([s.q2 for s in spectra]), jnp.concatenate([s.branching for s in spectra]))


def total(spectrum: Spectrum) -> Float[Array, ""]:
    """Total branching fraction."""
    return jnp.sum(spectrum.branching)
