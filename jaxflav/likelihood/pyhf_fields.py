"""Fields of a pyhf workspace, checked: every error names the place in the file."""

from typing import Any

import numpy as np

from jaxflav.io.errors import InputError


def get(mapping: Any, key: str, kind: type | tuple[type, ...], at: str) -> Any:
    """A field of an object.

    Raises
    ------
    InputError
        If this is no object, or the field is missing or of another type.
    """
    if not isinstance(mapping, dict):
        raise InputError(f"{at}: expected an object, found {type(mapping).__name__}")
    if key not in mapping:
        raise InputError(f"{at}: field {key!r} is missing; found {', '.join(sorted(mapping)) or 'no fields'}")
    value = mapping[key]
    if not isinstance(value, kind):
        wanted = " or ".join(k.__name__ for k in (kind if isinstance(kind, tuple) else (kind,)))
        raise InputError(f"{at}/{key}: expected {wanted}, found {type(value).__name__}")
    return value


def get_named(mapping: Any, key: str, what: str, at: str) -> dict[str, dict]:
    """A list of objects with names, by name.

    Raises
    ------
    InputError
        If an entry has no name, or two have the same.
    """
    found = {}
    for entry in get(mapping, key, list, at):
        name = get(entry, "name", str, f"{at}/{key}")
        if name in found:
            raise InputError(f"{at}/{key}: {what} {name!r} occurs twice; rename one or leave it out")
        found[name] = entry
    return found


def numbers(value: Any, length: int, at: str, minimum: float = -np.inf) -> np.ndarray:
    """A list of finite numbers of a given length, as an array of floats.

    Raises
    ------
    InputError
        If it is none, or a number is below the minimum.
    """
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise InputError(f"{at}: expected a list of {length} numbers, found {str(value)[:60]!r}") from None
    if array.shape != (length,):
        raise InputError(f"{at}: expected a list of {length} numbers, found {_shape(array)}")
    if not np.all(np.isfinite(array)):
        raise InputError(f"{at}: entry {int(np.argmin(np.isfinite(array)))} is not a finite number")
    if np.any(array < minimum):
        worst = int(np.argmin(array))
        raise InputError(f"{at}: entry {worst} is {array[worst]:g}, expected at least {minimum:g}")
    return array


def _shape(array):
    if array.ndim == 0:
        return f"{array.item()!r}"
    return f"{len(array)}" if array.ndim == 1 else f"lists in the list, of shape {array.shape}"
