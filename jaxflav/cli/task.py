"""What the statistical commands share: the hypothesis, its problem, and the results."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from jaxflav.cli.combined import PAIR_FAMILIES, SCALE, SINGLE_FAMILIES, load_combination, one_coupling_likelihood
from jaxflav.cli.common import DEFAULT_EXPERIMENT, DEFAULT_FORM_FACTORS, figure_writer
from jaxflav.experiments.loading import load_experiment
from jaxflav.experiments.two_body import two_body_likelihood
from jaxflav.form_factors.files import load_form_factors
from jaxflav.inference.plane import check_plane_masses
from jaxflav.inference.problem import Problem, define_problem
from jaxflav.inference.test_statistics import with_lower_bound
from jaxflav.inputs.parameters import load_parameters
from jaxflav.io.data_files import record_data_files
from jaxflav.io.errors import InputError
from jaxflav.io.output import check_new_directory, json_text, write_results
from jaxflav.io.provenance import made_by
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood, NoSignal

DEFAULT_MASS = "2.1"


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


def add_options(command: argparse.ArgumentParser, mass: str = "GEV") -> None:
    """Options of the hypothesis and of the results.

    Parameters
    ----------
    command : ArgumentParser
        The command.
    mass : str
        What ``--mass`` takes; an empty text leaves the option out.
    """
    command.add_argument(
        "--scenario",
        choices=("two-body", "pair", "sm"),
        default="two-body",
        help="Standard Model + one invisible particle or a pair, or the published likelihood (default %(default)s)",
    )
    command.add_argument(
        "--coupling",
        metavar="NAME",
        help="take the strength of this coupling, its square, in place of the branching fraction, on all experiments",
    )
    if mass:
        command.add_argument("--mass", metavar=mass, help=f"mass of the particle in GeV (default {DEFAULT_MASS})")
    command.add_argument(
        "--experiment",
        action="append",
        metavar="NAME[:CHANNELS]",
        help="name or directory; also one with the files of HEPData; may be repeated with --coupling (default "
        f"{DEFAULT_EXPERIMENT})",
    )
    command.add_argument(
        "--form-factors",
        action="append",
        metavar="NAME",
        help=f"name of a set or YAML file; may be repeated with --coupling (default {DEFAULT_FORM_FACTORS})",
    )
    command.add_argument("--width", type=float, metavar="GEV", help="Breit-Wigner width; a true line by default")
    command.add_argument("--out", type=Path, metavar="DIR", help="new directory for description, table and arrays")
    command.add_argument("--plot", type=Path, metavar="FILE", help="figure: .pdf, .png, .svg")
    command.add_argument("--json", action="store_true", help="print one JSON object instead of the table")


def one_mass(text: str) -> float:
    """Mass in GeV from the command line.

    Raises
    ------
    InputError
        If it is no number.
    """
    try:
        return float(text)
    except ValueError:
        raise InputError(f"--mass must be a number of GeV, such as {DEFAULT_MASS}; found {text!r}") from None


def prepare(
    arguments: argparse.Namespace,
    load_plot: Callable[[], Callable[..., Any]],
    mass: float | None = None,
    parameter: str | None = None,
    at_least_zero: bool = False,
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

    Raises
    ------
    InputError
        If an option is not allowed, or does not belong to the scenario.
    """
    save_figure = None if arguments.plot is None else figure_writer(arguments.plot, load_plot)
    if arguments.out is not None:
        check_new_directory(arguments.out)
    if arguments.coupling is not None:
        return _with_coupling(arguments, save_figure, mass, parameter)
    names, sets = arguments.experiment or [DEFAULT_EXPERIMENT], arguments.form_factors or [DEFAULT_FORM_FACTORS]
    if len(names) > 1 or len(sets) > 1 or arguments.scenario == "pair":
        raise InputError("a pair, or several experiments or form factors, need --coupling, such as g_S or f_VV")
    with record_data_files() as data:
        analysis = load_experiment(names[0])
        inputs = form_factors = None
        if arguments.scenario != "sm":
            inputs, form_factors = load_parameters(), load_form_factors(sets[0])
    description = {
        **made_by(data, getattr(arguments, "seed", None)),
        "experiment": {"name": analysis.name, "title": analysis.title, "licence": analysis.licence},
        "scenario": arguments.scenario,
    }
    sources, title = {*analysis.sources}, analysis.title
    if arguments.scenario == "sm":
        if getattr(arguments, "mass", None) is not None or arguments.width is not None:
            raise InputError("--scenario sm has no new particle: leave out --mass and --width, or take two-body")
        problem = define_problem(Likelihood(build_histfactory(analysis.tables), NoSignal()))
        parameter = parameter or problem.likelihood.model.poi
        if not parameter:
            raise InputError("this likelihood names no parameter of interest; name one with --parameter")
        k = problem.likelihood.index(parameter)
        if at_least_zero and float(problem.likelihood.lower[k]) != 0:
            problem = with_lower_bound(problem, parameter)
    else:
        likelihood = two_body_likelihood(analysis, inputs, form_factors, arguments.width)
        problem = define_problem(likelihood, 0.0 if mass is None else mass, {"mu": 1.0})
        if mass is not None:
            check_plane_masses(problem, [mass])
        parameter = parameter or "branching_fraction"
        sources |= {*form_factors.sources, *inputs.sources}
        title += f"\nform factors {form_factors.name}" + ("" if mass is None else f", $m_X = {mass:g}$ GeV")
        description |= {"form_factors": form_factors.name, "width_GeV": arguments.width, "mass_GeV": mass}
        description |= {"inputs": inputs.flatten()}
    description |= {"parameter": parameter, "cite": sorted(sources)}
    return Task(problem, parameter, title, save_figure, description)


def _convergence(columns):
    """Number of fits that are results; commands without such a column fail if a fit of the data does."""
    if "converged" not in columns:
        return "all fits of the data converged; toys that do not are left out of their counts"
    good = int(np.sum(columns["converged"]))
    return {"converged": good, "not converged": len(columns["converged"]) - good}


def _with_coupling(arguments, save_figure, mass, parameter):
    if arguments.scenario == "sm" or arguments.width is not None:
        raise InputError("--coupling goes with --scenario two-body or pair, and with no --width: leave these out")
    combination = load_combination(arguments.experiment or [DEFAULT_EXPERIMENT], arguments.form_factors or [])
    families = SINGLE_FAMILIES if arguments.scenario == "two-body" else PAIR_FAMILIES
    likelihood = one_coupling_likelihood(combination, families, arguments.coupling)
    problem = define_problem(likelihood, 0.0 if mass is None else mass, {"mu": 1.0})
    if mass is not None:
        check_plane_masses(problem, [mass])
    parameter = parameter or likelihood.signal.proportional_to
    title = f"{combination.title}\n{arguments.coupling}" + ("" if mass is None else f", $m_X = {mass:g}$ GeV")
    description = combination.description(getattr(arguments, "seed", None))
    description |= {"scenario": arguments.scenario, "coupling": arguments.coupling}
    description |= {"Lambda_GeV": SCALE, "mass_GeV": mass, "parameter": parameter}
    return Task(problem, parameter, title, save_figure, description)


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
