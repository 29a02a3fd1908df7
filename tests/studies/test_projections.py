"""Projections against closed forms of a counting experiment, and the properties of the expected separation."""

import dataclasses

import numpy as np
import pytest

from jaxflav.experiments.data_file import load_data
from jaxflav.form_factors.files import load_form_factors
from jaxflav.inputs.parameters import load_parameters
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.likelihood.likelihood import expected
from jaxflav.studies.hypothesis_fits import Candidate, best_fits, parse_candidate
from jaxflav.studies.projections import (
    Truth,
    World,
    discriminate,
    expected_errors,
    fitted_truth,
    pseudo_data,
    truth_of,
    truth_problem,
)
from tests.experiments.files import COUNTING, number, write

BACKGROUND, ERROR = 2.9, 0.4
RESCALED, SM, NOTHING = (parse_candidate(name) for name in ("rescaled-sm", "sm", "no-signal"))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """One bin of B+ -> K+ from 0.4 ab^-1, of an experiment that goes on running."""
    channel = {**COUNTING["channels"][0], "background": number(BACKGROUND, uncertainty=ERROR)}
    taken = {"luminosity": number(0.4, "ab^-1"), "running": True}
    data = load_data(write(tmp_path_factory.mktemp("one"), {**COUNTING, **taken, "channels": [channel]}))
    return World((data,), load_parameters(), (load_form_factors("HPQCD2022+FLAG2021"),))


def events(truth, likelihood):
    problem, x = truth_problem(truth, likelihood)
    return float(expected(problem.likelihood, x, np.zeros(()))[0])


@pytest.mark.parametrize("systematics", ["fixed", "scaled"])
def test_asimov_significance_of_a_counting_experiment(world, systematics):
    """t = 2 ((s + b) ln(1 + s/b) - s) for an exact background, and with its error the formula of Cowan (2012)."""
    for luminosity in (4.0, 40.0):
        future, f = world.at_luminosity(luminosity, systematics), luminosity / 0.4
        likelihood = future.likelihood(RESCALED)
        truth = truth_of(RESCALED, likelihood, {"mu": 3.0}, 0.0)
        b, s = BACKGROUND * f, events(truth, likelihood) - BACKGROUND * f
        assert s > 0
        found = discriminate(future, [truth], [NOTHING, RESCALED])
        # maximum over a background b (1 + e z) with z standard normal, in closed form
        e = ERROR / BACKGROUND * (1.0 if systematics == "fixed" else 1 / np.sqrt(f))
        half = 1 - e**2 * b  # of z^2 + z (1/e + e b) + b - n = 0
        z = (-(1 + e**2 * b) + np.sqrt(half**2 + 4 * e**2 * (s + b))) / (2 * e)
        fitted = b * (1 + e * z)
        t = 2 * ((s + b) * np.log((s + b) / fitted) - (s + b - fitted)) + z**2
        np.testing.assert_allclose(found.t[0], [t, 0.0], rtol=1e-6, atol=1e-8)
        assert not found.failed.any()


def test_error_of_mu_has_a_statistical_part_and_a_floor(world):
    """n/s^2 falls like 1/luminosity; the background error stays or falls; theory stays."""
    rest = {"fixed": [], "scaled": []}
    for systematics, found in rest.items():
        for luminosity in (4.0, 40.0, 400.0):
            future, f = world.at_luminosity(luminosity, systematics), luminosity / 0.4
            likelihood = future.likelihood(RESCALED)
            truth = truth_of(RESCALED, likelihood, {"mu": 1.0}, 0.0)
            n = events(truth, likelihood)
            s = n - BACKGROUND * f
            background = ERROR * (f if systematics == "fixed" else np.sqrt(f)) / s
            found.append(expected_errors(truth, likelihood)["mu"] ** 2 - n / s**2 - background**2)
    np.testing.assert_allclose(rest["fixed"], rest["fixed"][0], rtol=1e-6)
    np.testing.assert_allclose(rest["scaled"], rest["fixed"], rtol=1e-6)
    assert 0.04 < np.sqrt(rest["fixed"][0]) < 0.12  # form factors and CKM


