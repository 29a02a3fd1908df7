"""What made a result: versions, command, device, data, seed, date."""

import datetime
import sys
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import jax


def device_description() -> dict[str, Any]:
    """Platform, kind and number of the devices of this process."""
    devices = jax.local_devices()
    return {"platform": devices[0].platform, "kind": devices[0].device_kind, "count": len(devices)}


def made_by(data: Mapping[str, str], seed: int | None = None) -> dict[str, Any]:
    """Description of what is about to make a result.

    Parameters
    ----------
    data : mapping of name to sha256
        Of every data file, from ``record_data_files``.
    seed : int, optional
        Of the random numbers; None where there are none.
    """
    return {
        "command": ["jaxflav", *sys.argv[1:]],
        "jaxflav": version("jaxflav"),
        "jax": version("jax"),
        "jaxlib": version("jaxlib"),
        "python": sys.version.split()[0],
        "device": device_description(),
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "seed": seed,
        "data": dict(sorted(data.items())),
    }
