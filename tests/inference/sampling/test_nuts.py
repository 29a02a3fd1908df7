import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest
import xarray
from scipy import stats

from jaxflav.inference.fitting.problem import define_problem
from jaxflav.inference.posteriors.modes import find_modes
from jaxflav.inference.posteriors.posterior import define_posterior
from jaxflav.inference.posteriors.priors import Uniform
from jaxflav.inference.sampling import nuts
from jaxflav.inference.sampling.diagnostics import bulk_effective_sample_size, read_chains, summarise, write_chains
from jaxflav.inference.sampling.nuts import sample
from jaxflav.inference.sampling.settings import Settings
from jaxflav.io.errors import InputError
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood, NoSignal, log_likelihood
from jaxflav.likelihood.pyhf_json import parse_workspace
from tests.likelihood.workspaces import COUNTING

SETTINGS = Settings(chains=8, warmup=200, draws=1000, seed=3, checkpoint_every=150)


ROOT = Path(__file__).parents[3]


class Killed(Exception):
    pass


@pytest.fixture(scope="module")
def problem():
    return define_problem(Likelihood(build_histfactory(parse_workspace(COUNTING)), NoSignal()))


@pytest.fixture(scope="module")
def posterior(problem):
    return define_posterior(problem, {"mu": Uniform(0.0, 5.0)})


@pytest.fixture(scope="module")
def modes(posterior, problem):
    return find_modes(posterior, problem)


@pytest.fixture(scope="module")
def chains(posterior, modes):
    return sample(posterior, modes, SETTINGS)


def test_posterior_is_that_of_a_grid(problem, chains):
    """Both marginal densities against the sum over a fine grid of the two parameters."""
    b, mu = np.linspace(-5, 5, 201), np.linspace(0, 5, 401)
    grid = np.stack(np.meshgrid(b, mu, indexing="ij"), axis=-1).reshape(-1, 2)
    values = np.asarray(jax.jit(jax.vmap(lambda x: log_likelihood(problem.likelihood, x)))(grid)).reshape(201, 401)
    weight = np.exp(values - values.max())
    weight[:, [0, -1]] *= 0.5  # trapezia
    summary = summarise(chains, 0.683)
    for k, (axis, density) in enumerate(((b, weight.sum(axis=1)), (mu, weight.sum(axis=0)))):
        density = density / density.sum()
        mean = axis @ density
        deviation = np.sqrt((axis - mean) ** 2 @ density)
        error = deviation / np.sqrt(summary.effective[k])
        assert abs(summary.mean[k] - mean) < 4 * error
        assert abs(summary.deviation[k] - deviation) < 4 * error
        cumulative = np.cumsum(density) - density / 2
        for end, probability in zip(summary.equal_tailed[k], (0.1585, 0.8415), strict=True):
            # the error of a quantile, in probability
            found = np.interp(end, axis, cumulative)
            assert abs(found - probability) < 4 * np.sqrt(0.1585 * 0.8415 / summary.effective[k])


def test_chains_have_converged(chains):
    summary = summarise(chains)
    assert summary.divergences == 0
    assert np.all(summary.r_hat < 1.01)
    assert np.all(summary.effective > 1000)
    assert summary.warnings == ()
    assert chains.draws.shape == (8, 1000, 2)
    widths = np.diff(summary.equal_tailed)[:, 0] - np.diff(summary.highest_density)[:, 0]
    assert np.all(widths >= -1e-12)


@pytest.mark.slow
def test_poisson_gamma():
    """No nuisance parameter: n = 55 events and a flat prior on the rate give a gamma density, here shifted."""
    tables = parse_workspace(COUNTING)
    problem = define_problem(Likelihood(build_histfactory(tables), NoSignal()), held={"b": 0.0})
    posterior = define_posterior(problem, {"mu": Uniform(0.0, 50.0)})
    draws = sample(posterior, find_modes(posterior, problem), dataclasses.replace(SETTINGS, seed=5))
    rate = 10 * draws.draws[..., 0] + 50
    gamma = stats.gamma(56)  # conditioned on a rate above 50
    thinned = rate[:, ::10].ravel()
    assert summarise(draws).effective[0] > 1000
    uniform = (gamma.cdf(thinned) - gamma.cdf(50)) / gamma.sf(50)
    assert stats.kstest(uniform, "uniform").pvalue > 1e-3


