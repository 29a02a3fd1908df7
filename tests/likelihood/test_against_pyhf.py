"""Log-densities and gradients against pyhf, for every modifier type and on the Belle II workspace."""

import jax
import jax.numpy as jnp
import numpy as np
import pyhf
import pytest

from jaxflav.likelihood.histfactory import build_histfactory, expected_events, log_density
from jaxflav.likelihood.pyhf_json import parse_workspace
from tests.likelihood.workspaces import ALL

# Both sum the same few hundred terms in float64, in another order.
LOG_DENSITY = 1e-9
GRADIENT = 1e-8


class Rival:
    """The same workspace in pyhf, with our parameter vector in its order."""

    def __init__(self, workspace, settings=None):
        with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
            pyhf.set_backend("jax", precision="64b")
            ws = pyhf.Workspace(workspace)
            self.model = ws.model(**({} if settings is None else {"modifier_settings": settings}))
            self.data = jnp.asarray(ws.data(self.model))

    def order(self, names):
        return np.array([names.index(name) for name in self.model.config.par_names])

    def evaluate(self, function, *args):
        with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
            return function(*args)

    def log_density(self, parameters):
        return self.model.logpdf(parameters, self.data)[0]


def random_points(model, rng, n):
    """Points within some standard deviations, on both sides of the joints of the interpolation at +-1."""
    spread = np.where(model.normal, model.width, 0.3)
    points = np.array(model.start) + 1.3 * rng.normal(size=(n, model.n_parameters)) * spread
    multiplies = np.array(model.start) == 1.0  # factors stay positive, or the expectation turns negative
    return np.where(multiplies, np.abs(points) + 0.05, points)


def compare(workspace, rng, n, settings=None, codes=None):
    ours = build_histfactory(parse_workspace(workspace, **(codes or {})))
    rival = Rival(workspace, settings)
    order = rival.order(ours.parameter_names)
    value_and_grad = jax.jit(jax.value_and_grad(log_density, argnums=1))
    theirs = jax.jit(jax.value_and_grad(rival.log_density))
    compared = 0
    for point in random_points(ours, rng, n):
        value, gradient = value_and_grad(ours, jnp.asarray(point))
        if not np.isfinite(value):
            assert np.min(expected_events(ours, jnp.asarray(point))) < 0
            continue
        expected, expected_gradient = rival.evaluate(theirs, jnp.asarray(point[order]))
        np.testing.assert_allclose(value, expected, rtol=LOG_DENSITY)
        scale = np.max(np.abs(expected_gradient))
        np.testing.assert_allclose(np.asarray(gradient)[order], expected_gradient, rtol=GRADIENT, atol=GRADIENT * scale)
        compared += 1
    return compared


@pytest.mark.parametrize("name", ALL)
def test_small_workspaces(name, rng):
    assert compare(ALL[name], rng, 25) >= 20


@pytest.mark.parametrize("name", ["counting", "shapes"])
def test_piecewise_interpolation(name, rng):
    settings = {"normsys": {"interpcode": "code1"}, "histosys": {"interpcode": "code0"}}
    codes = {"norm_interpolation": "code1", "shape_interpolation": "code0"}
    assert compare(ALL[name], rng, 25, settings, codes) >= 20


def test_belle2(belle2_workspace, rng):
    assert compare(belle2_workspace, rng, 210) >= 200


@pytest.mark.parametrize("name", ALL)
def test_start_values_bounds_and_fixed_parameters(name):
    ours = build_histfactory(parse_workspace(ALL[name]))
    config = Rival(ALL[name]).model.config
    order = np.array([ours.parameter_names.index(p) for p in config.par_names])
    np.testing.assert_array_equal(np.asarray(ours.start)[order], config.suggested_init())
    np.testing.assert_array_equal(np.asarray(ours.fixed)[order], config.suggested_fixed())
    free = ~np.asarray(ours.normal | ours.poisson)[order]
    bounds = np.array(config.suggested_bounds())[free]
    np.testing.assert_array_equal(np.asarray(ours.lower)[order][free], bounds[:, 0])
    assert np.all(np.isinf(np.asarray(ours.upper)[order][free]))  # 10 is pyhf's, not of the workspace
    assert ours.poi == config.poi_name
