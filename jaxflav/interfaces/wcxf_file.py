"""The text of WCxf files, JSON or YAML: plain data only, each key once, every value a finite number."""

import json
import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml

from jaxflav.io.data_files import read_data
from jaxflav.io.errors import DataFileError

# bytes: a file with all coefficients of WET or SMEFT has less than 0.5 MB
LARGEST = 5_000_000


class WcxfContent(NamedTuple):
    """What a WCxf file says, checked: effective theory, basis, scale in GeV, and complex values by name."""

    eft: str
    basis: str
    scale: float
    values: dict[str, complex]


def read_content(path: Path) -> WcxfContent:
    """Content of a WCxf file; its format is JSON if it is valid JSON, else YAML.

    Raises
    ------
    DataFileError
        If the file is missing, larger than ``LARGEST`` bytes, neither JSON nor plain YAML, or not of the form of WCxf.
    """
    if not path.is_file():
        raise DataFileError(f"{path}: no such file; check the path")
    size = path.stat().st_size
    if size > LARGEST:
        raise DataFileError(
            f"{path}: has {size / 1e6:.0f} MB, where all coefficients of an effective theory need less than "
            f"{LARGEST / 1e6:.0f} MB; give the WCxf file itself"
        )
    try:
        text = read_data(path).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataFileError(f"{path}: cannot be read as text ({error})") from error
    return checked_content(_parsed(text, path), path)


def checked_content(content: Any, where: object) -> WcxfContent:
    """Content of a mapping of the form of WCxf.

    Parameters
    ----------
    where
        What the mapping is, for error messages: usually the path of the file.

    Raises
    ------
    DataFileError
        If a key is missing, a value is not a finite number, or the scale is not positive.
    """
    if not isinstance(content, Mapping):
        raise DataFileError(f"{where}: expected the keys eft, basis, scale and values, found {_short(content)}")
    for key in ("eft", "basis", "scale", "values"):
        if key not in content:
            raise DataFileError(
                f"{where}: missing key {key!r}; a WCxf file has eft, basis, scale and values, found "
                f"{_short(list(content))}"
            )
    for key in ("eft", "basis"):
        if not isinstance(content[key], str):
            raise DataFileError(f"{where}: {key!r} must be a name, found {_short(content[key])}")
    scale = _real(content["scale"], "the scale", where)
    if scale <= 0:
        raise DataFileError(f"{where}: the scale must be a positive number of GeV, found {scale}")
    values = content["values"]
    if not isinstance(values, Mapping):
        raise DataFileError(f"{where}: 'values' must map names to numbers, found {_short(values)}")
    numbers = {str(name): _complex(value, str(name), where) for name, value in values.items()}
    return WcxfContent(content["eft"], content["basis"], scale, numbers)


def _complex(value, name, where):
    if _is_complex(value) and np.ndim(value) == 0 and np.isfinite(value):
        return complex(value)
    if not isinstance(value, Mapping):
        return complex(_real(value, name, where))
    if not value or set(value) - {"Re", "Im"}:
        raise DataFileError(f"{where}: {name} must be a number or have the keys Re and Im, found {_short(dict(value))}")
    return complex(_real(value.get("Re", 0), f"Re of {name}", where), _real(value.get("Im", 0), f"Im of {name}", where))


def _real(value, name, where):
    """The number, from text too: YAML reads 1e-5 as text."""
    try:
        number = np.nan if isinstance(value, bool) or _is_complex(value) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = np.nan
    if not np.isfinite(number):
        raise DataFileError(f"{where}: {name} must be a finite number, found {_short(value)}")
    return number


def _is_complex(value):
    # not of a list: one of YAML may be too large to be looked through
    return isinstance(value, complex) or (hasattr(value, "dtype") and np.iscomplexobj(value))


def _short(value):
    text = reprlib.repr(value)
    return text if len(text) <= 100 else f"{text[:100]}..."


def _parsed(text, path):
    try:
        return json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        if path.suffix == ".json":
            raise DataFileError(f"{path}: not valid JSON: {error}") from error
    try:
        return yaml.load(text, Loader=_PlainLoader)  # a safe loader: it makes plain data and runs nothing
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise DataFileError(f"{path}: neither valid JSON nor YAML of plain data: {reason}") from error


def _once(pairs):
    found: dict = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {_short(key)} is there twice; leave one")
        found[key] = value
    return found


class _PlainLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """A safe loader that refuses a key that is there twice."""

    def construct_mapping(self, node, deep=False):
        """Mapping of a node; raises ``ValueError`` for a key that is there twice."""
        return _once(
            (self.construct_object(key, True), self.construct_object(value, True)) for key, value in node.value
        )
