"""A line of any mass and width on two bins, which compiles in a second; and a program that scans it, to be killed."""

import argparse
import time

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from jaxflav.couplings.base import Couplings
from jaxflav.inference.fitting.problem import define_problem
from jaxflav.inference.scans.definition import define_scan
from jaxflav.inference.scans.processes import Processes, start_processes
from jaxflav.inference.scans.run import run_scan
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import AbstractSignal, Likelihood
from jaxflav.likelihood.pyhf_json import parse_workspace
from tests.likelihood.workspaces import STATERROR

CENTRES = np.array([1.0, 2.0])


class Strength(Couplings):
    g: jax.Array = 1.0


class SmallLine(AbstractSignal):
    """Yields strength * g^2 * exp(-(x - mass)^2 / 2 width^2) at the centres x of the bins."""

    width: jax.Array
    threshold: jax.Array
    couplings: Strength
    names: tuple[str, ...] = eqx.field(static=True, default=("strength",))
    n_free: int = eqx.field(static=True, default=1)
    lower: tuple[float, ...] = eqx.field(static=True, default=(0.0,))
    start: tuple[float, ...] = eqx.field(static=True, default=(1.0,))
    scale: tuple[float, ...] = eqx.field(static=True, default=(1.0,))

    def prepare(self, context):
        return jnp.real(self.couplings.g) ** 2 * jnp.exp(-0.5 * ((jnp.asarray(CENTRES) - context) / self.width) ** 2)

    def predict(self, parameters, prepared):
        return parameters[0] * prepared


def small_problem(width=0.5, g=1.0, held=None, **changes):
    """Problem of the line; changes are of the workspace, such as its observations."""
    signal = SmallLine(jnp.asarray(width), jnp.asarray(3.0), Strength(g=g))
    tables = parse_workspace({**STATERROR, **changes}).without(("mu",))
    return define_problem(Likelihood(build_histfactory(tables, (("first", "signal"),)), signal), 0.0, held)


def small_scan(n=400, chunk=16, **options):
    """400 masses, 16 points in a chunk, at 2 widths."""
    axes = {"width": np.array([0.3, 0.5]), "mass": np.linspace(0.0, 3.1, n // 2)}
    return define_scan(small_problem(), axes, chunk=chunk, references=-1.0, **options)


class Report:
    """Instead of a progress bar: says on standard output which chunk is written, and slows the scan down."""

    def __init__(self, pause):
        self.pause = pause

    def __call__(self, total, done):
        print(f"ready {done} of {total}", flush=True)
        return self

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def update(self, n):
        print("written", flush=True)
        time.sleep(self.pause)


def main():
    """Scan into a store, as one of several processes if asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--n", type=int, default=400)
    parser.add_argument("--pause", type=float, default=0.0)
    parser.add_argument("--port", type=int)
    parser.add_argument("--process", type=int)
    parser.add_argument("--heartbeat", type=int, default=5)
    arguments = parser.parse_args()
    jax.config.update("jax_enable_x64", True)

    def scan(processes):
        run_scan(
            small_scan(arguments.n),
            arguments.out,
            resume=True,
            devices="all",
            processes=processes,
            progress=Report(arguments.pause),
        )

    if arguments.port is None:
        scan(Processes())
    else:
        where = f"127.0.0.1:{arguments.port}"
        options = {"heartbeat": arguments.heartbeat, "end_on_error": True}
        with start_processes(where, 2, arguments.process, **options) as processes:
            scan(processes)


if __name__ == "__main__":
    main()
