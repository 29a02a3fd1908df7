import chex
import jax
import numpy as np
import pyhf
import pytest
from scipy.stats import kstest, norm, poisson

from jaxflav.inference.fitting.batch import fit_many
from jaxflav.inference.fitting.fisher_scoring import fit
from jaxflav.inference.fitting.problem import define_problem, fit_held
from jaxflav.inference.hypothesis_tests.cls_limits import log_cls
from jaxflav.inference.hypothesis_tests.goodness_of_fit import goodness_of_fit
from jaxflav.inference.hypothesis_tests.likelihood_ratios import (
    asimov_data,
    conditional_fit,
    q_0,
    q_mu,
    t_mu,
    with_lower_bound,
)
from jaxflav.inference.hypothesis_tests.toys import boundary_p_value, p_value, sample_toys, significance
from jaxflav.io.errors import InputError
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood, NoSignal
from jaxflav.likelihood.pyhf_json import parse_workspace
from tests.likelihood.workspaces import ALL, COUNTING, LUMI, SHAPESYS, STATERROR


def problem_of(workspace):
    return with_lower_bound(define_problem(Likelihood(build_histfactory(parse_workspace(workspace)), NoSignal())), "mu")


def pyhf_data(problem, workspace, data, row):
    """A data set in the order of pyhf: counts of the channels, then auxiliary data in its own order."""
    model = pyhf.Workspace(workspace).model()
    likelihood = problem.likelihood
    names = list(likelihood.parameter_names)
    aux = []
    for par_set in model.config.auxdata_order:
        size = model.config.param_set(par_set).n_parameters
        aux += [par_set if par_set in names else f"{par_set}[{i}]" for i in range(size)]
    centre = [data.centre[row, names.index(name)] for name in aux]
    return model, list(data.observed[row]) + centre


@pytest.mark.parametrize("name", ["counting", "staterror", "shapes"])
def test_test_statistics_of_toys_against_pyhf(name):
    workspace = ALL[name]
    problem = problem_of(workspace)
    toys = sample_toys(problem, conditional_fit(problem, "mu", 0.5), 5, 7)
    ours = q_mu(problem, "mu", np.full(5, 1.5), toys)
    pyhf.set_backend("numpy", pyhf.optimize.scipy_optimizer(tolerance=1e-10))
    for row in range(5):
        model, data = pyhf_data(problem, workspace, toys, row)
        args = (
            data,
            model,
            model.config.suggested_init(),
            model.config.suggested_bounds(),
            [False] * len(model.config.suggested_init()),
        )
        theirs = float(pyhf.infer.test_statistics.qmu_tilde(1.5, *args))
        np.testing.assert_allclose(ours[row], theirs, atol=2e-4)


def test_asimov_data_return_their_parameters():
    problem = problem_of(SHAPESYS)
    truth = conditional_fit(problem, "mu", 2.0)
    fits = fit_held(problem, data=asimov_data(problem, truth))
    free = np.abs(truth - np.asarray(problem.likelihood.start)) > 0
    np.testing.assert_allclose(fits.parameters[0][free], truth[free], atol=1e-4)


def test_toys_have_the_right_moments():
    problem = problem_of(STATERROR)
    truth = np.array(problem.start)
    truth[-1] = 1.05
    toys = sample_toys(problem, truth, 20_000, 1)
    model = problem.likelihood.model
    normal = np.asarray(model.normal)
    pulls = (toys.centre - truth)[:, normal] / np.asarray(model.width)[normal]
    assert min(kstest(column, norm.cdf).pvalue for column in pulls.T) > 1e-3
    events = asimov_data(problem, truth).observed[0]
    np.testing.assert_allclose(toys.observed.mean(axis=0), events, atol=5 * np.sqrt(events.max() / 20_000))
    np.testing.assert_allclose(toys.observed.var(axis=0), events, rtol=0.05)


def test_poisson_constraints_get_counts():
    problem = problem_of(SHAPESYS)
    toys = sample_toys(problem, np.array(problem.start), 20_000, 2)
    free = np.asarray(problem.likelihood.model.poisson) & ~problem.fixed
    assert free.sum() == 2
    for k in np.flatnonzero(free):
        tau = float(problem.likelihood.centre[k])
        counts = toys.centre[:, k]
        np.testing.assert_array_equal(counts, np.round(counts))
        np.testing.assert_allclose(np.mean(counts == np.floor(tau)), poisson.pmf(np.floor(tau), tau), atol=0.015)


def test_the_same_seed_gives_the_same_toys():
    problem = problem_of(LUMI)
    one, two, other = (sample_toys(problem, np.array(problem.start), 3, s) for s in (5, 5, 6))
    np.testing.assert_array_equal(one.observed, two.observed)
    np.testing.assert_array_equal(one.centre, two.centre)
    assert np.any(one.observed != other.observed)
    held = np.asarray(problem.fixed)
    np.testing.assert_array_equal(one.centre[:, held], np.asarray(problem.likelihood.centre)[held][None].repeat(3, 0))


