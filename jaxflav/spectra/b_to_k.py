"""The spectrum of B -> meson nu nubar in the Standard Model."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.couplings.neutrino import sm_neutrino_couplings
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError
from jaxflav.numerics.quadrature import between_thresholds
from jaxflav.rates.decays import Decay
from jaxflav.rates.hadronic import PolarisedRate
from jaxflav.spectra.decays import decay_density
from jaxflav.spectra.spectrum import Spectrum, continuum


def sm_neutrino_density(
    parameters: Parameters,
    ff_set: FormFactorSet,
    nuisances: Float[Array, " k"],
    decay: Decay,
    q2: Float[Array, "*n"],
) -> Float[Array, "*n"] | PolarisedRate:
    """Short-distance dBR/dq2 of B -> meson nu nubar in the Standard Model, GeV^-2; q2 in GeV^2, any shape.

    ``decay_density`` with the couplings of the Standard Model; returns and raises as that function.
    """
    couplings = sm_neutrino_couplings(parameters, decay.ckm)
    return decay_density(parameters, ff_set, nuisances, couplings, jnp.zeros(()), decay, q2)


def sm_neutrinos(
    parameters: Parameters,
    ff_set: FormFactorSet,
    nuisances: Float[Array, " k"],
    decay: Decay,
    q2_nodes: Float[Array, " n"] | None = None,
    weights: Float[Array, " n"] | None = None,
) -> Spectrum:
    """Short-distance spectrum of B -> meson nu nubar in the Standard Model, summed over flavours and helicities.

    Parameters
    ----------
    parameters, ff_set, nuisances, decay
        Inputs, form-factor set, its standard-normal nuisance parameters, and the decay.
    q2_nodes, weights
        Quadrature rule in GeV^2; without one, 64 nodes between 0 and (m_B - m_K)^2.

    Raises
    ------
    InputError
        If only one of nodes and weights is given.
    """
    if (q2_nodes is None) != (weights is None):
        raise InputError("give both q2_nodes and weights, or neither: one of them alone is not a quadrature rule")
    if q2_nodes is None:
        m_B, m_K = decay.masses(parameters)
        q2_nodes, weights = between_thresholds(jnp.zeros(()), (m_B - m_K) ** 2, 64)
    density = sm_neutrino_density(parameters, ff_set, nuisances, decay, q2_nodes)
    return continuum(density.total if isinstance(density, PolarisedRate) else density, q2_nodes, weights)
