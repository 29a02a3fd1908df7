"""Random workspaces of all modifier types, read and evaluated as pyhf does."""

import dataclasses

import hypothesis
import jax
import jax.numpy as jnp
import numpy as np
import pyhf
import pytest
from hypothesis import strategies as st

from jaxflav.likelihood.histfactory import build_histfactory, expected_events, log_density
from jaxflav.likelihood.pyhf_json import parse_workspace
from tests.likelihood.random_workspaces import workspaces

SETTINGS = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    "suppress_health_check": [hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large],
}
POINTS = 3
STEP = 1e-4
_evaluate = jax.jit(lambda model, x: (jax.value_and_grad(log_density, argnums=1)(model, x), expected_events(model, x)))


def nameless(model):
    """The model with other names, so that workspaces of the same size are compiled once."""
    names = {"parameter_names": ("",) * model.n_parameters, "poi": ""}
    return dataclasses.replace(model, **names)


def points(model, seed):
    """Around the auxiliary measurements; factors stay positive, pulls keep away from the joints at -1 and 1."""
    rng = np.random.default_rng(seed)
    pull = np.asarray(model.normal) & (np.asarray(model.start) < 0.5)
    x = rng.normal(size=(POINTS, model.n_parameters)) * 1.3
    x = np.where(np.abs(np.abs(x) - 1) < 0.02, x + 0.05, x)
    return np.where(pull, x, rng.uniform(0.3, 1.8, x.shape))


def derivative(function, x):
    """Gradient by central differences of fourth order."""
    shifts = np.eye(len(x)) * STEP
    f = [[function(x + k * row) for row in shifts] for k in (-2, -1, 1, 2)]
    return (np.subtract(f[0], f[3]) + 8 * np.subtract(f[2], f[1])) / (12 * STEP)


def check(workspace, seed):
    ours = build_histfactory(parse_workspace(workspace))
    pyhf.set_backend("numpy", precision="64b")
    rival = pyhf.Workspace(workspace).model()
    data, config = np.array(pyhf.Workspace(workspace).data(rival)), rival.config
    order = [ours.parameter_names.index(name) for name in config.par_names]
    assert sorted(order) == list(range(ours.n_parameters))
    np.testing.assert_array_equal(np.asarray(ours.start)[order], config.suggested_init())
    np.testing.assert_array_equal(np.asarray(ours.fixed)[order], config.suggested_fixed())
    check_bounds(ours, workspace)
    model = nameless(ours)
    for x in points(ours, seed):
        (value, gradient), events = _evaluate(model, jnp.asarray(x))
        theirs = rival.expected_actualdata(x[order])
        np.testing.assert_allclose(events, theirs, rtol=1e-12, atol=1e-12)
        assert np.all(np.isfinite(gradient))
        seen = np.asarray(ours.observed)
        if np.any((theirs < -1e-12) | ((theirs <= 0) & (seen > 0))):
            assert value == -np.inf
        elif np.all((theirs > 1e-12) | ((theirs == 0) & (seen == 0))):
            log_pdf = lambda y: float(rival.logpdf(y, data)[0])
            np.testing.assert_allclose(value, log_pdf(x[order]), rtol=1e-9)
            if np.all((theirs > 0.5) | (theirs == 0)):  # nearer to 0, differences are no derivatives
                expected = derivative(log_pdf, x[order])
                scale = max(1.0, np.max(np.abs(expected)))
                np.testing.assert_allclose(np.asarray(gradient)[order], expected, rtol=1e-6, atol=1e-7 * scale)


def check_bounds(ours, workspace):
    """Those of the settings; factors are not negative elsewhere, and nothing else is bounded."""
    given = {s["name"]: s for s in workspace["measurements"][0]["config"]["parameters"] if "bounds" in s}
    for name, low, high in zip(ours.parameter_names, ours.lower, ours.upper, strict=True):
        owner = {"side[0]": "side", "side[1]": "side", "mc[0]": "mc", "free[0]": "free"}.get(name, name)
        if name in ("mc[1]", "mc[1][0]"):
            owner = "mc" if name == "mc[1]" else "mc[1]"
        if owner in given:
            at = 1 if name in ("side[1]", "mc[1]") else 0
            assert (float(low), float(high)) == tuple(given[owner]["bounds"][at])
        else:
            least = -np.inf if owner in ("tilt", "extra[0]") else 1e-10 if owner in ("side", "mc", "mc[1]") else 0.0
            assert (float(low), float(high)) == (least, np.inf)


@hypothesis.settings(max_examples=40, **SETTINGS)
@hypothesis.given(workspaces(), st.integers(0, 2**32 - 1))
def test_all_modifier_types_at_once(workspace, seed):
    check(workspace, seed)


@pytest.mark.slow
@hypothesis.settings(max_examples=150, **SETTINGS)
@hypothesis.given(workspaces(optional=True), st.integers(0, 2**32 - 1))
def test_some_modifiers(workspace, seed):
    check(workspace, seed)
