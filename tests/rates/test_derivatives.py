"""Derivatives of every channel in every coupling, in the mass and in q2; finite at and beyond all thresholds."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.couplings.neutrino import sm_neutrino_couplings
from jaxflav.couplings.scalar import ScalarCouplings
from jaxflav.couplings.vector import VectorCouplings
from jaxflav.form_factors.files import load_form_factors
from jaxflav.inputs.parameters import load_parameters
from jaxflav.rates.branching_fractions import invisible_branching_fraction, two_body_branching_fraction
from jaxflav.rates.decays import B_PLUS_TO_K_PLUS, B_S_TO_INVISIBLE, B_ZERO_TO_KSTAR_ZERO
from jaxflav.spectra.decays import decay_density
from tests.helpers import assert_gradient
from tests.rates.points import PAIRS, coupling_names, random_couplings

P = load_parameters()
DECAYS = {"K": B_PLUS_TO_K_PLUS, "Kst": B_ZERO_TO_KSTAR_ZERO}
SETS = {meson: load_form_factors("GRvDV2023", decay.process) for meson, decay in DECAYS.items()}
ENDS = {meson: float((lambda m: m[0] - m[1])(decay.masses(P))) for meson, decay in DECAYS.items()}
SINGLES = {"phi": ScalarCouplings, "V": VectorCouplings}


def density(meson, couplings, mass, q2):
    """The density, as an array of the helicities, in units that make it of order 1."""
    ff_set = SETS[meson]
    value = decay_density(P, ff_set, jnp.zeros(ff_set.mean.shape), couplings, mass, DECAYS[meson], q2)
    return jnp.stack(value) if meson == "Kst" else value


def flat(family, values, units):
    """Couplings from the 2 n real and imaginary parts."""
    n = len(values) // 2
    names = coupling_names(family)
    parts = {name: jax.lax.complex(values[i], values[n + i]) * units for i, name in enumerate(names)}
    return family(**parts)


def assert_all_derivatives(function, family, rng, atol=1e-8):
    """Forward-mode derivatives in every real and imaginary part against central differences, which are exact."""
    x = jnp.asarray(rng.normal(size=2 * len(coupling_names(family))))
    function = jax.jit(function)
    found = jax.jacfwd(function)(x)
    step = 1e-3
    # a quadratic polynomial: central differences have rounding errors only
    expected = np.stack(
        [
            (np.asarray(function(x.at[i].add(step))) - np.asarray(function(x.at[i].add(-step)))) / (2 * step)
            for i in range(len(x))
        ],
        axis=-1,
    )
    scale = np.max(np.abs(expected))
    assert scale > 0
    np.testing.assert_allclose(np.asarray(found) / scale, expected / scale, atol=atol)


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("meson", DECAYS)
def test_gradient_of_pairs_in_every_coupling(pair, meson, rng):
    def function(x):
        return density(meson, flat(PAIRS[pair], x, 1.0), 0.6, 7.0)

    assert_all_derivatives(function, PAIRS[pair], rng)


@pytest.mark.parametrize("single", SINGLES)
@pytest.mark.parametrize("meson", DECAYS)
def test_gradient_of_one_particle_in_every_coupling(single, meson, rng):
    ff_set = SETS[meson]

    def function(x):
        couplings = flat(SINGLES[single], x, 1e-7)
        return two_body_branching_fraction(P, ff_set, jnp.zeros(ff_set.mean.shape), couplings, 2.1, DECAYS[meson])

    assert_all_derivatives(function, SINGLES[single], rng)


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("meson", DECAYS)
@pytest.mark.parametrize(("mass", "q2"), [(0.3, 1.0), (0.6, 7.0), (1.9, 17.0)])
def test_gradient_of_pairs_in_mass_and_q2(pair, meson, mass, q2, rng):
    couplings = PAIRS[pair](**random_couplings(PAIRS[pair], rng))
    unit = 1 / jnp.max(density(meson, couplings, mass, q2))
    both = jax.jit(lambda m, s: density(meson, couplings, m, s) * unit)
    assert_gradient(lambda m: both(m, q2), mass)
    assert_gradient(lambda s: both(mass, s), q2)


@pytest.mark.parametrize("pair", PAIRS)
def test_gradient_of_b_s_in_mass_and_couplings(pair, rng):
    couplings = PAIRS[pair](**random_couplings(PAIRS[pair], rng))
    unit = 1 / invisible_branching_fraction(P, couplings, 1.1, B_S_TO_INVISIBLE)
    assert_gradient(lambda m: invisible_branching_fraction(P, couplings, m, B_S_TO_INVISIBLE) * unit, 1.1)
    assert_all_derivatives(
        lambda x: invisible_branching_fraction(P, flat(PAIRS[pair], x, 1.0), 1.1, B_S_TO_INVISIBLE), PAIRS[pair], rng
    )


def derivatives(function, *arguments):
    """Value, gradient and Hessian in all arguments."""
    numbers = tuple(range(len(arguments)))
    gradient = jax.jacrev(function, argnums=numbers)
    hessian = jax.jacfwd(jax.jacrev(function, argnums=numbers), argnums=numbers)
    return function(*arguments), gradient(*arguments), hessian(*arguments)


def assert_finite(tree, where):
    for leaf in jax.tree.leaves(tree):
        assert np.all(np.isfinite(leaf)), where


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("meson", [pytest.param("K", marks=pytest.mark.slow), "Kst"])
def test_finite_everywhere(pair, meson, rng):
    end = ENDS[meson] ** 2
    values = random_couplings(PAIRS[pair], rng)
    names = coupling_names(PAIRS[pair])

    def function(x, mass, q2):
        scaled = {name: values[name] * jax.lax.complex(x[i], 0.0) for i, name in enumerate(names)}
        return density(meson, PAIRS[pair](**scaled), mass, q2)

    all_of = jax.jit(lambda x, mass, q2: derivatives(function, x, mass, q2))
    points = [
        (m, s) for m in (0.0, 1e-8, 0.6, 2.0, 3.0, 10.0) for s in (-1.0, 0.0, 1e-9, 7.0, end, 30.0, 5.829**2, 50.0)
    ]
    points += [(m, 4 * m**2 + d) for m in (0.6, 1.5, ENDS[meson] / 2) for d in (-1e-9, 0.0, 1e-9)]
    points += [(0.6, end + d) for d in (-1e-9, 1e-9)]
    for mass, q2 in points:
        for x in (jnp.ones(len(names)), jnp.zeros(len(names))):
            result = all_of(x, jnp.asarray(mass), jnp.asarray(q2))
            assert_finite(result, (mass, q2))
            if q2 >= end or q2 < 4 * mass**2 or q2 < 0:
                assert all(np.all(np.asarray(leaf) == 0) for leaf in jax.tree.leaves(result)), (mass, q2)
            elif np.all(x == 1) and q2 > 4 * mass**2:
                assert np.sum(result[0]) > 0, (mass, q2)


def test_neutrinos_are_finite_everywhere():
    couplings = sm_neutrino_couplings(P)
    for meson in DECAYS:
        end = ENDS[meson] ** 2
        all_of = jax.jit(lambda q2, meson=meson: derivatives(lambda s: density(meson, couplings, 0.0, s), q2))
        for q2 in (-1.0, 0.0, 1e-9, 7.0, end - 1e-9, end, 30.0, 50.0):
            result = all_of(jnp.asarray(q2))
            assert_finite(result, q2)
            assert np.all((np.asarray(result[0]) > 0) == (0 <= q2 < end)) or (meson == "Kst" and q2 == 0)
        assert_gradient(lambda s, meson=meson: density(meson, couplings, 0.0, s) * 1e7, 7.0)


@pytest.mark.parametrize("single", SINGLES)
@pytest.mark.parametrize("meson", DECAYS)
def test_one_particle_is_finite_everywhere(single, meson, rng):
    ff_set, names = SETS[meson], coupling_names(SINGLES[single])
    values = random_couplings(SINGLES[single], rng)

    def function(x, mass):
        couplings = SINGLES[single](**{name: values[name] * jax.lax.complex(x[i], 0.0) for i, name in enumerate(names)})
        return two_body_branching_fraction(P, ff_set, jnp.zeros(ff_set.mean.shape), couplings, mass, DECAYS[meson])

    all_of = jax.jit(lambda x, mass: derivatives(function, x, mass))
    end = ENDS[meson]
    for mass in (0.0, 1e-9, 1e-6, 2.1, end - 1e-9, end, end + 1e-9, 5.5, 5.829, 8.0):
        for x in (jnp.ones(len(names)), jnp.zeros(len(names))):
            result = all_of(x, jnp.asarray(mass))
            assert_finite(result, mass)
            if mass >= end:
                assert all(np.all(np.asarray(leaf) == 0) for leaf in jax.tree.leaves(result)), mass


@pytest.mark.parametrize("pair", PAIRS)
def test_b_s_is_finite_everywhere(pair, rng):
    couplings = PAIRS[pair](**random_couplings(PAIRS[pair], rng))
    half = float(P["m_Bs"]) / 2
    all_of = jax.jit(
        lambda mass: derivatives(lambda m: invisible_branching_fraction(P, couplings, m, B_S_TO_INVISIBLE), mass)
    )
    for mass in (0.0, 1e-8, 1.0, half - 1e-9, half, half + 1e-9, 5.0):
        value, *slopes = all_of(jnp.asarray(mass))
        assert_finite((value, slopes), mass)
        assert (value > 0) == (mass < half)


def test_massless_particles_at_zero_momentum(rng):
    # the density of B -> K psi psibar at q2 = 0 is that of the limit
    couplings = PAIRS["psipsi"](f_VV=1.0, f_SS=0.5)
    at_zero, near = (density("K", couplings, 0.0, q2) for q2 in (0.0, 1e-10))
    np.testing.assert_allclose(at_zero, near, rtol=1e-9)
    assert at_zero > 0
