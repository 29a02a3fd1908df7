"""The option ``--devices``: GPUs, or cores of a CPU as devices of their own."""

import argparse
import os

import jax

from jaxflav.inference.fitting.devices import local_devices, split_processor
from jaxflav.io.errors import InputError


def add_devices_option(command) -> None:
    """Add the option to a parser or a group of options."""
    command.add_argument("--devices", metavar="N|all", help="GPUs, or cores of a CPU, to use (default 1)")


def prepare_devices(arguments: argparse.Namespace) -> None:
    """Let JAX see as many CPU devices as are to be used; without effect once it computes, or if the user says so.

    Raises
    ------
    InputError
        If the option is no number, and not 'all'.
    """
    devices = arguments.devices
    if devices is None or "xla_force_host_platform_device_count" in os.environ.get("XLA_FLAGS", ""):
        return
    try:
        number = len(os.sched_getaffinity(0)) if devices == "all" else int(devices)
    except ValueError:
        raise InputError(f"--devices must be a number or 'all', found {devices!r}") from None
    split_processor(number)


def devices_of(arguments: argparse.Namespace) -> tuple[jax.Device, ...]:
    """Devices that the option asks for; raises ``InputError`` if there are fewer."""
    prepare_devices(arguments)
    return local_devices(arguments.devices)
