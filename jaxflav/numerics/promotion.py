"""Rules of promotion for libraries that are written for those that JAX has by default."""

import contextlib
from collections.abc import Iterator

import jax


@contextlib.contextmanager
def default_promotion() -> Iterator[None]:
    """JAX's default promotion of dtypes and ranks, for a call of another library; ours keeps to strict rules."""
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        yield
