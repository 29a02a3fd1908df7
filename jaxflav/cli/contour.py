"""jaxflav contour: confidence regions of two parameters, or of the mass and one parameter."""

import argparse

import numpy as np

from jaxflav.cli.common import progress_bar, value_grid
from jaxflav.cli.task import add_options, finish, mass_of, prepare
from jaxflav.inference.plane import MASS, contour_level, contours, profile_plane
from jaxflav.io.errors import InputError

DEFAULT_LEVELS = "0.68,0.90,0.95"


def add_arguments(commands) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "contour",
        help="profile likelihood and confidence regions in a plane",
        description="q = 2 ln L(best) - 2 ln L over two parameters, or the mass and a parameter, all others refitted, "
        "and the regions of given probability (chi-squared of two degrees of freedom).",
    )
    add_options(command, "contour", unused=lambda a: ("mass",) if MASS in (a.x, a.y) else ())
    command.add_argument("--x", default=MASS, metavar="NAME", help="parameter or mass (default %(default)s)")
    command.add_argument("--y", default="branching_fraction", metavar="NAME", help="(default %(default)s)")
    command.add_argument("--x-range", default="1:4:61", metavar="LO:HI:N", help="grid (default %(default)s)")
    command.add_argument("--y-range", default="0:2.5e-5:41", metavar="LO:HI:N", help="grid (default %(default)s)")
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


def run(arguments: argparse.Namespace) -> None:
    """Run the command."""
    levels = _levels(arguments.cl)
    x, y = (value_grid(getattr(arguments, f"{a}_range"), f"--{a}-range", "1:4:61") for a in "xy")
    over_mass = MASS in (arguments.x, arguments.y)
    if over_mass and arguments.mass is not None:
        raise InputError("--mass fixes the mass, which is an axis: leave it out, or take other axes")
    mass = None if over_mass else mass_of(arguments)
    task = prepare(arguments, _plotter, mass, arguments.y if arguments.x == MASS else arguments.x)
    with progress_bar(x.size * y.size, "profiling", "fit") as bar:
        plane = profile_plane(task.problem, arguments.x, x, arguments.y, y, bar.update)
    regions = {name: contours(plane, level) for name, level in levels.items()}
    grid = np.meshgrid(plane.x, plane.y)
    columns = {arguments.x: grid[0].ravel(), arguments.y: grid[1].ravel(), "q": plane.q.ravel()}
    columns["converged"] = plane.converged.ravel()
    content = {
        "best": {arguments.x: plane.best[0], arguments.y: plane.best[1]},
        "regions": {
            name: [{"outer": r.outer, "holes": r.holes, "cut": r.cut} for r in found] for name, found in regions.items()
        },
        "unconverged": int(np.sum(~plane.converged)),
    }
    lines = [f"best point  {arguments.x} = {plane.best[0]:.4g}, {arguments.y} = {plane.best[1]:.4g}"]
    for name, found in regions.items():
        for r in found:
            (x0, y0), (x1, y1) = r.outer.min(axis=0), r.outer.max(axis=0)
            extra = f", {len(r.holes)} holes" if r.holes else ""
            cut = ", cut by the grid" if r.cut else ""
            span = f"{arguments.x} {x0:.4g} to {x1:.4g}, {arguments.y} {y0:.4g} to {y1:.4g}"
            lines.append(f"{100 * float(name):g} %  {span}{extra}{cut}")
    if content["unconverged"]:
        lines.append(f"{content['unconverged']} of {plane.q.size} fits did not converge and are left out")
    finish(task, arguments, {**columns, **content}, columns, lines, (plane, regions))
