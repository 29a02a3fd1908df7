import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, stats

from jaxflav.inference.fitting.problem import define_problem
from jaxflav.inference.posteriors.coordinates import inverse_smooth_ramp, smooth_ramp
from jaxflav.inference.posteriors.modes import find_modes
from jaxflav.inference.posteriors.posterior import (
    constrained,
    define_posterior,
    log_densities,
    log_density,
    unconstrained,
)
from jaxflav.inference.sampling.nuts import sample
from jaxflav.inference.sampling.settings import Settings
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood, NoSignal, log_likelihood
from jaxflav.likelihood.pyhf_json import parse_workspace
from tests.helpers import ROUNDING, assert_gradient


def _background(name, effect, *more):
    lo, hi = effect
    return {"name": name, "type": "normsys", "data": {"lo": lo, "hi": hi}}, *more


def _workspace(samples, observed):
    """One bin; samples of (name, events, modifiers)."""
    return {
        "version": "1.0.0",
        "channels": [
            {
                "name": "only",
                "samples": [{"name": n, "data": [y], "modifiers": list(m)} for n, y, m in samples],
            }
        ],
        "observations": [{"name": "only", "data": [observed]}],
        "measurements": [{"name": "measurement", "config": {"poi": "", "parameters": []}}],
    }


def _problem(samples, observed):
    tables = parse_workspace(_workspace(samples, observed))
    return define_problem(Likelihood(build_histfactory(tables), NoSignal()))


@pytest.fixture(scope="module")
def ridge():
    """Four backgrounds known to 50 %, of which the data determine the sum; a small one rises at -1."""
    samples = [("large", 26000.0, _background("large", (0.5, 1.5)))]
    samples += [(n, 6000.0, _background(n, (0.5, 1.5))) for n in ("first", "second")]
    samples += [("falling", 6000.0, _background("falling", (1.5, 0.5)))]
    return _problem(samples, 40000.0)


@pytest.fixture(scope="module")
def posterior(ridge):
    return define_posterior(ridge, {})


@pytest.fixture(scope="module")
def modes(ridge, posterior):
    return find_modes(posterior, ridge)


def test_ramp():
    """Against the integral of the distribution; value and derivative finite and right far out."""
    t = np.array([-12.0, -3.0, -0.4, 0.0, 1.3, 12.0])
    value, log_slope = smooth_ramp(jnp.asarray(t))
    expected = [integrate.quad(stats.norm.cdf, -np.inf, x, epsabs=0, epsrel=1e-11)[0] for x in t]
    np.testing.assert_allclose(value, expected, rtol=1e-9)
    np.testing.assert_allclose(log_slope, stats.norm.logcdf(t), rtol=1e-10, atol=1e-15)
    np.testing.assert_allclose(inverse_smooth_ramp(np.asarray(value)), t, rtol=1e-9, atol=1e-12)
    for x in t:
        assert_gradient(smooth_ramp, x)
    far = jnp.asarray([-1e3, -40.0, 40.0, 1e3])
    assert np.all(np.isfinite(jax.jacfwd(smooth_ramp)(far)))
    assert np.all(np.isfinite(smooth_ramp(far)))


def test_both_kinds_of_coordinates(posterior):
    """The large background is an amplitude; all others follow the yields of the small ones."""
    names = posterior.names
    assert {names[k] for k in posterior.straight.amplitudes} == {"large"}
    assert {names[k] for k in posterior.straight.drivers} == {"first", "second", "falling"}
    assert abs(float(posterior.straight.coefficients[names.index("large"), 0])) > 0.1


@pytest.fixture(scope="module")
def everything(posterior):
    """Compiled: quantities and log-Jacobian, their derivative, log-density and its gradient."""

    def at(u):
        derivative = jax.jacfwd(lambda u: constrained(posterior, u)[0])(u)
        return constrained(posterior, u), derivative, jax.value_and_grad(log_density, argnums=1)(posterior, u)

    return jax.jit(at)


