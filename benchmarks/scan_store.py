"""What the store costs beside the fits, in one run, so that a busy machine slows both; on one device and on all."""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks import belle2, harness
from jaxflav.inference.fitting.devices import split_processor
from jaxflav.inference.scans.definition import define_scan
from jaxflav.inference.scans.evaluate import Evaluator
from jaxflav.inference.scans.run import run_scan
from jaxflav.numerics.precision import enable_x64
from jaxflav.studies.mass_scan import MassProblem


def timed(scan, devices, out):
    """Wall time of a scan into a store, and of the fits in it."""
    fitting, records = [], Evaluator.records

    def measured(*arguments):
        begin = time.perf_counter()
        result = records(*arguments)
        fitting.append(time.perf_counter() - begin)
        return result

    Evaluator.records = measured
    try:
        start = time.perf_counter()
        run_scan(scan, out, devices=devices)
        return time.perf_counter() - start, sum(fitting)
    finally:
        Evaluator.records = records


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=16384, help="points of a scan (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    enable_x64()
    split_processor(len(os.sched_getaffinity(0)))
    harness.header()
    problem = MassProblem(belle2.two_body())
    n = arguments.points
    scans = {
        "masses, branching fraction profiled": {"mass": np.linspace(0.0, 4.75, n)},
        "mass-coupling plane, coupling held": {
            "mass": np.linspace(0.0, 4.75, n // 32),
            "branching_fraction": np.linspace(0.0, 2e-5, 32),
        },
    }
    for name, axes in scans.items():
        scan = define_scan(problem.profiled(), axes, references=problem.log_likelihood_sm)
        small = define_scan(problem.profiled(), {key: v[:16] for key, v in axes.items()})
        for devices in (1, "all"):
            run_scan(small, devices=devices)
            times = []
            for _ in range(arguments.rounds):
                with tempfile.TemporaryDirectory(dir=".") as place:
                    times.append(timed(scan, devices, Path(place) / "run"))
            wall = statistics.median(total for total, _ in times)
            cost = statistics.median(total / fits - 1 for total, fits in times)
            print(
                f"{name:36s} {devices!s:>3} device(s)   {n / wall:6.0f} points/s   the store costs {100 * cost:.1f} % "
                f"beside the fits   a million points in {1e6 * wall / n / 60:.0f} minutes",
                flush=True,
            )


if __name__ == "__main__":
    main()
