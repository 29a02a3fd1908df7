import os

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray
from scipy.optimize import minimize

from jaxflav.inference.fitting.devices import local_devices, require_threads
from jaxflav.inference.scans import evaluate
from jaxflav.inference.scans.dataset import BEYOND
from jaxflav.inference.scans.definition import define_scan
from jaxflav.inference.scans.run import run_scan
from jaxflav.io.errors import InputError
from jaxflav.io.output import write_results
from jaxflav.likelihood.likelihood import log_likelihood
from tests.inference.small_line import small_problem, small_scan

jitted = jax.jit(log_likelihood)
WIDTHS, MASSES, COUPLINGS = np.array([0.3, 0.6]), np.array([0.5, 1.2, 2.0]), np.array([0.7, 1.5])


@pytest.fixture(scope="module")
def held():
    """Product of a scalar of the signal, another one inside its couplings, the context, and a parameter."""
    axes = {"width": WIDTHS, "couplings.g": COUPLINGS, "mass": MASSES, "strength": np.array([0.4, 1.0])}
    return run_scan(define_scan(small_problem(), axes, chunk=16, batch=8, all_parameters=True))


def test_axes_are_where_their_names_say(held):
    """Every point against the likelihood made for it, minimised by scipy."""
    assert held["log_likelihood"].dims == ("width", "couplings.g", "mass", "strength")
    assert "t" not in held
    for point in ((0, 0, 0, 0), (1, 0, 2, 1), (0, 1, 1, 0), (1, 1, 2, 0)):
        at = held.isel(dict(zip(held["log_likelihood"].dims, point, strict=True)))
        likelihood = small_problem(float(at["width"]), float(at["couplings.g"])).likelihood
        first, mass = [float(at["strength"])], jnp.asarray(float(at["mass"]))

        def objective(z, likelihood=likelihood, first=first, mass=mass):
            return -float(jitted(likelihood, jnp.asarray([*first, *z]), mass))

        n = len(likelihood.parameter_names) - 1
        theirs = minimize(objective, np.ones(n), bounds=[(1e-3, None)] * n, options={"ftol": 1e-14, "gtol": 1e-9})
        np.testing.assert_allclose(-at["log_likelihood"], theirs.fun, atol=1e-7)
        np.testing.assert_allclose(at["parameters"][0], first[0])
        np.testing.assert_allclose(at["parameters"][1:], theirs.x, atol=1e-3)


def test_points_beyond_threshold_are_no_results():
    scan = run_scan(small_scan(40))
    beyond = np.broadcast_to(scan["mass"].values >= 3.0, scan["t"].shape)
    assert beyond.any()
    np.testing.assert_array_equal(np.isnan(scan["t"]), beyond)
    np.testing.assert_array_equal(np.isnan(scan["parameters"]).all("parameter"), beyond)
    np.testing.assert_array_equal(scan["status"] == BEYOND, beyond)
    assert "threshold" in scan["status"].attrs[f"status_{BEYOND}"]
    np.testing.assert_allclose(scan["t"], -2 * (scan["log_likelihood"] + 1.0))


