"""Which data files were read, and their content: a result names the sha256 of every file that it rests on."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.resources.abc import Traversable
from pathlib import Path

_record: ContextVar[dict[str, str] | None] = ContextVar("data files read", default=None)


@contextmanager
def record_data_files() -> Iterator[dict[str, str]]:
    """Mapping that is filled with the sha256 of every data file read inside the ``with`` block.

    Keys are the last two parts of the path, such as ``belle2-2025/analysis.yaml``, so that a copy of the same directory
    elsewhere counts as the same; the whole path where two files would have the same key.
    """
    found: dict[str, str] = {}
    token = _record.set(found)
    try:
        yield found
    finally:
        _record.reset(token)


def read_data(path: Path | Traversable) -> bytes:
    """Content of a data file; every reader goes through here.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    content = path.read_bytes()
    found = _record.get()
    if found is not None:
        digest = hashlib.sha256(content).hexdigest()
        short = "/".join(Path(str(path)).absolute().parts[-2:])
        key = short if found.get(short, digest) == digest else str(path)
        found[key] = digest
    return content
