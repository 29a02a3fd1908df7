"""The main job: a 48-point mass scan after compilation, and the whole command with imports, compilation and memory."""

import os
import statistics
import subprocess
import sys
import time

import numpy as np

from benchmarks import belle2, harness
from jaxflav.numerics.precision import enable_x64
from jaxflav.studies.mass_scan import scan_masses

ROUNDS = 5


def command(*arguments):
    """Wall time and peak memory in MB of one command in a new process."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "jaxflav", *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def main():
    enable_x64()
    harness.header()
    likelihood, masses = belle2.two_body(), np.linspace(0.0, 4.75, 48)
    first = time.perf_counter()
    scan_masses(likelihood, masses)
    first = time.perf_counter() - first
    warm = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        scan = scan_masses(likelihood, masses)
        warm.append(time.perf_counter() - start)
    assert scan.converged.all()
    print(
        f"48-point scan, best mass and intervals   first {first:.2f} s   after compilation "
        f"{statistics.median(warm):.3f} s   (asked for: 1.5)"
    )
    cold = [command("scan", "two-body", "--mass", "0:4.75:48") for _ in range(ROUNDS)]
    wall, memory = (statistics.median(column) for column in zip(*cold, strict=True))
    print(
        f"jaxflav scan two-body, cold              {wall:.1f} s (asked for: 20)   peak memory {memory:.0f} MB "
        "(asked for: 1000)"
    )


if __name__ == "__main__":
    main()
