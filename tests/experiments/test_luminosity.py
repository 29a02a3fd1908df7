"""More data: tables, recasts and measurements against what the scaling means, and prospects."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.experiments.combination import combine
from jaxflav.experiments.data_file import load_data
from jaxflav.experiments.loading import load_experiments
from jaxflav.experiments.luminosity import SYSTEMATICS, at_luminosity
from jaxflav.form_factors.files import load_form_factors
from jaxflav.hypotheses.text import hypothesis_of
from jaxflav.inputs.parameters import load_parameters
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.likelihood.histfactory import build_histfactory, expected_events
from jaxflav.likelihood.likelihood import expected
from jaxflav.likelihood.luminosity import scale_luminosity
from jaxflav.likelihood.pyhf_json import parse_workspace
from jaxflav.observables import predict
from jaxflav.observables.scenario import Scenario
from tests.experiments.files import BINNED, GAUSSIAN, number, write

FACTOR = 10.0
TAKEN = {"luminosity": number(400.0, "fb^-1"), "running": True}


@pytest.fixture
def binned(tmp_path):
    return load_data(write(tmp_path, {**BINNED, **TAKEN}))


@pytest.mark.parametrize("systematics", SYSTEMATICS)
def test_recast_against_tables(binned, systematics, rng):
    """Smaller relative covariances are narrower constraints: the same expectation at the same pulls."""
    shrink = systematics == "scaled"
    tables = scale_luminosity(binned.tables(), FACTOR, shrink)
    recast = at_luminosity(binned, 0.4 * FACTOR, systematics).tables()
    events, replaced = jax.jit(expected_events), (("K", "sm"), ("K", "new"))
    signal = jnp.asarray([3.0, 4.0, 5.0, 2.0, 1.0, 6.0])
    pulls = 0.3 * rng.normal(size=len(tables.centre))
    for pull in (0 * pulls, pulls):
        values = []
        for one, spread in ((tables, tables.width), (recast, recast.width)):
            model = build_histfactory(one, replaced)
            named = dict(zip(one.parameter_names, one.centre + pull * spread, strict=True))
            values.append(events(model, jnp.asarray([named[n] for n in model.parameter_names]), signal))
        np.testing.assert_allclose(*values, rtol=1e-12)
    np.testing.assert_array_equal(tables.observed, FACTOR * binned.tables().observed)
    np.testing.assert_allclose(recast.observed, tables.observed)


def spec(factor, spread):
    """Two bins with every type of constraint; ``spread`` multiplies their widths."""
    events, background = np.array([5.0, 8.0]) * factor, np.array([50.0, 60.0]) * factor
    up = background + 3.0 * factor
    modifiers = [
        {
            "name": "shape",
            "type": "histosys",
            "data": {"hi_data": list(up), "lo_data": list(background)},
        },
        {"name": "norm", "type": "normsys", "data": {"hi": 1.1, "lo": 0.9}},
        {"name": "sideband", "type": "shapesys", "data": list(0.1 * background * spread)},
        {"name": "simulation", "type": "staterror", "data": list(0.05 * background * spread)},
    ]
    samples = [
        {"name": "signal", "data": list(events), "modifiers": [{"name": "mu", "type": "normfactor", "data": None}]},
        {"name": "background", "data": list(background), "modifiers": modifiers},
    ]
    return {
        "channels": [{"name": "one", "samples": samples}],
        "observations": [{"name": "one", "data": list(events + background)}],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
        "version": "1.0.0",
    }


@pytest.mark.parametrize("shrink", [False, True])
def test_tables_against_a_workspace_written_with_more_data(shrink):
    spread = 1 / np.sqrt(FACTOR) if shrink else 1.0
    found = scale_luminosity(parse_workspace(spec(1.0, 1.0)), FACTOR, shrink)
    wanted = parse_workspace(spec(FACTOR, spread))
    for field in dataclasses.fields(found):
        value, other = getattr(found, field.name), getattr(wanted, field.name)
        if field.name == "width":  # of shape and norm, the shift of one standard deviation is written for today's width
            unit = np.isin(np.array([n.split("[")[0] for n in found.parameter_names]), ["shape", "norm"])
            np.testing.assert_allclose(value[unit], spread)
            value, other = value[~unit], other[~unit]
        if isinstance(value, np.ndarray) and value.dtype == float:
            np.testing.assert_allclose(value, other, rtol=1e-12, err_msg=field.name)
        elif field.name != "observed":
            assert np.array_equal(value, other), field.name


@pytest.mark.parametrize(("systematics", "variance"), [("fixed", 16 / FACTOR + 9), ("scaled", 25 / FACTOR)])
def test_measurement(systematics, variance, tmp_path):
    """An error of 5, of which 3 is systematic and 4 statistical."""
    content = {**GAUSSIAN, **TAKEN, "branching_fraction": number(2e-5, uncertainty=5e-6, systematic=3e-6)}
    future = at_luminosity(load_data(write(tmp_path, content)), 4.0, systematics)
    assert float(future.measurement.mean) == 2e-5
    assert float(future.measurement.error) == pytest.approx(1e-6 * np.sqrt(variance))
    assert future.luminosity.value == 4.0


def test_public_likelihood():
    today = load_data("belle2-2025-hta")
    future = at_luminosity(today, 3.62, "fixed")
    assert future.factor == pytest.approx(10)
    np.testing.assert_allclose(future.tables.nominal, 10 * today.tables.nominal)
    np.testing.assert_array_equal(future.tables.width, today.tables.width)
    difference = future.response().log_coefficients - today.response().log_coefficients
    np.testing.assert_allclose(difference, np.log(10), rtol=1e-9)


def test_what_does_not_go_on_running_stays():
    for name in ("babar-2013", "aleph-bs-invisible"):
        data = load_data(name)
        assert at_luminosity(data, 50.0, "fixed") is data


def test_bad_projections(binned):
    with pytest.raises(InputError, match=r"has 0.4 ab\^-1 already"):
        at_luminosity(binned, 0.3, "fixed")
    with pytest.raises(InputError, match="expected a positive number"):
        at_luminosity(binned, -1.0, "fixed")
    with pytest.raises(UnknownNameError, match="did you mean scaled"):
        at_luminosity(binned, 1.0, "scale")


def test_prospects():
    """Table of arXiv:2207.06307 for the baseline; F_L of arXiv:1808.10567 at 50 ab^-1."""
    prospects = load_data("belle2-prospects")
    assert at_luminosity(prospects, 5.0, "fixed").errors[:4] == pytest.approx((0.28, 1.31, 1.06, 0.60))
    assert at_luminosity(prospects, 50.0, "scaled").errors[3:] == pytest.approx((0.34, 0.08, 0.08))
    assert at_luminosity(prospects, 5.0, "fixed").errors[4] == pytest.approx(0.08 * np.sqrt(10))
    assert at_luminosity(prospects, 0.25, "fixed").errors[0] == pytest.approx(1.1)
    assert at_luminosity(prospects, np.sqrt(50.0), "fixed").errors[0] == pytest.approx(np.sqrt(0.28 * 0.21))
    with pytest.raises(InputError, match=r"end at 50 ab\^-1"):
        at_luminosity(prospects, 100.0, "fixed")
    with pytest.raises(InputError, match="has no data"):
        _ = prospects.errors
    with pytest.raises(UnknownNameError, match="measurement of belle2-prospects"):
        load_experiments(["belle2-prospects:K"])
    with pytest.raises(InputError, match="both have the future data of B"):
        load_experiments(["belle2-2025", "belle2-prospects"])


@pytest.mark.slow
def test_future_measurements_of_the_standard_model_and_of_new_physics():
    """BR and F_L of polynomials against observables, which integrate anew."""
    parameters = load_parameters()
    sets = [load_form_factors("HPQCD2022+FLAG2021"), load_form_factors("GRvDV2023", "B -> K*")]
    axes = hypothesis_of("fermion-pair", ["f_VV", "f_TT"])
    future = [at_luminosity(e, 50.0, "fixed") for e in load_experiments(["belle2-prospects:K+,K*0,FL(K*0)"])]
    likelihood = combine(future, parameters, sets, axes)
    names = ["BR(B+ -> K+)", "BR(B0 -> K*0)", "FL(B0 -> K*0)"]
    standard_model = np.asarray(predict(names, Scenario(), parameters, sets).central)
    np.testing.assert_allclose(likelihood.observed, standard_model, rtol=1e-10)
    errors = np.array([0.11, 0.34, 0.08]) * [*standard_model[:2], 1.0]
    np.testing.assert_allclose(likelihood.measurements.error, errors, rtol=1e-10)
    x = likelihood.start.at[0].set(1.0).at[1:3].set(jnp.asarray([1.3, 0.4]))
    couplings = axes.at(parameters, jnp.asarray([1.3, 0.4]))
    new = predict(names, Scenario(couplings, 0.6), parameters, sets).central
    np.testing.assert_allclose(jax.jit(expected)(likelihood, x, jnp.asarray(0.6)), new, rtol=1e-9)
