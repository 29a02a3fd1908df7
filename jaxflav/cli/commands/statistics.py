"""What the statistical commands share: the hypothesis, its problem, and the results."""

import argparse
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from jaxflav.cli.figures import figure_writer
from jaxflav.cli.options.analysis_file import add_analysis_option, task_of
from jaxflav.cli.options.hypothesis import add_hypothesis_options, one_mass
from jaxflav.hypotheses.neutrinos import NEUTRINOS
from jaxflav.hypotheses.rate import BRANCHING_FRACTION, STRENGTH
from jaxflav.inference.fitting.problem import Problem
from jaxflav.inference.hypothesis_tests.likelihood_ratios import with_lower_bound
from jaxflav.io.errors import InputError
from jaxflav.io.output import check_new_directory, json_text, write_results
from jaxflav.tasks.analysis_file import DEFAULT_MASS, AnalysisTask
from jaxflav.tasks.hypothesis import family_of, has_strength, words_of
from jaxflav.tasks.problem import MU, problem_of

WITHOUT_MASS = ("sm", "neutrinos")


@dataclass(frozen=True)
class Task:
    """A command about to run.

    Attributes
    ----------
    problem : Problem
        At the mass asked for, or at 0 where the command gives the masses.
    parameter : str
        Parameter of interest.
    title : str
        Of figures.
    save_figure : callable or None
        Draws and saves.
    description : dict
        What is common to all results directories.
    """

    problem: Problem
    parameter: str
    title: str
    save_figure: Callable[..., None] | None
    description: dict[str, Any]


def add_options(
    command: argparse.ArgumentParser,
    section: str,
    mass: str = "GEV",
    unused: Callable[[argparse.Namespace], Sequence[str]] = lambda arguments: (),
) -> None:
    """Options of the hypothesis and of the results.

    Parameters
    ----------
    command : ArgumentParser
        The command.
    section : str
        Section of an analysis file with the settings of the command.
    mass : str
        What ``--mass`` takes.
    unused : callable
        As in ``AnalysisReader``.
    """
    add_analysis_option(command, section, unused=unused)
    add_hypothesis_options(command, mass)
    command.add_argument("--out", type=Path, metavar="DIR", help="new directory for description, table and arrays")
    command.add_argument("--plot", type=Path, metavar="FILE", help="figure: .pdf, .png, .svg")
    command.add_argument("--json", action="store_true", help="print one JSON object instead of the table")


def has_mass(arguments: argparse.Namespace) -> bool:
    """Whether the hypothesis has a particle with a mass; raises ``InputError`` if there is a mass without one."""
    task = task_of(arguments)
    words = words_of(task)
    if words is not None:
        found, name = words.has_mass, f"hypothesis {task.hypothesis}"
    else:
        name = f"--scenario {task.scenario}"
        found = not (task.scenario in WITHOUT_MASS or (task.scenario == "couplings" and family_of(task) == NEUTRINOS))
    if not found and arguments.mass is not None:
        raise InputError(f"{name} has no new particle here: leave out --mass, or take two-body")
    return found


def mass_of(arguments: argparse.Namespace) -> float | None:
    """Mass in GeV of the hypothesis, the default if there is none; None if the scenario has no particle with a mass.

    Raises
    ------
    InputError
        If it is no number, or has no meaning in the scenario.
    """
    return one_mass(arguments.mass or str(DEFAULT_MASS)) if has_mass(arguments) else None


