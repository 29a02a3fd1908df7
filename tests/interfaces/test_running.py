"""SMEFT files: refused with what to do, or run by wilson where it is installed."""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from jaxflav.interfaces import from_wcxf
from jaxflav.io.errors import InputError

SMEFT = json.loads((Path(__file__).parents[1] / "oracles" / "wilson_nunu.json").read_text())["SMEFT"]
GIVEN = {"eft": "SMEFT", **{key: SMEFT[key] for key in ("basis", "scale", "values")}}


def test_without_wilson(monkeypatch):
    monkeypatch.setitem(sys.modules, "wilson", None)
    with pytest.raises(
        InputError, match=r"SMEFT at 1000 GeV need running .* pip install 'jaxflav\[running\]', or give a"
    ):
        from_wcxf(GIVEN)


@pytest.fixture
def wilson():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of other packages, while they are imported and run
        yield pytest.importorskip("wilson")


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
