"""What the store costs: the same scan in memory and into a store, on one device and on all, in turn."""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

import jax
import numpy as np

from benchmarks import belle2, harness
from jaxflav.inference.mass_scan import MassProblem
from jaxflav.inference.scans import define_scan, run_scan
from jaxflav.numerics.precision import enable_x64


def timed(scan, devices, out=None):
    start = time.perf_counter()
    run_scan(scan, out, devices=devices)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=8192, help="masses (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    enable_x64()
    jax.config.update("jax_num_cpu_devices", len(os.sched_getaffinity(0)))
    harness.header()
    problem = MassProblem(belle2.two_body())
    n = arguments.points
    masses = np.linspace(0.0, 4.75, n)
    fraction = np.linspace(0.0, 2e-5, 32)
    scans = {
        "masses, branching fraction profiled": {"mass": masses},
        "mass-coupling plane, coupling held": {"mass": np.linspace(0.0, 4.75, n // 32), "branching_fraction": fraction},
    }
    for name, axes in scans.items():
        scan = define_scan(problem.profiled(), axes, references=problem.log_likelihood_sm)
        for devices in (1, "all"):
            small = define_scan(problem.profiled(), {key: v[:16] for key, v in axes.items()})
            timed(small, devices)
            memory, store = [], []
            for _ in range(arguments.rounds):
                memory.append(timed(scan, devices))
                with tempfile.TemporaryDirectory() as place:
                    store.append(timed(scan, devices, Path(place) / "run"))
            overhead = statistics.median(b / a for a, b in zip(memory, store, strict=True)) - 1
            print(
                f"{name:36s} {devices!s:>3} devices   in memory {n / statistics.median(memory):7.0f} points/s   "
                f"in a store {n / statistics.median(store):7.0f} points/s   the store costs {100 * overhead:.1f} %",
                flush=True,
            )


if __name__ == "__main__":
    main()
