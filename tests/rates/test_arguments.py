"""One signature for all families: what is refused, what is traced, and in which precision."""

import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxflav
from jaxflav.couplings import (
    ChiralVectorCouplings,
    FermionPairCouplings,
    MixedPairCouplings,
    NeutrinoCouplings,
    ScalarCouplings,
    VectorCouplings,
)
from jaxflav.form_factors.files import load_form_factors
from jaxflav.inputs.parameters import load_parameters
from jaxflav.io.errors import InputError
from jaxflav.rates import (
    B_PLUS_TO_K_PLUS,
    Kinematics,
    coupling_from_branching_fraction,
    invisible_rate,
    pair_density,
    particle_rate,
    two_body_branching_fraction,
)
from jaxflav.spectra import two_body_line
from jaxflav.spectra.resonance import breit_wigner, resonance_density, resonance_rule
from tests.helpers import ROUNDING
from tests.rates.points import PAIRS, SINGLES, kinematics, random_couplings, random_form_factors

P, FF, ZERO = load_parameters(), load_form_factors("HPQCD2022+FLAG2021"), jnp.zeros(8)
MASSES = {"m_parent": 5.279, "m_daughter": 0.494, "m_heavy": 4.18, "m_light": 0.093}


@pytest.fixture
def ff(rng):
    return random_form_factors("K", rng)[0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"m_parent": 0.494, "m_daughter": 5.279},
        {"m_daughter": -0.494},
        {"m_parent": -5.279, "m_daughter": 0.0},
        {"m_heavy": 0.093},
        {"m_heavy": 0.05},
        {"m_light": -0.093},
        *({name: np.nan} for name in MASSES),
        {"m_parent": np.inf},
    ],
)
def test_impossible_kinematics(wrong, ff):
    with pytest.raises(InputError, match="must be finite with m_parent > m_daughter >= 0 and m_heavy > m_light >= 0"):
        Kinematics(**{**MASSES, **wrong})
    rate = jax.jit(lambda m: particle_rate(ScalarCouplings(g_S=1.0), 2.1, ff, Kinematics(**m)))
    assert np.isnan(rate({**MASSES, **wrong}))
    assert rate(MASSES) > 0


def test_kinematics_of_parameters_are_checked():
    with pytest.raises(InputError, match="must be finite with m_parent > m_daughter"):
        two_body_branching_fraction(P.replace(m_Bplus=0.4), FF, ZERO, ScalarCouplings(g_S=1.0), 0.1, B_PLUS_TO_K_PLUS)


@pytest.mark.parametrize("name", [*PAIRS, *SINGLES])
def test_negative_mass(name, ff, rng):
    family = {**PAIRS, **SINGLES}[name]
    couplings = family(**random_couplings(family, rng))

    def rate(mass):
        if name in SINGLES:
            return particle_rate(couplings, mass, ff, kinematics("K"))
        return pair_density(couplings, mass, 7.0, ff, kinematics("K"))

    found = jax.jit(jax.vmap(rate))(jnp.asarray([-0.6, 0.6, -1e-300, 0.0]))
    np.testing.assert_array_equal(np.isnan(found), [True, False, True, False])
    assert found[1] > 0
    with pytest.raises(InputError, match=r"the mass of an invisible particle, in GeV, must be .* found -0.6"):
        rate(-0.6)


def test_negative_scale_and_branching_fraction(ff):
    rate = jax.jit(lambda s: particle_rate(VectorCouplings(h_V=1.0, h_T=1.0, scale=s), 2.1, ff, kinematics("K")))
    assert np.isnan(rate(-1e4))
    assert np.isnan(rate(0.0))
    assert rate(1e4) > 0
    for mass in (2.1, 6.0):
        inverse = jax.jit(
            lambda b, mass=mass: coupling_from_branching_fraction("h_V", P, FF, ZERO, mass, b, B_PLUS_TO_K_PLUS)
        )
        assert np.isnan(inverse(-1e-6))
        assert np.isnan(inverse(np.nan))


def test_resonances_refuse_negative_widths():
    one, twenty = jnp.asarray(1.0), jnp.asarray(20.0)
    for function in (
        lambda m, w: breit_wigner(m, w, one, twenty, 4).q2,
        lambda m, w: resonance_rule(m, w, one, twenty, 4),
        lambda m, w: resonance_density(4.0, m, w),
    ):
        with pytest.raises(InputError, match="the width of a resonance, in GeV, must be finite and not negative"):
            function(2.0, -0.1)
        compiled = jax.jit(function)
        for mass, width in ((-2.0, 0.1), (2.0, -0.1), (2.0, np.nan), (np.nan, 0.1)):
            assert all(np.all(np.isnan(x)) for x in jax.tree.leaves(compiled(mass, width)))


RATES = {
    "one particle": lambda couplings, ff: particle_rate(couplings, 2.1, ff, kinematics("K")),
    "a pair": lambda couplings, ff: pair_density(couplings, 0.6, 7.0, ff, kinematics("K")),
    "nothing visible": lambda couplings, ff: invisible_rate(couplings, 0.6, 0.23, kinematics("Bs")),
}