def test_rows_have_their_own_data(published):
    """A row of a batch is the fit of its data alone; more rows do not compile again."""
    problem = define_problem(published)
    toys = sample_toys(problem, np.array(published.start), 20, 3)
    fits = fit_many(published, np.zeros(20), problem.start, problem.fixed, None, toys.observed, toys.centre)
    alone = jax.jit(fit)(published, None, None, None, toys.observed[17], toys.centre[17])
    np.testing.assert_allclose(fits.log_likelihood[17], alone.log_likelihood, atol=1e-8)
    assert fits.converged.all()
    chex.assert_shape(fits.parameters, (20, len(problem.start)))


def test_significance_of_the_published_likelihood(published):
    """Belle II, arXiv:2311.14647: 3.5 standard deviations over background only."""
    result = significance(with_lower_bound(define_problem(published), "mu"), "mu")
    assert round(result.z_asymptotic, 1) == 3.5
    np.testing.assert_allclose(norm.isf(result.p_asymptotic), result.z_asymptotic)


def test_significance_by_toys_of_a_counting_experiment():
    workspace = {**COUNTING, "observations": [{"name": "only", "data": [75.0]}]}
    result = significance(problem_of(workspace), "mu", 1000, 4)
    assert result.p_toys.low / 1.5 < result.p_asymptotic < result.p_toys.high * 1.5
    assert boundary_p_value(0.0) == 1.0


@pytest.mark.slow
def test_chi_bar_distribution_at_the_boundary():
    """q_0 is 0 for half of the toys and chi-squared of one degree of freedom for the others."""
    problem = problem_of(STATERROR)
    truth = conditional_fit(problem, "mu", 0.0)
    q = q_0(problem, "mu", sample_toys(problem, truth, 4000, 5), truth)
    for level in (1.0, 2.71, 4.0):
        expected = norm.sf(np.sqrt(level))
        assert abs(np.mean(q > level) - expected) < 4 * np.sqrt(expected / 4000) + 0.1 * expected


def test_goodness_of_fit_by_hand():
    """One count n on b without free parameter: 2 (b - n + n ln(n/b))."""
    mu = {"name": "mu", "type": "normfactor", "data": None}
    samples = [{"name": "s", "data": [10.0], "modifiers": [mu]}, {"name": "b", "data": [50.0], "modifiers": []}]
    workspace = {**COUNTING, "channels": [{"name": "only", "samples": samples}]}
    likelihood = problem_of(workspace).likelihood
    result = goodness_of_fit(define_problem(likelihood, held={"mu": 0.0}), 1000, 3)
    np.testing.assert_allclose(result.statistic, 2 * (50 - 55 + 55 * np.log(55 / 50)), rtol=1e-9)
    assert result.degrees == 1
    n = np.arange(200)
    deviance = 2 * (50 - n + np.where(n > 0, n * np.log(np.maximum(n, 1) / 50), 0.0))
    exact = poisson.pmf(n, 50)[deviance >= result.statistic - 1e-9].sum()
    assert result.p_toys.low - 0.03 < exact < result.p_toys.high + 0.03


def test_goodness_of_fit_with_constraints_is_a_chi_squared():
    problem = problem_of(STATERROR)
    result = goodness_of_fit(problem, 500, 3)
    assert result.degrees == 2
    np.testing.assert_allclose(result.p_asymptotic, result.p_toys.value, atol=0.08)


def test_t_mu_is_symmetric_and_q_mu_one_sided():
    problem = problem_of(COUNTING)
    t, q = t_mu(problem, "mu", np.array([0.0, 0.5, 2.0])), q_mu(problem, "mu", np.array([0.0, 0.5, 2.0]))
    assert t[0] > 0
    assert q[0] == 0.0
    np.testing.assert_allclose(t[1], 0.0, atol=1e-6)
    assert t[2] == q[2] > 0


def test_log_cls_is_continuous():
    q = np.array([3.999999, 4.000001])
    values = log_cls(q, np.full(2, 4.0))
    np.testing.assert_allclose(values[0], values[1], rtol=1e-5)


def test_p_value():
    result = p_value(np.arange(100.0), 90.0)
    assert (result.value, result.passed, result.toys) == (0.1, 10, 100)
    assert result.low < 0.1 < result.high
    with pytest.raises(ArithmeticError, match="10 of 100 toys"):
        p_value(np.where(np.arange(100) < 10, np.nan, 1.0), 0.5)


def test_bad_toys():
    problem = problem_of(COUNTING)
    with pytest.raises(InputError, match="number of toys is 0"):
        sample_toys(problem, np.array(problem.start), 0, 1)
    with pytest.raises(InputError, match="seed is -1"):
        sample_toys(problem, np.array(problem.start), 1, -1)
    with pytest.raises(InputError, match="events are expected in a bin"):
        sample_toys(problem, np.array([0.0, -100.0]), 1, 1)
    with pytest.raises(InputError, match="its bound cannot be changed"):
        with_lower_bound(problem, "b")
