"""NaN in any argument gives NaN, inside phase space and beyond, never a number that looks like "no signal"."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.couplings import MixedPairCouplings, NeutrinoCouplings
from jaxflav.form_factors.files import load_form_factors
from jaxflav.inputs.parameters import load_parameters
from jaxflav.io.errors import InputError
from jaxflav.rates import (
    B_PLUS_TO_K_PLUS,
    B_S_TO_INVISIBLE,
    B_ZERO_TO_KSTAR_ZERO,
    coupling_from_branching_fraction,
    invisible_branching_fraction,
    invisible_rate,
    pair_density,
    particle_rate,
    two_body_branching_fraction,
)
from jaxflav.spectra import decay_density, sm_neutrinos, spectrum, total
from tests.helpers import assert_nan
from tests.rates.points import PAIRS, SINGLES, kinematics, random_couplings, random_form_factors

P = load_parameters()
DECAYS = {"K": B_PLUS_TO_K_PLUS, "Kst": B_ZERO_TO_KSTAR_ZERO}
SETS = {meson: load_form_factors("GRvDV2023", decay.process) for meson, decay in DECAYS.items()}
CONSTANTS = ("hbar", "m_b", "m_s")
OF_DECAY = {"K": ("m_Bplus", "m_Kplus", "tau_Bplus", *CONSTANTS), "Kst": ("m_B0", "m_Kstar0", "tau_B0", *CONSTANTS)}
OF_BS = ("m_Bs", "tau_Bs", "f_Bs", *CONSTANTS)
OF_NEUTRINOS = ("G_F", "lambda_t", "alpha_mZ", "X_t", "sin2_theta_w")
FAMILIES = (*PAIRS, "nuN", "nunu")


def made(name, rng):
    if name == "nunu":
        tensor = 1e-9 * np.array([[0, 1, 2], [-1, 0, 3], [-2, -3, 0]])
        return NeutrinoCouplings(unit=1e-9, C_L=np.eye(3), SLL=1e-9 * np.eye(3), TLL=tensor)
    if name == "nuN":
        return MixedPairCouplings(V_L=1e-8 + 1e-9j, V_R=1e-8j, S_L=1e-8, S_R=2e-8, T_R=[1e-8j, 0.0])
    family = {**PAIRS, **SINGLES}[name]
    return family(**random_couplings(family, rng))


def of_all_helicities(rate):
    """Sum over helicities: one of them alone does not depend on the form factors of the others."""
    return lambda *arguments: sum(jax.tree.leaves(rate(*arguments)))


density_of_pair, rate_of_particle = of_all_helicities(pair_density), of_all_helicities(particle_rate)


@pytest.mark.parametrize("meson", DECAYS)
@pytest.mark.parametrize("name", FAMILIES)
def test_density_of_pairs(name, meson, rng):
    ff, couplings = random_form_factors(meson, rng)[0], made(name, rng)
    # open, below the threshold, beyond the end point, and a massless pair at rest
    for mass, q2 in [(0.6, 7.0), (1.6, 1.0), (0.6, 30.0), (0.0, 0.0)]:
        assert_nan(density_of_pair, couplings, mass, q2, ff, kinematics(meson))


@pytest.mark.parametrize("name", FAMILIES)
def test_rate_to_nothing_visible(name, rng):
    for mass in (0.6, 4.0, 6.0):
        assert_nan(invisible_rate, made(name, rng), mass, 0.23, kinematics("Bs"))


@pytest.mark.parametrize("meson", DECAYS)
@pytest.mark.parametrize("name", SINGLES)
def test_rate_of_one_particle(name, meson, rng):
    ff = random_form_factors(meson, rng)[0]
    for mass in (0.0, 2.1, 6.0):
        assert_nan(rate_of_particle, made(name, rng), mass, ff, kinematics(meson))


def inputs(names, values, meson, mean, nuisances):
    """Parameters with these values, form factors with this mean, and nuisance parameters."""
    parameters = P.replace(dict(zip(names, values, strict=True)))
    return parameters, eqx.tree_at(lambda one: one.mean, SETS[meson], mean), nuisances


def arguments_of(names, meson, rng):
    """Values of the constants, of the coefficients of form factors, and of their nuisance parameters."""
    mean = SETS[meson].mean
    return tuple(P[name] for name in names), mean, rng.normal(size=mean.shape)


@pytest.mark.parametrize("meson", DECAYS)
def test_one_particle(meson, rng):
    names, decay, values = OF_DECAY[meson], DECAYS[meson], arguments_of(OF_DECAY[meson], meson, rng)

    def branching(constants, mean, nuisances, couplings, mass):
        arguments = (*inputs(names, constants, meson, mean, nuisances), couplings, mass, decay)
        return two_body_branching_fraction(*arguments), total(spectrum(*arguments))

    def coupling(constants, mean, nuisances, mass, branching_fraction):
        given = inputs(names, constants, meson, mean, nuisances)
        return coupling_from_branching_fraction("h_V", *given, mass, branching_fraction, decay)

    for mass in (2.1, 6.0):
        assert_nan(branching, *values, made("V", rng), mass)
        assert_nan(coupling, *values, mass, 1e-5)
        assert_nan(coupling, *values, mass, 0.0)


@pytest.mark.parametrize("meson", DECAYS)
def test_pairs(meson, rng):
    names, decay, values = OF_DECAY[meson], DECAYS[meson], arguments_of(OF_DECAY[meson], meson, rng)

    def density(constants, mean, nuisances, couplings, mass, q2):
        return decay_density(*inputs(names, constants, meson, mean, nuisances), couplings, mass, decay, q2)

    def summed(constants, mean, nuisances, couplings, mass):
        given = inputs(names, constants, meson, mean, nuisances)
        return total(spectrum(*given, couplings, mass, decay, order=8))

    for mass in (0.6, 3.0):
        assert_nan(density, *values, made("psipsi", rng), mass, 7.0)
        assert_nan(summed, *values, made("psipsi", rng), mass)


@pytest.mark.parametrize("meson", DECAYS)
def test_standard_model(meson, rng):
    names = (*OF_DECAY[meson], *OF_NEUTRINOS)

    def summed(constants, mean, nuisances):
        return total(sm_neutrinos(*inputs(names, constants, meson, mean, nuisances), DECAYS[meson]))

    assert_nan(summed, *arguments_of(names, meson, rng))


def test_nothing_visible(rng):
    def branching(constants, couplings, mass):
        parameters = P.replace(dict(zip(OF_BS, constants, strict=True)))
        return invisible_branching_fraction(parameters, couplings, mass, B_S_TO_INVISIBLE)

    for mass in (0.6, 4.0):
        assert_nan(branching, tuple(P[name] for name in OF_BS), made("psipsi", rng), mass)


def test_concrete_nan_is_an_error():
    for couplings in (*PAIRS.values(), *SINGLES.values()):
        first = next(iter(random_couplings(couplings, np.random.default_rng(0))))
        with pytest.raises(InputError, match=f"{couplings.__name__}: {first} must be finite, found"):
            couplings(**{first: np.nan})
    with pytest.raises(InputError, match="C_L must be finite"):
        NeutrinoCouplings(unit=1e-9, C_L=np.full((3, 3), np.nan))
    with pytest.raises(InputError, match=r"unit of neutrino couplings, in .*, must be one finite number, found nan"):
        NeutrinoCouplings(unit=np.nan)
    for branching in (np.nan, -1e-6, np.inf):
        given = P, SETS["K"], jnp.zeros(8), 2.1, branching, B_PLUS_TO_K_PLUS
        with pytest.raises(InputError, match="a branching fraction must be finite and not negative, found"):
            coupling_from_branching_fraction("h_V", *given)
