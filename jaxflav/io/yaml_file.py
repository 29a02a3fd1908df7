"""Reading YAML data files, with errors that name the file and the key."""

from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml

from jaxflav.io.data_files import read_data
from jaxflav.io.errors import DataFileError

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: str | Path | Traversable) -> dict[str, Any]:
    """Read a YAML file whose top level is a mapping.

    Raises
    ------
    DataFileError
        If the file is missing, is not YAML, or holds something else than a mapping.
    """
    file = Path(path) if isinstance(path, str) else path
    try:
        text = read_data(file).decode("utf-8")
    except FileNotFoundError:
        raise DataFileError(f"{file}: no such file; check the path") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataFileError(f"{file}: cannot be read as text ({error})") from error
    try:
        content = yaml.load(text, Loader=_Loader)  # a safe loader: plain data only
    except yaml.YAMLError as error:
        raise DataFileError(f"{file}: not valid YAML: {error}") from error
    if not isinstance(content, dict):
        raise DataFileError(
            f"{file}: expected a mapping of keys to values at the top level, found {type(content).__name__}"
        )
    return content


def require(mapping: dict[str, Any], key: str, kind: type | tuple[type, ...], where: object) -> Any:
    """Value of ``key``, after checking that it is there and has the type ``kind``.

    Integers are accepted where floats are asked for, and converted; booleans never count as numbers.

    Parameters
    ----------
    where
        What the mapping is, for the error message: usually the path of the file.

    Raises
    ------
    DataFileError
        If the key is missing or its value has another type.
    """
    if key not in mapping:
        raise DataFileError(f"{where}: missing key {key!r}; found the keys {', '.join(map(str, mapping))}")
    value = mapping[key]
    kinds = kind if isinstance(kind, tuple) else (kind,)
    if float in kinds and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        expected = " or ".join(k.__name__ for k in kinds)
        hint = " (YAML reads 1e-5 as text: write 1.0e-5)" if float in kinds and isinstance(value, str) else ""
        raise DataFileError(f"{where}: {key!r} must be {expected}, found {value!r}{hint}")
    return value