def prepare(
    arguments: argparse.Namespace,
    load_plot: Callable[[], Callable[..., Any]],
    mass: float | None = None,
    parameter: str | None = None,
    at_least_zero: bool = False,
    masses: Sequence[float] = (),
) -> Task:
    """Check where the results go, load the data, and define the problem.

    Parameters
    ----------
    arguments : Namespace
        Of the command line.
    load_plot : callable
        Imports the function that draws.
    mass : float, optional
        In GeV; None where the command gives the masses.
    parameter : str, optional
        Parameter of interest, by default the branching fraction, or that of the published likelihood.
    at_least_zero : bool
        Whether a limit or a significance needs the parameter of a published likelihood bounded at 0.
    masses : sequence of float
        In GeV, where the command gives them.

    Raises
    ------
    InputError
        If an option is not allowed, or does not belong to the scenario.
    """
    save_figure = None if arguments.plot is None else figure_writer(arguments.plot, load_plot)
    if arguments.out is not None:
        check_new_directory(arguments.out)
    task = task_of(arguments, mass)
    check_parameters(task, [] if parameter is None else [parameter])
    problem, description = problem_of(task, masses)
    if mass is None and "mass_GeV" in description:
        problem = dataclasses.replace(problem, context=0.0)  # the command gives the masses
        description |= {"mass_GeV": None}
    likelihood = problem.likelihood
    if parameter is None and task.scenario == "sm":
        parameter = likelihood.model.poi
        if not parameter:
            raise InputError("this likelihood names no parameter of interest; name one with --parameter")
    elif parameter is None:
        parameter = next((name for name in problem.free if name != MU), MU)
    k = likelihood.index(parameter)
    if at_least_zero and k in likelihood.n_signal + np.array(likelihood.model.unconstrained, dtype=int):
        problem = problem if float(likelihood.lower[k]) == 0 else with_lower_bound(problem, parameter)
    title = problem.combination.figure_title
    if task.scenario in ("two-body", "pair") and task.couplings:
        title += f"\n{task.couplings[0]}"
    title += "" if mass is None else f", $m_X = {mass:g}$ GeV"
    return Task(problem, parameter, title, save_figure, {**description, "parameter": parameter})


def _convergence(columns):
    """Number of fits that are results; commands without such a column fail if a fit of the data does."""
    if "converged" not in columns:
        return "all fits of the data converged; toys that do not are left out of their counts"
    good = int(np.sum(columns["converged"]))
    return {"converged": good, "not converged": len(columns["converged"]) - good}


def check_parameters(task: AnalysisTask, names: Sequence[str]) -> None:
    """Refuse the parameter of another scenario before anything is loaded.

    Raises
    ------
    InputError
        If a parameter is the branching fraction or the strength of a signal that has another one.
    """
    known = main_parameter(task) if task.scenario in ("two-body", "pair") else None
    for name in names:
        if name in (BRANCHING_FRACTION, STRENGTH) and name != known:
            hint = f"; this one has {known!r}" if known else ""
            raise InputError(f"the scenario {task.scenario} of these experiments has no parameter {name!r}{hint}")


def main_parameter(task: AnalysisTask) -> str | None:
    """Parameter of interest of a task, where that is known before anything is loaded; None elsewhere."""
    if task.scenario in ("two-body", "pair"):
        return STRENGTH if has_strength(task) else BRANCHING_FRACTION
    words = words_of(task)
    if words is not None:
        return words.names[0] if words.names else None
    return task.couplings[0] if task.couplings else None


def finish(
    task: Task,
    arguments: argparse.Namespace,
    result: Mapping[str, Any],
    columns: Mapping[str, np.ndarray],
    lines: Sequence[str],
    figure: Sequence[Any] = (),
) -> None:
    """Write the results directory and the figure, and print the answer.

    Parameters
    ----------
    task, arguments
        Of the command.
    result : mapping
        Content of the JSON object; its scalars also go into the description.
    columns : mapping of name to (n,) arrays
        The table.
    lines : sequence of str
        The answer for people.
    figure : sequence
        Arguments of the function that draws, before the title.
    """
    if arguments.out is not None:
        short = {k: v for k, v in result.items() if k not in columns}
        files = {"table.csv": ", ".join(columns), "arrays.npz": "the same columns"}
        description = {**task.description, "summary": list(lines), "convergence": _convergence(columns)}
        description |= {"result": short, "files": files}
        write_results(arguments.out, description, columns, columns)
    if task.save_figure is not None:
        task.save_figure(*figure, task.title)
    print(json_text(result) if arguments.json else "\n".join(lines))
