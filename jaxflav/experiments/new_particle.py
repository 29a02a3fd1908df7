"""What every signal of new particles beside the Standard Model has in common."""

import abc
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from jaxflav.experiments.analysis import Analysis
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.inputs.parameters import Parameters
from jaxflav.likelihood.likelihood import AbstractSignal
from jaxflav.numerics.quadratic import Quadratic, quadratic_of
from jaxflav.response.efficiency import Efficiency, yields
from jaxflav.spectra.b_to_k import sm_neutrinos


class MassSignal(AbstractSignal):
    """New particles beside the Standard Model; the context is the mass of one of them in GeV.

    Attributes
    ----------
    threshold : scalar
        Mass in GeV from which on there is no decay; 0 where no particle has a mass.
    proportional_to : str or None
        Parameter that all rates of the new particles are proportional to, at least 0; None if there is no such one.
    """

    threshold: eqx.AbstractVar[Float[Array, ""]]
    proportional_to: eqx.AbstractVar[str | None]


class NewParticleSignal(MassSignal):
    """Yields of mu times the Standard Model plus new particles of a mass, which is the context, in GeV.

    Signal parameters: ``mu``, the short-distance B -> K nu nubar rate over the Standard Model one;
    ``branching_fraction`` of the new decay; and the independent nuisance parameters of the form factors.

    Attributes
    ----------
    standard_model : Quadratic
        Yields of the Standard Model as a polynomial in the form-factor nuisance parameters, which it is exactly.
    threshold : scalar
        Mass in GeV from which on there is no decay.
    """

    standard_model: Quadratic
    threshold: Float[Array, ""]
    names: tuple[str, ...] = eqx.field(static=True)
    n_free: int = eqx.field(static=True)
    lower: tuple[float, ...] = eqx.field(static=True)
    start: tuple[float, ...] = eqx.field(static=True)
    scale: tuple[float, ...] = eqx.field(static=True)

    proportional_to = "branching_fraction"

    @abc.abstractmethod
    def new_particle(self, parameters: Float[Array, " p"], prepared: PyTree) -> Float[Array, " bins"]:
        """Yields of the new particles alone, from what ``prepare`` returned for a mass."""

    def predict(self, parameters: Float[Array, " p"], prepared: PyTree) -> Float[Array, " bins"]:
        """Expected events of the signal samples, from what ``prepare`` returned for a mass."""
        return parameters[0] * self.standard_model(parameters[2:]) + self.new_particle(parameters, prepared)


def standard_model(
    analysis: Analysis, response: Efficiency, parameters: Parameters, form_factors: FormFactorSet
) -> dict[str, Any]:
    """The attributes of a ``NewParticleSignal`` that do not depend on the new particles."""
    q2, weights = (jnp.asarray(a) for a in response.nodes)
    n = form_factors.mean.shape[0]

    def at(nuisances):
        return yields(response, sm_neutrinos(parameters, form_factors, nuisances, analysis.decay, q2, weights))

    return {
        "standard_model": jax.jit(quadratic_of, static_argnums=(0, 1))(at, n),
        "names": ("mu", "branching_fraction", *(f"form_factor[{i}]" for i in range(n))),
        "n_free": 2,
        "lower": (0.0, 0.0),
        "start": (1.0, 0.0) + (0.0,) * n,
        "scale": (1.0, 1e-6) + (1.0,) * n,
    }
