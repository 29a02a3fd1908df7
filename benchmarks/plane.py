"""A plane of 100 x 100 masses and branching fractions, every point a profile fit of all nuisance parameters."""

import time

import numpy as np

from benchmarks import belle2, harness
from jaxflav.inference.fitting.problem import define_problem
from jaxflav.inference.profiling.plane import profile_plane
from jaxflav.numerics.precision import enable_x64

POINTS, ROUNDS = 100, 3


def main():
    enable_x64()
    harness.header()
    problem = define_problem(belle2.two_body(), held={"mu": 1.0})
    masses, branching = np.linspace(0.0, 4.7, POINTS), np.linspace(0.0, 3e-5, POINTS)
    times = []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        plane = profile_plane(problem, "mass", masses, "branching_fraction", branching)
        times.append(time.perf_counter() - start)
    assert plane.converged.all()
    warm = float(np.median(times[1:]))
    print(
        f"{POINTS} x {POINTS} plane   first {times[0]:.1f} s   after compilation {warm:.1f} s (asked for: 10)   "
        f"{1e6 * warm / POINTS**2:.0f} us per point   best at {plane.best[0]:.2f} GeV, {plane.best[1]:.2e}"
    )


if __name__ == "__main__":
    main()
