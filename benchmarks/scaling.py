"""Time per profiled point against the number of points, bins, nuisance parameters and experiments.

Fits are those of scans: a batch first, then, by themselves, those whose end a bound does not show to be a maximum.
Runs on whatever device JAX finds: up to 100,000 points on a CPU, 1,000,000 on a GPU.
"""

import functools
import time

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks import belle2, harness
from jaxflav.inference.fitting.batch import fit_many
from jaxflav.inference.fitting.fisher_scoring import fit
from jaxflav.inference.fitting.result import CONVERGED
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood, NoSignal, linearise, log_likelihood
from jaxflav.likelihood.pyhf_json import parse_workspace
from jaxflav.numerics.precision import enable_x64

BATCH = {"cpu": 64, "gpu": 16_384}
POINTS = {"cpu": (1_000, 10_000, 100_000), "gpu": (1_000, 10_000, 100_000, 1_000_000)}
ROUNDS = 9

_fits = jax.jit(jax.vmap(functools.partial(fit, check=False), in_axes=(None, 0, 0, None)))
_parts = {
    "model and derivatives": jax.jit(jax.vmap(linearise, in_axes=(None, 0))),
    "log-density": jax.jit(jax.vmap(log_likelihood, in_axes=(None, 0))),
}


def synthetic(bins, nuisances, experiments):
    """Experiments with one signal strength in common, each with its bins, shape systematics and simulated errors."""
    rng = np.random.default_rng(bins + 1000 * nuisances + experiments)
    mu = {"name": "mu", "type": "normfactor", "data": None}
    channels, observations = [], []
    for e in range(experiments):
        background = rng.uniform(50, 150, bins)
        signal = 20 * np.exp(-0.5 * ((np.arange(bins) - bins / 2) / (bins / 6 + 1)) ** 2)
        shapes = [
            {
                "name": f"shape_{e}_{i}",
                "type": "histosys",
                "data": {
                    "hi_data": list(background * (1 + shift)),
                    "lo_data": list(background * (1 - shift)),
                },
            }
            for i, shift in enumerate(rng.normal(0, 0.03, (nuisances, bins)))
        ]
        stat = {"name": f"stat_{e}", "type": "staterror", "data": list(0.05 * background)}
        samples = [
            {"name": "signal", "data": list(signal), "modifiers": [mu]},
            {"name": "background", "data": list(background), "modifiers": [*shapes, stat]},
        ]
        channels.append({"name": f"experiment_{e}", "samples": samples})
        observations.append({"name": f"experiment_{e}", "data": list(rng.poisson(background + signal).astype(float))})
    measurement = {"name": "m", "config": {"poi": "mu", "parameters": []}}
    workspace = {"version": "1.0.0", "channels": channels, "observations": observations, "measurements": [measurement]}
    return Likelihood(build_histfactory(parse_workspace(workspace)), NoSignal())


def best_time(work):
    """Shortest wall time after a call that compiles: shares need times without what else the machine does."""
    harness.seconds(work)
    return min(harness.seconds(work) for _ in range(ROUNDS))


def row(label, likelihood, batch):
    """Time per point of fits with the parameter of interest held at many values, and what bounds it."""
    k = likelihood.index("mu")
    hold = jnp.zeros(likelihood.start.shape, dtype=bool).at[k].set(True)
    starts = jnp.tile(likelihood.start, (batch, 1)).at[:, k].set(jnp.linspace(0.0, 3.0, batch))
    result = _fits(likelihood, jnp.zeros(batch), starts, hold)
    assert fit_many(likelihood, np.zeros(batch), starts, hold).converged.all()
    each = best_time(lambda: _fits(likelihood, jnp.zeros(batch), starts, hold)) / batch
    steps, mean = int(result.iterations.max()), float(result.iterations.mean())
    parts = {name: best_time(lambda part=part: part(likelihood, starts)) / batch for name, part in _parts.items()}
    shares = {name: steps * seconds / each for name, seconds in parts.items()}
    shares["linear algebra and the rest of a step"] = 1 - sum(shares.values())
    largest = max(shares, key=shares.get)
    print(
        f"{label:34s} {1e6 * each:9.1f} us per point   {steps:3d} steps (mean {mean:.1f})   "
        f"{1e6 * each / steps:7.1f} us per step   most of it: {largest}, {100 * shares[largest]:.0f} %",
        flush=True,
    )


def over_points(batch, counts):
    """Masses of the Belle II likelihood, in batches of one size."""
    likelihood = belle2.two_body()
    hold = jnp.zeros(likelihood.start.shape, dtype=bool).at[likelihood.index("mu")].set(True)
    starts = jnp.tile(likelihood.start, (batch, 1))
    first = time.perf_counter()
    jax.block_until_ready(_fits(likelihood, jnp.linspace(0.0, 4.7, batch), starts, hold))
    print(f"# Belle II with a new particle, batches of {batch}; compilation {time.perf_counter() - first:.1f} s")
    for n in counts:
        masses = jnp.linspace(0.0, 4.7, n + (-n) % batch).reshape(-1, batch)
        start = time.perf_counter()
        done = np.concatenate([_fits(likelihood, chunk, starts, hold).status for chunk in masses])
        left = masses.ravel()[done != CONVERGED]
        if left.size:
            assert fit_many(likelihood, left, likelihood.start, hold).converged.all()
        wall = time.perf_counter() - start
        print(
            f"{n:9d} points   {wall:8.2f} s   {1e6 * wall / n:8.1f} us per point   {n / wall:10.0f} points/s   "
            f"{left.size} looked at again",
            flush=True,
        )


def main():
    enable_x64()
    harness.header()
    platform = "cpu" if jax.devices()[0].platform == "cpu" else "gpu"
    batch = BATCH[platform]
    over_points(batch, POINTS[platform])
    for bins in (10, 30, 100, 300):
        row(f"{bins} bins, 30 + {bins} nuisances", synthetic(bins, 30, 1), batch)
    for nuisances in (10, 100, 300):
        row(f"30 bins, {nuisances} + 30 nuisances", synthetic(30, nuisances, 1), batch)
    for experiments in (1, 2, 4, 8):
        row(f"{experiments} experiments of 20 bins", synthetic(20, 20, experiments), batch)


if __name__ == "__main__":
    main()
