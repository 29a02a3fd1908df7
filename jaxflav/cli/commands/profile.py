"""jaxflav profile: profile likelihood of one parameter with its intervals."""

import argparse

import numpy as np

from jaxflav.cli.commands.statistics import add_options, finish, mass_of, prepare
from jaxflav.cli.options.grids import value_grid
from jaxflav.cli.progress import progress_bar
from jaxflav.inference.profiling.profile import best_fit, curvature_error, interval, profile

LEVELS = {"68": 1.0, "95": 3.841458820694124}  # chi-squared of one degree of freedom
_AUTOMATIC = (4.0, 41)  # standard deviations on either side, and points


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    command.description = (
        "q = 2 ln L(best) - 2 ln L over values of one parameter, all others refitted, with the 68.3 % and "
        "95 % intervals."
    )
    add_options(command, "profile")
    command.add_argument("--parameter", metavar="NAME", help="default branching_fraction, or mu of the likelihood")
    command.add_argument("--values", metavar="LO:HI:N", help="grid; four standard deviations on either side by default")
    command.set_defaults(run=run)


def _plotter():
    from jaxflav.plots.profile import plot_profile

    return plot_profile


def run(arguments: argparse.Namespace) -> None:
    """Run the command."""
    values = None if arguments.values is None else value_grid(arguments.values, "--values", "0:2e-5:41")
    mass = mass_of(arguments)
    task = prepare(arguments, _plotter, mass, arguments.parameter)
    best = best_fit(task.problem)
    ranges = {name: interval(task.problem, task.parameter, level, best) for name, level in LEVELS.items()}
    if values is None:
        k = task.problem.likelihood.index(task.parameter)
        centre, reach = float(best.parameters[0, k]), _AUTOMATIC[0]
        error = curvature_error(task.problem, task.parameter, best.parameters[0])
        bounds = float(task.problem.likelihood.lower[k]), float(task.problem.likelihood.upper[k])
        ends = np.clip([centre - reach * error, centre + reach * error], *bounds)
        values = np.linspace(*ends, _AUTOMATIC[1])
    with progress_bar(len(values), "profiling", "fit") as bar:
        result = profile(task.problem, task.parameter, values, bar.update)
    columns = {"value": result.values, "q": result.q, "converged": result.converged}
    content = {"parameter": task.parameter, "best": result.best, "error": result.error}
    content |= {"log_likelihood": result.log_likelihood, "status": result.status}
    for name, found in ranges.items():
        content |= {f"interval_{name}": (found.low, found.high), f"interval_{name}_closed": found.closed}
    lines = [f"{task.parameter} = {result.best:.4g} +- {result.error:.2g}"]
    for name, found in ranges.items():
        ends = ["" if closed else " (open)" for closed in found.closed]
        lines.append(f"{name} % interval  [{found.low:.4g}{ends[0]}, {found.high:.4g}{ends[1]}]")
    lines += ["", f"{task.parameter:>18}        q"]
    lines += [
        f"{v:18.6g} {q:8.3f}" if ok else f"{v:18.6g}  {why}"
        for v, q, ok, why in zip(result.values, result.q, result.converged, result.status, strict=True)
    ]
    finish(task, arguments, {**columns, **content}, columns, lines, (result, ranges))
