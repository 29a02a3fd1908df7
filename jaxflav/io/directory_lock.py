"""One process at a time writes into a results directory; the next one is told at once which one that is."""

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from jaxflav.io.errors import InputError
from jaxflav.io.output import writable_parent


@contextlib.contextmanager
def hold_directory(path: Path | None) -> Iterator[None]:
    """Hold a results directory, which need not exist yet, while the ``with`` block runs.

    The lock is a file beside the directory, with the id and the host of the process. The system releases it when the
    process ends, however it ends: what a dead process has left behind is taken over. Where the file system has no
    locks, the file counts, unless its process was on this host and is gone.

    Parameters
    ----------
    path : Path or None
        The directory; nothing is held without one.

    Raises
    ------
    InputError
        If another process, or another call in this one, holds it, or nothing can be written beside it.
    """
    if path is None:
        yield
        return
    parent = writable_parent(path, "output directory")
    file = parent / f".{path.absolute().name}.lock"
    handle = _acquired(file, path)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)  # still locked: nobody can have taken it over
        os.close(handle)


def _acquired(file, path):
    """Open handle of the lock file, locked, with the owner in it."""
    owner = json.dumps({"process": os.getpid(), "host": socket.gethostname()}).encode()
    while True:
        handle = None
        try:
            handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
            _check_free(handle, file, path)
            if file.exists() and file.stat().st_ino == os.fstat(handle).st_ino:
                os.truncate(handle, 0)
                os.pwrite(handle, owner, 0)
                return handle
        except OSError as error:
            _close(handle)
            raise InputError(f"output directory {path}: cannot write {file} ({error.strerror})") from error
        except InputError:
            _close(handle)
            raise
        os.close(handle)  # its owner removed the file in between


def _close(handle):
    if handle is not None:
        os.close(handle)


def _check_free(handle, file, path):
    """Lock the file; raises ``InputError`` if somebody else has."""
    try:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    except BlockingIOError:
        pass
    except (ImportError, OSError):  # no such locks here
        if not _alive(_owner(handle)):
            return
    owner = _owner(handle)
    who = f"process {owner['process']} on {owner['host']}" if owner else "another process"
    where = "" if not owner or owner["host"] == socket.gethostname() else f" (if that is gone, remove {file})"
    raise InputError(f"{path}: {who} is writing there; wait for it, or end it first{where}")


def _owner(handle):
    """Process id and host in the lock file; None before they are written."""
    try:
        return json.loads(os.pread(handle, 1000, 0))
    except ValueError:
        return None


def _alive(owner):
    if owner is None:
        return False
    if owner["host"] != socket.gethostname():
        return True
    try:
        os.kill(owner["process"], 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # of another user
        pass
    return True
