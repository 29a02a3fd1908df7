"""Double precision: checked at the public entry points, switched on only by programs, never on import."""

import jax


def enable_x64() -> None:
    """Switch JAX to double precision; for programs (the command line, benchmarks, notebooks), not libraries."""
    jax.config.update("jax_enable_x64", True)


def require_x64() -> None:
    """Check that JAX computes in double precision.

    Raises
    ------
    RuntimeError
        If double precision is off: thresholds and log-densities lose their meaning in float32.
    """
    if not jax.config.jax_enable_x64:
        raise RuntimeError(
            "jaxflav needs double precision, but JAX is set to float32: call "
            "jax.config.update('jax_enable_x64', True) before the first computation, "
            "or set the environment variable JAX_ENABLE_X64=1"
        )