def test_same_seed_same_draws(posterior, modes, chains):
    again = sample(posterior, modes, SETTINGS)
    np.testing.assert_array_equal(again.draws, chains.draws)
    other = sample(posterior, modes, dataclasses.replace(SETTINGS, seed=4, draws=1))
    assert not np.array_equal(other.draws[:, 0], chains.draws[:, 0])


@pytest.mark.parametrize("at", [1, 4])
def test_killed_and_resumed(posterior, modes, chains, tmp_path, at, monkeypatch):
    """During warm-up, and after it."""
    file, done = tmp_path / "checkpoint.npz", []

    def kill(n):
        done.append(n)
        if len(done) == at:
            raise Killed

    with pytest.raises(Killed):
        sample(posterior, modes, SETTINGS, checkpoint=file, progress=kill)
    with pytest.raises(InputError, match="exists already"):
        sample(posterior, modes, SETTINGS, checkpoint=file)
    with pytest.raises(InputError, match="of another run"):
        sample(posterior, modes, dataclasses.replace(SETTINGS, seed=9), checkpoint=file, resume=True)
    seen = []
    resumed = sample(posterior, modes, SETTINGS, checkpoint=file, resume=True, progress=seen.append)
    assert seen[0] == at * SETTINGS.checkpoint_every
    assert sum(seen) == SETTINGS.warmup + SETTINGS.draws
    for field in dataclasses.fields(chains):
        np.testing.assert_array_equal(getattr(resumed, field.name), getattr(chains, field.name))
    assert list(tmp_path.iterdir()) == [file]


_TWO_DEVICES = """
import shutil
import sys
from pathlib import Path
import jax
import numpy as np
from jaxflav.inference.posteriors.modes import find_modes
from jaxflav.inference.sampling.settings import Settings; from jaxflav.inference.sampling.nuts import sample
from jaxflav.inference.posteriors.posterior import define_posterior
from jaxflav.inference.posteriors.priors import Uniform
from jaxflav.inference.fitting.devices import split_processor
from jaxflav.inference.fitting.problem import define_problem
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood, NoSignal
from jaxflav.likelihood.pyhf_json import parse_workspace
from jaxflav.numerics.precision import enable_x64
from tests.likelihood.workspaces import COUNTING
enable_x64()
split_processor(2)
problem = define_problem(Likelihood(build_histfactory(parse_workspace(COUNTING)), NoSignal()))
posterior = define_posterior(problem, {"mu": Uniform(0.0, 5.0)})
modes = find_modes(posterior, problem)
settings = Settings(chains=8, warmup=60, draws=60, group=4, checkpoint_every=50)
one, two = (sample(posterior, modes, settings, devices=jax.devices()[:n]) for n in (1, 2))
class Killed(Exception):
    pass
def kill(n):
    raise Killed
first, second = (Path(sys.argv[1]).with_name(name) for name in ("first.npz", "second.npz"))
try:
    sample(posterior, modes, settings, devices=jax.devices(), checkpoint=first, progress=kill)
except Killed:
    shutil.copy(first, second)
seen = []
options = {"resume": True, "progress": seen.append}
resumed = sample(posterior, modes, settings, devices=jax.devices(), checkpoint=first, **options)
moved = sample(posterior, modes, settings, devices=jax.devices()[:1], checkpoint=second, **options)
results = {"one": one, "two": two, "resumed": resumed, "moved": moved}
np.savez(sys.argv[1], seen=seen, devices=len(jax.devices()), **{k: v.draws for k, v in results.items()})
"""


@pytest.mark.slow
def test_devices_do_not_change_the_draws(tmp_path):
    """Bit for bit: a group of chains goes through the same code on its own wherever it is, also after a kill."""
    file = tmp_path / "draws.npz"
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _TWO_DEVICES, str(file)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu"},
        check=True,
        timeout=300,
    )
    with np.load(file) as draws:
        assert draws["devices"] == 2
        assert np.all(draws["one"].std(axis=1) > 0)
        for name in ("two", "resumed", "moved"):
            np.testing.assert_array_equal(draws[name], draws["one"])
        assert draws["seen"].tolist() == 2 * [50, 50, 20]


