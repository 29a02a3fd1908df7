"""Devices of this process."""

import jax

from jaxflav.io.errors import InputError


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
            "number from 1 to that, or 'all' (XLA_FLAGS=--xla_force_host_platform_device_count=N makes N of a CPU)"
        )
    return available[:number]
