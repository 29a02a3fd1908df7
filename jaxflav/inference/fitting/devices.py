"""Devices of this process."""

import contextlib
import os

import jax

from jaxflav.io.errors import InputError


def split_processor(number: int) -> None:
    """Let JAX see as many devices in the processor; without effect once it has looked at its devices.

    On CPU a batched call of LAPACK waits for threads of a pool that all devices share, with one thread for each core:
    as many devices at the same time would wait for ever. The pool gets one thread more for each of them.
    """
    if number > 1:
        os.environ.setdefault("NPROC", str(len(os.sched_getaffinity(0)) + number))
        with contextlib.suppress(RuntimeError):
            jax.config.update("jax_num_cpu_devices", number)


def local_devices(number: str | int | None = None) -> tuple[jax.Device, ...]:
    """Devices of this process that a scan uses.

    Parameters
    ----------
    number : "all" or int, optional
        How many; one by default.

    Raises
    ------
    InputError
        If there are fewer.
    """
    available = tuple(jax.local_devices())
    if number == "all":
        return available
    try:
        number = 1 if number is None else int(number)
    except ValueError:
        raise InputError(f"devices must be a number or 'all', found {number!r}") from None
    if not 1 <= number <= len(available):
        raise InputError(
            f"{number} devices asked for, but this process has {len(available)} ({available[0].device_kind}); give a "
            "number from 1 to that, or 'all' (jaxflav.inference.fitting.devices.split_processor(N), before anything is "
            "computed, makes N of a CPU)"
        )
    return available[:number]