def test_groups_that_cannot_be_shared_out(posterior, modes):
    with pytest.raises(InputError, match="cannot be shared out among 3 devices"):
        sample(posterior, modes, SETTINGS, devices=jax.devices()[:1] * 3)


def test_more_draws_continue_a_run(posterior, modes, chains, tmp_path):
    file = tmp_path / "checkpoint.npz"
    sample(posterior, modes, dataclasses.replace(SETTINGS, draws=330), checkpoint=file)
    longer = sample(posterior, modes, SETTINGS, checkpoint=file, resume=True)
    np.testing.assert_array_equal(longer.draws, chains.draws)


def test_nothing_is_compiled_twice(posterior, modes, chains, monkeypatch):
    traces = []
    original = nuts.log_density
    monkeypatch.setattr(nuts, "log_density", lambda *a: traces.append(1) or original(*a))
    sample(posterior, modes, dataclasses.replace(SETTINGS, draws=20, seed=8))
    assert traces == []


def test_spoilt_checkpoint_is_told(posterior, modes, tmp_path):
    file = tmp_path / "checkpoint.npz"
    file.write_bytes(b"PK no archive")
    with pytest.raises(InputError, match="cannot be read"):
        sample(posterior, modes, SETTINGS, checkpoint=file, resume=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"draws": 0}, "draws is 0"),
        ({"warmup": 0}, "warmup is 0"),
        ({"chains": -1}, "chains is -1"),
        ({"group": 0}, "group is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"checkpoint_every": 0}, "checkpoint_every is 0"),
        ({"target_accept": 1.0}, "target_accept is 1.0"),
    ],
)
def test_bad_settings_are_told(change, message):
    with pytest.raises(InputError, match=message):
        Settings(**change)


def test_netcdf(chains, tmp_path):
    file = tmp_path / "posterior.nc"
    write_chains(file, chains, {"seed": 3})
    back = read_chains(file)
    for field in dataclasses.fields(chains):
        np.testing.assert_array_equal(getattr(back, field.name), getattr(chains, field.name))
    with xarray.open_dataset(file, group="posterior", engine="h5netcdf") as group:
        assert group["mu"].dims == ("chain", "draw")
    file.write_bytes(b"no netCDF")
    with pytest.raises(InputError, match="cannot be read"):
        read_chains(file)


def test_effective_sample_size():
    """Of an autoregression of first order: (1 - rho) / (1 + rho) of the draws; limited where draws alternate."""
    rng = np.random.default_rng(1)
    noise, rho = rng.standard_normal((4, 5000)), 0.6
    x = np.zeros_like(noise)
    for k in range(1, noise.shape[1]):
        x[:, k] = rho * x[:, k - 1] + noise[:, k]
    effective = bulk_effective_sample_size(x[..., None])
    np.testing.assert_allclose(effective, 20000 * (1 - rho) / (1 + rho), rtol=0.1)
    alternating = (-1.0) ** np.arange(100) + 0.01 * rng.standard_normal((4, 100))
    assert 400 < bulk_effective_sample_size(alternating[..., None])[0] <= 400 * np.log10(400) * (1 + 1e-12)


def test_warnings_have_advice(chains):
    shift = np.arange(8)[:, None, None] * 1.0
    diverging = chains.diverging.copy()
    diverging[0, :7] = True
    bad = dataclasses.replace(
        chains, draws=chains.draws + shift, diverging=diverging, max_tree_depth=2, start_mode=np.arange(8) % 2
    )
    text = " ".join(summarise(bad).warnings)
    for part in ("chains disagree", "different modes", "few effective draws", "7 of 8000 iterations", "tree depth"):
        assert part in text
    with pytest.raises(InputError, match="level"):
        summarise(chains, 95.0)
    with pytest.raises(InputError, match="at least 4"):
        summarise(dataclasses.replace(chains, draws=chains.draws[:, :2]))
