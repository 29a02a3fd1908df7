"""jaxflav contour: confidence regions of two parameters, or of the mass and one parameter."""

import argparse

import numpy as np

from jaxflav.cli.commands.statistics import (
    add_options,
    check_parameters,
    finish,
    has_mass,
    main_parameter,
    mass_of,
    prepare,
)
from jaxflav.cli.options.analysis_file import task_of
from jaxflav.cli.options.grids import value_grid
from jaxflav.cli.progress import progress_bar
from jaxflav.inference.fitting.masses import MASS
from jaxflav.inference.profiling.contours import contour_level, contours, require_contourpy
from jaxflav.inference.profiling.plane import profile_plane
from jaxflav.io.errors import InputError
from jaxflav.studies.mass_scan import BRANCHING_FRACTION

DEFAULT_LEVELS = "0.68,0.90,0.95"
_PAIR = "mass of a pair"
DEFAULT_RANGES = {MASS: "1:4:61", _PAIR: "0.1:2.3:45", BRANCHING_FRACTION: "0:2.5e-5:41"}


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    command.description = (
        "q = 2 ln L(best) - 2 ln L over two parameters, or the mass and a parameter, all others refitted, "
        "and the regions of given probability (chi-squared of two degrees of freedom)."
    )
    add_options(command, "contour", unused=lambda a: ("mass",) if MASS in (a.x, a.y) else ())
    command.add_argument("--x", default=MASS, metavar="NAME", help="parameter or mass (default %(default)s)")
    command.add_argument("--y", metavar="NAME", help="(default branching_fraction, or what the scenario has)")
    for axis in "xy":
        command.add_argument(
            f"--{axis}-range",
            metavar="LO:HI:N",
            help=f"grid (default {', '.join(f'{grid} for {name}' for name, grid in DEFAULT_RANGES.items())})",
        )
    command.add_argument("--cl", default=DEFAULT_LEVELS, help="probabilities (default %(default)s)")
    command.set_defaults(run=run)


def _plotter():
    from jaxflav.plots.contour import plot_contours

    return plot_contours


def _levels(text):
    try:
        return {value: contour_level(float(value)) for value in text.split(",")}
    except ValueError as error:
        raise InputError(f"--cl must be probabilities such as {DEFAULT_LEVELS}; found {text!r} ({error})") from None


def _axes(arguments):
    """Names of the axes."""
    if MASS in (arguments.x, arguments.y):
        if not has_mass(arguments):
            raise InputError(f"the scenario {arguments.scenario} has no mass here: give two parameters as --x and --y")
        if arguments.mass is not None:
            raise InputError("--mass fixes the mass, which is an axis: leave it out, or take other axes")
    task = task_of(arguments)
    y = arguments.y or main_parameter(task)
    if y is None:
        raise InputError(f"the scenario {arguments.scenario} has several parameters: say which, with --y")
    if arguments.x == y:
        raise InputError(f"--x and --y are both {y}: expected two different ones")
    check_parameters(task, [arguments.x, y])
    return arguments.x, y


def _grid(arguments, axis, name):
    """Values of an axis; raises InputError if none are given, and the parameter has no default."""
    text, option = getattr(arguments, f"{axis}_range"), f"--{axis}-range"
    if text is None:
        text = DEFAULT_RANGES.get(_PAIR if name == MASS and arguments.scenario == "pair" else name)
    if text is None:
        raise InputError(f"{option} LO:HI:N says which values of {name} are asked about: give it")
    return value_grid(text, option, DEFAULT_RANGES[MASS])


def run(arguments: argparse.Namespace) -> None:
    """Run the command."""
    levels = _levels(arguments.cl)
    require_contourpy()
    names = _axes(arguments)
    x, y = (_grid(arguments, axis, name) for axis, name in zip("xy", names, strict=True))
    over_mass = MASS in names
    mass = None if over_mass else mass_of(arguments)
    masses = (x if names[0] == MASS else y) if over_mass else ()
    task = prepare(arguments, _plotter, mass, names[1] if names[0] == MASS else names[0], masses=masses)
    with progress_bar(x.size * y.size, "profiling", "fit") as bar:
        plane = profile_plane(task.problem, names[0], x, names[1], y, bar.update)
    regions = {name: contours(plane, level) for name, level in levels.items()}
    grid = np.meshgrid(plane.x, plane.y)
    columns = {names[0]: grid[0].ravel(), names[1]: grid[1].ravel(), "q": plane.q.ravel()}
    columns["converged"] = plane.converged.ravel()
    content = {
        "best": {names[0]: plane.best[0], names[1]: plane.best[1]},
        "regions": {
            name: [{"outer": r.outer, "holes": r.holes, "cut": r.cut} for r in found] for name, found in regions.items()
        },
        "unconverged": int(np.sum(~plane.converged)),
    }
    lines = [f"best point  {names[0]} = {plane.best[0]:.4g}, {names[1]} = {plane.best[1]:.4g}"]
    for name, found in regions.items():
        for r in found:
            (x0, y0), (x1, y1) = r.outer.min(axis=0), r.outer.max(axis=0)
            extra = f", {len(r.holes)} holes" if r.holes else ""
            cut = ", cut by the grid" if r.cut else ""
            span = f"{names[0]} {x0:.4g} to {x1:.4g}, {names[1]} {y0:.4g} to {y1:.4g}"
            lines.append(f"{100 * float(name):g} %  {span}{extra}{cut}")
    if content["unconverged"]:
        lines.append(f"{content['unconverged']} of {plane.q.size} fits did not converge and are left out")
    finish(task, arguments, {**columns, **content}, columns, lines, (plane, regions))
