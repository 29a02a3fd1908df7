"""B -> K + one invisible particle beside the Standard Model, against an analysis of B -> K + missing energy."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.experiments.analysis import Analysis, with_prediction
from jaxflav.experiments.new_particle import NewParticleSignal, standard_model
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError
from jaxflav.likelihood.likelihood import Likelihood
from jaxflav.rates.arguments import as_mass
from jaxflav.response.efficiency import Efficiency, yields
from jaxflav.spectra.resonance import breit_wigner
from jaxflav.spectra.spectrum import line


class TwoBodySignal(NewParticleSignal):
    """Yields of mu times the Standard Model plus a new particle of given mass and branching fraction.

    The context is the mass of X in GeV; beyond m_B - m_K there is no decay and no yield.

    Attributes
    ----------
    response : Efficiency
        Of the analysis.
    width : scalar or None
        Width of X in GeV; None for a line.
    """

    response: Efficiency
    width: Float[Array, ""] | None

    def prepare(self, context: Float[Array, ""]) -> Float[Array, " bins"]:
        """Yields of a unit branching fraction at a mass in GeV."""
        closed = context >= self.threshold
        unit = jnp.where(closed, 0.0, 1.0)
        inside = jnp.where(closed, self.threshold, as_mass(context))
        if self.width is None:
            spectrum = line(inside**2, unit)
        else:
            spectrum = breit_wigner(inside, self.width, unit, self.threshold**2)
        return yields(self.response, spectrum)

    def new_particle(self, parameters: Float[Array, " p"], prepared: Float[Array, " bins"]) -> Float[Array, " bins"]:
        """Yields of the new particle alone."""
        return parameters[1] * prepared


def two_body_likelihood(
    analysis: Analysis, parameters: Parameters, form_factors: FormFactorSet, width: float | None = None
) -> Likelihood:
    """Likelihood of an analysis for the Standard Model plus one new particle.

    Parameters
    ----------
    analysis : Analysis
        Such as ``load_analysis("belle2-2025")``.
    parameters : Parameters
        Constants.
    form_factors : FormFactorSet
        Of B -> K; its covariance enters as independent nuisance parameters.
    width : float, optional
        Width of the new particle in GeV for a relativistic Breit-Wigner; a line by default.

    Raises
    ------
    InputError
        If the width is not a positive number.
    """
    if width is not None and not (0 < width < float("inf")):
        raise InputError(f"width is {width!r}, expected a positive number of GeV (leave it out for a true line)")
    response = analysis.response()
    m_B, m_K = analysis.decay.masses(parameters)
    signal = TwoBodySignal(
        threshold=m_B - m_K,
        response=response,
        width=None if width is None else jnp.asarray(float(width)),
        **standard_model(analysis, response, parameters, form_factors),
    )
    return with_prediction(analysis, signal)


def with_width(likelihood: Likelihood, width: float) -> Likelihood:
    """The likelihood of ``two_body_likelihood`` for another width in GeV; 0 is a true line.

    Raises
    ------
    InputError
        If the likelihood is of something else, or the width is negative or not finite.
    """
    if not isinstance(likelihood.signal, TwoBodySignal):
        raise InputError(f"a width needs a likelihood with one new particle, found {type(likelihood.signal).__name__}")
    if not 0 <= width < float("inf"):
        raise InputError(f"width is {width!r}, expected a finite number of GeV >= 0 (0 is a true line)")
    value = jnp.asarray(float(width)) if width else None
    return eqx.tree_at(lambda one: one.signal.width, likelihood, value, is_leaf=lambda leaf: leaf is None)
