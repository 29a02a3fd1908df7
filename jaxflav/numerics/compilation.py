"""Compilation of functions that run once or twice: less work on their code, which takes longer to make than to run."""

import functools
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp

# the older way of XLA to make kernels for a CPU takes half the time
_OPTIONS = {"xla_cpu_use_fusion_emitters": False, "xla_backend_optimization_level": 0}


def compiled_quickly(function: Callable) -> Callable:
    """``equinox.filter_jit`` with less work on the code; within another compiled function it is left to that one."""

    @functools.wraps(function)
    def call(*arguments):
        within_another = isinstance(jnp.zeros(()) + 0.0, jax.core.Tracer)  # operations are being recorded
        if within_another or any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(arguments)):
            return function(*arguments)
        return eqx.filter_jit(function, compiler_options=_known_options())(*arguments)

    return call


@functools.cache
def _known_options() -> dict[str, bool | int]:
    """Those of the options that this jaxlib knows."""
    known = {}
    for name, value in _OPTIONS.items():
        try:
            jax.jit(lambda: 0.0, compiler_options={name: value})()
        except jax.errors.JaxRuntimeError:
            continue
        known[name] = value
    return known
