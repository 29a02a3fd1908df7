"""A results directory that grows chunk by chunk and survives any interruption.

The directory holds ``description.yaml`` (what is computed, and what made it), ``setup.npz`` (arrays common to all
chunks), ``chunks/`` and, once all chunks are there, ``scan.nc``: one netCDF file with labelled dimensions, after which
the chunks are removed. Every file is written under a temporary name in its own directory, flushed to the disk, and
renamed: it is there in full or not at all. The name of a chunk ends in the sha256 of its content: the name is the
record that the chunk is complete, and shows later whether it still is what was written.

netCDF-4, because one file with compression is easy to move, and xarray, h5py and the netCDF library of any language
open it. HDF5 does not survive a crash in the middle of an append, and zarr spreads the variables over files that no
single rename makes complete: so chunks are plain NumPy records, and the netCDF file is made from them at the end.
"""

import contextlib
import errno
import hashlib
import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from jaxflav.io.errors import DataFileError, InputError
from jaxflav.io.output import plain
from jaxflav.io.yaml_file import read_yaml

DESCRIPTION, SETUP, CHUNKS, RESULT = "description.yaml", "setup.npz", "chunks", "scan.nc"
_TEMPORARY = ".writing-"
_DIGITS = 16  # of the sha256 in the name of a chunk