def test_labelled_problems(tmp_path):
    """Different data, different parameters: one axis of labels."""
    other = small_problem(observations=[{"name": "first", "data": [30.0, 30.0]}, {"name": "second", "data": [9.0]}])
    problems = {"data": small_problem(), "other data": other}
    references = {"data": -1.0, "other data": -2.0}
    scan = define_scan(problems, {"mass": MASSES}, label="experiment", references=references)
    found = run_scan(scan, tmp_path / "run")
    assert found["t"].dims == ("experiment", "mass")
    for label, problem in problems.items():
        alone = run_scan(define_scan(problem, {"mass": MASSES}, references=references[label]))
        np.testing.assert_array_equal(found["t"].sel(experiment=label), alone["t"])
    with xarray.open_dataset(tmp_path / "run" / "scan.nc") as stored:
        assert stored["t"].equals(found["t"])
        assert stored["experiment"].values.tolist() == list(problems)


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ({}, "at least one problem and one axis"),
        ({"mass": []}, "expected one or more finite numbers"),
        ({"mass": [1.0, np.nan]}, "finite numbers"),
        ({"mass": [1.0, 1.0]}, "the same value more than once"),
        ({"mass": [-1.0]}, "masses >= 0"),
        ({"width": [0.0, 1.0]}, "expected positive widths"),
        ({"strength": [-1.0]}, "below its lower bound"),
        ({"strangth": [1.0]}, "did you mean strength"),
        ({"couplings": [1.0]}, "unknown axis"),
        ({"threshold": [1.0]}, "unknown axis"),
        ({"scenario": [1.0]}, "name 'scenario' of another axis"),
    ],
)
def test_bad_axes(axes, message):
    with pytest.raises(InputError, match=message):
        define_scan(small_problem(), {name: np.array(values) for name, values in axes.items()})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch": 0}, "expected positive numbers"),
        ({"chunk": 0}, "expected positive numbers"),
        ({"references": {"other": 1.0}}, "references are for"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(InputError, match=message):
        define_scan(small_problem(), {"mass": MASSES}, **options)


def test_held_parameters_are_no_axes():
    with pytest.raises(InputError, match="'strength' is held at 1"):
        define_scan(small_problem(held={"strength": 1.0}), {"strength": MASSES})


def test_one_compilation_for_all_chunks_and_scans(monkeypatch):
    """The last chunk is short, and the second scan has other values: nothing is traced again."""
    traces, true_fit = [], evaluate.fit

    def counted(*args, **options):
        traces.append(args)
        return true_fit(*args, **options)

    monkeypatch.setattr(evaluate, "fit", counted)
    for offset in (0.0, 0.1):
        axes = {"mass": np.linspace(0.5, 2.5, 21) + offset, "strength": np.array([0.5, 1.0])}
        run_scan(define_scan(small_problem(), axes, chunk=16))
    assert len(traces) == 1


@pytest.mark.parametrize("number", [0, -1, 1000, "some"])
def test_devices_that_are_not_there(number):
    with pytest.raises(InputError, match="devices"):
        local_devices(number)


def test_devices_that_would_wait_for_each_other(monkeypatch):
    """Two devices on two threads; three threads are enough, and a pool of one never waits."""
    two = jax.devices("cpu")[:1] * 2
    monkeypatch.setenv("NPROC", "2")
    with pytest.raises(InputError, match=r"2 devices of a processor share 2 threads.*split_processor"):
        require_threads(two)
    for threads in ("3", "1"):
        monkeypatch.setenv("NPROC", threads)
        require_threads(two)


CHANGES = {
    "another axis": ({"mass": MASSES + 0.1}, {}, "scan: axes: mass: first is 0.6, was 0.5"),
    "another chunk": ({}, {"chunk": 32}, "scan: chunk is 32, was 16"),
    "other data": ({}, {"other": True}, "the numbers of the likelihood, or the start values, differ"),
    "another version": ({}, {"made_by": {"jaxflav": "9.9"}}, "jaxflav is 9.9, was "),
    "another file": ({}, {"made_by": {"data": {"x.csv": "12"}}}, "data: x.csv is 12, was 34"),
}


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A store of which the first of two chunks is spoilt, and what made it."""
    out = tmp_path_factory.mktemp("scans") / "run"
    made_by = {"command": ["first"], "jaxflav": "1.0", "data": {"x.csv": "34"}, "device": {"kind": "cpu", "count": 1}}
    scan = define_scan(small_problem(), {"mass": MASSES}, chunk=16)

    class Stop(Exception):
        pass

    def stop(total, done):
        raise Stop

    with pytest.raises(Stop):
        run_scan(scan, out, made_by=made_by, progress=stop)
    return out, made_by


@pytest.mark.parametrize("change", CHANGES)
def test_another_scan_is_not_continued(begun, change):
    out, made_by = begun
    axes, options, message = CHANGES[change]
    other = {"observations": [{"name": "first", "data": [30.0, 30.0]}, {"name": "second", "data": [9.0]}]}
    problem = small_problem(**(other if "other" in options else {}))
    scan = define_scan(problem, {"mass": MASSES, **axes}, chunk=options.get("chunk", 16))
    with pytest.raises(InputError, match="not the same scan") as error:
        run_scan(scan, out, resume=True, made_by={**made_by, **options.get("made_by", {})})
    assert message in str(error.value)


def test_the_same_scan_is_continued_by_another_command(begun):
    out, made_by = begun
    scan = define_scan(small_problem(), {"mass": MASSES}, chunk=16)
    with pytest.raises(InputError, match="exists already, with a scan; continue it with --resume"):
        run_scan(scan, out, made_by=made_by)
    found = run_scan(scan, out, resume=True, made_by={**made_by, "command": ["second"], "date": "later"})
    assert found.equals(run_scan(scan))


def test_two_scans_do_not_write_to_one_store(tmp_path):
    scan = define_scan(small_problem(), {"mass": MASSES})
    messages = []

    def again(total, done):
        with pytest.raises(InputError, match=rf"process {os.getpid()} on .* is writing there") as error:
            run_scan(scan, tmp_path / "run", resume=True)
        messages.append(str(error.value))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_scan(scan, tmp_path / "run", progress=again)
    assert len(messages) == 1


def test_another_result_is_left_alone(tmp_path):
    write_results(tmp_path / "run", {"what": "something else"}, {}, {})
    scan = define_scan(small_problem(), {"mass": MASSES})
    with pytest.raises(InputError, match="exists already and is not empty"):
        run_scan(scan, tmp_path / "run", resume=True)
