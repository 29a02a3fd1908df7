"""General B -> K nu nubar against an analysis: vector, scalar and tensor Wilson coefficients, all at once."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from jaxflav.couplings.neutrino_names import from_eos
from jaxflav.experiments.analysis import Analysis
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.inputs.parameters import Parameters
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import AbstractSignal, Likelihood
from jaxflav.numerics.quadratic import Quadratic, quadratic_of
from jaxflav.response.efficiency import yields
from jaxflav.spectra.decays import decay_density
from jaxflav.spectra.spectrum import continuum

_CLASSES = ("cVL", "cSL", "cTL")


class NeutrinoSignal(AbstractSignal):
    """Yields of B -> K nu nubar for three combinations of Wilson coefficients, whose rates add.

    Signal parameters: ``abs(cVL+cVR)``, ``abs(cSL+cSR)`` and ``abs(cTL)`` in the normalisation of EOS, to which
    B -> K is sensitive, and the independent nuisance parameters of the form factors. There is no context.

    Attributes
    ----------
    classes : Quadratic
        Yields of each class at coefficient 1, as polynomials in the form-factor nuisance parameters, which they are
        exactly; with a leading axis of length 3.
    """

    classes: Quadratic
    names: tuple[str, ...] = eqx.field(static=True)
    n_free: int = eqx.field(static=True)
    lower: tuple[float, ...] = eqx.field(static=True)
    start: tuple[float, ...] = eqx.field(static=True)
    scale: tuple[float, ...] = eqx.field(static=True)

    def yields(self, parameters: Float[Array, " p"], context: PyTree) -> Float[Array, " bins"]:
        """Expected events of the signal samples."""
        of_class = jax.vmap(lambda polynomial: polynomial(parameters[3:]))(self.classes)
        return parameters[:3] ** 2 @ of_class


def neutrino_likelihood(analysis: Analysis, parameters: Parameters, form_factors: FormFactorSet) -> Likelihood:
    """Likelihood of an analysis for general neutrino operators in B -> K nu nubar.

    Parameters
    ----------
    analysis : Analysis
        Such as ``load_analysis("belle2-2025")``.
    parameters : Parameters
        Constants.
    form_factors : FormFactorSet
        Of B -> K; its covariance enters as independent nuisance parameters.

    Notes
    -----
    Rates are quadratic in the coefficients, so each of them has a stationary point at 0: start fits away from it, as
    ``likelihood.start`` does.

    References
    ----------
    Belle II, arXiv:2507.12393: the same combinations with the same likelihood.
    """
    response = analysis.response()
    q2, weights = (jnp.asarray(a) for a in response.nodes)
    n = form_factors.mean.shape[0]
    no_mass = jnp.zeros(())

    def class_yields(name):
        couplings = from_eos(parameters, **{name: 1.0})

        def at(nuisances):
            density = decay_density(parameters, form_factors, nuisances, couplings, no_mass, analysis.decay, q2)
            return yields(response, continuum(density, q2, weights))

        return jax.jit(quadratic_of, static_argnums=(0, 1))(at, n)

    classes = jax.tree.map(lambda *parts: jnp.stack(parts), *[class_yields(name) for name in _CLASSES])
    signal = NeutrinoSignal(
        classes=classes,
        names=("abs(cVL+cVR)", "abs(cSL+cSR)", "abs(cTL)", *(f"form_factor[{i}]" for i in range(n))),
        n_free=3,
        lower=(0.0, 0.0, 0.0),
        start=(6.6, 1.0, 1.0) + (0.0,) * n,
        scale=(1.0,) * (3 + n),
    )
    tables = analysis.tables.without(analysis.dropped)
    return Likelihood(build_histfactory(tables, analysis.signal), signal)
