"""Branching fractions of B -> K + one invisible particle, from parameters, form factors and couplings."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.couplings.base import Couplings
from jaxflav.couplings.scalar import ScalarCouplings
from jaxflav.couplings.vector import VectorCouplings
from jaxflav.form_factors.sets import FormFactorSet, b_to_k
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import UnknownNameError
from jaxflav.numerics.safe import safe_divide, safe_sqrt
from jaxflav.rates.decays import Decay
from jaxflav.rates.two_body import b_to_k_scalar, b_to_k_vector

_FAMILIES = {"g_S": ScalarCouplings, "h_V": VectorCouplings, "h_T": VectorCouplings}


def two_body_branching_fraction(
    parameters: Parameters,
    ff_set: FormFactorSet,
    nuisances: Float[Array, " k"],
    couplings: Couplings,
    mass: Float[Array, "*n"],
    decay: Decay,
    *,
    paper_signs: bool = False,
) -> Float[Array, "*n"]:
    """Branching fraction of B -> K X, 0 beyond the end point.

    Parameters
    ----------
    parameters, ff_set, nuisances
        Inputs, form-factor set and its standard-normal nuisance parameters.
    couplings
        ``ScalarCouplings`` or ``VectorCouplings``.
    mass
        Mass of X in GeV, any shape.
    decay
        Such as ``B_PLUS_TO_K_PLUS``.
    paper_signs
        See ``b_to_k_vector``.

    Raises
    ------
    TypeError
        If the couplings are of another family.
    """
    mass = jnp.asarray(mass, float)
    m_B, m_K = decay.masses(parameters)
    ff = b_to_k(ff_set, nuisances, mass**2)
    if isinstance(couplings, ScalarCouplings):
        rate = b_to_k_scalar(
            couplings.g_S, mass, ff.f_0, m_B=m_B, m_K=m_K, m_b=parameters["m_b"], m_s=parameters["m_s"]
        )
    elif isinstance(couplings, VectorCouplings):
        rate = b_to_k_vector(
            couplings.h_V,
            couplings.h_T,
            couplings.scale,
            mass,
            ff.f_plus,
            ff.f_T,
            m_B=m_B,
            m_K=m_K,
            paper_signs=paper_signs,
        )
    else:
        raise TypeError(
            f"expected ScalarCouplings or VectorCouplings for a two-body decay, found {type(couplings).__name__}"
        )
    return decay.branching_fraction(parameters, rate)


def coupling_from_branching_fraction(
    name: str,
    parameters: Parameters,
    ff_set: FormFactorSet,
    nuisances: Float[Array, " k"],
    mass: Float[Array, "*n"],
    branching: Float[Array, "*n"],
    decay: Decay,
    *,
    scale: float = 1e4,
) -> Float[Array, "*n"]:
    """Modulus of one coupling, all others being 0, that gives a branching fraction of B -> K X.

    Parameters
    ----------
    name
        "g_S", "h_V" or "h_T".
    mass, branching
        Mass of X in GeV and branching fraction (not negative).
    scale
        Lambda in GeV, for h_T.

    Returns
    -------
    coupling
        Dimensionless; 0 for a branching fraction of 0, infinite (never NaN, and with zero derivatives) for a
        positive one where the decay cannot occur. The derivative at a branching fraction of 0 is given as 0.

    Raises
    ------
    UnknownNameError
        If the name is not one of the three.
    """
    if name not in _FAMILIES:
        raise UnknownNameError("coupling", name, _FAMILIES)
    family = _FAMILIES[name]
    unit = family(**{name: 1.0}) if family is ScalarCouplings else family(**{name: 1.0}, scale=scale)
    at_one = two_body_branching_fraction(parameters, ff_set, nuisances, unit, mass, decay)
    branching = jnp.asarray(branching, float)
    coupling = safe_sqrt(safe_divide(branching, at_one))
    return jnp.where((at_one > 0) | (branching <= 0), coupling, jnp.inf)
