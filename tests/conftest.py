import gc
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import jax
import numpy as np
import pytest

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_numpy_rank_promotion", "raise")
jax.config.update("jax_numpy_dtype_promotion", "strict")


MAPPINGS = Path("/proc/self/maps")
ENOUGH_MAPPINGS = 20_000  # of the 65,530 that Linux allows a process


@pytest.fixture(autouse=True, scope="module")
def few_mappings():
    """Forget compiled functions in time: each holds mappings of memory, and a process without any left crashes."""
    yield
    if MAPPINGS.exists() and MAPPINGS.read_bytes().count(b"\n") > ENOUGH_MAPPINGS:
        jax.clear_caches()
        gc.collect()


@pytest.fixture
def rng():
    return np.random.default_rng(20261120)


@pytest.fixture
def small_experiment(monkeypatch):
    """A workspace of one bin in place of Belle II: what is tested here is the way through the command."""
    from jaxflav.experiments.loading import load_experiment
    from jaxflav.likelihood.pyhf_json import parse_workspace
    from jaxflav.tasks import problem as task_problem
    from tests.likelihood.workspaces import COUNTING

    tables = parse_workspace(COUNTING)
    original = task_problem.build_histfactory
    monkeypatch.setattr(task_problem, "build_histfactory", lambda _: original(tables))
    return load_experiment


@pytest.fixture(scope="session")
def small_data(tmp_path_factory):
    """Directories of a public likelihood of three bins, SMALL, and of a counting experiment, COUNT."""
    from tests.cli.small_data import write_small_data

    small, count = (tmp_path_factory.mktemp(name) for name in ("small", "count"))
    write_small_data(small, count)
    return {"SMALL": str(small), "COUNT": str(count)}


# the older way of XLA to make kernels, and less work on them: half of the time
FAST_COMPILER = "--xla_cpu_use_fusion_emitters=false --xla_backend_optimization_level=1"


def compile_fast():
    """Spend less on the code than on its making: most tests compile for seconds, and run for milliseconds.

    The flags are left out where this jaxlib does not know them, or where the user has some.
    """
    if "XLA_FLAGS" not in os.environ:
        trial = [sys.executable, "-c", "import jax; jax.devices()"]
        if subprocess.run(trial, env=os.environ | {"XLA_FLAGS": FAST_COMPILER}, capture_output=True).returncode == 0:
            os.environ["XLA_FLAGS"] = FAST_COMPILER


def pytest_configure(config):
    """Share compiled functions between workers, commands and notebooks: they compile the same fits again and again.

    Slow tests compile as users do. Millions of objects of compiled functions stay alive: looking through them for
    garbage took a tenth of the time.
    """
    gc.freeze()
    gc.set_threshold(200_000, 50, 1000)
    if hasattr(config, "workerinput"):
        return
    if config.option.markexpr == "not slow":
        compile_fast()
    name = "JAX_COMPILATION_CACHE_DIR"
    if name in os.environ:
        return
    directory = tempfile.mkdtemp(prefix="jaxflav-compiled-")
    config.add_cleanup(lambda: shutil.rmtree(directory, ignore_errors=True))
    os.environ |= {name: directory, "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.2"}
    jax.config.update("jax_compilation_cache_dir", directory)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
