"""The log-likelihood as a function of a few parameters."""

import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxflav as jf
from jaxflav.io.errors import InputError

DATA, H_V = "babar-2013:K+", "vector: h_V"
POINT = np.array([9e-9, 2.0])  # h_V and the mass
STEP = np.array([1e-11, 1e-4])


@pytest.fixture(scope="module")
def problem():
    return jf.load(DATA, hypothesis=H_V, mass=2.1)


@pytest.fixture(scope="module", params=[False, True], ids=["others held", "others fitted"])
def function(problem, request):
    return problem.function("h_V", "mass", profiled=request.param)


def test_value_is_that_of_the_face(problem, function):
    at_mass = jf.load(DATA, hypothesis=H_V, mass=POINT[1], held={"h_V": POINT[0]})
    expected = jf.log_likelihood(at_mass, {})
    if function.profiled:
        expected = -jf.fit(at_mass).minus_two_log_likelihood / 2
    np.testing.assert_allclose(function(POINT), expected, rtol=1e-9)
    np.testing.assert_allclose(function({"mass": POINT[1], "h_V": POINT[0]}), expected, rtol=1e-9)
    np.testing.assert_allclose(function({"h_V": POINT[0]}), function(np.array([POINT[0], 2.1])), rtol=1e-14)


def slopes_around(function):
    """Values and slopes at a point, and a step beyond it and before it along each axis."""
    return function.value_and_grad(POINT + np.concatenate([np.zeros((1, 2)), np.diag(STEP), -np.diag(STEP)]))


def test_gradient_against_finite_differences(function):
    values, slopes = slopes_around(function)
    assert (values.shape, slopes.shape) == ((5,), (5, 2))
    np.testing.assert_allclose(values[0], function(POINT), rtol=1e-13)
    np.testing.assert_allclose(slopes[0], (values[1:3] - values[3:]) / (2 * STEP), rtol=1e-5)


@pytest.mark.slow
def test_second_derivatives_against_finite_differences(function):
    _, slopes = slopes_around(function)
    numeric = (slopes[1:3] - slopes[3:]) / 2 * STEP[None, :]
    curvature = function.hessian(POINT) * STEP[:, None] * STEP[None, :]
    np.testing.assert_allclose(curvature, numeric, rtol=1e-4, atol=1e-5 * np.abs(numeric).max())


def test_inside_other_programs(problem):
    """Under jit and grad of a sum of likelihoods, and in another process."""
    function = problem.function("h_V", "mass")
    value, slope = jax.jit(jax.value_and_grad(lambda x: 2 * function(x) + jnp.sum(x)))(POINT)
    expected, gradient = (a[0] for a in slopes_around(function))
    np.testing.assert_allclose(value, 2 * expected + POINT.sum(), rtol=1e-12)
    np.testing.assert_allclose(slope, 2 * gradient + 1, rtol=1e-9)
    copy = pickle.loads(pickle.dumps(function))
    assert float(copy(POINT)) == float(function(POINT))


def test_names_with_bounds(problem):
    function = problem.function("h_V", "mass", profiled=True)
    assert function.names == ("h_V", "mass")
    assert function.labels[0].startswith("$")
    np.testing.assert_allclose(function.start, [problem.start[problem.likelihood.index("h_V")], 2.1])
    assert function.lower.tolist() == [0.0, 0.0]
    np.testing.assert_allclose(function.upper[1], problem.likelihood.signal.threshold)
    assert problem.function().names == problem.free


def test_bad_names_and_values(problem):
    function = problem.function("h_V", "mass")
    for question, message in (
        (lambda: problem.function("h_W"), "unknown parameter"),
        (lambda: problem.function("mu"), "is held"),
        (lambda: problem.function("h_V", "h_V"), "different parameters"),
        (lambda: function([1.0]), "have the shape"),
        (lambda: function({"h_W": 1.0}), "parameter of the function"),
        (lambda: function({"h_V": [1.0, 2.0]}), "expected a scalar"),
    ):
        with pytest.raises(InputError, match=message):
            question()
