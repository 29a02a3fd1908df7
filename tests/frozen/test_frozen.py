"""The numbers of numbers.json, made by ``make.py`` before the engine, the roads and the face became one, still hold.

An entry with ``moved`` says what changed since, by how much and why; its values are those after the change.
"""

import json

import numpy as np
import pytest

from tests.frozen.blocks import BLOCKS
from tests.frozen.make import NUMBERS, entries, text_of

FROZEN = json.loads(NUMBERS.read_text())
SAME = 1e-9  # densities, slopes and rates at given points: no algorithm is between
SOLVED = 1e-6  # where fits and searches end
RTOL = {"log_likelihood": SAME, "branching_fractions": SAME}


def different(found, expected, rtol, where=""):
    """Where two results differ, with both values; a list is compared on the scale of its largest number."""
    if isinstance(expected, dict):
        if set(found) != set(expected):
            return [f"{where}: {sorted(found)} instead of {sorted(expected)}"]
        return [d for key in expected for d in different(found[key], expected[key], rtol, f"{where}/{key}")]
    if isinstance(expected, (bool, str)) or expected is None or expected == []:
        return [] if found == expected else [f"{where}: {found} instead of {expected}"]
    if isinstance(expected, list) and isinstance(expected[0], (bool, str)):
        return [] if found == expected else [f"{where}: {found} instead of {expected}"]
    new, old = np.array(found, dtype=float), np.array(expected, dtype=float)
    if new.shape != old.shape:
        return [f"{where}: shape {new.shape} instead of {old.shape}"]
    allowed = rtol * np.nanmax(np.abs(old), initial=0.0)
    bad = ~((np.abs(new - old) <= allowed) | (np.isnan(new) & np.isnan(old)))
    return [f"{where}: {new[bad].tolist()} instead of {old[bad].tolist()}"] if np.any(bad) else []


def check(name):
    entry = FROZEN[name]
    found = BLOCKS[entry["block"]](entry["settings"])
    assert different(found, entry["values"], RTOL.get(entry["block"], SOLVED)) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", FROZEN)
def test_frozen(name):
    check(name)


def test_numbers_are_of_the_entries():
    of_numbers = {name: {key: entry[key] for key in ("block", "slow", "settings")} for name, entry in FROZEN.items()}
    assert of_numbers == json.loads(text_of(entries()))
    for name, entry in FROZEN.items():
        assert set(entry) - {"moved"} == {"block", "slow", "settings", "values"}, name
        assert entry["values"], name


def test_comparison_sees_differences():
    old = {"a": [1.0, 2.0], "b": {"c": True, "d": "x", "e": 3e-6}}
    assert different(old, old, SAME) == []
    assert different({**old, "a": [1.0, 2.0 + 1e-8]}, old, SAME) == ["/a: [2.00000001] instead of [2.0]"]
    assert different({**old, "a": [1.0, float("nan")]}, old, SOLVED) == ["/a: [nan] instead of [2.0]"]
    assert different({**old, "a": [1.0]}, old, SAME) == ["/a: shape (1,) instead of (2,)"]
    assert len(different({**old, "b": {"c": False, "d": "y", "e": 3.0001e-6}}, old, SOLVED)) == 3
    assert different({"a": old["a"]}, old, SAME) == [": ['a'] instead of ['a', 'b']"]
