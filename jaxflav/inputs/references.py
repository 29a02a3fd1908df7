"""BibTeX of the sources of numbers and methods."""

from functools import cache
from importlib.resources import files
from typing import Any

from jaxflav.io.errors import UnknownNameError
from jaxflav.io.yaml_file import read_yaml


@cache
def _references() -> dict[str, str]:
    return read_yaml(files("jaxflav.inputs") / "data" / "references.yaml")


def cite(*objects: Any) -> str:
    """BibTeX of the sources of the given objects, sorted by key, each source once.

    Parameters
    ----------
    *objects
        Anything with an attribute ``sources`` (a tuple of keys), or keys themselves. Without arguments, all
        sources known to jaxflav.

    Raises
    ------
    UnknownNameError
        If a key has no entry.
    TypeError
        If an object is neither a key nor has ``sources``.
    """
    if not objects:
        return "\n".join(entry for _, entry in sorted(_references().items()))
    keys: set[str] = set()
    for item in objects:
        if isinstance(item, str):
            keys.add(item)
        elif hasattr(item, "sources"):
            keys.update(item.sources)
        else:
            raise TypeError(
                f"cannot cite {type(item).__name__}: expected a key or an object with the attribute 'sources'"
            )
    for key in keys:
        if key not in _references():
            raise UnknownNameError("source", key, _references())
    return "\n".join(_references()[key] for key in sorted(keys))
