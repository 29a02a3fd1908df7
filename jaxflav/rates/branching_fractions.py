"""Branching fractions of B -> meson + one invisible particle, and of B_s -> a pair, from parameters and couplings."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.couplings.base import Couplings
from jaxflav.couplings.scalar import ScalarCouplings
from jaxflav.couplings.vector import VectorCouplings
from jaxflav.form_factors.b_to_v import b_to_v
from jaxflav.form_factors.processes import TO_VECTOR, find_process
from jaxflav.form_factors.sets import FormFactorSet, b_to_p
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.numerics.safe import safe_divide, safe_sqrt
from jaxflav.rates.arguments import as_mass, check_couplings, not_negative
from jaxflav.rates.decays import Decay, InvisibleDecay
from jaxflav.rates.hadronic import PolarisedRate
from jaxflav.rates.three_body import PairOrNeutrinos, invisible_rate
from jaxflav.rates.two_body import particle_rate

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
        As for the total, and if the decay is to a pseudoscalar.
    """
    rate = _two_body_rate(parameters, ff_set, nuisances, couplings, mass, decay, paper_signs)
    if not isinstance(rate, PolarisedRate):
        raise InputError(f"{decay.name} is to a pseudoscalar, which has no helicities: ask for the total")
    return PolarisedRate(*(decay.branching_fraction(parameters, part) for part in rate))


def _two_body_rate(parameters, ff_set, nuisances, couplings, mass, decay, paper_signs):
    check_process(ff_set, decay)
    check_couplings(couplings, (ScalarCouplings, VectorCouplings), "one particle")
    mass = as_mass(mass)
    form_factors = (b_to_v if find_process(decay.process) is TO_VECTOR else b_to_p)(ff_set, nuisances, mass**2)
    return particle_rate(couplings, mass, form_factors, decay.kinematics(parameters), paper_signs=paper_signs)


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
        One set of ``ScalarCouplings`` or ``VectorCouplings``.
    mass
        Mass of X in GeV, any shape.
    decay
        Such as ``B_PLUS_TO_K_PLUS`` or ``B_ZERO_TO_KSTAR_ZERO``.
    paper_signs
        See ``particle_rate``.

    Raises
    ------
    InputError
        If the form factors are for another process than the decay, or couplings, a mass or the parameters are refused
        by ``particle_rate`` or ``Kinematics``; what is traced gives NaN instead.
    """
    rate = _two_body_rate(parameters, ff_set, nuisances, couplings, mass, decay, paper_signs)
    return decay.branching_fraction(parameters, rate.total if isinstance(rate, PolarisedRate) else rate)


def invisible_branching_fraction(
    parameters: Parameters, couplings: PairOrNeutrinos, mass: Float[Array, ""], decay: InvisibleDecay
) -> Float[Array, ""]:
    """Branching fraction of B_s -> a pair of invisible particles, 0 beyond half the mass of the B_s.

    Parameters
    ----------
    couplings
        Those of a pair; see ``invisible_rate``.
    mass
        Mass of one particle, GeV.
    decay
        Such as ``B_S_TO_INVISIBLE``.

    Raises
    ------
    InputError
        If couplings, the mass or the parameters are refused by ``invisible_rate`` or ``Kinematics``.
    """
    rate = invisible_rate(couplings, mass, parameters[decay.decay_constant], decay.kinematics(parameters))
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
        Mass of X in GeV and branching fraction.
    scale
        Lambda in GeV, for g_V, g_A, h_T and h_Tt.

    Returns
    -------
    coupling
        Dimensionless; 0 for a branching fraction of 0, infinite (with zero derivatives) for a positive one where the
        decay cannot occur. The derivative at a branching fraction of 0 is given as 0.

    Raises
    ------
    UnknownNameError
        If the name is not one of the eight.
    InputError
        If a branching fraction or a mass is negative or not finite; NaN where it is traced.
    """
    if name not in _FAMILIES:
        raise UnknownNameError("coupling", name, _FAMILIES)
    family = _FAMILIES[name]
    unit = family(**{name: 1.0}, scale=scale)
    at_one = two_body_branching_fraction(parameters, ff_set, nuisances, unit, mass, decay)
    branching = not_negative("a branching fraction", branching)
    impossible = (at_one <= 0) & (branching > 0)
    return jnp.where(impossible, jnp.inf, safe_sqrt(safe_divide(branching, at_one)))
