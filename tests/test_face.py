"""The face: everyday jobs with ``import jaxflav as jf`` alone, on a counting experiment."""

import ast
import importlib.util
import json
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxflav as jf
from jaxflav.inference.hypothesis_tests.cls_limits import upper_limit
from jaxflav.io.errors import InputError
from jaxflav.tasks.derived import derived_quantities

DATA, H_V, K_PLUS = "babar-2013:K+", "vector: h_V", "BR(B+ -> K+ + new)"


def light(g, epsilon, mass):
    return {"h_V": 1e-8 * g * epsilon * mass, "mass": mass, "invisible_fraction": 1 / (1 + epsilon**2)}


def slope_in(problem, k, values):
    return (float(jf.log_likelihood(problem, values[0])) - float(jf.log_likelihood(problem, values[1]))) / (
        values[0][k] - values[1][k]
    )


@pytest.fixture(scope="module")
def problem():
    return jf.load(DATA, hypothesis=H_V, mass=2.1, priors={"h_V": ("uniform", 0, 1e-7)})


@pytest.fixture(scope="module")
def best(problem):
    return jf.fit(problem)


def test_the_face_is_small_and_shadows_nothing():
    functions = "cite compare enable_x64 fit hypothesis load log_likelihood predict profile read_wcxf sample scan"
    assert {*functions.split(), "upper_limit"} == {name for name in jf.__all__ if name[0].islower()}
    for name in jf.__all__:
        assert importlib.util.find_spec(f"jaxflav.{name}") is None


def test_problem_says_what_it_is(problem):
    assert (problem.free, problem.context, problem.holds_mass) == (("h_V",), 2.1, True)
    description = problem.description
    assert (description["hypothesis"], description["mass_GeV"], description["held"]) == (H_V, 2.1, {"mu": 1.0})
    assert all(len(digest) == 64 for digest in description["data"].values())
    assert "@" in jf.cite(problem)


def test_log_likelihood_with_its_gradient(problem):
    start = jnp.asarray(problem.start)
    value, slope = jax.value_and_grad(jf.log_likelihood, argnums=1)(problem, problem.start)
    np.testing.assert_allclose(value, jf.log_likelihood(problem, {}), rtol=1e-14)
    for name, step in (("h_V", 1e-12), ("lambda_t", 1e-4), ("form_factor[B -> K][0]", 1e-4)):
        k = problem.likelihood.index(name)
        numeric = slope_in(problem, k, (start.at[k].add(step), start.at[k].add(-step)))
        np.testing.assert_allclose(slope[k], numeric, rtol=1e-5, err_msg=name)
    by_name = jax.grad(lambda h: jf.log_likelihood(problem, {"h_V": h}))(problem.start[1])
    np.testing.assert_allclose(by_name, slope[1], rtol=1e-12)


def test_fit_with_what_follows(problem, best):
    assert (best.status, best.free, best.mass) == ("converged", ("h_V",), 2.1)
    np.testing.assert_allclose(best.minus_two_log_likelihood, -2 * jf.log_likelihood(problem, best.values), rtol=1e-12)
    (rate,) = best.derived
    assert rate.name == K_PLUS
    for line in ("h_V = (", "mass = 2.1 GeV, held", f"{K_PLUS} = (", "-2 ln L = ", "converged"):
        assert line in str(best)
    assert json.loads(json.dumps(best.to_dict()))["free"] == ["h_V"]
    assert best.to_dataframe().parameter.tolist() == list(problem.names)


def test_derived_rates_are_those_of_predictions(problem, best):
    """At the mean form factors, with everything known but the coupling."""
    at = problem.start.copy()
    k = problem.likelihood.index("h_V")
    at[k], variance = 9e-9, np.zeros((len(at), len(at)))
    variance[k, k] = 1e-9**2
    (rate,) = derived_quantities(problem.likelihood, at, problem.context, variance)
    with_new, without = (jf.predict(problem, "BR(B+ -> K+)", {"h_V": h}).values[0] for h in (9e-9, 0.0))
    np.testing.assert_allclose(rate.value, with_new - without, rtol=1e-10)
    np.testing.assert_allclose(rate.error, 2 * rate.value / 9, rtol=1e-10)


def test_limit_does_not_depend_on_the_parameter(problem):
    """Squared to be a rate, or the coupling itself: CLs is the same."""
    found = jf.upper_limit(problem, "h_V")
    direct = upper_limit(problem, "h_V")
    np.testing.assert_allclose(found.observed, direct.observed, rtol=2e-3)
    np.testing.assert_allclose(found.expected, direct.expected, rtol=5e-3)
    with_new, without = (jf.predict(problem, "BR(B+ -> K+)", {"h_V": h}).values[0] for h in (found.observed, 0.0))
    np.testing.assert_allclose(found.branching_fractions[K_PLUS][0], with_new - without, rtol=1e-9)
    assert f"|h_V| < {found.observed:.4g} at 95 % CL" in str(found)
    assert len(found.to_dataframe()) == 6


def test_profile(problem, best):
    found = jf.profile(problem, "h_V", np.array([0.0, best["h_V"], 1e-8]))
    np.testing.assert_allclose(found.q[1], 0.0, atol=1e-8)
    held = jf.fit(jf.load(DATA, hypothesis=H_V, mass=2.1, held={"h_V": 1e-8}))
    np.testing.assert_allclose(found.q[2], held.minus_two_log_likelihood - best.minus_two_log_likelihood, atol=1e-7)
    assert found.interval_68[0] < found.best < found.interval_68[1]
    assert "68 % from" in str(found)