def description_text(content: Mapping) -> bytes:
    """YAML of a description, numbers with all digits."""
    return yaml.safe_dump(plain(content), sort_keys=False, width=110, allow_unicode=True).encode()


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file that is there in full or not at all, also after a crash of the machine.

    Raises
    ------
    OSError
        If the disk refuses; the temporary file is then removed.
    """
    temporary = path.with_name(f"{_TEMPORARY}{os.getpid()}-{path.name}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    _flush_directory(path.parent)


def _flush_directory(path):
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # file systems that cannot flush a directory
            raise
    finally:
        os.close(handle)


class ChunkStore:
    """The directory; made by ``create_store`` or ``open_store``.

    Attributes
    ----------
    path : Path
        The directory.
    n_chunks : int
        Number of chunks when complete.
    """

    def __init__(self, path: Path):
        self.path = Path(path)
        self.n_chunks = int(self.description["chunks"])

    @property
    def description(self) -> dict[str, Any]:
        """Content of ``description.yaml``."""
        return read_yaml(self.path / DESCRIPTION)

    @property
    def finished(self) -> bool:
        """Whether the result is there."""
        return bool(self.description.get("complete")) and (self.path / RESULT).is_file()

    def setup(self) -> dict[str, np.ndarray]:
        """The arrays common to all chunks.

        Raises
        ------
        DataFileError
            If they cannot be read.
        """
        try:
            with np.load(self.path / SETUP, allow_pickle=False) as arrays:
                return dict(arrays)
        except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise DataFileError(f"{self.path / SETUP}: spoilt ({error}); this scan cannot be continued") from error

    def _names(self):
        folder = self.path / CHUNKS
        names = (p.name for p in folder.iterdir()) if folder.is_dir() else ()
        return {int(name.split(".")[0]): name for name in names if name.endswith(".npy") and name[0] != "."}

    def complete_chunks(self) -> list[int]:
        """Positions of the chunks that are complete."""
        return sorted(self._names()) if not self.finished else list(range(self.n_chunks))

    def missing_chunks(self) -> list[int]:
        """Positions of the chunks that are to be computed."""
        return sorted(set(range(self.n_chunks)) - set(self.complete_chunks()))

    def write_chunk(self, k: int, records: np.ndarray) -> None:
        """Write the records of a chunk.

        Raises
        ------
        InputError
            If the disk refuses; what was complete before stays so.
        """
        buffer = io.BytesIO()
        np.lib.format.write_array(buffer, records, allow_pickle=False)
        content = buffer.getvalue()
        name = f"{k:06d}.{hashlib.sha256(content).hexdigest()[:_DIGITS]}.npy"
        with self._refusals(f"chunk {k}"):
            write_atomically(self.path / CHUNKS / name, content)

    @contextlib.contextmanager
    def _refusals(self, what):
        try:
            yield
        except OSError as error:
            raise InputError(
                f"{self.path}: {what} cannot be written ({error.strerror or error}); {len(self.complete_chunks())} of "
                f"{self.n_chunks} chunks are safe: free some space, and continue with the same command and --resume"
            ) from error

    def read_chunk(self, k: int) -> np.ndarray:
        """Records of a chunk.

        Raises
        ------
        DataFileError
            If it is missing, or its content is not what was written.
        """
        name = self._names().get(k)
        if name is None:
            raise DataFileError(f"{self.path}: chunk {k} of {self.n_chunks} is missing; continue with --resume")
        file = self.path / CHUNKS / name
        content = file.read_bytes()
        if hashlib.sha256(content).hexdigest()[:_DIGITS] != name.split(".")[1]:
            raise DataFileError(
                f"{file}: the content is not what was written (its sha256 differs); remove the file, and continue with "
                "the same command and --resume"
            )
        return np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)

    def read_result(self) -> bytes:
        """Content of the complete result.

        Raises
        ------
        DataFileError
            If it is not what was written.
        """
        content = (self.path / RESULT).read_bytes()
        if hashlib.sha256(content).hexdigest() != self.description["result_sha256"]:
            raise DataFileError(
                f"{self.path / RESULT}: the content is not what was written (its sha256 differs); take a copy of the "
                "file from elsewhere, or scan again into a new directory"
            )
        return content

    def clean(self) -> None:
        """Check all chunks, and remove what an interrupted write has left.

        Raises
        ------
        DataFileError
            If the content of a chunk is not what was written.
        """
        for folder in (self.path, self.path / CHUNKS):
            for file in folder.glob(f"{_TEMPORARY}*"):
                file.unlink(missing_ok=True)
        if self.finished:
            shutil.rmtree(self.path / CHUNKS, ignore_errors=True)
            return
        for k in self.complete_chunks():
            self.read_chunk(k)

    def finish(self, result: bytes, found: Mapping[str, Any]) -> None:
        """Write the result, then the description that says so, and remove the chunks.

        Parameters
        ----------
        result : bytes
            Content of ``scan.nc``.
        found : mapping
            Added to the description.

        Raises
        ------
        InputError
            If the disk refuses; the chunks are then still there.
        """
        digest = hashlib.sha256(result).hexdigest()
        self.add({RESULT: result}, {**found, "complete": True, "result_sha256": digest})
        shutil.rmtree(self.path / CHUNKS, ignore_errors=True)

    def add(self, files: Mapping[str, bytes], found: Mapping[str, Any]) -> None:
        """Write files, such as a table, and then add to the description.

        Raises
        ------
        InputError
            If the disk refuses.
        """
        with self._refusals("the result"):
            for name, content in files.items():
                write_atomically(self.path / name, content)
            write_atomically(self.path / DESCRIPTION, description_text({**self.description, **found}))


def create_store(path: Path, description: Mapping, setup: Mapping[str, np.ndarray], n_chunks: int) -> ChunkStore:
    """New store, all of it or nothing.

    Parameters
    ----------
    path : Path
        Directory that does not exist, or is empty.
    description : mapping
        Nested plain values.
    setup : mapping of name to arrays
        Common to all chunks.
    n_chunks : int
        Number of chunks when complete.

    Raises
    ------
    InputError
        If the disk refuses.
    """
    temporary = Path(tempfile.mkdtemp(dir=path.absolute().parent, prefix=f".{path.name}-"))
    try:
        (temporary / CHUNKS).mkdir()
        buffer = io.BytesIO()
        np.savez(buffer, **setup)
        write_atomically(temporary / SETUP, buffer.getvalue())
        content = {**description, "chunks": n_chunks, "complete": False}
        write_atomically(temporary / DESCRIPTION, description_text(content))
        temporary.chmod(0o755)
        if path.exists():
            path.rmdir()
        temporary.rename(path)
    except OSError as error:
        raise InputError(f"output directory {path}: cannot be written ({error.strerror}); free some space") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    _flush_directory(path.absolute().parent)
    return ChunkStore(path)


def open_store(path: Path) -> ChunkStore:
    """Existing store.

    Raises
    ------
    InputError
        If the directory is none.
    """
    if not is_store(path):
        raise InputError(f"{path}: not the store of a scan (no {DESCRIPTION} with 'chunks'); give another name")
    return ChunkStore(path)


def is_store(path: Path) -> bool:
    """Whether a directory is the store of a scan, complete or not."""
    return (path / DESCRIPTION).is_file() and "chunks" in read_yaml(path / DESCRIPTION)
