"""Bins and measurements with normal errors in one likelihood: fits, toys, goodness of fit."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import norm, poisson

from jaxflav.inference.fitting.derivatives import best_parameters
from jaxflav.inference.fitting.fisher_scoring import fit
from jaxflav.inference.fitting.problem import define_problem
from jaxflav.inference.fitting.result import CONVERGED
from jaxflav.inference.hypothesis_tests.goodness_of_fit import goodness_of_fit
from jaxflav.inference.hypothesis_tests.toys import sample_toys
from jaxflav.inference.profiling.profile import interval
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import AbstractSignal, Likelihood, log_likelihood
from jaxflav.likelihood.measurement import NormalMeasurement, stack_measurements
from jaxflav.likelihood.recast import Background, Channel, recast_tables

EFFICIENCY = np.array([4.0, 10.0])
FRACTION = np.array([1e-6, -2e-6])


class Strength(AbstractSignal):
    """Events and two branching fractions, all in proportion to one strength; a theory nuisance scales the second."""

    names: tuple[str, ...] = eqx.field(static=True, default=("strength", "theory"))
    n_free: int = eqx.field(static=True, default=1)
    lower: tuple[float, ...] = eqx.field(static=True, default=(0.0,))
    start: tuple[float, ...] = eqx.field(static=True, default=(1.0, 0.0))
    scale: tuple[float, ...] = eqx.field(static=True, default=(1.0, 1.0))

    def predict(self, parameters, prepared):
        fractions = FRACTION * parameters[0] * jnp.stack([jnp.ones(()), 1 + 0.2 * parameters[1]])
        return jnp.concatenate([EFFICIENCY * parameters[0], jnp.zeros(2), fractions])


def background():
    return Background("b", np.array([20.0, 30.0]), 0.1, "tau", np.diag([0.02, 0.0]))


@pytest.fixture(scope="module")
def likelihood():
    none = np.zeros((2, 2))
    tables = recast_tables((Channel("c", np.array([31.0, 35.0]), (background(),), none, none),), "x")
    measured = stack_measurements([NormalMeasurement(3e-6, 1e-6), NormalMeasurement(-1e-6, 2e-6)], ["a", "b"])
    return Likelihood(build_histfactory(tables, (("c", "sm"), ("c", "new"))), Strength(), measured)


def by_hand(x):
    strength, theory, theta, tau = x
    events = EFFICIENCY * strength + tau * np.array([20.0 * (1 + np.sqrt(0.02) * theta), 30.0])
    fractions = FRACTION * strength * np.array([1.0, 1 + 0.2 * theory])
    return (
        poisson.logpmf([31, 35], events).sum()
        + norm.logpdf([3e-6, -1e-6], fractions, [1e-6, 2e-6]).sum()
        + norm.logpdf([theory, theta]).sum()
        + norm.logpdf(1.0, tau, 0.1)
    )


def test_density_against_scipy(likelihood):
    assert likelihood.parameter_names == ("strength", "theory", "x/c/b[0]", "tau")
    for x in ([1.0, 0.0, 0.0, 1.0], [2.5, -0.7, 0.4, 0.9]):
        np.testing.assert_allclose(log_likelihood(likelihood, jnp.asarray(x)), by_hand(x), rtol=1e-12)


def test_fit_against_scipy(likelihood):
    ours = jax.jit(fit)(likelihood)
    theirs = minimize(lambda x: -by_hand(x), [1.0, 0.0, 0.0, 1.0], method="Nelder-Mead", options={"fatol": 1e-13})
    assert ours.status == CONVERGED
    assert -ours.log_likelihood <= theirs.fun + 1e-10
    np.testing.assert_allclose(ours.parameters, theirs.x, atol=2e-4)


def test_interval_with_measurements_alone():
    """Without expected events of the signal the two measurements give the textbook mean and error."""
    measured = stack_measurements([NormalMeasurement(3e-6, 1e-6), NormalMeasurement(-1e-6, 2e-6)], ["a", "b"])
    tables = recast_tables((Channel("c", np.array([20.0, 30.0]), (background(),), *[np.zeros((2, 2))] * 2),), "x")
    problem = define_problem(
        Likelihood(build_histfactory(tables, (("c", "sm"), ("c", "new"))), Nothing(), measured), held={"theory": 0.0}
    )
    found = interval(problem, "strength")
    weight = np.array([1.0, 1.0])  # (fraction / error)^2
    best = (3.0 * 1 + 0.5 * 1) / weight.sum()
    np.testing.assert_allclose([found.low, found.high], best + np.array([-1, 1]) / np.sqrt(2), rtol=1e-6)


class Nothing(Strength):
    def predict(self, parameters, prepared):
        return super().predict(parameters, prepared) * jnp.asarray([0.0] * 4 + [1.0] * 2)


def test_toys_and_goodness_of_fit(likelihood):
    problem = define_problem(likelihood)
    truth = np.array([2.0, 0.0, 0.0, 1.0])
    toys = sample_toys(problem, truth, 4000, seed=1)
    np.testing.assert_allclose(toys.observed.mean(axis=0)[:2], [28.0, 50.0], atol=5 * np.sqrt(50 / 4000))
    np.testing.assert_allclose(toys.observed.mean(axis=0)[2:], 2 * FRACTION, atol=5 * 2e-6 / np.sqrt(4000))
    np.testing.assert_allclose(toys.observed.std(axis=0)[2:], [1e-6, 2e-6], rtol=5 / np.sqrt(8000))
    result = goodness_of_fit(problem, n_toys=400, seed=2)
    assert result.degrees == 3  # two bins and two measurements, one strength
    assert abs(result.p_toys.value - result.p_asymptotic) < 0.12


def test_derivative_of_the_best_fit_by_a_measured_value(likelihood):
    def strength(change):
        return best_parameters(likelihood, observed=likelihood.observed.at[2].add(change))[0]

    slope = jax.jit(jax.grad(strength))(0.0)
    step = 1e-7
    # a fit stops within 1e-5 standard deviations, here 3e-6, and the step moves it by 0.03
    np.testing.assert_allclose(slope, (strength(step) - strength(-step)) / (2 * step), rtol=1e-4)
