import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.io.errors import UnknownNameError
from jaxflav.likelihood.histfactory import (
    build_histfactory,
    expected_and_jacobian,
    expected_events,
    log_density,
    parameter_vector,
    poisson_log_density,
)
from jaxflav.likelihood.pyhf_json import parse_workspace
from tests.helpers import ROUNDING
from tests.likelihood.test_against_pyhf import random_points
from tests.likelihood.workspaces import ALL, COUNTING, SHAPES, STATERROR


def dense_jacobian(model, jacobian):
    full = np.zeros((model.n_bins, model.n_parameters + 1))
    full[:, : model.n_dense] = jacobian.dense
    for b in range(model.n_bins):
        full[b, np.asarray(model.local_index)[b]] += np.asarray(jacobian.local)[b]
    return full[:, :-1]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name not in ("shapes", "staterror"))) for name in ALL]
)
def test_written_out_jacobian_against_automatic_differentiation(name, rng):
    model = build_histfactory(parse_workspace(ALL[name]))
    for point in random_points(model, rng, 5):
        x = jnp.asarray(point)
        events, jacobian = expected_and_jacobian(model, x, jnp.zeros(0))
        np.testing.assert_allclose(events, expected_events(model, x), rtol=ROUNDING)
        expected = jax.jacfwd(expected_events, argnums=1)(model, x)
        np.testing.assert_allclose(dense_jacobian(model, jacobian), expected, rtol=1e-11, atol=1e-11)


def test_jacobian_where_a_factor_is_zero():
    model = build_histfactory(parse_workspace(COUNTING))
    x = parameter_vector(model, {"mu": 0.0})
    _, jacobian = expected_and_jacobian(model, x, jnp.zeros(0))
    column = model.parameter_names.index("mu")
    np.testing.assert_allclose(dense_jacobian(model, jacobian)[:, column], [10.0], rtol=ROUNDING)


def test_replaced_sample_with_its_own_yields_is_the_original(belle2_workspace, rng):
    tables = parse_workspace(belle2_workspace)
    pairs = tuple((c, s) for c in tables.channel_names for s in ("signal", "sgn_1_had") if _has(tables, c, s))
    assert len(pairs) == 3
    original = build_histfactory(tables)
    replaced = build_histfactory(tables.without(("mu",)), pairs)
    nominal = np.concatenate([tables.nominal[tables.cells_of(*p)] for p in pairs])
    for point in random_points(original, rng, 10):
        values = dict(zip(original.parameter_names, point, strict=True))
        mu = values.pop("mu")
        x = parameter_vector(replaced, values)
        events = expected_events(replaced, x, jnp.asarray(mu * nominal))
        np.testing.assert_allclose(events, expected_events(original, jnp.asarray(point)), rtol=1e-11)


def _has(tables, channel, sample):
    try:
        return len(tables.cells_of(channel, sample)) > 0
    except UnknownNameError:
        return False


def test_derivative_with_respect_to_replaced_yields():
    tables = parse_workspace(STATERROR)
    model = build_histfactory(tables, (("first", "signal"),))
    x, signal = parameter_vector(model, {"mc[0]": 1.1, "mu": 2.0}), jnp.asarray([7.0, 3.0])
    _, jacobian = expected_and_jacobian(model, x, signal)
    expected = jax.jacfwd(expected_events, argnums=2)(model, x, signal)
    np.testing.assert_array_equal(model.signal_bin, [0, 1])
    np.testing.assert_allclose(jacobian.signal, expected[np.asarray(model.signal_bin), [0, 1]], rtol=ROUNDING)


def test_unknown_sample_and_parameter_are_named():
    tables = parse_workspace(SHAPES)
    with pytest.raises(UnknownNameError, match=r"signl.*did you mean signal"):
        build_histfactory(tables, (("zeta", "signl"),))
    with pytest.raises(UnknownNameError, match="unknown channel 'beta'"):
        build_histfactory(tables, (("beta", "signal"),))
    with pytest.raises(UnknownNameError, match="unknown parameter 'tilts'"):
        tables.without(("tilts",))
    with pytest.raises(UnknownNameError, match="unknown parameter 'nu'"):
        parameter_vector(build_histfactory(tables), {"nu": 1.0})


def test_unknown_interpolation_code():
    with pytest.raises(UnknownNameError, match="code7"):
        build_histfactory(parse_workspace(SHAPES, shape_interpolation="code7"))
    with pytest.raises(UnknownNameError, match="code0"):
        build_histfactory(parse_workspace(SHAPES, norm_interpolation="code0"))


def test_negative_expectation_has_no_density_and_finite_derivatives():
    model = build_histfactory(parse_workspace(COUNTING))
    x = parameter_vector(model, {"mu": -100.0})
    value, gradient = jax.value_and_grad(log_density, argnums=1)(model, x)
    assert value == -np.inf
    assert np.all(np.isfinite(gradient))


@pytest.mark.parametrize(("count", "rate", "expected"), [(0.0, 0.0, 0.0), (1.0, 0.0, -np.inf), (0.0, 2.0, -2.0)])
def test_poisson_at_zero(count, rate, expected):
    assert poisson_log_density(jnp.asarray([count]), jnp.asarray([rate]))[0] == expected


def test_dropped_parameter_leaves_no_trace():
    tables = parse_workspace(SHAPES).without(("tilt",))
    assert "tilt" not in tables.parameter_names
    model = build_histfactory(tables)
    full = build_histfactory(parse_workspace(SHAPES))
    x = parameter_vector(full, {"other": 0.7, "mu": 1.4})
    reduced = parameter_vector(model, {"other": 0.7, "mu": 1.4})
    np.testing.assert_allclose(expected_events(model, reduced), expected_events(full, x), rtol=ROUNDING)
    constraint_at_zero = -0.5 * np.log(2 * np.pi)
    np.testing.assert_allclose(log_density(model, reduced), log_density(full, x) - constraint_at_zero, rtol=ROUNDING)


def test_no_retracing_for_new_values():
    traces = []

    def counted(model, x):
        traces.append(1)
        return log_density(model, x)

    function = jax.jit(counted)
    for workspace in (SHAPES, SHAPES):
        model = build_histfactory(parse_workspace(workspace))
        for mu in (0.5, 1.5):
            function(model, parameter_vector(model, {"mu": mu}))
    assert len(traces) == 1


def test_module_survives_flattening():
    model = build_histfactory(parse_workspace(SHAPES))
    leaves, structure = jax.tree.flatten(model)
    again = jax.tree.unflatten(structure, leaves)
    assert again.parameter_names == model.parameter_names
    np.testing.assert_array_equal(again.base, model.base)
