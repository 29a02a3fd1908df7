import numpy as np
import pytest
from scipy.stats import norm

from jaxflav.inference.fitting.problem import Data, define_problem
from jaxflav.inference.hypothesis_tests.look_elsewhere import count_upcrossings, evidence_over_mass, look_elsewhere
from jaxflav.io.errors import InputError
from jaxflav.studies.mass_scan import scan_masses


@pytest.fixture(scope="module")
def problem(two_body):
    return define_problem(two_body, held={"mu": 1.0})


def test_evidence_of_the_data_is_that_of_the_mass_scan(problem, two_body):
    masses = np.linspace(0.5, 4.0, 8)
    model = two_body.model
    data = Data(np.asarray(model.observed)[None, :], np.asarray(two_body.centre)[None, :])
    q = evidence_over_mass(problem, "branching_fraction", masses, data)
    np.testing.assert_allclose(q[0], -scan_masses(two_body, masses).t, atol=1e-7)


def test_upcrossings():
    curves = np.array([[0.0, 1.0, 0.0, 2.0, 2.0], [1.0, 1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0]])
    np.testing.assert_array_equal(count_upcrossings(curves, 0.5), [2, 1, 0])


def test_upcrossings_of_a_gaussian_process_follow_the_formula(rng):
    """For q = max(z, 0)^2 of a smooth normal process z, the number of crossings falls as exp(-c/2) (Rice)."""
    phases, frequencies = rng.uniform(0, 2 * np.pi, (4000, 40)), np.arange(1, 41)
    m = np.linspace(0, 0.2 * np.pi, 200)
    z = np.stack([np.cos(m[:, None] * frequencies + p).sum(axis=1) for p in phases]) / np.sqrt(20)
    q = np.maximum(z, 0) ** 2
    low, high = (np.mean([np.sum((r[1:] > c) & (r[:-1] <= c)) for r in q]) for c in (0.5, 4.0))
    np.testing.assert_allclose(high / low, np.exp(-(4.0 - 0.5) / 2), rtol=0.1)


def test_result_hangs_together(problem):
    result = look_elsewhere(problem, "branching_fraction", np.linspace(0.2, 4.6, 23), 20, 1)
    assert 1.9 < result.best_mass < 2.3
    assert result.p_global > result.p_local
    np.testing.assert_allclose(result.p_local, norm.sf(result.z_local))
    np.testing.assert_allclose(result.trial_factor * result.p_local, result.p_global)
    assert 0.2 < result.upcrossings < 10
    again = look_elsewhere(problem, "branching_fraction", np.linspace(0.2, 4.6, 23), 20, 1)
    np.testing.assert_array_equal(again.toy_maxima, result.toy_maxima)


@pytest.mark.slow
def test_bound_holds_in_toys(problem):
    """The share of toys beyond a middling level is not above the bound, and not far below."""
    result = look_elsewhere(problem, "branching_fraction", np.linspace(0.1, 4.7, 47), 400, 2)
    level = 5.0
    bound = norm.sf(np.sqrt(level)) + result.upcrossings * np.exp(-(level - result.reference_level) / 2)
    share = np.nanmean(result.toy_maxima > level)
    assert 0.3 * bound < share < 1.3 * bound


def test_bad_input(problem, published):
    with pytest.raises(InputError, match="below the threshold"):
        look_elsewhere(problem, "branching_fraction", np.array([1.0, 6.0]))
    with pytest.raises(InputError, match="at least 2 masses"):
        look_elsewhere(problem, "branching_fraction", np.array([1.0]))
