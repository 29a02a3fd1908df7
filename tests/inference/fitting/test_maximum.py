"""A fit that says converged is a maximum; right values by SciPy on a grid and by hand."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import poisson

from jaxflav.inference.fitting.fisher_scoring import fit
from jaxflav.inference.fitting.problem import define_problem, fit_held
from jaxflav.inference.fitting.result import CONVERGED
from jaxflav.inference.posteriors.posterior import constrained, define_posterior, unconstrained
from jaxflav.inference.posteriors.priors import make_prior
from jaxflav.inference.profiling.signal_strength import fit_signal_strength
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import AbstractSignal, Likelihood, NoSignal
from jaxflav.likelihood.pyhf_json import parse_workspace
from tests.likelihood.workspaces import MU, STATERROR, _modifier, _workspace

jitted = jax.jit(fit)


def counting(modifier, observed=90.0, signal=5.0, background=50.0, parameters=()):
    samples = [("signal", [signal], [MU]), ("background", [background], [modifier])]
    tables = parse_workspace(_workspace([("only", [observed], samples)], parameters))
    return Likelihood(build_histfactory(tables), NoSignal())


def even_norm(up, down=1.5):
    return _modifier("b", "normsys", {"lo": down, "hi": up})


EVEN = {
    "normsys": even_norm(1.5),
    "normsys of almost the same size": even_norm(1.5 + 1e-7),
    "histosys": _modifier("b", "histosys", {"lo_data": [75.0], "hi_data": [75.0]}),
}


def interpolated(alpha, kind):
    """Factor of the background, from the conditions at +-1 (code4) and the published polynomial (code4p)."""
    if kind == "histosys":
        even = abs(alpha) if abs(alpha) >= 1 else (15 * alpha**2 - 10 * alpha**4 + 3 * alpha**6) / 8
        return 1 + 0.5 * even
    if abs(alpha) >= 1:
        return 1.5 ** abs(alpha)
    log = np.log(1.5)
    # even powers: value, slope and curvature at 1
    rows = [[1, 1, 1], [2, 4, 6], [2, 12, 30]]
    return 1 + np.linalg.solve(rows, [0.5, 1.5 * log, 1.5 * log**2]) @ alpha ** np.array([2, 4, 6])


def by_scan(mu, kind):
    """Largest ln L over the pull."""
    minima = [
        minimize_scalar(
            lambda a: -poisson.logpmf(90, 5 * mu + 50 * interpolated(a, kind)) + 0.5 * a**2,
            bounds=bounds,
            method="bounded",
            options={"xatol": 1e-9},
        ).fun
        for bounds in ((0.0, 0.2), (0.0, 4.0))
    ]
    return -min(minima) - 0.5 * np.log(2 * np.pi)


@pytest.mark.parametrize("name", EVEN)
def test_an_effect_that_is_the_same_up_and_down(name):
    """The slope is 0 at the nominal value, which is a minimum of the likelihood where the data want more."""
    likelihood = counting(EVEN[name])
    values = np.array([0.0, 1.0, 2.0, 4.0, 6.0, 8.0])
    fits = fit_held(define_problem(likelihood), ["mu"], values[:, None])
    assert np.all(fits.status == CONVERGED)
    right = [by_scan(mu, EVEN[name]["type"]) for mu in values]
    np.testing.assert_allclose(fits.log_likelihood, right, atol=1e-6)


def test_significance_and_interval_with_an_even_effect():
    """Right values: ln L over both nuisance and strength on a grid, by SciPy."""
    strength = fit_signal_strength(counting(EVEN["normsys"]))
    np.testing.assert_allclose(strength.q0, 1.9669, atol=1e-4)
    np.testing.assert_allclose(strength.interval_68, [2.7153, 9.9644], atol=1e-3)


class Squared(AbstractSignal):
    """Yields g^2 in both bins; bounded from below or not."""

    lower: tuple[float, ...] = eqx.field(static=True)
    names: tuple[str, ...] = eqx.field(static=True, default=("g",))
    n_free: int = eqx.field(static=True, default=1)
    start: tuple[float, ...] = eqx.field(static=True, default=(0.0,))
    scale: tuple[float, ...] = eqx.field(static=True, default=(3.0,))

    def predict(self, parameters, prepared):
        return parameters[0] ** 2 * jnp.asarray([1.0, 2.0])

    def curvature(self, parameters, prepared, weights):
        return 2 * (weights @ jnp.asarray([1.0, 2.0]))[None, None]


@pytest.mark.parametrize("lower", [-np.inf, 0.0])
def test_a_coupling_that_starts_at_zero_and_that_the_data_want(lower):
    """Where rates are quadratic, 0 is stationary; the fit from there is as high as the one from elsewhere."""
    tables = parse_workspace(STATERROR).without(("mu",))
    likelihood = Likelihood(build_histfactory(tables, (("first", "signal"),)), Squared((lower,)))
    data = likelihood.observed + 20.0
    off = likelihood.start.at[0].set(3.0)
    stuck, free = (jitted(likelihood, start=start, observed=data) for start in (likelihood.start, off))
    assert stuck.status == CONVERGED
    assert free.status == CONVERGED
    np.testing.assert_allclose(stuck.log_likelihood, free.log_likelihood, atol=1e-8)
    np.testing.assert_allclose(abs(stuck.parameters[0]), free.parameters[0], rtol=1e-4)
    assert stuck.parameters[0] >= lower
    nothing = jitted(likelihood, observed=0.5 * likelihood.observed)  # not wanted: 0 is the maximum
    assert nothing.status == CONVERGED
    np.testing.assert_allclose(nothing.parameters[0], 0.0, atol=1e-3)


def test_rounding_of_the_inputs_changes_no_status():
    """Slopes of 1e-16 instead of 0, and matrices that are singular or not quite."""
    rng = np.random.default_rng(5)
    likelihood = counting(EVEN["normsys"])
    arrays, rest = eqx.partition(likelihood, eqx.is_inexact_array)
    many = jax.tree.map(lambda a: a[None] * (1 + 1e-15 * rng.choice([-1.0, 0.0, 1.0], (8, *a.shape))), arrays)
    fits = jax.jit(jax.vmap(lambda one: fit(eqx.combine(one, rest))))(many)
    assert np.all(fits.status == CONVERGED)
    np.testing.assert_allclose(fits.log_likelihood, fits.log_likelihood[0], atol=1e-9)


def test_upper_bounds_of_a_strength_and_of_a_pull():
    """The data want more of both: the strength stops at 1, the pull at 0.5, and the other one makes up for it."""
    norm = _modifier("b", "normsys", {"lo": 0.8, "hi": 1.25})
    settings = [{"name": "mu", "bounds": [[0.0, 1.0]], "inits": [0.5]}, {"name": "b", "bounds": [[-5.0, 0.5]]}]
    right = minimize_scalar(
        lambda a: 0.5 * a**2 - poisson.logpmf(90, 5 + 50 * 1.25**a), bounds=(1.0, 5.0), method="bounded"
    )
    for n in (1, 2):
        likelihood = counting(norm, parameters=settings[:n])
        result = jitted(likelihood)
        values = dict(zip(likelihood.parameter_names, np.asarray(result.parameters), strict=True))
        assert result.status == CONVERGED
        assert values["mu"] == 1.0
        if n == 1:
            np.testing.assert_allclose(values["b"], right.x, atol=1e-4)
            np.testing.assert_allclose(result.log_likelihood, -right.fun - 0.5 * np.log(2 * np.pi), atol=1e-8)
        else:
            assert values["b"] == 0.5


def test_an_impossible_start():
    """Nothing expected where something is seen: the maximum at s = n is found."""
    samples = [("signal", [2.0], [MU])]
    workspace = _workspace([("only", [1.0], samples)], [{"name": "mu", "inits": [0.0], "bounds": [[0.0, 10.0]]}])
    result = jitted(Likelihood(build_histfactory(parse_workspace(workspace)), NoSignal()))
    assert result.status == CONVERGED
    np.testing.assert_allclose(result.parameters, [0.5], rtol=1e-5)


def test_coordinates_of_samplers_keep_both_bounds():
    """Of a strength between two bounds, and of a pull with one: inside everywhere, with the Jacobian of the map."""
    norm = _modifier("b", "normsys", {"lo": 0.8, "hi": 1.25})
    settings = [{"name": "mu", "bounds": [[0.0, 1.0]], "inits": [0.5]}, {"name": "b", "bounds": [[-np.inf, 0.5]]}]
    problem = define_problem(counting(norm, parameters=settings))
    posterior = define_posterior(problem, {"mu": make_prior("uniform", [0.0, 20.0])})
    lower, upper = (dict(zip(("mu", "b"), ends, strict=True)) for ends in ((0.0, -np.inf), (1.0, 0.5)))
    for u in np.random.default_rng(3).normal(size=(5, 2)) * 3:
        x, jacobian = constrained(posterior, jnp.asarray(u))
        for name, value in zip(posterior.names, np.asarray(x), strict=True):
            assert lower[name] < value < upper[name]
        matrix = jax.jacfwd(lambda v: constrained(posterior, v)[0])(jnp.asarray(u))
        np.testing.assert_allclose(jacobian, np.linalg.slogdet(matrix)[1], atol=1e-9)
        np.testing.assert_allclose(unconstrained(posterior, np.asarray(x)), u, atol=1e-5)
