"""What made a result: versions, command, device, data, seed, date; and whether it is the same as before."""

import datetime
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax

from jaxflav.io.errors import InputError
from jaxflav.io.output import plain

MAY_DIFFER = ("command", "date", "python")  # for the same result
_SHOWN = 40  # letters of a value in a message


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


def same_device(device: Mapping[str, Any]) -> dict[str, Any]:
    """What must be the same of a device for the same bits, of ``device_description``: not how many there are."""
    return {key: device.get(key) for key in ("platform", "kind")}


def differences(found: Mapping, expected: Mapping, where: str = "") -> list[str]:
    """What differs between two nested mappings, as short texts."""
    texts = []
    for key in sorted({*found, *expected}):
        name = f"{where}{key}"
        a, b = found.get(key), expected.get(key)
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            texts += differences(a, b, f"{name}: ")
        elif a != b:
            texts.append(f"{name} is {_short(b)}, was {_short(a)}")
    return texts


def _short(value):
    text = str(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def refuse_to_continue(path: Path, what: str, changed: list[str]) -> None:
    """Raise InputError if something of what a directory holds has changed; ``what`` it holds, such as a scan."""
    if changed:
        raise InputError(
            f"{path}: this is not the same {what}, it cannot be continued: {'; '.join(changed)}. Give the command, "
            "data and versions of before, or another name to --out"
        )


def check_same_result(path: Path, what: str, found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Check that a directory holds the result that is asked for.

    Parameters
    ----------
    path : Path
        The directory.
    what : str
        It holds, such as a scan, for the message.
    found, expected : mapping
        Its description, and what that would be now, of ``made_by`` and all settings. Command, date, Python and the
        number of devices may differ; so may what ``found`` says beyond the keys of ``expected``.

    Raises
    ------
    InputError
        If anything else differs.
    """
    now = {key: value for key, value in plain(expected).items() if key not in MAY_DIFFER}
    before = {key: found.get(key) for key in now}
    if "device" in now and before["device"]:
        now, before = ({**one, "device": same_device(one["device"])} for one in (now, before))
    refuse_to_continue(path, what, differences(before, now))
