"""A plane of two couplings, 100 x 100 points, all nuisances of the default combination profiled, after compilation."""

import time

import numpy as np

from benchmarks import harness
from jaxflav.hypotheses.text import hypothesis_of
from jaxflav.inference.profiling.plane import profile_plane
from jaxflav.numerics.precision import enable_x64
from jaxflav.studies.favoured_regions import coupling_problem
from jaxflav.tasks.combination import load_combination
from jaxflav.tasks.defaults import DEFAULT_EXPERIMENTS

POINTS = 100
MASS = 0.6


def main():
    enable_x64()
    harness.header()
    data = load_combination(DEFAULT_EXPERIMENTS, [])
    axes = hypothesis_of("fermion-pair", ["f_VV", "f_AV"])
    problem = coupling_problem(data.experiments, data.parameters, data.form_factors, axes, MASS)
    grid = np.linspace(-3.0, 3.0, POINTS)
    start = time.perf_counter()
    profile_plane(problem, "f_VV", grid[:2], "f_AV", grid[:2])
    first = time.perf_counter() - start
    start, cpu = time.perf_counter(), time.process_time()
    plane = profile_plane(problem, "f_VV", grid, "f_AV", grid)
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    assert plane.converged.all()
    n, p = POINTS**2, int(np.sum(~problem.fixed))
    print(
        f"{POINTS} x {POINTS} points, {p} parameters, {problem.likelihood.n_rows} rows   first call {first:.1f} s   "
        f"{wall:.1f} s wall (asked for: 20), {cpu:.1f} s of processor time   {1e3 * wall / n:.2f} ms per point"
    )


if __name__ == "__main__":
    main()