@pytest.mark.parametrize("rate", RATES.values(), ids=list(RATES))
@pytest.mark.parametrize(
    ("couplings", "found"),
    [
        (1.0, r"a bare number or array \(float\)"),
        (np.float64(1.0), r"a bare number or array \(float64\)"),
        (jnp.ones(3), "a bare number or array"),
        (None, "NoneType"),
        ({"g_S": 1.0}, "dict"),
        (ChiralVectorCouplings(V_L=1.0), "ChiralVectorCouplings: convert them with to_parity"),
    ],
)
def test_no_couplings(rate, couplings, found, ff):
    with pytest.raises(InputError, match=f"expected the couplings of (one particle|a pair) .*, found {found}"):
        rate(couplings, ff)


def test_wrong_family_and_form_factors(ff):
    with pytest.raises(InputError, match=r"couplings of one particle .* found FermionPairCouplings"):
        RATES["one particle"](FermionPairCouplings(f_VV=1.0), ff)
    with pytest.raises(InputError, match=r"couplings of a pair .* found ScalarCouplings"):
        RATES["a pair"](ScalarCouplings(g_S=1.0), ff)
    for rate, couplings in (("one particle", ScalarCouplings(g_S=1.0)), ("a pair", FermionPairCouplings(f_VV=1.0))):
        with pytest.raises(InputError, match="expected BToPFormFactors or BToVFormFactors, found a bare number"):
            RATES[rate](couplings, jnp.asarray(0.4))


@pytest.mark.parametrize("name", [*PAIRS, *SINGLES])
def test_axes_are_for_vmap(name, ff, rng):
    family = {**PAIRS, **SINGLES}[name]
    first, second = (family(**random_couplings(family, rng)) for _ in range(2))
    both = jax.tree.map(lambda *x: jnp.stack(x), first, second)
    rate = RATES["one particle" if name in SINGLES else "a pair"]
    with pytest.raises(InputError, match=rf"{family.__name__}: .* has the shape \(2,\)"):
        rate(both, ff)
    found = jax.vmap(lambda c: rate(c, ff))(both)
    np.testing.assert_allclose(found, [rate(first, ff), rate(second, ff)], rtol=ROUNDING)


def test_axes_of_flavour_are_summed_and_others_are_for_vmap(ff):
    one = NeutrinoCouplings(unit=1e-9, C_L=np.eye(3))
    several = jax.tree.map(lambda x: jnp.stack([x, 2 * x]), one)
    with pytest.raises(InputError, match=r"C_L has the shape \(2, 3, 3\)"):
        RATES["a pair"](several, ff)
    with pytest.raises(InputError, match=r"V_L has the shape \(2, 3\)"):
        RATES["a pair"](MixedPairCouplings(V_L=jnp.ones((2, 3))), ff)
    flavours = MixedPairCouplings(V_L=[1e-8, 2e-8], S_R=1e-8)
    alone = [RATES["a pair"](MixedPairCouplings(V_L=v, S_R=1e-8), ff) for v in (1e-8, 2e-8)]
    np.testing.assert_allclose(RATES["a pair"](flavours, ff), sum(alone), rtol=ROUNDING)


def test_single_precision_arguments_are_computed_in_double(ff):
    # next to the threshold, where the single precision of a difference is 1e-3 of the rate
    mass = np.float32(4.7857)
    couplings = ScalarCouplings(g_S=np.complex64(1 + 1j))
    assert couplings.g_S.dtype == complex
    for function in (
        lambda m: particle_rate(couplings, m, ff, kinematics("K")),
        lambda m: two_body_branching_fraction(P, FF, ZERO, couplings, m, B_PLUS_TO_K_PLUS),
        lambda m: two_body_line(P, FF, ZERO, couplings, m, B_PLUS_TO_K_PLUS).q2[0],
        lambda m: pair_density(FermionPairCouplings(f_VV=1.0), m, 22.92, ff, kinematics("K")),
    ):
        assert function(mass).dtype == float
        assert function(mass) == function(float(mass))
        assert jax.jit(function)(mass) == jax.jit(function)(float(mass))


def test_without_double_precision_there_is_one_clear_error():
    code = """
import jax.numpy as jnp
from jaxflav.couplings import FermionPairCouplings, ScalarCouplings
from jaxflav.form_factors.sets import BToPFormFactors
from jaxflav.rates import Kinematics, invisible_rate, pair_density, particle_rate
from jaxflav.spectra.resonance import breit_wigner
ff = BToPFormFactors(*(jnp.asarray(0.4),) * 3)
kinematics = object.__new__(Kinematics)
for rate in (
    lambda: particle_rate(ScalarCouplings(g_S=1e-20), 2.1, ff, kinematics),
    lambda: pair_density(FermionPairCouplings(f_VV=1.0), 0.6, 7.0, ff, kinematics),
    lambda: invisible_rate(FermionPairCouplings(f_VV=1.0), 0.6, 0.23, kinematics),
    lambda: Kinematics(m_parent=5.0, m_daughter=1.0, m_heavy=4.0, m_light=0.1),
    lambda: breit_wigner(2.0, 0.1, 1.0, 20.0),
):
    try:
        print(rate())
    except RuntimeError as error:
        print("refused" if "jax_enable_x64" in str(error) else error)
"""
    environment = {"JAX_ENABLE_X64": "0", "PATH": "/usr/bin:/bin", "JAX_PLATFORMS": "cpu"}
    options = {"capture_output": True, "text": True, "env": environment, "cwd": Path(jaxflav.__file__).parents[1]}
    result = subprocess.run([sys.executable, "-c", code], check=True, **options)
    assert result.stdout.split() == ["refused"] * 5
