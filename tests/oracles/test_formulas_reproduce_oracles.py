"""The formulas, in plain NumPy, against numbers made with EOS and flavio; neither code nor jaxflav is imported."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.oracles import formulas

# both sides are double precision closed formulas: a few hundred roundings
POINTWISE = 1e-12
# EOS's adaptive rule is asked for 5e-4 and does better where the integrand is smooth, up to the square root at q2_max
EOS_INTEGRAL = 1e-5
# flavio's adaptive rule is asked for 5e-3 and does better, for the same reason
FLAVIO_INTEGRAL = 1e-5


def load(name):
    return json.loads((Path(__file__).parent / name).read_text())


EOS_K, EOS_KSTAR, FLAVIO = (
    load(name) for name in ("eos_b_to_k_nunu.json", "eos_b_to_kstar_nunu.json", "flavio_nunu.json")
)


def cases(*oracles):
    return [
        pytest.param(oracle, channel, name, id=f"{oracle['code']}: {channel}, {name}")
        for oracle in oracles
        for channel in oracle["channels"]
        for name in oracle["points"]
    ]


ALL = cases(EOS_K, EOS_KSTAR, FLAVIO)
TO_KSTAR = [case for case in ALL if "K*" in case.values[1]]


class Rate:
    """Rates of one channel of an oracle file at one point, from the inputs recorded in the file."""

    def __init__(self, oracle, channel, name):
        recorded, self.entry = oracle["inputs"], oracle["channels"][channel]
        shared = {"G_F": recorded["G_F"], "alpha": recorded["alpha"], "lambda_t": complex(*recorded["lambda_t"])}
        if oracle["code"] == "EOS":
            self.coefficients = formulas.from_eos(oracle["points"][name], **shared)
            quarks = {"m_b": recorded["m_b_msbar(mu)"], "m_s": recorded["m_s_msbar(mu)"]}
            self.form_factors = oracle["form_factors"]
        else:
            self.coefficients = formulas.from_flavio(oracle["points"][name], recorded["C_L^SM(mu)"])
            quarks = {}
            self.form_factors = oracle["form_factors"][channel]
        self.inputs = formulas.Inputs(**shared, m_B=self.entry["m_B"], m_M=self.entry["m_M"], **quarks)
        self.lifetime = self.entry["tau_B"] / recorded["hbar"]
        self.is_kstar = "K*" in channel

    def parts(self, q2):
        """Parts of dBR/dq2, {(class, helicity): values}."""
        ff = formulas.bsz(self.form_factors, q2)
        if self.is_kstar:
            parts = formulas.b_to_kstar(q2, ff, self.coefficients, self.inputs)
        else:
            parts = {("all", "long"): formulas.b_to_k(q2, ff, self.coefficients, self.inputs)}
        return {key: self.lifetime * value for key, value in parts.items()}

    def total(self, q2):
        return sum(self.parts(q2).values())

    def integrate(self, function):
        """Integral over all q2, with q2 = q2_max (1 - x^2) against the square root at the end point."""
        x, w = np.polynomial.legendre.leggauss(60)
        x, w = (x + 1) / 2, w / 2
        q2_max = (self.inputs.m_B - self.inputs.m_M) ** 2
        return np.sum(w * 2 * x * q2_max * function(q2_max * (1 - x**2)))


@pytest.mark.parametrize(
    "table",
    [
        pytest.param(EOS_K["form_factors"], id="EOS B -> K"),
        pytest.param(EOS_KSTAR["form_factors"], id="EOS B -> K*"),
        *(pytest.param(t, id=f"flavio {channel}") for channel, t in FLAVIO["form_factors"].items()),
    ],
)
def test_form_factors(table):
    found = formulas.bsz(table, np.array(table["q2"]))
    assert set(found) == set(table["values"])
    for name, expected in table["values"].items():
        np.testing.assert_allclose(found[name], expected, rtol=POINTWISE, err_msg=name)


@pytest.mark.parametrize(("oracle", "channel", "name"), ALL)
def test_differential_branching_ratio(oracle, channel, name):
    rate = Rate(oracle, channel, name)
    found = rate.total(np.array(rate.entry["q2"]))
    np.testing.assert_allclose(found, rate.entry["dBR/dq2"][name], rtol=POINTWISE)


@pytest.mark.parametrize(("oracle", "channel", "name"), ALL)
def test_branching_ratio(oracle, channel, name):
    rate = Rate(oracle, channel, name)
    tolerance = EOS_INTEGRAL if oracle["code"] == "EOS" else FLAVIO_INTEGRAL
    np.testing.assert_allclose(rate.integrate(rate.total), rate.entry["BR"][name], rtol=tolerance)


def longitudinal(parts):
    # EOS leaves the scalar and tensor operators out of the numerator of F_L, and keeps them in the denominator;
    # flavio does not have them
    return parts["vector", "long"]


@pytest.mark.parametrize(("oracle", "channel", "name"), TO_KSTAR)
def test_longitudinal_fraction(oracle, channel, name):
    rate = Rate(oracle, channel, name)
    q2 = np.array(rate.entry["q2"])
    expected = rate.entry["F_L(q2)"][name]
    np.testing.assert_allclose(longitudinal(rate.parts(q2)) / rate.total(q2), expected, rtol=POINTWISE)
    tolerance = EOS_INTEGRAL if oracle["code"] == "EOS" else FLAVIO_INTEGRAL
    found = rate.integrate(lambda x: longitudinal(rate.parts(x))) / rate.integrate(rate.total)
    np.testing.assert_allclose(found, rate.entry["F_L"][name], rtol=tolerance)


def test_tensor_matrix_is_antisymmetric_and_scalar_matrices_are_symmetric():
    # the flavour structure that the operators allow, and with which the EOS points are reproduced
    point = {name: [1.0, 0.5] for name in ("cVL", "cVR", "cSL", "cSR", "cTL")}
    c = formulas.from_eos(point, G_F=1.0, alpha=1.0, lambda_t=1.0)
    np.testing.assert_array_equal(c.TLL, -c.TLL.T)
    np.testing.assert_array_equal(c.SLL, c.SLL.T)
    np.testing.assert_array_equal(c.SLR, c.SLR.T)
