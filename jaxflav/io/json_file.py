"""Reading JSON data files, with errors that name the file."""

import json
from pathlib import Path
from typing import Any

from jaxflav.io.data_files import read_data
from jaxflav.io.errors import DataFileError


def read_json(path: Path) -> Any:
    """Content of a JSON file.

    Raises
    ------
    DataFileError
        If the file cannot be read or is not JSON.
    """
    try:
        return json.loads(read_data(path).decode("utf-8"))
    except OSError as error:
        raise DataFileError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    except ValueError as error:
        raise DataFileError(f"{path}: not JSON ({error})") from error


def read_json_of_format(path: Path, expected: str) -> dict[str, Any]:
    """Content of a JSON file of one of the project's own formats: an object with the key ``format``.

    Raises
    ------
    DataFileError
        If the file cannot be read, is not JSON, or is of another format.
    """
    content = read_json(path)
    found = content.get("format") if isinstance(content, dict) else type(content).__name__
    if found != expected:
        raise DataFileError(f"{path}: format is {found!r}, expected {expected!r}")
    return content
