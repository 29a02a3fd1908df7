"""Bins in which nothing is expected: value, gradient and second derivatives are those of the model without the bin."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import poisson

from jaxflav.likelihood.histfactory import (
    build_histfactory,
    log_density,
    parameter_vector,
    poisson_log_density,
)
from jaxflav.likelihood.pyhf_json import parse_workspace
from tests.likelihood.workspaces import MU, _modifier, _workspace

EFFECTS = {
    "normsys": {"lo": 0.9, "hi": 1.2},
    "histosys": {"lo_data": [18.0, 0.0], "hi_data": [23.0, 0.0]},
    "shapesys": [2.0, 0.0],
    "staterror": [2.0, 0.0],
    "shapefactor": None,
    "normfactor": None,
    "lumi": None,
}


def cut(data, n):
    """What a modifier does in the first n bins."""
    if isinstance(data, list):
        return data[:n]
    return {k: v[:n] if isinstance(v, list) else v for k, v in data.items()} if data else None


def model(kinds, observed):
    """A signal and one background for each type of modifier, all of them empty in the second bin."""
    n = len(observed)
    samples = [("signal", [4.0, 0.0][:n], [MU])]
    samples += [(kind, [20.0, 0.0][:n], [_modifier(kind, kind, cut(EFFECTS[kind], n))]) for kind in kinds]
    lumi = [{"name": "lumi", "auxdata": [1.0], "sigmas": [0.1]}] if "lumi" in kinds else []
    return build_histfactory(parse_workspace(_workspace([("c", observed, samples)], lumi)))


def test_derivatives_are_those_without_the_bin():
    with_bin, without = model(EFFECTS, [150.0, 0.0]), model(EFFECTS, [150.0])
    at = [with_bin.parameter_names.index(name) for name in without.parameter_names]
    values = {name: 0.8 + 0.05 * i for i, name in enumerate(without.parameter_names)}
    x, y = parameter_vector(with_bin, values), parameter_vector(without, values)
    gradient, hessian = (
        [np.asarray(jax.jit(f(log_density, argnums=1))(*arguments)) for arguments in ((with_bin, x), (without, y))]
        for f in (jax.grad, jax.hessian)
    )
    np.testing.assert_allclose(gradient[0][at], gradient[1], rtol=1e-12)
    np.testing.assert_allclose(hessian[0][np.ix_(at, at)], hessian[1], rtol=1e-12, atol=1e-12)
    # the bin adds nothing but constants: what acts there alone has the derivatives of its own constraint
    own = np.setdiff1d(np.arange(len(x)), at)
    assert sorted(with_bin.parameter_names[k] for k in own) == ["shapefactor[1]", "shapesys[1]", "staterror[1]"]
    np.testing.assert_allclose(gradient[0][own], 0.0, atol=1e-12)
    np.testing.assert_allclose(
        np.diagonal(hessian[0])[own], [-float(with_bin.normal[k] | with_bin.poisson[k]) for k in own]
    )


def test_explicit_numbers():
    """n = 26, s = 4, b = 20 gamma with an auxiliary count of 100: by hand."""
    one = model(("shapesys",), [26.0, 0.0])
    gradient = jax.jit(jax.grad(log_density, argnums=1))(one, parameter_vector(one))
    wanted = {"mu": 4 * (26 / 24 - 1), "shapesys[0]": 20 * (26 / 24 - 1), "shapesys[1]": 0.0}
    np.testing.assert_allclose(gradient, [wanted[name] for name in one.parameter_names], rtol=1e-12, atol=1e-12)


def test_nothing_expected_and_nothing_seen():
    samples = [("signal", [1.0], [MU]), ("background", [0.0], [_modifier("s", "shapesys", [0.0])])]
    one = build_histfactory(parse_workspace(_workspace([("c", [0.0], samples)])))
    values = [log_density(one, parameter_vector(one, {"mu": mu})) for mu in (0.0, 0.5)]
    np.testing.assert_allclose(values[0] - values[1], 0.5, rtol=1e-12)
    gradient = jax.jit(jax.grad(log_density, argnums=1))(one, parameter_vector(one, {"mu": 0.0}))
    np.testing.assert_allclose(gradient, [-1.0 if name == "mu" else 0.0 for name in one.parameter_names], atol=1e-12)


def term(count, rate):
    return poisson_log_density(count[None], rate[None])[0]


TERM = jax.jit(lambda n, r: (term(n, r), jax.grad(term, argnums=1)(n, r), jax.hessian(term, argnums=1)(n, r)))


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
    found = TERM(jnp.asarray(count), jnp.asarray(rate))
    expected = -np.inf if rate < 0 else poisson.logpmf(count, rate)
    np.testing.assert_allclose(found[0], expected, rtol=1e-9)
    np.testing.assert_allclose(found[1:], [first, second], rtol=1e-12)


@pytest.mark.parametrize(("count", "rate"), [(0.0, np.nan), (2.0, np.nan), (np.nan, 0.0), (np.nan, 2.0)])
def test_not_a_number_stays_one(count, rate):
    assert np.isnan(TERM(jnp.asarray(count), jnp.asarray(rate))[0])
