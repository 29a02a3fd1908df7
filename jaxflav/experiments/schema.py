"""The keys of ``analysis.yaml``, for every kind of data, checked in one place: see ``data_file`` for their meaning."""

import io
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np

from jaxflav.io.data_files import read_data
from jaxflav.io.errors import DataFileError
from jaxflav.io.yaml_file import require
from jaxflav.rates.decays import ALL_DECAYS

FORMAT = "jaxflav-analysis/1"
HISTFACTORY, BINNED, COUNTING, LIMIT, GAUSSIAN = "histfactory", "binned_recast", "counting", "upper_limit", "gaussian"
PROJECTION = "projection"
KINDS = (HISTFACTORY, BINNED, COUNTING, LIMIT, GAUSSIAN, PROJECTION)
FROM_LIMIT = "from published_limit"

# decays that data may be about: those with rates in jaxflav, and those for predictions of the user
DECAYS = {decay.name: decay for decay in ALL_DECAYS} | dict.fromkeys(("B0 -> invisible", "B -> X_s"))

_HEAD = {"format": str, "name": str, "title": str, "year": int, "licence": str, "sources": list}
_MORE_DATA = {"luminosity": dict, "running": bool}  # optional in every kind with data
_NUMBER = {"value": (int, float, list, dict), "unit": str, "source": str, "year": int}
_LIMIT = {**_NUMBER, "confidence_level": float}
# name: (required keys, optional keys) with their types
SCHEMA = {
    HISTFACTORY: (
        {**_HEAD, "decay": str, "likelihood": str, "number_density": str, "signal": list, "dropped": list}
        | {"simulation": dict},
        {"kind": str, "channels": list, **_MORE_DATA},
    ),
    BINNED: ({**_HEAD, "kind": str, "n_mesons": dict, "channels": list}, _MORE_DATA),
    COUNTING: ({**_HEAD, "kind": str, "n_mesons": dict, "channels": list}, _MORE_DATA),
    LIMIT: ({**_HEAD, "kind": str, "decay": str, "limits": list}, _MORE_DATA),
    GAUSSIAN: ({**_HEAD, "kind": str, "decay": str, "branching_fraction": dict}, _MORE_DATA),
    PROJECTION: ({**_HEAD, "kind": str, "measurements": list}, {}),
    "measurement of projection": (
        {"name": str, "observable": str, "relative": bool, "luminosity": dict, "uncertainty": dict},
        {},
    ),
    "channel of binned_recast": (
        {"name": str, "decay": str, "q2_rec_edges": dict, "observed": dict, "efficiency": dict, "kernel": dict}
        | {"backgrounds": list},
        {"sm_covariance": dict, "new_covariance": dict, "published_limit": dict},
    ),
    "channel of counting": (
        {"name": str, "decay": str, "observed": dict, "background": dict, "efficiency": (dict, str)},
        {"published_limit": dict},
    ),
    "number": (_NUMBER, {"uncertainty": (int, float, list)}),
    "measured": (_NUMBER, {"uncertainty": (int, float), "systematic": (int, float)}),
    "efficiency": (_NUMBER, {"uncertainty": (int, float, list), "q2": list}),
    "background": (
        {**_NUMBER, "name": str},
        {"uncertainty": (int, float, list), "covariance": (list, dict), "normalisation": float}
        | {"normalisation_name": str},
    ),
    "limit": (_LIMIT, {}),
    "kernel none": ({"type": str}, {}),
    "kernel gaussian": ({"type": str, "resolution": dict}, {"shift": dict}),
    "kernel inclusive_tag": ({"type": str, "sqrt_s": dict, "m_parent": dict, "m_daughter": dict}, {"resolution": dict}),
    "kernel tabulated": ({"type": str, "q2": list, "shares": (list, dict), "source": str, "year": int}, {}),
}


def check_keys(mapping: Any, kind: str, where: str) -> dict:
    """Check that a mapping has the keys of its kind in ``SCHEMA``, with their types, and no others.

    Raises
    ------
    DataFileError
        Naming the key that is missing, unknown or of the wrong type.
    """
    needed, optional = SCHEMA[kind]
    if not isinstance(mapping, dict):
        raise DataFileError(f"{where}: expected a mapping with the keys {', '.join(needed)}, found {mapping!r}")
    for key, types in needed.items():
        require(mapping, key, types, where)
    known = needed | optional
    for key in mapping:
        if key not in known:
            close = get_close_matches(str(key), known, n=1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            raise DataFileError(f"{where}: unknown key {key!r}: {hint}Known: {', '.join(known)}; remove or rename it")
        require(mapping, key, known[key], where)
    return mapping


def array(value: Any, where: str, folder: Path, ndim: int) -> np.ndarray:
    """Numbers written in the YAML file, or in a CSV file next to it, named by ``{file: NAME}``.

    Raises
    ------
    DataFileError
        If they are not finite numbers (edges may be infinite) of ``ndim`` dimensions.
    """
    if isinstance(value, dict):
        name = require(value, "file", str, where)
        try:
            value = np.loadtxt(io.StringIO(read_data(folder / name).decode()), delimiter=",", ndmin=ndim)
        except (OSError, ValueError) as error:
            raise DataFileError(f"{where}: file {name!r} is not a readable table of numbers ({error})") from error
    try:
        numbers = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise DataFileError(
            f"{where}: expected numbers in rows of equal length, found {str(value)[:60]!r} (YAML reads 1e-5 as text: "
            "write 1.0e-5)"
        ) from None
    if numbers.ndim != ndim:
        raise DataFileError(f"{where}: expected {ndim} dimension(s), found an array of shape {numbers.shape}")
    if np.any(np.isnan(numbers)) or numbers.size == 0:
        raise DataFileError(f"{where}: found {'no numbers' if numbers.size == 0 else 'NaN'}; give finite numbers")
    return numbers


def number(mapping: dict, key: str, where: str, unit: str = "1", kind: str = "number") -> float:
    """Value of a number with unit, source and year, which must be finite.

    Raises
    ------
    DataFileError
        If it is not finite, or in another unit.
    """
    at = f"{where}, {key!r}"
    entry = check_keys(mapping[key], kind, at)
    check_unit(entry, unit, at)
    value = require(entry, "value", float, at)
    if not np.isfinite(value):
        raise DataFileError(f"{at}: expected a finite number, found {value}")
    return value


def uncertainty(mapping: dict, key: str, where: str) -> float:
    """Uncertainty of a number, 0 if it has none.

    Raises
    ------
    DataFileError
        If it is not a finite number of at least 0.
    """
    at = f"{where}, {key!r}"
    if "uncertainty" not in mapping[key]:
        return 0.0
    error = require(mapping[key], "uncertainty", float, at)
    if not 0 <= error < np.inf:
        raise DataFileError(f"{at}, 'uncertainty': expected a finite number of at least 0, found {error}")
    return error


def check_unit(entry: dict, unit: str, where: str) -> None:
    """Check the unit of a number; raises ``DataFileError``."""
    if entry["unit"] != unit:
        raise DataFileError(f"{where}: unit is {entry['unit']!r}, expected {unit!r}; convert the numbers")


def check_decay(name: str, where: str) -> None:
    """Check the name of a decay; raises ``DataFileError`` with the known ones."""
    if name not in DECAYS:
        raise DataFileError(f"{where}, 'decay': unknown decay {name!r}; known: {', '.join(sorted(DECAYS))}")
