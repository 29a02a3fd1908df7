"""Several processes that share the chunks of a scan, on one machine or many, with JAX's distributed runtime."""

import atexit
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import jax

from jaxflav.io.errors import InputError, LostProcessError

HEARTBEAT = 30  # seconds without a sign of life after which a process counts as lost
_START = 120  # seconds in which all processes must have started

# Runs beside a process: says what happened if that is ended from outside or by the runtime, which cannot say it itself.
_WITNESS = "import sys; sys.stdin.buffer.read() == b'done' or sys.stderr.write(sys.argv[1] + chr(10))"


@dataclass(frozen=True)
class Processes:
    """The processes of a scan, and which one this is.

    Attributes
    ----------
    count : int
        How many there are.
    index : int
        Which one this is, from 0.
    """

    count: int = 1
    index: int = 0

    def share(self, chunks: list[int]) -> list[int]:
        """The chunks of this process, of those that are missing."""
        return chunks[self.index :: self.count]

    def wait(self, name: str) -> None:
        """Wait until all processes are here.

        Raises
        ------
        LostProcessError
            If one of them never comes.
        """
        if self.count == 1:
            return
        from jax.experimental import multihost_utils

        try:
            multihost_utils.sync_global_devices(name)
        except (ValueError, RuntimeError) as error:
            raise LostProcessError(
                f"another process of the scan was lost ({error}); the chunks written so far are intact: start all "
                "processes again with --resume"
            ) from error


@contextmanager
def start_processes(
    coordinator: str | None = None,
    count: int | None = None,
    index: int | None = None,
    heartbeat: int = HEARTBEAT,
    *,
    end_on_error: bool = False,
) -> Iterator[Processes]:
    """Join the other processes; call it before the first computation.

    Without arguments the cluster says who they are (Slurm, Open MPI, Kubernetes, as ``jax.distributed`` knows them).
    If one process is lost, JAX's runtime ends all others within ``heartbeat`` seconds, and each says so.

    Parameters
    ----------
    coordinator : str, optional
        HOST:PORT of process 0.
    count, index : int, optional
        Number of processes, and which one this is.
    heartbeat : int
        Seconds without a sign of life after which a process counts as lost.
    end_on_error : bool
        Whether an error in the ``with`` block ends this process, once its message is out, without waiting for the
        others, which wait for it: for a program that is one of several, such as the command line. A notebook goes on
        after an error; it stays one of the processes.

    Raises
    ------
    InputError
        If the arguments are incomplete and no cluster is found, or the others cannot be reached.
    """
    given = [value is not None for value in (coordinator, count, index)]
    if any(given) and not all(given):
        raise InputError("--coordinator, --num-processes and --process-id belong together: give all three, or none")
    if all(given) and not 0 <= index < count:
        raise InputError(f"--process-id is {index}, expected 0 to {count - 1} for --num-processes {count}")
    if heartbeat < 1:
        raise InputError(f"heartbeat timeout is {heartbeat} seconds, expected at least 1")
    witness = subprocess.Popen([sys.executable, "-S", "-c", _WITNESS, _lost(index)], stdin=subprocess.PIPE)
    try:
        try:
            jax.distributed.initialize(
                coordinator, count, index, initialization_timeout=_START, heartbeat_timeout_seconds=heartbeat
            )
        except (ValueError, RuntimeError) as error:
            raise InputError(
                f"the processes of the scan did not come together ({error}); under Slurm start with srun, elsewhere "
                "give --coordinator HOST:PORT, --num-processes N and --process-id I to each"
            ) from error
        yield Processes(jax.process_count(), jax.process_index())
    except BaseException as error:
        if end_on_error:
            # JAX would wait for the others at exit, which wait for this one: leave at once, after the message
            atexit.register(os._exit, 2 if isinstance(error, InputError) else 1)
        raise
    finally:
        witness.communicate(b"done")


def _lost(index):
    name = "a process" if index is None else f"process {index}"
    return (
        f"jaxflav: error: {name} of the scan was ended, by a signal or because another process was lost; the chunks "
        "written so far are intact: start all processes again with --resume"
    )
