"""Bins in which nothing is expected: value, gradient and second derivatives are those of the model without the bin."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import poisson

from jaxflav.likelihood.histfactory import (
    build_histfactory,
    constraint_log_density,
    log_density,
    parameter_vector,
    poisson_log_density,
)
from jaxflav.likelihood.pyhf_json import parse_workspace
from tests.likelihood.workspaces import MU, _modifier, _workspace

EFFECTS = {
    "normsys": _modifier("a", "normsys", {"lo": 0.9, "hi": 1.2}),
    "histosys": _modifier("a", "histosys", {"lo_data": [18.0, 0.0], "hi_data": [23.0, 0.0]}),
    "shapesys": _modifier("a", "shapesys", [2.0, 0.0]),
    "staterror": _modifier("a", "staterror", [2.0, 0.0]),
    "shapefactor": _modifier("a", "shapefactor"),
    "normfactor": _modifier("a", "normfactor"),
    "lumi": _modifier("a", "lumi"),
}


def cut(modifier):
    """The modifier in the first of the two bins."""
    data = modifier["data"]
    if isinstance(data, list):
        return {**modifier, "data": data[:1]}
    if modifier["type"] == "histosys":
        return {**modifier, "data": {key: value[:1] for key, value in data.items()}}
    return modifier


def model(modifier, n):
    samples = [("signal", [4.0, 0.0][:n], [MU]), ("background", [20.0, 0.0][:n], [modifier])]
    lumi = [{"name": "a", "auxdata": [1.0], "sigmas": [0.1], "bounds": [[0.5, 1.5]]}]
    workspace = _workspace([("c", [26.0, 0.0][:n], samples)], lumi if modifier["type"] == "lumi" else [])
    return build_histfactory(parse_workspace(workspace))


@pytest.mark.parametrize("kind", EFFECTS)
def test_derivatives_are_those_without_the_bin(kind):
    with_bin, without = model(EFFECTS[kind], 2), model(cut(EFFECTS[kind]), 1)
    at = [with_bin.parameter_names.index(name) for name in without.parameter_names]
    values = {"mu": 1.3, without.parameter_names[1 - without.parameter_names.index("mu")]: 0.8}
    x, y = parameter_vector(with_bin, values), parameter_vector(without, values)
    gradient, hessian = (np.asarray(f(log_density, argnums=1)(with_bin, x)) for f in (jax.grad, jax.hessian))
    np.testing.assert_allclose(gradient[at], jax.grad(log_density, argnums=1)(without, y), rtol=1e-12)
    np.testing.assert_allclose(
        hessian[np.ix_(at, at)], jax.hessian(log_density, argnums=1)(without, y), rtol=1e-12, atol=1e-12
    )
    # the bin adds nothing but a constant; what only it has, held, has the derivatives of its own constraint
    rest = np.setdiff1d(np.arange(len(x)), at)
    of_constraint = np.asarray(jax.grad(constraint_log_density, argnums=1)(with_bin, x))
    np.testing.assert_allclose(gradient[rest], of_constraint[rest], atol=1e-12)
    assert np.all(np.isfinite(hessian))


def test_explicit_numbers():
    """n = 26, s = 4, b = 20 gamma with an auxiliary count of 100: by hand."""
    one = model(EFFECTS["shapesys"], 2)
    gradient = jax.grad(log_density, argnums=1)(one, parameter_vector(one))
    wanted = {"mu": 4 * (26 / 24 - 1), "a[0]": 20 * (26 / 24 - 1), "a[1]": 0.0}
    np.testing.assert_allclose(gradient, [wanted[name] for name in one.parameter_names], rtol=1e-12)


def test_nothing_expected_and_nothing_seen():
    samples = [("signal", [1.0], [MU]), ("background", [0.0], [_modifier("s", "shapesys", [0.0])])]
    one = build_histfactory(parse_workspace(_workspace([("c", [0.0], samples)])))
    values = [log_density(one, parameter_vector(one, {"mu": mu})) for mu in (0.0, 0.5)]
    np.testing.assert_allclose(values[0] - values[1], 0.5, rtol=1e-12)
    gradient = jax.grad(log_density, argnums=1)(one, parameter_vector(one, {"mu": 0.0}))
    np.testing.assert_allclose(gradient, [-1.0 if name == "mu" else 0.0 for name in one.parameter_names], atol=1e-12)


@pytest.mark.parametrize(
    ("count", "rate", "first", "second"),
    [
        (0.0, 0.0, -1.0, 0.0),
        (0.0, 3.0, -1.0, 0.0),
        (2.0, 0.0, 0.0, 0.0),
        (2.0, -1.0, 0.0, 0.0),
        (0.0, -1.0, 0.0, 0.0),
        (2.0, 4.0, -0.5, -2 / 16),
        (2e5, 4e5, -0.5, -2e5 / 16e10),
    ],
)
def test_derivatives_of_the_poisson_term(count, rate, first, second):
    term = lambda r: poisson_log_density(jnp.asarray([count]), r[None])[0]
    r = jnp.asarray(rate)
    np.testing.assert_allclose(jax.grad(term)(r), first, rtol=1e-12)
    np.testing.assert_allclose(jax.grad(jax.grad(term))(r), second, rtol=1e-12)
    expected = -np.inf if rate < 0 else poisson.logpmf(count, rate)
    np.testing.assert_allclose(term(r), expected, rtol=1e-9)


@pytest.mark.parametrize(("count", "rate"), [(0.0, np.nan), (2.0, np.nan), (np.nan, 0.0), (np.nan, 2.0)])
def test_not_a_number_stays_one(count, rate):
    assert np.isnan(poisson_log_density(jnp.asarray([count]), jnp.asarray([rate]))[0])
