import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from jaxflav.inference.evidence import marginal as module
from jaxflav.inference.evidence.exact_draws import exact_draws
from jaxflav.inference.evidence.integral import at_theory
from jaxflav.inference.evidence.marginal import (
    define_marginal,
    from_unit_cube,
    integral_at,
    log_likelihood_at,
    log_likelihoods,
    to_unit_cube,
)
from jaxflav.inference.posteriors.posterior import log_density
from jaxflav.inference.posteriors.priors import HalfNormal, LogUniform, Normal, Uniform, UniformInSquare
from jaxflav.io.errors import InputError
from jaxflav.likelihood.likelihood import log_likelihood
from tests.helpers import CountedJit
from tests.inference.evidence_models import two_free

PRIORS = {"mu": Uniform(0.0, 6.0), "k": LogUniform(0.01, 5.0)}
POINTS = np.array([[0.1, 0.5], [1.0, 2.0], [3.0, 5.0]])


@pytest.fixture(scope="module")
def problem():
    return two_free()


@pytest.fixture(scope="module")
def marginal(problem):
    return define_marginal(problem, PRIORS)


@pytest.fixture(scope="module")
def quadrature(problem):
    """Integral over the three nuisance parameters by Gauss-Legendre sums over +-6 standard deviations."""
    likelihood = problem.likelihood
    x, w = np.polynomial.legendre.leggauss(48)
    names = likelihood.parameter_names
    width = np.asarray(likelihood.model.width)
    nuisances = [k for k, name in enumerate(names) if name not in PRIORS]
    low = [max(float(likelihood.start[k]) - 6 * width[k], float(likelihood.lower[k])) for k in nuisances]
    high = [float(likelihood.start[k]) + 6 * width[k] for k in nuisances]
    axes = [(a + b) / 2 + (b - a) / 2 * x for a, b in zip(low, high, strict=True)]
    weight = np.prod(np.meshgrid(*[(b - a) / 2 * w for a, b in zip(low, high, strict=True)], indexing="ij"), axis=0)
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    density = jax.jit(jax.vmap(lambda x: log_likelihood(likelihood, x)))

    def integral(k, mu):
        parameters = np.zeros((len(grid), len(names)))
        parameters[:, nuisances] = grid
        parameters[:, names.index("mu")], parameters[:, names.index("k")] = mu, k
        return np.log(np.sum(np.exp(density(parameters)) * weight.ravel()))

    return integral


@pytest.mark.parametrize("point", POINTS.tolist())
def test_integral_over_nuisance_parameters(marginal, quadrature, point):
    """The normal approximation to 0.02; with importance weights to their error."""
    truth = quadrature(*point)
    assert marginal.names == ("k", "mu")
    found = log_likelihood_at(marginal, np.array(point))
    assert abs(found - truth) < 0.02
    draws = exact_draws(marginal, np.tile(point, (500, 1)), seed=1)
    assert draws.k_hat < 0.5
    assert draws.error < 0.005
    assert abs(found + draws.log_correction - truth) < 4 * draws.error


def test_curvature_is_that_of_the_density(marginal):
    integral = integral_at(marginal, POINTS[1])
    posterior = at_theory(marginal.integrand, jnp.asarray(POINTS[1]))
    hessian = jax.jit(jax.hessian(lambda u: -log_density(posterior, u)))(integral.mode)
    np.testing.assert_allclose(integral.curvature.log_determinant(), np.linalg.slogdet(hessian)[1], rtol=1e-10)
    gradient = jax.grad(lambda u: -log_density(posterior, u))(integral.mode)
    assert gradient @ np.linalg.solve(hessian, gradient) < 1e-8


def test_many_points_and_one(marginal):
    done = []
    values = log_likelihoods(marginal, POINTS, done.append)
    np.testing.assert_array_equal(values, [log_likelihood_at(marginal, point) for point in POINTS])
    assert sum(done) == len(POINTS)


def test_unit_cube(marginal):
    unit = np.random.default_rng(0).random((20, 2))
    theory = from_unit_cube(marginal, unit)
    np.testing.assert_allclose(theory[:, 1], 6 * unit[:, 1])
    np.testing.assert_allclose(np.log(theory[:, 0] / 0.01), np.log(500) * unit[:, 0])
    np.testing.assert_allclose(to_unit_cube(marginal, theory), unit, atol=1e-14)


def test_prior_beyond_the_bound_is_cut(problem):
    """mu has the lower bound 0: a normal prior keeps its upper part, with the whole probability."""
    marginal = define_marginal(problem, {"mu": Normal(1.0, 1.0), "k": HalfNormal(2.0)})
    ends = from_unit_cube(marginal, np.array([[0.0, 0.0], [0.5, 0.5]]))
    np.testing.assert_allclose(ends[0], 0.0, atol=1e-12)
    np.testing.assert_allclose(ends[1], [stats.halfnorm(0, 2).median(), stats.truncnorm(-1, np.inf, 1, 1).median()])


@pytest.mark.parametrize(
    "prior", [Uniform(-1, 3), LogUniform(0.1, 3), UniformInSquare(1, 3), Normal(1, 2), HalfNormal(2)]
)
def test_cumulative_is_the_integral_of_the_density(prior):
    ends = max(prior.low, -9.0), min(prior.high, 9.0)
    x = np.linspace(*ends, 20001)
    density = np.exp(np.asarray(prior.log_density(jnp.asarray(x + 1e-12 * (x == 0)))))
    inside = (x[1:-1] > prior.low) & (x[1:-1] < prior.high)
    slope = np.gradient(prior.cumulative(x), x)[1:-1]
    np.testing.assert_allclose(slope[inside], density[1:-1][inside], rtol=1e-5, atol=1e-6)
    p = np.array([0.1, 0.5, 0.9])
    np.testing.assert_allclose(prior.cumulative(prior.between(p, prior.low, prior.high)), p, rtol=1e-12)


def test_one_compilation(marginal, monkeypatch):
    counted = CountedJit(module.integrate)
    monkeypatch.setattr(module, "_integrate", counted)
    for point in POINTS:
        assert np.isfinite(log_likelihood_at(marginal, point))
    assert counted.traces == 1


def test_no_maximum_says_where(marginal, monkeypatch):
    failed = dataclasses.replace(integral_at(marginal, POINTS[1]), log_likelihood=jnp.asarray(jnp.nan))
    monkeypatch.setattr(module, "_integrate", lambda *_: failed)
    with pytest.raises(ArithmeticError, match="not found at k = 1, mu = 2"):
        log_likelihood_at(marginal, POINTS[1])


def test_not_converged_is_no_number(marginal, monkeypatch):
    monkeypatch.setattr("jaxflav.inference.evidence.integral._MAX_STEPS", 1)
    found = jax.jit(module.integrate)(marginal.integrand, jnp.asarray(POINTS[1]), jnp.asarray(marginal.modes[0]) + 1.0)
    assert not found.converged
    assert np.isnan(found.log_likelihood)


def test_prior_is_needed(problem):
    with pytest.raises(InputError, match="no prior for"):
        define_marginal(problem, {"mu": Uniform(0, 5)})
