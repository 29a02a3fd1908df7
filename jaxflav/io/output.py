"""Writing results: checked before the work starts, complete or absent afterwards."""

import csv
import io
import json
import math
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from jaxflav.io.errors import InputError


def plain(value: Any) -> Any:
    """Value as JSON and YAML know it: lists for arrays and tuples, None for numbers that are not finite."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def json_text(value: Mapping) -> str:
    """One JSON object; numbers that are not finite become null."""
    return json.dumps(plain(value), allow_nan=False)


def csv_text(table: Mapping[str, np.ndarray]) -> str:
    """Columns (n,) as comma-separated values with a line of names; text with a comma or a quote in it is quoted."""
    columns = [np.asarray(column).tolist() for column in table.values()]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table)
    writer.writerows(zip(*columns, strict=True))
    return text.getvalue()


def writable_parent(path: Path, what: str) -> Path:
    """Directory of a path, in which files can be written; raises ``InputError`` if it cannot hold any."""
    parent = path.absolute().parent
    if not parent.is_dir():
        raise InputError(f"{what} {path}: the directory {parent} does not exist; make it first")
    try:
        with tempfile.TemporaryFile(dir=parent):
            pass
    except OSError as error:
        raise InputError(f"{what} {path}: cannot write in {parent} ({error.strerror}); choose another place") from error
    return parent


def check_new_directory(path: Path) -> None:
    """Check, before any work, that a results directory can be made.

    Raises
    ------
    InputError
        If it exists with something in it, its parent does not exist, or nothing can be written there.
    """
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise InputError(f"output directory {path} exists already and is not empty; give a new name or remove it")
    writable_parent(path, "output directory")


def check_new_file(path: Path) -> None:
    """Check, before any work, that a file can be written; an existing file will be replaced.

    Raises
    ------
    InputError
        If the path is a directory, its parent does not exist, or nothing can be written there.
    """
    if path.is_dir():
        raise InputError(f"output file {path} is a directory; give the name of a file")
    writable_parent(path, "output file")


def write_file(path: Path, write: Callable[[Path], None]) -> None:
    """Write a file under a temporary name in the same directory, and move it to its place when it is complete.

    Raises
    ------
    InputError
        If the disk refuses.
    """
    parent = writable_parent(path, "output file")
    handle, name = tempfile.mkstemp(dir=parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    try:
        write(Path(name))
        Path(name).chmod(0o644)  # a temporary file is private
        Path(name).replace(path)
    except OSError as error:
        raise InputError(f"output file {path}: cannot be written ({error.strerror}); free some space") from error
    finally:
        Path(name).unlink(missing_ok=True)


def write_results(
    path: Path, description: Mapping, table: Mapping[str, np.ndarray], arrays: Mapping[str, np.ndarray]
) -> None:
    """Write a results directory, all of it or nothing.

    It holds ``description.yaml`` (what was done and found, for people), ``table.csv`` (the main columns) and
    ``arrays.npz`` (everything, for programs).

    Parameters
    ----------
    path : Path
        Directory that does not exist, or is empty.
    description : mapping
        Any nested plain values; arrays are converted.
    table : mapping of name to (n,) arrays
        Columns of the CSV file.
    arrays : mapping of name to arrays
        Content of the npz file.

    Raises
    ------
    InputError
        If the directory cannot be made or the disk refuses.
    """
    check_new_directory(path)
    temporary = Path(tempfile.mkdtemp(dir=path.absolute().parent, prefix=f".{path.name}-"))
    try:
        text = yaml.safe_dump(plain(description), sort_keys=False, width=110, allow_unicode=True)
        (temporary / "description.yaml").write_text(text)
        (temporary / "table.csv").write_text(csv_text(table))
        np.savez_compressed(temporary / "arrays.npz", **{k: np.asarray(v) for k, v in arrays.items()})
        if path.exists():
            path.rmdir()
        temporary.chmod(0o755)
        temporary.rename(path)
    except OSError as error:
        raise InputError(f"output directory {path}: cannot be written ({error.strerror}); free some space") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
