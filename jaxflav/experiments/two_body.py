"""B -> K + one invisible particle beside the Standard Model, against an analysis of B -> K + missing energy."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.experiments.analysis import Analysis
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import AbstractSignal, Likelihood
from jaxflav.numerics.quadratic import Quadratic, quadratic_of
from jaxflav.response.efficiency import Efficiency, yields
from jaxflav.spectra.b_to_k import sm_neutrinos
from jaxflav.spectra.resonance import breit_wigner
from jaxflav.spectra.spectrum import line


class TwoBodySignal(AbstractSignal):
    """Yields of mu times the Standard Model plus a new particle of given mass and branching fraction.

    Signal parameters: ``mu``, the short-distance B -> K nu nubar rate over the Standard Model one;
    ``branching_fraction`` of B -> K X; and the independent nuisance parameters of the form factors. The context is
    the mass of X in GeV; beyond m_B - m_K there is no decay and no yield.

    Attributes
    ----------
    standard_model : Quadratic
        Yields of the Standard Model as a polynomial in the form-factor nuisance parameters, which it is exactly.
    response : Efficiency
        Of the analysis.
    threshold : scalar
        m_B - m_K in GeV.
    width : scalar or None
        Width of X in GeV; None for a line.
    """

    standard_model: Quadratic
    response: Efficiency
    threshold: Float[Array, ""]
    width: Float[Array, ""] | None
    names: tuple[str, ...] = eqx.field(static=True)
    n_free: int = eqx.field(static=True)
    lower: tuple[float, ...] = eqx.field(static=True)
    start: tuple[float, ...] = eqx.field(static=True)
    scale: tuple[float, ...] = eqx.field(static=True)

    def new_particle(self, branching_fraction: Float[Array, ""], mass: Float[Array, ""]) -> Float[Array, " bins"]:
        """Yields of the new particle alone; mass in GeV."""
        open_channel = mass < self.threshold
        branching = jnp.where(open_channel, branching_fraction, 0.0)
        inside = jnp.where(open_channel, mass, self.threshold)
        if self.width is None:
            spectrum = line(inside**2, branching)
        else:
            spectrum = breit_wigner(inside, self.width, branching, self.threshold**2)
        return yields(self.response, spectrum)

    def yields(self, parameters: Float[Array, " p"], context: Float[Array, ""]) -> Float[Array, " bins"]:
        """Expected events of the signal samples; the context is the mass of X in GeV."""
        return parameters[0] * self.standard_model(parameters[2:]) + self.new_particle(parameters[1], context)


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
    q2, weights = (jnp.asarray(a) for a in response.nodes)
    n = form_factors.mean.shape[0]

    def standard_model(nuisances):
        spectrum = sm_neutrinos(parameters, form_factors, nuisances, analysis.decay, q2, weights)
        return yields(response, spectrum)

    signal = TwoBodySignal(
        standard_model=jax.jit(quadratic_of, static_argnums=(0, 1))(standard_model, n),
        response=response,
        threshold=m_B - m_K,
        width=None if width is None else jnp.asarray(float(width)),
        names=("mu", "branching_fraction", *(f"form_factor[{i}]" for i in range(n))),
        n_free=2,
        lower=(0.0, 0.0),
        start=(1.0, 0.0) + (0.0,) * n,
        scale=(1.0, 1e-6) + (1.0,) * n,
    )
    tables = analysis.tables.without(analysis.dropped)
    return Likelihood(build_histfactory(tables, analysis.signal), signal)