def test_scan_over_masses(problem, best):
    found = jf.scan(problem, mass=(0.7, 2.1, 2))
    np.testing.assert_allclose(found.parameters["|h_V|"][1], best["h_V"], rtol=1e-5)
    np.testing.assert_allclose(found.parameters[K_PLUS][1], best[K_PLUS], rtol=1e-5)
    nothing = jf.profile(problem, "h_V", np.array([0.0])).q[0]
    np.testing.assert_allclose(found.t[1], -nothing, atol=1e-6)
    assert found.to_dataframe().columns.tolist() == ["mass", "t", "|h_V|", K_PLUS, "converged", "status"]


def test_draws_on_a_grid(problem, best):
    found = jf.sample(problem, method="grid", values=30, draws=100, seed=3)
    draws = found.to_xarray()["h_V"]
    assert draws.dims == ("chain", "draw")
    np.testing.assert_array_equal(draws.values, found["h_V"])
    h = np.linspace(0, 4e-8, 200)
    weight = np.exp(-jf.profile(problem, "h_V", h).q / 2)
    mean = np.sum(weight * h) / np.sum(weight)
    assert abs(np.mean(found["h_V"]) - mean) < 4 * best.error("h_V") / np.sqrt(draws.size)
    assert "h_V = " in str(found)


def test_function_of_the_user():
    """Derivatives by all of its parameters against finite differences."""
    model = jf.hypothesis(light, {"g": (0, 3, 1.0), "epsilon": (0, 1, 0.5), "mass": (0.1, 4.0, 2.0)})
    problem = jf.load(DATA, hypothesis=model, mass=2.0)
    assert problem.free == ("g", "epsilon")
    slope = jax.grad(jf.log_likelihood, argnums=1)(problem, problem.start)
    for name in problem.free:
        k, start = problem.likelihood.index(name), jnp.asarray(problem.start)
        numeric = slope_in(problem, k, (start.at[k].add(1e-5), start.at[k].add(-1e-5)))
        np.testing.assert_allclose(slope[k], numeric, rtol=1e-6, err_msg=name)
    same = jf.load(DATA, hypothesis=H_V, mass=2.0)
    coupling = 1e-8 * 1.0 * 0.5 * 2.0 / np.sqrt(1.25)
    np.testing.assert_allclose(
        jf.log_likelihood(problem, problem.start), jf.log_likelihood(same, {"h_V": coupling}), rtol=1e-9
    )


BAD = {
    "experiment": (("belle3",), {"hypothesis": "line"}, "did you mean"),
    "hypothesis": ((DATA,), {"hypothesis": "vectr: h_V"}, "unknown hypothesis"),
    "coupling": ((DATA,), {"hypothesis": "vector: h_W"}, "unknown coupling"),
    "no hypothesis": ((DATA,), {}, "needs a hypothesis"),
    "twice": ((DATA,), {"hypothesis": "vector: h_V, h_V"}, "different couplings"),
    "no object": ((DATA,), {"hypothesis": 3.0}, "expected words"),
    "mass": ((DATA,), {"hypothesis": H_V, "mass": 4.9}, "below the threshold"),
    "MeV": ((DATA,), {"hypothesis": H_V, "mass": 2100.0}, "did you mean 2.1"),
    "no mass": ((DATA,), {"hypothesis": "rescaled-sm", "mass": 2.1}, "has no mass"),
    "prior": ((DATA,), {"hypothesis": H_V, "priors": {"h_V": ("uniform", 0)}}, "uniform"),
    "file": (("a.yaml",), {"mass": 2.0}, "is an analysis file"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_told_before_anything_is_built(case, monkeypatch):
    from jaxflav.tasks import problem

    monkeypatch.setattr(problem, "combine", None)
    experiments, options, message = BAD[case]
    with pytest.raises(InputError, match=message):
        jf.load(*experiments, **options)


@pytest.mark.parametrize(
    ("function", "parameters", "message"),
    [
        (lambda g, mass: {"h_W": g, "mass": mass}, {"g": (0, 1), "mass": (0, 4)}, "'h_W'"),
        (lambda g, mass: {"h_V": g, "mass": mass}, {"g": (0, 1, 2), "mass": (0, 4)}, "between its bounds"),
        (lambda g, k, mass: {"h_V": g, "mass": mass}, {"g": (0, 1), "k": (0, 1), "mass": (0, 4)}, "depends on"),
    ],
)
def test_bad_models_are_told_when_they_are_made(function, parameters, message):
    with pytest.raises(InputError, match=message):
        jf.hypothesis(function, parameters)


def test_bad_questions(problem):
    for question, message in (
        (lambda: jf.log_likelihood(problem, np.zeros(3)), "have the shape"),
        (lambda: jf.log_likelihood(problem, {"h_W": 1.0}), "unknown parameter"),
        (lambda: jf.upper_limit(problem, "h_W"), "unknown parameter"),
        (lambda: jf.scan(problem), "one axis"),
        (lambda: jf.scan(problem, mass=(2, 1, 5)), "expected"),
        (lambda: jf.sample(problem, draw=3), "setting of sample"),
        (lambda: jf.sample(problem, method="metropolis"), "method of sampling"),
        (lambda: jf.compare(problem, "sm"), "two hypotheses"),
        (lambda: jf.fit(problem, starts=0), "at least 1"),
    ):
        with pytest.raises(InputError, match=message):
            question()


def test_import_waits_for_what_is_used():
    """What takes seconds to import is not, before something of it is asked for."""

    def imported(work):
        program = f"import sys, jaxflav; {work}; print({{'jax', 'scipy', 'numpyro', 'xarray'}} & {{*sys.modules}})"
        return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert imported("jaxflav.__version__").strip() == "set()"
    assert ast.literal_eval(imported("jaxflav.fit")) >= {"jax", "scipy"}
