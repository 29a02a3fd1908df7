"""SMEFT files: refused with what to do, or run by wilson where it is installed."""

import json
import sys
import warnings
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.couplings import from_jms
from jaxflav.inputs.parameters import load_parameters
from jaxflav.interfaces import from_wcxf, smeft_evolution
from jaxflav.io.errors import InputError
from tests.helpers import finite_difference

P = load_parameters()

SMEFT = json.loads((Path(__file__).parents[1] / "oracles" / "wilson_nunu.json").read_text())["SMEFT"]
GIVEN = {"eft": "SMEFT", **{key: SMEFT[key] for key in ("basis", "scale", "values")}}


def test_without_wilson_and_rgevolve(monkeypatch):
    for name in ("wilson", "rgevolve"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(
        InputError, match=r"SMEFT at 1000 GeV need running .* pip install 'jaxflav\[running\]', or give a"
    ):
        from_wcxf(GIVEN)


@pytest.fixture
def wilson():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of other packages, while they are imported and run
        yield pytest.importorskip("wilson")


@pytest.fixture
def rgevolve(monkeypatch):
    pytest.importorskip("rgevolve")
    monkeypatch.setitem(sys.modules, "wilson", None)


def test_run_by_rgevolve(rgevolve):
    found = from_wcxf(GIVEN)
    assert (found.basis, found.scale, found.given) == ("JMS", 4.8, ("SMEFT", "Warsaw", 1000.0))
    values = {name: complex(*pair) for name, pair in SMEFT["WET JMS"].items()}
    largest = max(map(abs, values.values()))
    for name, value in values.items():
        # linear in the coefficients, where wilson integrates the equations of these very coefficients
        np.testing.assert_allclose(found.values[name], value, rtol=0, atol=1e-5 * largest, err_msg=name)


def test_gradients_through_rgevolve(rgevolve):
    evolution = smeft_evolution(("lq1_3323", "lq3_2223", "lq1_1232"), 1000.0)

    def strength(real, imaginary):
        values = evolution({"lq1_3323": real, "lq1_1232": jax.lax.complex(real, imaginary)})
        couplings = from_jms(P, values, -0.0411)
        return jnp.sum(jnp.abs(couplings.C_L) ** 2)

    # quadratic in both, so that differences are exact
    x, y, step = 2e-8, 1e-8, 1e-9
    slopes = jax.jit(jax.grad(strength, argnums=(0, 1)))(x, y)
    np.testing.assert_allclose(slopes[0], finite_difference(lambda x: strength(x, y), x, step), rtol=1e-6)
    np.testing.assert_allclose(slopes[1], finite_difference(lambda y: strength(x, y), y, step), rtol=1e-6)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"basis": "Higgs"}, "rgevolve cannot run the basis Higgs from 1000 GeV"),
        ({"scale": 1e9, "values": {"lq1_3333": 1e-20}}, r"rgevolve cannot run the basis Warsaw from 1e\+09 GeV"),
        ({"values": {"lq1_3332": 1e-8}}, "unknown coefficient of the basis Warsaw of SMEFT 'lq1_3332': did you mean"),
        ({"values": {"lq1_3333": {"Re": 1e-8, "Im": 1e-8}}}, "lq1_3333 must be real.* the matrix is not hermitian"),
    ],
)
def test_refused_by_rgevolve(rgevolve, changes, match):
    with pytest.raises(InputError, match=match):
        from_wcxf(GIVEN | changes)


def test_run_by_wilson(wilson):
    found = from_wcxf(GIVEN)
    assert (found.basis, found.scale, found.given) == ("JMS", 4.8, ("SMEFT", "Warsaw", 1000.0))
    assert set(found.values) == set(SMEFT["WET JMS"])
    largest = max(abs(complex(*pair)) for pair in SMEFT["WET JMS"].values())
    for name, pair in SMEFT["WET JMS"].items():
        np.testing.assert_allclose(found.values[name], complex(*pair), rtol=1e-6, atol=1e-9 * largest, err_msg=name)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"basis": "Warsav"}, "unknown basis 'Warsav' of SMEFT; wilson knows .*Warsaw"),
        ({"values": {"lq1_3332": 1e-8}}, "lq1_3332 is not a coefficient of the basis Warsaw"),
        ({"values": {"lq1_3333": {"Re": 1e-8, "Im": 1e-8}}}, "lq1_3333 must be real.* the matrix is not hermitian"),
        ({"values": {"lq1_3323": 1.0}}, r"lq1_3323 = .* above 16 pi\^2, too strong to run; .* are in GeV\^-2"),
        ({"scale": 80.0}, "scale 80 GeV of SMEFT is below m_Z = 91.1876 GeV"),
    ],
)
def test_refused_by_wilson(wilson, changes, match):
    with pytest.raises(InputError, match=match):
        from_wcxf(GIVEN | changes)


def test_failures_of_wilson(wilson, monkeypatch):
    def fails(coefficients):
        raise KeyError("no such thing")

    monkeypatch.setattr(wilson.Wilson, "from_wc", fails)
    with pytest.raises(InputError, match=r"wilson could not run the coefficients .KeyError: 'no such thing'"):
        from_wcxf(GIVEN)
