import gc
import os
import shutil
import tempfile

import jax
import numpy as np
import pytest

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_numpy_rank_promotion", "raise")
jax.config.update("jax_numpy_dtype_promotion", "strict")


@pytest.fixture
def rng():
    return np.random.default_rng(20261120)


def pytest_configure(config):
    """Share compiled functions between workers, commands and notebooks: they compile the same fits again and again.

    Millions of objects of compiled functions stay alive: looking through them for garbage took a tenth of the time.
    """
    gc.freeze()
    gc.set_threshold(200_000, 50, 1000)
    name = "JAX_COMPILATION_CACHE_DIR"
    if hasattr(config, "workerinput") or name in os.environ:
        return
    directory = tempfile.mkdtemp(prefix="jaxflav-compiled-")
    config.add_cleanup(lambda: shutil.rmtree(directory, ignore_errors=True))
    os.environ |= {name: directory, "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.2"}
    jax.config.update("jax_compilation_cache_dir", directory)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