def test_the_separation_is_symmetric_where_hypotheses_are_close(world):
    """In the limit of normal distributions t(A|B) = t(B|A), and quadratic in the distance."""
    future = world.at_luminosity(400.0, "fixed")
    likelihood = future.likelihood(RESCALED)
    near = [Candidate(f"mu={mu}", RESCALED.hypothesis, {**SM.held, "mu": mu}) for mu in (1.0, 1.02, 1.04)]
    truths = [Truth(h, 0.0, dict(h.held)) for h in near]
    t = discriminate(future, truths, near).t
    np.testing.assert_allclose(np.diagonal(t), 0.0, atol=1e-9)
    np.testing.assert_allclose(t, t.T, rtol=0.08, atol=1e-9)
    np.testing.assert_allclose(t[0, 2] / t[0, 1], 4.0, rtol=0.1)
    error = expected_errors(truth_of(RESCALED, likelihood, {"mu": 1.0}, 0.0), likelihood)["mu"]
    np.testing.assert_allclose(t[0, 1], (0.02 / error) ** 2, rtol=0.08)


def test_truth_that_fits_the_data(world):
    """Six events: mu s + b = 6, whatever the other parameters are."""
    likelihood = world.likelihood(RESCALED)
    truth = fitted_truth(RESCALED, likelihood)
    assert events(truth, likelihood) == pytest.approx(6.0, rel=1e-6)
    assert truth.mass == 0.0
    assert pseudo_data(truth, likelihood).observed[0] == pytest.approx([6.0])
    assert len(pseudo_data(truth, likelihood, 7, 1)) == 7


def test_mass_and_coupling_of_a_line(world):
    """One bin cannot tell a line from the rescaled Standard Model, at whichever mass; F_L and K* are not in it."""
    line = parse_candidate("scalar:g_S")
    future = world.at_luminosity(4.0, "fixed")
    likelihood = future.likelihood(line)
    truth = truth_of(line, likelihood, {"g_S": 2e-8}, 2.0)
    found = discriminate(future, [truth], [line, RESCALED, SM])
    np.testing.assert_allclose(found.t[0, :2], 0.0, atol=1e-6)
    assert found.t[0, 2] > 1
    assert found.fits[0, 0] == 48
    assert found.failed[0, 0] == 0


@pytest.mark.parametrize(
    ("values", "mass", "error", "message"),
    [
        ({"g_S": 1e-8, "g_P": 1e-8}, 1.0, UnknownNameError, "parameter of scalar:g_S"),
        ({}, 1.0, InputError, "needs a value of g_S"),
        ({"g_S": 1e-8}, 5.0, InputError, "expected 0 to below 4.78"),
    ],
)
def test_bad_truths(world, values, mass, error, message):
    hypothesis = parse_candidate("scalar:g_S")
    with pytest.raises(error, match=message):
        truth_of(hypothesis, world.likelihood(hypothesis), values, mass)


def test_bad_hypotheses(world):
    with pytest.raises(InputError, match="name couplings, such as 'scalar: g_S'"):
        parse_candidate("scalar")
    with pytest.raises(UnknownNameError, match=r"hypothesis .*scalars"):
        parse_candidate("scalars:g_S")
    future = load_data("belle2-prospects")
    with pytest.raises(InputError, match="no data to fit the truth to"):
        _ = dataclasses.replace(world, experiments=(future,)).today


@pytest.mark.slow
def test_toys_average_to_the_asimov_value(world):
    """The ratio of two hypotheses without free couplings is nearly linear in the counts."""
    future = world.at_luminosity(4.0, "scaled")
    truth = Truth(SM, 0.0, dict(SM.held))
    likelihood = future.likelihood(SM)
    asimov = discriminate(future, [truth], [NOTHING]).t[0, 0]
    toys = pseudo_data(truth, likelihood, 800, 3)
    value = [best_fits(h, future.likelihood(h), toys).log_likelihood for h in (SM, NOTHING)]
    t = 2 * (value[0] - value[1])
    assert np.all(np.isfinite(t))
    assert abs(t.mean() - asimov) < 3 * t.std() / np.sqrt(len(t))
