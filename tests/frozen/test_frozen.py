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
DRAWN = ("chains", "posterior_on_grid")  # another order of the parameters gives other draws of the same posterior
MONTE_CARLO = 4.0  # standard deviations that two sets of draws may be apart


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


def apart(found, expected, where=""):
    """Where summaries of draws are further apart than their Monte Carlo errors."""
    result = []
    for name, old in expected.items():
        new = found[name]
        fewest = min(new["effective"], old["effective"])
        error = old["deviation"] / np.sqrt(fewest)
        # standard errors of mean, median and deviation of a density that is about normal
        for key, factor in {"mean": 1.0, "median": 1.25, "deviation": 0.71}.items():
            if not abs(new[key] - old[key]) < MONTE_CARLO * np.sqrt(2) * factor * error:
                result.append(f"{where}{name}, {key}: {new[key]} instead of {old[key]}, error {error}")
    return result


def check(name):
    entry = FROZEN[name]
    found, expected = BLOCKS[entry["block"]](entry["settings"]), entry["values"]
    if entry["block"] not in DRAWN:
        assert different(found, expected, RTOL.get(entry["block"], SOLVED)) == []
        return
    if "log_evidence" in expected:
        error = np.hypot(found["error"], expected["error"])
        assert abs(found["log_evidence"] - expected["log_evidence"]) < MONTE_CARLO * error
        found, expected = found["posterior"], expected["posterior"]
    assert apart(found, expected) == []


@pytest.mark.parametrize("name", [name for name in FROZEN if not FROZEN[name]["slow"]])
def test_frozen(name):
    check(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in FROZEN if FROZEN[name]["slow"]])
def test_frozen_slow(name):
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
    summary = {"mu": {"mean": 3.0, "median": 3.0, "deviation": 1.0, "effective": 400.0}}
    assert apart(summary, summary) == []
    assert len(apart({"mu": {**summary["mu"], "mean": 3.5}}, summary)) == 1
