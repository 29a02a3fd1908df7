"""Spectra of B -> K + invisible: the Standard Model and two-body decays."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.couplings.base import Couplings
from jaxflav.form_factors.sets import FormFactorSet, b_to_p
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError
from jaxflav.numerics.quadrature import between_thresholds
from jaxflav.rates.branching_fractions import check_process, two_body_branching_fraction
from jaxflav.rates.decays import Decay
from jaxflav.rates.neutrino_pair import b_to_k_neutrinos
from jaxflav.spectra.spectrum import Spectrum, continuum, line


def sm_neutrino_density(
    parameters: Parameters,
    ff_set: FormFactorSet,
    nuisances: Float[Array, " k"],
    decay: Decay,
    q2: Float[Array, "*n"],
) -> Float[Array, "*n"]:
    """Short-distance dBR/dq2 of B -> K nu nubar in the Standard Model, GeV^-2; q2 in GeV^2, any shape.

    For a decay to a vector meson see ``decays.decay_density``.

    Raises
    ------
    InputError
        If the form factors are for another process than the decay.
    """
    check_process(ff_set, decay)
    m_B, m_K = decay.masses(parameters)
    rate = b_to_k_neutrinos(
        q2,
        b_to_p(ff_set, nuisances, q2).f_plus,
        m_B=m_B,
        m_K=m_K,
        G_F=parameters["G_F"],
        alpha=parameters["alpha_mZ"],
        sin2_theta_w=parameters["sin2_theta_w"],
        lambda_t=parameters[decay.ckm],
        X_t=parameters["X_t"],
    )
    return decay.branching_fraction(parameters, rate)


def sm_neutrinos(
    parameters: Parameters,
    ff_set: FormFactorSet,
    nuisances: Float[Array, " k"],
    decay: Decay,
    q2_nodes: Float[Array, " n"] | None = None,
    weights: Float[Array, " n"] | None = None,
) -> Spectrum:
    """Short-distance spectrum of B -> K nu nubar in the Standard Model, summed over flavours.

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
    return continuum(density, q2_nodes, weights)


def two_body_line(
    parameters: Parameters,
    ff_set: FormFactorSet,
    nuisances: Float[Array, " k"],
    couplings: Couplings,
    mass: Float[Array, ""],
    decay: Decay,
    *,
    paper_signs: bool = False,
) -> Spectrum:
    """Line at q2 = mass^2 with the branching fraction of B -> K X, see ``two_body_branching_fraction``."""
    branching = two_body_branching_fraction(
        parameters, ff_set, nuisances, couplings, mass, decay, paper_signs=paper_signs
    )
    return line(mass**2, branching)
