"""Second derivatives, against automatic differentiation of the expectation."""

import copy

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxflav as jf
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import AbstractSignal, Likelihood, NoSignal, at_context, expected
from jaxflav.likelihood.measurement import Measurements
from jaxflav.likelihood.pyhf_json import parse_workspace
from jaxflav.likelihood.second_order import second_derivatives
from tests.likelihood.workspaces import ALL, STATERROR


def assembled(likelihood, blocks):
    """The matrix of its blocks."""
    model, k = likelihood.model, likelihood.n_signal
    n, p = k + model.n_dense, len(likelihood.parameter_names)
    matrix = np.zeros((p + 1, p + 1))
    matrix[:n, :n] = blocks.dense
    for b, index in enumerate(np.minimum(np.asarray(model.local_index) + k, p)):
        for i, row in enumerate(index):
            matrix[row, :n] += blocks.cross[b, i]
            matrix[:n, row] += blocks.cross[b, i]
            matrix[row, index] += blocks.local[b, i]
    return matrix[:-1, :-1]


def check(likelihood, x, context=0.0):
    likelihood = at_context(likelihood, jnp.asarray(context))
    weights = jnp.asarray(np.random.default_rng(2).normal(size=likelihood.n_rows))
    theirs = jax.hessian(lambda y: weights @ expected(likelihood, y))(x)
    ours = assembled(likelihood, second_derivatives(likelihood, x, weights))
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9 * np.max(np.abs(theirs), initial=1.0))


@pytest.mark.parametrize("name", ALL)
def test_of_all_modifiers(name):
    """At a point where pulls are inside and outside of the interpolation, and one factor is 0."""
    likelihood = Likelihood(build_histfactory(parse_workspace(ALL[name])), NoSignal())
    rng = np.random.default_rng(1)
    x = np.asarray(likelihood.start) + rng.normal(size=len(likelihood.parameter_names))
    if likelihood.model.poi:
        x[likelihood.index(likelihood.model.poi)] = 0.0
    check(likelihood, jnp.asarray(x))


def test_of_two_local_factors_in_a_cell():
    """Errors of the simulation and of the cell itself, which multiply each other; one factor is 0."""
    own = {"name": "own", "type": "shapesys", "data": [3.0, 5.0, 4.0]}
    workspace = copy.deepcopy(STATERROR)
    for sample in workspace["channels"][0]["samples"][1:]:
        sample["modifiers"].append(own | {"name": f"own {sample['name']}", "data": own["data"][: len(sample["data"])]})
    likelihood = Likelihood(build_histfactory(parse_workspace(workspace)), NoSignal())
    assert likelihood.model.local_factors.shape[2] == 2
    x = np.asarray(likelihood.start) + np.random.default_rng(3).normal(size=len(likelihood.parameter_names)) / 3
    x[-1] = 0.0
    check(likelihood, jnp.asarray(x))


class Bent(AbstractSignal):
    """Yields quadratic in a coupling and a theory nuisance, and a measured product of both."""

    names: tuple[str, ...] = eqx.field(static=True, default=("g", "t"))
    n_free: int = eqx.field(static=True, default=1)
    lower: tuple[float, ...] = eqx.field(static=True, default=(-np.inf,))
    start: tuple[float, ...] = eqx.field(static=True, default=(0.0, 0.0))
    scale: tuple[float, ...] = eqx.field(static=True, default=(1.0, 1.0))

    def predict(self, parameters, prepared):
        g, t = parameters
        return jnp.stack([g**2 * (1 + 0.1 * t), g**2 + g * t, g * t**2])


def test_of_a_signal():
    tables = parse_workspace(STATERROR).without(("mu",))
    measured = Measurements(jnp.asarray([1.0]), jnp.asarray([0.5]), ("product",))
    likelihood = Likelihood(build_histfactory(tables, (("first", "signal"),)), Bent(), measured)
    x = np.asarray(likelihood.start) + np.random.default_rng(1).normal(size=len(likelihood.parameter_names)) / 3
    check(likelihood, jnp.asarray(x))


def test_without_bins():
    """A measurement alone, such as the limit on B_s -> invisible: derivatives, and a fit that ends in a maximum."""
    problem = jf.load("aleph-bs-invisible", hypothesis="fermion-pair: f_AA", mass=0.52)
    assert problem.likelihood.model.n_bins == 0
    check(problem.likelihood, jnp.asarray(problem.start), 0.52)
    assert jf.fit(problem, starts=1).status == "converged"