@pytest.mark.parametrize("scale", [0.3, 2.0, 12.0])
def test_there_and_back(posterior, everything, scale):
    for direction in np.random.default_rng(3).standard_normal((4, 4)):
        u = jnp.asarray(scale * direction / np.abs(direction).max())
        (x, jacobian), matrix, (density, slope) = everything(u)
        np.testing.assert_allclose(unconstrained(posterior, x), u, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(jacobian, np.linalg.slogdet(matrix)[1], rtol=1e-9, atol=1e-9)
        assert np.isfinite(density)
        assert np.all(np.isfinite(slope))


def test_gradient_of_the_amplitude(posterior):
    """Across the joints of polynomial and exponential; derivatives are those of finite differences."""
    k = posterior.names.index("large")
    for v in (-2.6, -1.9, -0.7, 0.4, 1.7):
        assert_gradient(lambda v: constrained(posterior, jnp.zeros(4).at[k].set(v))[0], v)


def test_density_is_that_of_the_parameters(ridge, posterior):
    u = jnp.asarray([0.4, -1.1, 0.8, 0.2])
    x, jacobian = constrained(posterior, u)
    np.testing.assert_allclose(
        log_density(posterior, u), log_likelihood(ridge.likelihood, x, 0.0) + jacobian, rtol=ROUNDING
    )


def _spread(posterior, centre, whitening):
    """Standard deviation of the log of density over normal approximation, at draws from that."""
    z = np.random.default_rng(1).standard_normal((2000, len(centre)))
    return float(np.std(log_densities(posterior, centre + z @ whitening.T) + 0.5 * (z**2).sum(axis=1)))


@pytest.mark.slow
def test_nearly_normal(ridge, posterior, modes):
    """Weights of the normal approximation spread far less than in the parameters themselves."""
    x, _ = constrained(posterior, jnp.asarray(modes.u[0]))
    information = -jax.jit(jax.hessian(lambda x: log_likelihood(ridge.likelihood, x, 0.0)))(x)
    plain = np.linalg.inv(np.linalg.cholesky(np.asarray(information))).T
    z = np.random.default_rng(1).standard_normal((2000, 4))
    at = jax.vmap(lambda one: log_likelihood(ridge.likelihood, x + jnp.asarray(plain) @ one, 0.0))
    values = jax.jit(at)(jnp.asarray(z))
    before = float(np.std(np.asarray(values) + 0.5 * (z**2).sum(axis=1)))
    after = _spread(posterior, modes.u[0], modes.whitening)
    assert before > 3.0
    assert after < before / 2


@pytest.mark.slow
def test_marginal_of_a_cut_parameter():
    """A background with an error of the simulation of 100 % beside one known to 50 %: both densities on a grid."""
    error = {"name": "mc", "type": "staterror", "data": [30.0]}
    samples = [("rare", 30.0, [error]), ("common", 70.0, _background("b", (0.5, 1.5)))]
    problem = _problem(samples, 80.0)
    posterior = define_posterior(problem, {})
    modes = find_modes(posterior, problem)
    assert _spread(posterior, modes.u[0], modes.whitening) < 1.0
    chains = sample(posterior, modes, Settings(chains=8, warmup=200, draws=1000, checkpoint_every=600, seed=2))
    assert not chains.diverging.any()
    b, error = np.linspace(-5, 5, 301), np.linspace(1e-4, 7, 801)
    order = [posterior.names.index("b"), 1 - posterior.names.index("b")]
    grid = np.stack(np.meshgrid(b, error, indexing="ij"), axis=-1).reshape(-1, 2)
    grid = jnp.asarray(grid if order == [0, 1] else grid[:, ::-1])
    values = np.asarray(jax.jit(jax.vmap(lambda x: log_likelihood(problem.likelihood, x)))(grid)).reshape(301, 801)
    weight = np.exp(values - values.max())
    for k, axis, density in ((order[0], b, weight.sum(axis=1)), (order[1], error, weight.sum(axis=0))):
        cumulative = np.cumsum(density) / density.sum()
        uniform = np.interp(chains.draws[:, ::8, k].ravel(), axis, cumulative)
        assert stats.kstest(uniform, "uniform").pvalue > 1e-3
