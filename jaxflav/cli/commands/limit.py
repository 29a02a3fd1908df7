"""jaxflav limit: upper limits by CLs, over masses and widths, or on mu."""

import argparse
import dataclasses

import numpy as np

from jaxflav.cli.commands.statistics import add_options, finish, has_mass, one_mass, prepare
from jaxflav.cli.options.grids import mass_grid
from jaxflav.cli.progress import progress_bar
from jaxflav.experiments.variants import with_width
from jaxflav.inference.hypothesis_tests.cls_limits import toy_upper_limit, upper_limit
from jaxflav.io.errors import InputError
from jaxflav.tasks.analysis_file import DEFAULT_MASS

BAND = ("expected_minus_2", "expected_minus_1", "expected", "expected_plus_1", "expected_plus_2")


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    command.description = (
        "Upper limit by CLs on the branching fraction at one or many masses, or on mu: asymptotic, with "
        "the expected band, and by toys."
    )
    add_options(command, "limit", "GEV|LO:HI:N")
    command.add_argument("--widths", metavar="GEV,GEV,...", help="limits for each of these widths; 0 is a true line")
    command.add_argument("--parameter", metavar="NAME", help="default branching_fraction, or mu of the likelihood")
    command.add_argument("--cl", type=float, default=0.95, help="confidence level (default %(default)s)")
    command.add_argument("--toys", type=int, default=0, metavar="N", help="also by N toys per point and hypothesis")
    command.add_argument("--seed", type=int, default=0, help="of the toys (default %(default)s)")
    command.set_defaults(run=run)


def _plotter():
    from jaxflav.plots.limit import plot_limits

    return plot_limits


def _widths(arguments):
    """Widths in GeV; None if the user asked for none but that of the hypothesis."""
    if arguments.widths is None:
        return None
    if arguments.scenario != "two-body" or arguments.width is not None:
        raise InputError("--widths is for --scenario two-body, and takes the place of --width")
    try:
        widths = [float(text) for text in arguments.widths.split(",")]
    except ValueError:
        raise InputError(f"--widths must be numbers of GeV, such as 0,0.01,0.1; found {arguments.widths!r}") from None
    if len(set(widths)) < len(widths):
        raise InputError(f"--widths {arguments.widths}: expected different ones")
    return widths


def run(arguments: argparse.Namespace) -> None:
    """Run the command."""
    masses, widths = None, _widths(arguments)
    if has_mass(arguments):
        text = arguments.mass or str(DEFAULT_MASS)
        masses = mass_grid(text) if ":" in text else np.array([one_mass(text)])
    task = prepare(arguments, _plotter, None, arguments.parameter, True, () if masses is None else masses)
    problems, columns = [task.problem], {}
    if masses is not None:
        likelihood = task.problem.likelihood
        variants = [likelihood] if widths is None else [with_width(likelihood, width) for width in widths]
        problems = [
            dataclasses.replace(task.problem, likelihood=one, context=float(m)) for one in variants for m in masses
        ]
        columns = {"mass": np.tile(masses, len(variants))}
        columns |= {} if widths is None else {"width": np.repeat(widths, len(masses))}
    found, by_toys = [], []
    with progress_bar(len(problems), "limits", "limit") as bar:
        for problem in problems:
            found.append(upper_limit(problem, task.parameter, arguments.cl))
            if arguments.toys:
                by_toys.append(toy_upper_limit(problem, task.parameter, arguments.cl, arguments.toys, arguments.seed))
            bar.update()
    where = dict(columns)
    columns["observed"] = np.array([one.observed for one in found])
    columns |= {name: np.array([one.expected[i] for one in found]) for i, name in enumerate(BAND)}
    columns |= {name: np.array([getattr(one, name) for one in found]) for name in ("best", "effective_events")}
    if by_toys:
        columns |= {"observed_toys": np.array([one.observed for one in by_toys])}
        columns |= {"observed_toys_error": np.array([one.error for one in by_toys])}
    doubts = [one.doubt for one in found]
    content = {"parameter": task.parameter, "confidence": arguments.cl, "doubt": doubts}
    content |= {"toys": arguments.toys, "seed": arguments.seed}
    lines = [f"{100 * arguments.cl:g} % CLs upper limits on {task.parameter}", *_table(where, found, by_toys)]
    lines += sorted({f"note: {doubt}" for doubt in doubts if doubt})
    finish(task, arguments, {**columns, **content}, columns, lines, (masses, found, widths))


_HEADINGS = {"mass": "m_X [GeV]", "width": "width [GeV]"}


def _table(where, found, by_toys):
    heading = "".join(f"{_HEADINGS[name]:>12}" for name in where)
    yield heading + "   observed   expected     -1 sigma     +1 sigma" + ("        toys" if by_toys else "")
    for i, one in enumerate(found):
        line = "".join(f"{column[i]:12.4f}" for column in where.values())
        line += f"{one.observed:11.4g}{one.expected[2]:11.4g}{one.expected[1]:13.4g}{one.expected[3]:13.4g}"
        yield line + (f"{by_toys[i].observed:12.4g}" if by_toys else "")
