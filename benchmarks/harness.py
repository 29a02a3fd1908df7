"""Timing side by side: ours and the rival in turn, so that a machine that slows down slows both.

Every benchmark prints medians, and the ratio rival/ours as the median over the rounds. Run one with
``python -m benchmarks.NAME`` in an environment made by ``pip install -e ".[test]"``.
"""

import os
import platform
import statistics
import time
from importlib.metadata import version

import jax


def seconds(work):
    """Wall time of one call, the result computed to its end."""
    start = time.perf_counter()
    jax.block_until_ready(work())
    return time.perf_counter() - start


def compare(name, ours, rival, rounds, ours_points=1, rival_points=1, target=None):
    """Time two pieces of work in turn, per point, after one call of each that compiles them; print the ratio."""
    compiling = seconds(ours)
    seconds(rival)
    pairs = [(seconds(ours) / ours_points, seconds(rival) / rival_points) for _ in range(rounds)]
    a, b = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(theirs / mine for mine, theirs in pairs)
    goal = "" if target is None else f"   (asked for: {target:g})"
    print(
        f"{name:44s} ours {a * 1e6:12.1f} us   rival {b * 1e6:14.1f} us   ratio {ratio:10.1f}{goal}   "
        f"first call {compiling:.2f} s",
        flush=True,
    )
    return ratio


def header():
    """Print what the figures depend on."""
    packages = ", ".join(f"{p} {version(p)}" for p in ("jaxflav", "jax", "numpy", "pyhf"))
    device = jax.devices()[0]
    machine = f"{device.platform} {device.device_kind}, {os.cpu_count()} cores"
    print(f"# {machine}, Python {platform.python_version()}, {packages}")
