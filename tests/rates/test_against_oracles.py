"""Spectra, branching fractions and F_L of B -> K(*) nu nubar against numbers made with EOS and flavio.

The inputs are those recorded with the numbers, see ``tests/oracles/README.md``.
"""

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.couplings import from_eos, from_flavio
from jaxflav.form_factors import FormFactorSet
from jaxflav.form_factors.processes import find_process
from jaxflav.inputs.parameters import load_parameters
from jaxflav.numerics.quadrature import between_thresholds
from jaxflav.rates import (
    B_PLUS_TO_K_PLUS,
    B_PLUS_TO_KSTAR_PLUS,
    B_ZERO_TO_K_ZERO,
    B_ZERO_TO_KSTAR_ZERO,
    PolarisedRate,
)
from jaxflav.spectra import decay_density

# closed formulas in double precision on both sides
POINTWISE = 1e-12
# the adaptive quadratures of the codes, which are asked for 5e-4 and 5e-3
INTEGRAL = 1e-5
DECAYS = {d.name: d for d in (B_PLUS_TO_K_PLUS, B_ZERO_TO_K_ZERO, B_PLUS_TO_KSTAR_PLUS, B_ZERO_TO_KSTAR_ZERO)}
FILES = ("eos_b_to_k_nunu", "eos_b_to_kstar_nunu", "flavio_nunu")
ORACLES = {name: json.loads((Path(__file__).parents[1] / "oracles" / f"{name}.json").read_text()) for name in FILES}
CASES = [
    pytest.param(name, channel, point, id=f"{oracle['code']}: {channel}, {point}")
    for name, oracle in ORACLES.items()
    for channel in oracle["channels"]
    for point in oracle["points"]
]
density_of = jax.jit(decay_density, static_argnames="paper_signs")


def form_factors(table, process):
    """Set with the recorded coefficients, poles and masses in z."""
    names = {"f+": "f_plus", "f0": "f_0", "fT": "f_T"}
    poles = {names.get(f, f): pole for f, pole in table["poles"].items()}
    coefficients = {f"{names.get(f, f)}_{k}": a for (f, k), a in split(table["coefficients"])}
    order = 2
    free = find_process(process).free_coefficients(order)
    assert set(free) == set(coefficients)
    mean = [coefficients[name] for name in free]
    masses = table["m_parent"], table["m_daughter"]
    return FormFactorSet("recorded", process, order, mean, np.eye(len(free)), poles, *masses, sources=())


def split(coefficients):
    return [(name.rsplit("_", 1), a) for name, a in coefficients.items()]


class Recorded:
    """One channel of an oracle, with everything that jaxflav needs to compute it."""

    def __init__(self, name, channel, point):
        oracle = ORACLES[name]
        inputs, self.entry = oracle["inputs"], oracle["channels"][channel]
        self.decay = DECAYS[channel]
        d, entry = self.decay, self.entry
        parameters = load_parameters().replace(
            {d.m_parent: entry["m_B"], d.m_daughter: entry["m_M"], d.lifetime: entry["tau_B"]},
            G_F=inputs["G_F"],
            lambda_t=abs(complex(*inputs["lambda_t"])),
            hbar=inputs["hbar"],
        )
        values = {key: complex(*value) for key, value in oracle["points"][point].items()}
        table = oracle["form_factors"]
        if oracle["code"] == "EOS":
            parameters = parameters.replace(m_b=inputs["m_b_msbar(mu)"], m_s=inputs["m_s_msbar(mu)"])
            # alpha(m_Z) of jaxflav is not replaced: only the product with the coefficients counts
            self.couplings = from_eos(parameters, **values, alpha=inputs["alpha"])
            vectors = {key: values[key] for key in ("cVL", "cVR")}
            self.only_vectors = not any(values[key] for key in ("cSL", "cSR", "cTL"))
            self.vectors = from_eos(parameters, **vectors, alpha=inputs["alpha"])
        else:
            table = table[channel]
            # the operators of new physics have alpha(mu), the Standard Model alpha(m_Z) X_t/sin^2(theta_w)
            parameters = parameters.replace(
                alpha_mZ=inputs["alpha(m_Z)"], X_t=inputs["X_t"], sin2_theta_w=inputs["sin2_theta_w"]
            )
            self.only_vectors = True
            self.couplings = self.vectors = from_flavio(parameters, values, alpha=inputs["alpha"])
        ff_set = form_factors(table, d.process)
        self.arguments = parameters, ff_set, jnp.zeros(ff_set.mean.shape)
        self.end = entry["m_B"] - entry["m_M"]

    def density(self, q2, couplings=None):
        couplings = self.couplings if couplings is None else couplings
        return density_of(*self.arguments, couplings, 0.0, self.decay, jnp.asarray(q2))

    def longitudinal_of_vectors(self, q2):
        # EOS leaves scalar and tensor operators out of the numerator of F_L; flavio does not have them
        return self.density(q2, self.vectors).longitudinal


def summed(density):
    return density.total if isinstance(density, PolarisedRate) else density


@pytest.mark.parametrize(("name", "channel", "point"), CASES)
def test_spectrum_and_branching_fraction(name, channel, point):
    recorded = Recorded(name, channel, point)
    found = summed(recorded.density(recorded.entry["q2"]))
    np.testing.assert_allclose(found, recorded.entry["dBR/dq2"][point], rtol=POINTWISE)
    q2, weights = between_thresholds(0.0, recorded.end**2, 32)
    total = jnp.sum(weights * summed(recorded.density(q2)))
    np.testing.assert_allclose(total, recorded.entry["BR"][point], rtol=INTEGRAL)


@pytest.mark.parametrize(("name", "channel", "point"), [case for case in CASES if "K*" in case.values[1]])
def test_longitudinal_fraction(name, channel, point):
    recorded = Recorded(name, channel, point)
    q2, expected = recorded.entry["q2"], recorded.entry["F_L(q2)"][point]
    density = recorded.density(q2)
    found = recorded.longitudinal_of_vectors(q2) / density.total
    np.testing.assert_allclose(found, expected, rtol=POINTWISE)
    if recorded.only_vectors:
        np.testing.assert_allclose(density.longitudinal_fraction, expected, rtol=POINTWISE)
    q2, weights = between_thresholds(0.0, recorded.end**2, 32)
    longitudinal, total = weights * recorded.longitudinal_of_vectors(q2), weights * recorded.density(q2).total
    np.testing.assert_allclose(jnp.sum(longitudinal) / jnp.sum(total), recorded.entry["F_L"][point], rtol=INTEGRAL)


@pytest.mark.parametrize("channel", ["B+ -> K+", "B0 -> K*0"])
def test_flavio_has_smaller_amplitudes_of_new_physics_than_its_wcxf_files(channel):
    # CL_bsnumunutau does not interfere: flavio's excess has alpha(4.8 GeV)^2, that of the translated file alpha(m_Z)^2
    recorded, inputs = Recorded("flavio_nunu", channel, "CL mu tau"), ORACLES["flavio_nunu"]["inputs"]
    q2, density = recorded.entry["q2"], recorded.entry["dBR/dq2"]
    excess = np.subtract(density["CL mu tau"], density["SM"])
    translated = from_flavio(recorded.arguments[0], {"CL_bsnumunutau": 9.0})
    found = summed(recorded.density(q2, translated)) - np.array(density["SM"])
    np.testing.assert_allclose(excess / found, (inputs["alpha"] / inputs["alpha(m_Z)"]) ** 2, rtol=1e-10)
    np.testing.assert_allclose(np.sqrt(excess / found), 1 - 0.0315, atol=5e-5)
