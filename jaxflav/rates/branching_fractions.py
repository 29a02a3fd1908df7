"""Branching fractions of B -> meson + one invisible particle, and of B_s -> a pair, from parameters and couplings."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.couplings.base import Couplings
from jaxflav.couplings.scalar import ScalarCouplings, density_couplings
from jaxflav.couplings.vector import VectorCouplings
from jaxflav.form_factors.b_to_v import b_to_v
from jaxflav.form_factors.processes import TO_VECTOR, find_process
from jaxflav.form_factors.sets import FormFactorSet, b_to_p
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.numerics.safe import safe_divide, safe_sqrt
from jaxflav.rates.decays import Decay, InvisibleDecay
from jaxflav.rates.hadronic import PolarisedRate
from jaxflav.rates.three_body import PairOrNeutrinos, b_to_pair
from jaxflav.rates.two_body import b_to_k_scalar, b_to_k_vector, b_to_v_scalar, b_to_v_vector

_FAMILIES = {
    **dict.fromkeys(("g_S", "g_P", "g_V", "g_A"), ScalarCouplings),
    **dict.fromkeys(("h_V", "h_A", "h_T", "h_Tt"), VectorCouplings),
}


def check_process(ff_set: FormFactorSet, decay: Decay) -> None:
    """Check that the form factors are those of the decay; raises ``InputError`` if not."""
    if ff_set.process != decay.process:
        raise InputError(
            f"{decay.name} needs form factors of {decay.process}, found {ff_set.name} for {ff_set.process}"
        )


def two_body_by_helicity(
    parameters: Parameters,
    ff_set: FormFactorSet,
    nuisances: Float[Array, " k"],
    couplings: Couplings,
    mass: Float[Array, "*n"],
    decay: Decay,
    *,
    paper_signs: bool = False,
) -> PolarisedRate:
    """Branching fraction of B -> vector meson + X by the helicity of the meson; arguments as for the total.

    Raises
    ------
    InputError
        If the form factors are for another process than the decay, or this is to a pseudoscalar.
    TypeError
        If the couplings are of another family.
    """
    check_process(ff_set, decay)
    mass = jnp.asarray(mass, float)
    masses = decay.rate_masses(parameters)
    ff = b_to_v(ff_set, nuisances, mass**2)
    if isinstance(couplings, ScalarCouplings):
        _, g_P = density_couplings(couplings, masses["m_b"], masses["m_s"])
        rate = b_to_v_scalar(g_P, mass, ff.A0, **masses)
    elif isinstance(couplings, VectorCouplings):
        rate = b_to_v_vector(couplings, mass, ff, m_B=masses["m_B"], m_K=masses["m_K"], paper_signs=paper_signs)
    else:
        raise _wrong_family(couplings)
    return PolarisedRate(*(decay.branching_fraction(parameters, part) for part in rate))


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
    """Branching fraction of B -> meson + X, summed over helicities, 0 beyond the end point.

    Parameters
    ----------
    parameters, ff_set, nuisances
        Inputs, form-factor set and its standard-normal nuisance parameters.
    couplings
        ``ScalarCouplings`` or ``VectorCouplings``.
    mass
        Mass of X in GeV, any shape.
    decay
        Such as ``B_PLUS_TO_K_PLUS`` or ``B_ZERO_TO_KSTAR_ZERO``.
    paper_signs
        See ``b_to_k_vector`` and ``b_to_v_vector``.

    Raises
    ------
    InputError
        If the form factors are for another process than the decay.
    TypeError
        If the couplings are of another family.
    """
    check_process(ff_set, decay)
    if find_process(decay.process) is TO_VECTOR:
        return two_body_by_helicity(
            parameters, ff_set, nuisances, couplings, mass, decay, paper_signs=paper_signs
        ).total
    mass = jnp.asarray(mass, float)
    masses = decay.rate_masses(parameters)
    ff = b_to_p(ff_set, nuisances, mass**2)
    if isinstance(couplings, ScalarCouplings):
        g_S, _ = density_couplings(couplings, masses["m_b"], masses["m_s"])
        rate = b_to_k_scalar(g_S, mass, ff.f_0, **masses)
    elif isinstance(couplings, VectorCouplings):
        c = couplings
        mesons = {"m_B": masses["m_B"], "m_K": masses["m_K"]}
        rate = b_to_k_vector(c.h_V, c.h_T, c.scale, mass, ff.f_plus, ff.f_T, **mesons, paper_signs=paper_signs)
    else:
        raise _wrong_family(couplings)
    return decay.branching_fraction(parameters, rate)


def _wrong_family(couplings) -> TypeError:
    return TypeError(
        f"expected ScalarCouplings or VectorCouplings for a two-body decay, found {type(couplings).__name__}"
    )


def invisible_branching_fraction(
    parameters: Parameters, couplings: PairOrNeutrinos, mass: Float[Array, ""], decay: InvisibleDecay
) -> Float[Array, ""]:
    """Branching fraction of B_s -> a pair of invisible particles, 0 beyond half the mass of the B_s.

    Parameters
    ----------
    couplings
        Those of a pair; see ``b_to_pair``.
    mass
        Mass of one particle, GeV.
    decay
        Such as ``B_S_TO_INVISIBLE``.
    """
    rate = b_to_pair(couplings, jnp.asarray(mass, float), **decay.rate_masses(parameters))
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
    """Modulus of one coupling, all others being 0, that gives a branching fraction of B -> meson + X.

    Parameters
    ----------
    name
        "g_S", "g_P", "g_V", "g_A", "h_V", "h_A", "h_T" or "h_Tt".
    mass, branching
        Mass of X in GeV and branching fraction (not negative).
    scale
        Lambda in GeV, for g_V, g_A, h_T and h_Tt.

    Returns
    -------
    coupling
        Dimensionless; 0 for a branching fraction of 0, infinite (never NaN, and with zero derivatives) for a
        positive one where the decay cannot occur. The derivative at a branching fraction of 0 is given as 0.

    Raises
    ------
    UnknownNameError
        If the name is not one of the eight.
    """
    if name not in _FAMILIES:
        raise UnknownNameError("coupling", name, _FAMILIES)
    family = _FAMILIES[name]
    unit = family(**{name: 1.0}, scale=scale)
    at_one = two_body_branching_fraction(parameters, ff_set, nuisances, unit, mass, decay)
    branching = jnp.asarray(branching, float)
    coupling = safe_sqrt(safe_divide(branching, at_one))
    return jnp.where((at_one > 0) | (branching <= 0), coupling, jnp.inf)
