"""B -> K + a pair of new invisible particles beside the Standard Model, against an analysis."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.couplings.base import Couplings
from jaxflav.experiments.analysis import Analysis, with_prediction
from jaxflav.experiments.new_particle import NewParticleSignal, standard_model
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.inputs.parameters import Parameters
from jaxflav.likelihood.likelihood import Likelihood
from jaxflav.numerics.quadratic import Quadratic, quadratic_of
from jaxflav.numerics.safe import safe_divide
from jaxflav.rates.decays import Decay
from jaxflav.response.efficiency import Efficiency, yields
from jaxflav.spectra.decays import spectrum
from jaxflav.spectra.spectrum import total

_ORDER = 128  # nodes between threshold and end point; the efficiencies have a hundred knots


class PairSignal(NewParticleSignal):
    """Yields of mu times the Standard Model plus a pair of new particles with couplings in a given direction.

    The context is the mass of one particle in GeV. ``branching_fraction`` is that of the pair at the mean form factors,
    so the square of the couplings up to a constant: their spectrum, and the branching fraction itself, move with the
    form factors.

    Attributes
    ----------
    response : Efficiency
        Of the analysis.
    inputs : Parameters
        Constants.
    form_factors : FormFactorSet
        Of B -> K.
    couplings : Couplings
        Direction in the space of the couplings of a pair; its length does not matter.
    decay : Decay
        Of the analysis.
    """

    response: Efficiency
    inputs: Parameters
    form_factors: FormFactorSet
    couplings: Couplings
    decay: Decay

    def _rates(self, mass, nuisances):
        new = spectrum(self.inputs, self.form_factors, nuisances, self.couplings, mass, self.decay, order=_ORDER)
        return jnp.append(yields(self.response, new), total(new))

    def reference(self, mass: Float[Array, ""]) -> Float[Array, ""]:
        """Branching fraction of ``couplings`` at a mass in GeV and the mean form factors; 0 beyond threshold."""
        return self._rates(mass, jnp.zeros(self.form_factors.mean.shape))[-1]

    def prepare(self, context: Float[Array, ""]) -> Quadratic:
        """Yields, and the branching fraction, of a unit branching fraction at the mean form factors."""
        n = self.form_factors.mean.shape[0]
        rates = quadratic_of(lambda nuisances: self._rates(context, nuisances), n)
        unit = rates.constant[-1]
        return Quadratic(
            *(
                safe_divide(part, jnp.broadcast_to(unit, part.shape))
                for part in (rates.constant, rates.linear, rates.quadratic)
            )
        )

    def new_particle(self, parameters: Float[Array, " p"], prepared: Quadratic) -> Float[Array, " bins"]:
        """Yields of the pair alone."""
        return parameters[1] * prepared(parameters[2:])[:-1]


def pair_likelihood(
    analysis: Analysis, parameters: Parameters, form_factors: FormFactorSet, couplings: Couplings
) -> Likelihood:
    """Likelihood of an analysis for the Standard Model plus a pair of new particles.

    Parameters
    ----------
    analysis : Analysis
        Such as ``load_analysis("belle2-2025")``.
    parameters : Parameters
        Constants.
    form_factors : FormFactorSet
        Of B -> K; its covariance enters as independent nuisance parameters.
    couplings : Couplings
        Those of a pair, such as ``FermionPairCouplings(f_VV=1.0)``: which particles, and in which direction of the
        space of couplings.
    """
    response = analysis.response()
    m_B, m_K = analysis.decay.masses(parameters)
    signal = PairSignal(
        threshold=(m_B - m_K) / 2,
        response=response,
        inputs=parameters,
        form_factors=form_factors,
        couplings=couplings,
        decay=analysis.decay,
        **standard_model(analysis, response, parameters, form_factors),
    )
    return with_prediction(analysis, signal)
