"""Integrated BR and F_L of B0 -> K*0 psi psibar per point, against B0 -> K*0 nu nubar of EOS and flavio.

A point is a set of ten complex couplings and a mass. Give the interpreters of the environments of the rivals, see
``tests/oracles/environment-*.txt``: ``python -m benchmarks.rates --eos PYTHON --flavio PYTHON``, or JAXFLAV_EOS_PYTHON
and JAXFLAV_FLAVIO_PYTHON. Without one, that rival is left out.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks import harness
from jaxflav.couplings import (
    FermionPairCouplings,
    GravitinoPairCouplings,
    MixedPairCouplings,
    ScalarCouplings,
    ScalarPairCouplings,
    VectorCouplings,
    VectorPairCouplings,
    sm_neutrino_couplings,
)
from jaxflav.form_factors import load_form_factors
from jaxflav.inputs.parameters import load_parameters
from jaxflav.numerics.precision import enable_x64
from jaxflav.numerics.quadrature import between_thresholds
from jaxflav.rates import (
    B_PLUS_TO_K_PLUS,
    B_S_TO_INVISIBLE,
    B_ZERO_TO_KSTAR_ZERO,
    invisible_branching_fraction,
    two_body_branching_fraction,
)
from jaxflav.spectra import decay_density, spectrum, total

DECAY = B_ZERO_TO_KSTAR_ZERO
POINTS, CHUNK, CORES, ROUNDS = 100_000, 1000, 2, 3
# EOS asks its quadrature for 5e-4
ACCURACY = 1e-6
RIVALS = {"eos": 20, "flavio": 10_000}
NAMES = [name for name in FermionPairCouplings.__annotations__ if name.startswith("f_")]


def integrate(parameters, ff_set, nuisances, values, mass, order):
    """Branching fraction and F_L, integrated over all q2, for couplings of shape (10,) and one mass."""
    couplings = FermionPairCouplings(**dict(zip(NAMES, values, strict=True)))
    m_B, m_K = DECAY.masses(parameters)
    q2, weights = between_thresholds(4 * mass**2, (m_B - m_K) ** 2, order)
    density = decay_density(parameters, ff_set, nuisances, couplings, mass, DECAY, q2)
    branching, longitudinal = jnp.sum(weights * density.total), jnp.sum(weights * density.longitudinal)
    return branching, longitudinal / branching


def random_points(n, rng):
    values = rng.normal(size=(n, len(NAMES))) + 1j * rng.normal(size=(n, len(NAMES)))
    return values, rng.uniform(0.01, 2.19, n)


def batched(parameters, ff_set, order):
    """Function of arrays of points: chunks of one compiled batch, shared among the cores."""
    zero = jnp.zeros(ff_set.mean.shape)
    one_chunk = jax.jit(jax.vmap(partial(integrate, order=order), in_axes=(None, None, None, 0, 0)))
    pool = ThreadPoolExecutor(CORES)

    def run(values, masses):
        def work(i):
            chunk = slice(i, i + CHUNK)
            return [np.asarray(x) for x in one_chunk(parameters, ff_set, zero, values[chunk], masses[chunk])]

        columns = zip(*pool.map(work, range(0, len(masses), CHUNK)), strict=True)
        return tuple(np.concatenate(column) for column in columns)

    return run


def choose_order(parameters, ff_set, rng):
    """Smallest order with which every one of a few thousand points has the accuracy."""
    points = random_points(4000, rng)
    exact = batched(parameters, ff_set, 128)(*points)
    for order in (8, 12, 16, 20, 24, 32, 48, 64):
        found = batched(parameters, ff_set, order)(*points)
        errors = [np.max(np.abs(x / y - 1)) for x, y in zip(found, exact, strict=True)]
        print(f"# {order:3d} nodes: largest error of BR {errors[0]:.0e}, of F_L {errors[1]:.0e} (of 4000 points)")
        if max(errors) < ACCURACY:
            return order
    raise AssertionError(f"no order reaches {ACCURACY}")


def compile_times(parameters):
    """Seconds from a Python function to a compiled one, for each channel."""
    sets = {process: load_form_factors("GRvDV2023", process) for process in ("B -> K", "B -> K*")}
    pairs = {
        "phi phibar": ScalarPairCouplings(g_SS=1j),
        "psi psibar": FermionPairCouplings(f_VV=1j),
        "V Vbar": VectorPairCouplings(h_S=1j),
        "Psi Psibar": GravitinoPairCouplings(F_VV=1j),
        "nu N": MixedPairCouplings(V_L=1e-9j),
        "nu nubar": sm_neutrino_couplings(parameters),
    }
    work = {}
    for decay in (B_PLUS_TO_K_PLUS, B_ZERO_TO_KSTAR_ZERO):
        ff_set = sets[decay.process]
        for name, couplings in pairs.items():
            work[f"{decay.name} {name}"] = (
                lambda *args, decay=decay: total(spectrum(*args, decay)),
                (parameters, ff_set, jnp.zeros(ff_set.mean.shape), couplings, 0.6),
            )
        for name, couplings in (("phi", ScalarCouplings(g_S=1j)), ("V", VectorCouplings(h_V=1j))):
            work[f"{decay.name} {name}"] = (
                lambda *args, decay=decay: two_body_branching_fraction(*args, decay),
                (parameters, ff_set, jnp.zeros(ff_set.mean.shape), couplings, 2.1),
            )
    for name, couplings in pairs.items():
        work[f"Bs -> {name}"] = (
            lambda *args: invisible_branching_fraction(*args, B_S_TO_INVISIBLE),
            (parameters, couplings, 0.6),
        )
    seconds = {}
    for name, (function, arguments) in work.items():
        start = time.perf_counter()
        jax.jit(function).lower(*arguments).compile()
        seconds[name] = time.perf_counter() - start
    slowest = max(seconds, key=seconds.get)
    print("# compile: " + ", ".join(f"{name} {s:.2f} s" for name, s in seconds.items()))
    print(f"compile time of the slowest channel: {slowest} {seconds[slowest]:.2f} s   (asked for: < 3 s)")


def rival(script, python):
    """Seconds per point of a rival, in its own environment."""
    path = Path(__file__).parent / "rivals" / f"time_{script}.py"
    # only what a process needs: no PYTHONPATH of ours in the environment of the rival
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    result = subprocess.run([python, path], capture_output=True, text=True, env=environment, check=False)
    if result.returncode:
        sys.exit(f"{path} failed:\n{result.stderr}")
    return json.loads(result.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in RIVALS:
        variable = f"JAXFLAV_{name.upper()}_PYTHON"
        parser.add_argument(f"--{name}", metavar="PYTHON", default=os.environ.get(variable), help=f"or ${variable}")
    arguments = parser.parse_args()
    enable_x64()
    harness.header()
    rng = np.random.default_rng(1)
    parameters, ff_set = load_parameters(), load_form_factors("GRvDV2023", DECAY.process)
    order = choose_order(parameters, ff_set, rng)
    run = batched(parameters, ff_set, order)
    points = random_points(POINTS, rng)
    branching, fraction = run(*points)
    assert np.all(np.isfinite(branching))
    assert np.all((fraction > 0) & (fraction < 1))

    def ours(n=POINTS):
        return harness.seconds(lambda: run(*(x[:n] for x in points))) / n

    for n in (1000, 10_000, POINTS):
        one = statistics.median(ours(n) for _ in range(ROUNDS))
        print(f"{n:7d} points, {order} nodes: {one * 1e6:8.2f} us per point, {n * one:.3f} s", flush=True)
    for name, target in RIVALS.items():
        python = getattr(arguments, name)
        if python is None:
            print(f"# no interpreter with {name}: not compared")
            continue
        pairs = []
        for _ in range(ROUNDS):
            result = rival(name, python)
            pairs.append((ours(), result["median_seconds_per_point"]["BR and F_L"]))
        mine, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratio = statistics.median(b / a for a, b in pairs)
        print(
            f"BR and F_L, {result['code']}: ours {mine * 1e6:.2f} us   rival {theirs * 1e6:.1f} us   "
            f"ratio {ratio:.0f}   (asked for: {target})   {result['version']}",
            flush=True,
        )
    compile_times(parameters)


if __name__ == "__main__":
    main()
