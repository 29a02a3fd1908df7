import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.couplings.fermion_pair import FermionPairCouplings
from jaxflav.hypotheses.couplings import couplings_hypothesis
from jaxflav.hypotheses.user import hypothesis
from jaxflav.inputs.parameters import load_parameters
from jaxflav.io.errors import InputError, UnknownNameError


def dark_photon(g, epsilon, mass):
    h_V = g * epsilon * mass
    return {"h_V": h_V, "mass": mass, "width": 0.01 * g**2 * mass, "invisible_fraction": 1 / (1 + epsilon**2)}


PARAMETERS = {"g": (0.0, 1.0), "mass": (0.1, 4.0, 2.0), "epsilon": (0.0, 1.0, 0.25)}


def test_state_of_a_function():
    model, constants = hypothesis(dark_photon, PARAMETERS), load_parameters()
    assert model.names == ("g", "epsilon", "mass")
    assert model.start == (0.5, 0.25, 2.0)
    assert model.units == ("1", "1", "GeV")
    assert model.on == (frozenset({"g", "mass"}),)
    (one,) = model.at(constants, jnp.asarray([0.4, 0.3, 1.5])).particles
    np.testing.assert_allclose(one.couplings.total().h_V, 0.4 * 0.3 * 1.5, rtol=1e-15)
    np.testing.assert_allclose(one.width, 0.01 * 0.16 * 1.5, rtol=1e-15)
    np.testing.assert_allclose(one.factor, 1 / 1.09, rtol=1e-15)


def test_directions_are_those_that_a_function_uses():
    def fermions(a, phase):
        return {"f_VV": a, "f_AA": 2.0, "f_SS": a * jnp.exp(1j * phase), "mass": 0.5}

    model, constants = hypothesis(fermions, {"a": (0, 1), "phase": (0, 6)}), load_parameters()
    assert [(one.name, one.imaginary) for one in model.active[0]] == [
        ("f_VV", False),
        ("f_AA", False),
        ("f_SS", False),
        ("f_SS", True),
    ]
    (one,) = model.at(constants, jnp.asarray([0.7, 0.4])).particles
    total, expected = one.couplings.total(), FermionPairCouplings(f_VV=0.7, f_AA=2.0, f_SS=0.7 * np.exp(0.4j))
    for name in ("f_VV", "f_AA", "f_SS", "f_TT"):
        np.testing.assert_allclose(getattr(total, name), getattr(expected, name), rtol=1e-14)
    assert model.on == (frozenset(),)


def test_chiral_couplings_as_an_object():
    from jaxflav.couplings.chiral import chiral_type

    chiral = chiral_type(FermionPairCouplings)
    constants = load_parameters()
    model = hypothesis(lambda a: {"couplings": chiral(V_LL=a), "mass": 0.5}, {"a": (0, 2)})
    built_in = couplings_hypothesis("fermion-pair", ["V_LL"], chiral=True)
    (ours,) = model.at(constants, jnp.asarray([1.3])).particles
    (theirs,) = built_in.at(constants, jnp.asarray([1.3, 0.5])).particles
    for a, b in zip(jax.tree.leaves(ours.couplings.total()), jax.tree.leaves(theirs.couplings.total()), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-14, atol=1e-16)


@pytest.mark.parametrize(
    ("function", "parameters", "error", "words"),
    [
        (lambda a: {"h_W": a}, {"a": (0, 1)}, UnknownNameError, "h_W"),
        (lambda a: {"h_V": a, "f_VV": a}, {"a": (0, 1)}, InputError, "one family"),
        (lambda a: {"h_V": a * jnp.nan}, {"a": (0, 1)}, InputError, "nan"),
        (lambda a: {"h_V": jnp.stack([a, a])}, {"a": (0, 1)}, InputError, "shape"),
        (lambda a, b: {"h_V": a}, {"a": (0, 1), "b": (0, 1)}, InputError, "nothing depends on the parameter 'b'"),
        (lambda a: {"h_V": a}, {"a": (0, 1), "b": (0, 1)}, InputError, "leave out b"),
        (lambda a, b: {"h_V": a * b}, {"a": (0, 1)}, InputError, "bounds for b"),
        (lambda a: {"h_V": a}, {"a": (0, 1, 2)}, InputError, "start is 2"),
        (lambda a: {"h_V": a}, {"a": (1, 0)}, InputError, "bounds"),
        (lambda a: {"h_V": a}, {"a": (0, np.inf)}, InputError, "start"),
        (lambda a: {"h_V": a, "mass": -a}, {"a": (0, 1)}, InputError, "mass"),
        (lambda a: {"f_VV": a, "width": a}, {"a": (0, 1)}, InputError, "one particle"),
        (lambda a: {"h_V": a, "scale": 1e4 * a}, {"a": (0, 1)}, InputError, "scale"),
        (lambda a: a, {"a": (0, 1)}, InputError, "mapping"),
        (lambda a: {"h_V": 0.0, "mass": a}, {"a": (0, 1)}, InputError, "not 0"),
    ],
)
def test_bad_functions(function, parameters, error, words):
    with pytest.raises(error, match=words):
        hypothesis(function, parameters)
