"""jaxflav impacts: pulls of the nuisance parameters and their impacts, ranked."""

import argparse
import dataclasses

import numpy as np

from jaxflav.cli.commands.statistics import add_options, finish, mass_of, prepare
from jaxflav.inference.profiling.impacts import impacts


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    command.description = (
        "Pull and post-fit constraint of every nuisance parameter, and how far one post-fit standard "
        "deviation of it moves the parameter of interest; the largest first."
    )
    add_options(command, "impacts")
    command.add_argument("--parameter", metavar="NAME", help="default branching_fraction, or mu of the likelihood")
    command.add_argument("--top", type=int, default=20, metavar="N", help="how many to print and plot (%(default)s)")
    command.set_defaults(run=run)


def _plotter():
    from jaxflav.plots.impacts import plot_impacts

    return plot_impacts


def run(arguments: argparse.Namespace) -> None:
    """Run the command."""
    mass = mass_of(arguments)
    task = prepare(arguments, _plotter, mass, arguments.parameter)
    result = impacts(task.problem, task.parameter)
    columns = {name: getattr(result, name) for name in ("pull", "constraint", "down", "up")}
    columns = {"name": np.array(result.names), **columns}
    top = max(arguments.top, 1)
    lines = [f"{result.parameter} = {result.best:.4g} +- {result.error:.2g}", ""]
    lines.append(f"{'nuisance parameter':40}    pull  constraint      down        up")
    lines += [
        f"{n:40} {p:7.2f} {c:11.2f} {d:9.2e} {u:9.2e}"
        for n, p, c, d, u in list(zip(*columns.values(), strict=True))[:top]
    ]
    content = {k: v for k, v in dataclasses.asdict(result).items() if k not in ("names", *columns)}
    finish(task, arguments, {**columns, **content}, columns, lines, (result, top))
