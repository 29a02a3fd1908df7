import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, stats

from jaxflav.inference.fitting.problem import define_problem
from jaxflav.inference.posteriors.modes import find_modes
from jaxflav.inference.posteriors.posterior import constrained, define_posterior, log_density, unconstrained
from jaxflav.inference.posteriors.priors import HalfNormal, LogUniform, Normal, Uniform, UniformInSquare, make_prior
from jaxflav.io.errors import InputError
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood, NoSignal, log_likelihood
from jaxflav.likelihood.pyhf_json import parse_workspace
from tests.helpers import ROUNDING
from tests.inference.small_line import small_problem
from tests.likelihood.workspaces import COUNTING


@pytest.fixture(scope="module")
def counting():
    return define_problem(Likelihood(build_histfactory(parse_workspace(COUNTING)), NoSignal()))


@pytest.fixture(scope="module")
def posterior(counting):
    return define_posterior(counting, {"mu": Uniform(0.0, 5.0)})


@pytest.mark.parametrize(
    ("prior", "reference"),
    [
        (Uniform(1.0, 3.0), stats.uniform(1, 2)),
        (LogUniform(0.1, 10.0), stats.loguniform(0.1, 10)),
        (UniformInSquare(0.0, 4.0), stats.powerlaw(2, scale=4)),
        (Normal(1.0, 0.5), stats.norm(1, 0.5)),
        (HalfNormal(2.0), stats.halfnorm(scale=2)),
    ],
)
def test_densities_are_those_of_scipy(prior, reference):
    for x in (1.1, 2.0, 2.9):
        np.testing.assert_allclose(prior.log_density(jnp.asarray(x)), reference.logpdf(x), rtol=ROUNDING)


def test_transform_there_and_back(posterior):
    x = jnp.asarray([-1.3, 2.2])
    u = unconstrained(posterior, x)
    back, jacobian = constrained(posterior, jnp.asarray(u))
    np.testing.assert_allclose(back, x, rtol=ROUNDING)
    matrix = jax.jacfwd(lambda u: constrained(posterior, u)[0])(jnp.asarray(u))
    np.testing.assert_allclose(jacobian, np.linalg.slogdet(matrix)[1], rtol=ROUNDING)


def test_one_sided_transform():
    """Local parameters of a workspace have a lower bound and no upper one."""
    problem = small_problem()
    posterior = define_posterior(problem, {"strength": HalfNormal(3.0)})
    u = jnp.linspace(-2.0, 3.0, len(posterior.names))
    x, jacobian = constrained(posterior, u)
    assert np.all(x >= posterior.low)
    np.testing.assert_allclose(unconstrained(posterior, x), u, rtol=1e-9, atol=1e-9)
    matrix = jax.jacfwd(lambda u: constrained(posterior, u)[0])(u)
    np.testing.assert_allclose(jacobian, np.linalg.slogdet(matrix)[1], rtol=1e-10)


def test_log_density_is_that_of_the_likelihood(counting, posterior):
    u = jnp.asarray([0.3, -0.4])
    x, jacobian = constrained(posterior, u)
    expected = log_likelihood(counting.likelihood, x, 0.0) - np.log(5.0) + jacobian
    np.testing.assert_allclose(log_density(posterior, u), expected, rtol=ROUNDING)


def test_mode_is_stationary_and_whitened(counting, posterior):
    modes = find_modes(posterior, counting)
    u = jnp.asarray(modes.u[0])
    np.testing.assert_allclose(jax.grad(log_density, argnums=1)(posterior, u), 0.0, atol=1e-4)
    hessian = jax.hessian(lambda z: log_density(posterior, u + jnp.asarray(modes.whitening) @ z))(jnp.zeros(2))
    np.testing.assert_allclose(hessian, -np.eye(2), atol=1e-9)


def test_free_mass_has_a_mode_for_each_bin():
    """Two bins with an excess each: a line at either."""
    observations = [{"name": "first", "data": [40.0, 55.0]}, {"name": "second", "data": [9.0]}]
    problem = small_problem(width=0.15, observations=observations)
    posterior = define_posterior(problem, {"strength": Uniform(0.0, 60.0), "mass": Uniform(0.0, 2.9)})
    modes = find_modes(posterior, problem)
    mass = [float(constrained(posterior, jnp.asarray(u))[0][-1]) for u in modes.u]
    assert min(abs(m - 1.0) for m in mass) < 0.4
    assert min(abs(m - 2.0) for m in mass) < 0.4
    assert posterior.names[-1] == "mass"
    assert np.all(np.diff(modes.log_density) <= 0)
    np.testing.assert_allclose(modes.weight.sum(), 1.0, rtol=ROUNDING)
    assert np.all(modes.weight > 0)


def test_prior_has_no_mass_outside(counting):
    posterior = define_posterior(counting, {"mu": Normal(1.0, 2.0)})
    assert float(posterior.low[posterior.names.index("mu")]) == 0.0  # bound of the workspace


def test_evidence_by_quadrature_is_finite(posterior):
    """The density of u integrates to that of x: the Jacobian is neither forgotten nor taken twice."""
    density = jax.jit(lambda b, m: jnp.exp(log_density(posterior, jnp.stack([b, m]))))
    by_u = integrate.dblquad(lambda m, b: float(density(b, m)), -6, 6, -25, 25, epsabs=0, epsrel=1e-5)[0]
    likelihood = posterior.likelihood
    of_x = jax.jit(lambda b, m: jnp.exp(log_likelihood(likelihood, jnp.stack([b, m])) - jnp.log(5.0)))
    by_x = integrate.dblquad(lambda m, b: float(of_x(b, m)), -6, 6, 0, 5, epsabs=0, epsrel=1e-5)[0]
    np.testing.assert_allclose(by_u, by_x, rtol=1e-4)


@pytest.mark.parametrize(
    ("priors", "message"),
    [
        ({}, "no prior for mu: without one the posterior is improper"),
        ({"mu": Uniform(-3.0, -1.0)}, "no support where the likelihood has"),
        ({"nu": Uniform(0.0, 1.0), "mu": Uniform(0.0, 1.0)}, "unknown parameter with a prior 'nu'"),
        ({"b": Uniform(0.0, 1.0), "mu": Uniform(0.0, 1.0)}, "its constraint term is its prior"),
        ({"mass": Uniform(0.0, 1.0), "mu": Uniform(0.0, 1.0)}, "no new particle"),
    ],
)
def test_bad_priors_are_told(counting, priors, message):
    with pytest.raises(InputError, match=message):
        define_posterior(counting, priors)


def test_prior_of_a_held_parameter(counting):
    problem = define_problem(counting.likelihood, held={"mu": 1.0})
    with pytest.raises(InputError, match="is held"):
        define_posterior(problem, {"mu": Uniform(0.0, 1.0)})


@pytest.mark.parametrize(
    ("kind", "numbers", "message"),
    [
        ("uniform", (0.0, np.inf), "improper"),
        ("uniform", (2.0, 1.0), "no width"),
        ("uniform", (2.0,), "takes 2 numbers"),
        ("uniform", ("a", 1.0), "takes 2 numbers"),
        ("log-uniform", (0.0, 1.0), "above 0"),
        ("uniform-in-square", (-1.0, 1.0), "from 0 on"),
        ("normal", (0.0, -1.0), "above 0"),
        ("half-normal", (0.0,), "above 0"),
        ("flat", (0.0, 1.0), "unknown kind of prior of mu 'flat'"),
    ],
)
def test_bad_numbers_are_told(kind, numbers, message):
    with pytest.raises(InputError, match=message):
        make_prior(kind, numbers, "prior of mu")
