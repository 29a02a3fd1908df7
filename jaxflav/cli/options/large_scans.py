"""Options of large scans: more axes, the store, devices and processes."""

import argparse
import contextlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from jaxflav.cli.options.devices import add_devices_option, devices_of, prepare_devices
from jaxflav.cli.options.grids import value_grid
from jaxflav.inference.scans.definition import MASS
from jaxflav.inference.scans.processes import HEARTBEAT, Processes, start_processes
from jaxflav.inference.scans.run import check_store
from jaxflav.io.directory_lock import hold_directory
from jaxflav.io.errors import InputError


def add_large_scan_options(command: argparse.ArgumentParser) -> None:
    """Add the options."""
    large = command.add_argument_group("large scans")
    large.add_argument("--out", type=Path, metavar="DIR", help="directory of the results, written chunk by chunk")
    large.add_argument("--resume", action="store_true", help="continue what --out holds, if anything")
    large.add_argument(
        "--axis",
        action="append",
        default=[],
        metavar="NAME=LO:HI:N",
        help="one more axis: a parameter held at values, such as branching_fraction=0:2e-5:101; may be repeated; with "
        ":log at the end in equal ratios",
    )
    large.add_argument("--all-parameters", action="store_true", help="store the best fit of all nuisance parameters")
    large.add_argument("--chunk", type=int, metavar="N", help="points written at a time")
    add_devices_option(large)
    large.add_argument("--distributed", action="store_true", help="one of several processes, such as those of srun")
    large.add_argument("--coordinator", metavar="HOST:PORT", help="of process 0, where no cluster says it")
    large.add_argument("--num-processes", type=int, metavar="N", help="how many, where no cluster says it")
    large.add_argument("--process-id", type=int, metavar="I", help="which one, from 0, where no cluster says it")
    large.add_argument(
        "--heartbeat",
        type=int,
        default=HEARTBEAT,
        metavar="S",
        help="seconds without a sign of life after which a process is lost (default %(default)s)",
    )


def grid_or_number(text: str, option: str, example: str) -> np.ndarray | float:
    """Grid from LO:HI:N, or one number.

    Raises
    ------
    InputError
        If it is neither.
    """
    if ":" in text:
        return value_grid(text, option, example)
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{option} must be a number, or a grid LO:HI:N such as {example}; found {text!r}") from None


def further_axes(texts: list[str]) -> dict[str, np.ndarray]:
    """Axes from texts NAME=LO:HI:N.

    Raises
    ------
    InputError
        If a text is not of this form, or a name is given twice.
    """
    axes = {}
    for text in texts:
        name, equals, grid = text.partition("=")
        if not (name and equals):
            raise InputError(f"--axis must be NAME=LO:HI:N, such as branching_fraction=0:2e-5:101; found {text!r}")
        if name in axes or name == MASS:
            raise InputError(f"--axis {name}: this axis is there already")
        axes[name] = value_grid(grid, f"--axis {name}", "branching_fraction=0:2e-5:101")
    return axes


@contextlib.contextmanager
def processes_of(arguments: argparse.Namespace) -> Iterator[Processes]:
    """The processes that the options ask for, after a check of the options; before the first computation.

    The first process holds the directory of the results until the end.

    Raises
    ------
    InputError
        If options do not belong together, the store cannot be made or is held by another process, or the processes do
        not come together.
    """
    for name in ("resume", "distributed"):
        if getattr(arguments, name) and arguments.out is None:
            raise InputError(f"--{name} needs a store: give --out DIR")
    for name in ("coordinator", "num_processes", "process_id"):
        if getattr(arguments, name) is not None and not arguments.distributed:
            raise InputError(f"--{name.replace('_', '-')} is for --distributed; give that, too")
    if arguments.chunk is not None and arguments.chunk < 1:
        raise InputError(f"--chunk {arguments.chunk}: expected at least 1 point")
    if not arguments.distributed:
        devices_of(arguments)
        with hold_directory(arguments.out):
            if arguments.out is not None:
                check_store(arguments.out, arguments.resume)
            yield Processes()
        return
    prepare_devices(arguments)
    identity = arguments.coordinator, arguments.num_processes, arguments.process_id
    with start_processes(*identity, heartbeat=arguments.heartbeat, end_on_error=True) as processes:
        if processes.index > 0:
            yield processes
            return
        with hold_directory(arguments.out):
            check_store(arguments.out, arguments.resume)
            yield processes
