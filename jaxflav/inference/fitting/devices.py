"""Devices of this process."""

import contextlib
import os
from collections.abc import Sequence

import jax

from jaxflav.io.errors import InputError

_THREADS = "NPROC"  # read by XLA when it starts
_SPLIT = "jaxflav.inference.fitting.devices.split_processor(N)"


def _pool_threads():
    """Threads of the pool of XLA: what NPROC says, if it is a number, or one for each core of this process."""
    given = os.environ.get(_THREADS, "")
    if given.isdecimal() and int(given) > 0:
        return int(given)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def split_processor(number: int) -> None:
    """Let JAX see as many devices in the processor; without effect once it has looked at its devices.

    The pool of threads that they share gets one more for each of them, see ``require_threads``.
    """
    if number > 1:
        with contextlib.suppress(RuntimeError):
            jax.config.update("jax_num_cpu_devices", number)
            os.environ.setdefault(_THREADS, str(_pool_threads() + number))


def require_threads(devices: Sequence[jax.Device]) -> None:
    """Refuse devices of a processor that would wait for each other for ever.

    On CPU a batched call of LAPACK waits, in a thread of a pool, for other threads of it. All devices share the pool,
    which has a thread for each core unless the environment variable NPROC says otherwise. A single thread never waits.

    Raises
    ------
    InputError
        If there are as many devices as threads.
    """
    threads = _pool_threads()
    if devices[0].platform == "cpu" and 1 < threads <= len(devices):
        raise InputError(
            f"{len(devices)} devices of a processor share {threads} threads, and would wait for each other for ever; "
            f"expected more threads than devices: call {_SPLIT} before anything is computed, or set NPROC"
        )


def local_devices(number: str | int | None = None) -> tuple[jax.Device, ...]:
    """Devices of this process that a scan uses.

    Parameters
    ----------
    number : "all" or int, optional
        How many; one by default.

    Raises
    ------
    InputError
        If there are fewer, or as many as threads, see ``require_threads``.
    """
    available = tuple(jax.local_devices())
    try:
        number = len(available) if number == "all" else 1 if number is None else int(number)
    except ValueError:
        raise InputError(f"devices must be a number or 'all', found {number!r}") from None
    if not 1 <= number <= len(available):
        raise InputError(
            f"{number} devices asked for, but this process has {len(available)} ({available[0].device_kind}); give a "
            f"number from 1 to that, or 'all' ({_SPLIT}, before anything is computed, makes N of a CPU)"
        )
    require_threads(available[:number])
    return available[:number]
