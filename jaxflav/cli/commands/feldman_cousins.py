"""jaxflav feldman-cousins: confidence set of one parameter with exact coverage, by toys."""

import argparse

import numpy as np

from jaxflav.cli.commands.statistics import add_options, finish, mass_of, prepare
from jaxflav.cli.options.grids import value_grid
from jaxflav.cli.progress import progress_bar
from jaxflav.inference.hypothesis_tests.feldman_cousins import feldman_cousins
from jaxflav.inference.hypothesis_tests.toys import check_toys
from jaxflav.io.errors import InputError


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    command.description = (
        "Which values of one parameter belong to the confidence set of Feldman and Cousins, whose coverage "
        "is that asked for also at a boundary."
    )
    add_options(command, "feldman-cousins")
    command.add_argument("--parameter", metavar="NAME", help="default branching_fraction, or mu of the likelihood")
    command.add_argument("--values", metavar="LO:HI:N", help="grid of values; needed here or in the file")
    command.add_argument("--cl", type=float, default=0.9, help="confidence level (default %(default)s)")
    command.add_argument("--toys", type=int, default=500, metavar="N", help="per value (default %(default)s)")
    command.add_argument("--seed", type=int, default=0, help="of the toys (default %(default)s)")
    command.set_defaults(run=run)


def _plotter():
    from jaxflav.plots.feldman_cousins import plot_confidence_set

    return plot_confidence_set


def run(arguments: argparse.Namespace) -> None:
    """Run the command."""
    check_toys(arguments.toys, arguments.seed)
    if arguments.values is None:
        raise InputError("--values LO:HI:N says which values are asked about: give it, here or in the analysis file")
    values = value_grid(arguments.values, "--values", "0:2e-5:21")
    mass = mass_of(arguments)
    task = prepare(arguments, _plotter, mass, arguments.parameter, at_least_zero=True)
    with progress_bar(len(values), "Feldman-Cousins", "value") as bar:
        found = feldman_cousins(
            task.problem, [task.parameter], values, arguments.cl, arguments.toys, arguments.seed, bar.update
        )
    p = np.array([one.value for one in found.p_values])
    columns = {"value": values, "t": found.t, "p": p, "accepted": found.accepted, "undecided": found.undecided}
    edges = np.flatnonzero(np.diff(np.concatenate([[False], found.accepted, [False]]).astype(int)))
    pieces = [(float(values[a]), float(values[b - 1])) for a, b in edges.reshape(-1, 2)]
    content = {"parameter": task.parameter, "confidence": arguments.cl, "pieces": pieces}
    content |= {"toys": arguments.toys, "seed": arguments.seed}
    content |= {"failed": sum(one.failed for one in found.p_values)}
    listed = " and ".join(f"[{low:.4g}, {high:.4g}]" for low, high in pieces) or "empty on this grid"
    lines = [f"{100 * arguments.cl:g} % confidence set of {task.parameter} (Feldman-Cousins)   {listed}"]
    if found.undecided.any():
        lines.append(f"note: {found.undecided.sum()} of {len(values)} values are undecided with {arguments.toys} toys")
    lines += ["", f"{task.parameter:>18}        t      p"]
    marks = np.where(found.accepted, "  in", " out")
    lines += [f"{v:18.6g} {t:8.3f} {one:6.3f}{mark}" for v, t, one, mark in zip(values, found.t, p, marks, strict=True)]
    finish(task, arguments, {**columns, **content}, columns, lines, (found,))
