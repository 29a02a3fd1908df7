"""Spectra of every decay and every kind of invisible particle, from one entry point."""

import jax
from jaxtyping import Array, Float

from jaxflav.couplings.base import Couplings
from jaxflav.couplings.mixed_pair import MixedPairCouplings
from jaxflav.couplings.neutrino import NeutrinoCouplings
from jaxflav.couplings.scalar import ScalarCouplings
from jaxflav.couplings.vector import VectorCouplings
from jaxflav.form_factors.b_to_v import b_to_v
from jaxflav.form_factors.processes import TO_VECTOR, find_process
from jaxflav.form_factors.sets import FormFactorSet, b_to_p
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError
from jaxflav.numerics.quadrature import between_thresholds
from jaxflav.rates.arguments import as_float64, as_mass
from jaxflav.rates.branching_fractions import check_process, two_body_branching_fraction
from jaxflav.rates.decays import Decay
from jaxflav.rates.hadronic import PolarisedRate
from jaxflav.rates.three_body import PairOrNeutrinos, pair_density
from jaxflav.spectra.spectrum import Spectrum, continuum, line


def decay_density(
    parameters: Parameters,
    ff_set: FormFactorSet,
    nuisances: Float[Array, " k"],
    couplings: PairOrNeutrinos,
    mass: Float[Array, ""],
    decay: Decay,
    q2: Float[Array, "*n"],
    *,
    paper_signs: bool = False,
) -> Float[Array, "*n"] | PolarisedRate:
    """Density dBR/dq2 of B -> meson + a pair of invisible particles, GeV^-2.

    Parameters
    ----------
    parameters, ff_set, nuisances
        Inputs, form-factor set and its standard-normal nuisance parameters.
    couplings
        One set of those of a pair: their class says which particles. ``jax.vmap`` makes batches.
    mass
        Mass of one particle, GeV; it does not enter for neutrinos.
    decay
        Such as ``B_PLUS_TO_K_PLUS`` or ``B_ZERO_TO_KSTAR_ZERO``.
    q2
        GeV^2, any shape.
    paper_signs
        See ``pair_density``.

    Returns
    -------
    density
        An array for a pseudoscalar, a ``PolarisedRate`` of two arrays for a vector meson; 0 below threshold and beyond
        the end point.

    Raises
    ------
    InputError
        If the form factors are for another process than the decay, or neutrino couplings for another transition; if the
        couplings are not those of a pair: a single particle is a line, see ``spectrum``; if the mass or the parameters
        are refused by ``pair_density`` or ``Kinematics``. What is traced gives NaN instead.
    """
    check_process(ff_set, decay)
    if isinstance(couplings, NeutrinoCouplings) and couplings.ckm != decay.ckm:
        raise InputError(
            f"{decay.name} needs neutrino couplings with {decay.ckm}, found those with {couplings.ckm}: "
            f"make them for its transition, with the option ckm={decay.ckm!r}"
        )
    q2 = as_float64(q2)
    form_factors = (b_to_v if find_process(decay.process) is TO_VECTOR else b_to_p)(ff_set, nuisances, q2)
    rate = pair_density(couplings, mass, q2, form_factors, decay.kinematics(parameters), paper_signs=paper_signs)
    return jax.tree.map(lambda part: decay.branching_fraction(parameters, part), rate)


def spectrum(
    parameters: Parameters,
    ff_set: FormFactorSet,
    nuisances: Float[Array, " k"],
    couplings: Couplings | NeutrinoCouplings,
    mass: Float[Array, ""],
    decay: Decay,
    *,
    order: int = 64,
    paper_signs: bool = False,
) -> Spectrum:
    """Spectrum of B -> meson + invisible, summed over helicities: a line for one particle, a continuum for a pair.

    Parameters
    ----------
    parameters, ff_set, nuisances, couplings, mass, decay, paper_signs
        As for ``decay_density``; couplings also ``ScalarCouplings`` or ``VectorCouplings``.
    order
        Number of nodes between the threshold, 4 mass^2 for two massive particles, and the end point; they move
        with the mass.
    """
    arguments = (parameters, ff_set, nuisances, couplings, mass, decay)
    if isinstance(couplings, ScalarCouplings | VectorCouplings):
        return two_body_line(*arguments, paper_signs=paper_signs)
    k, mass = decay.kinematics(parameters), as_mass(mass)
    massive = 2.0
    if isinstance(couplings, NeutrinoCouplings | MixedPairCouplings):
        massive = 0.0 if isinstance(couplings, NeutrinoCouplings) else 1.0
    nodes, weights = between_thresholds((massive * mass) ** 2, (k.m_parent - k.m_daughter) ** 2, order)
    density = decay_density(*arguments, nodes, paper_signs=paper_signs)
    return continuum(density.total if isinstance(density, PolarisedRate) else density, nodes, weights)


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
    """Line at q2 = mass^2 with the branching fraction of B -> meson + X, see ``two_body_branching_fraction``."""
    branching = two_body_branching_fraction(
        parameters, ff_set, nuisances, couplings, mass, decay, paper_signs=paper_signs
    )
    return line(as_mass(mass) ** 2, branching)
