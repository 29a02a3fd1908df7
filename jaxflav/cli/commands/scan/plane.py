"""jaxflav scan plane: which values of two couplings do the experiments favour, each and together?"""

import argparse
from pathlib import Path

import numpy as np

from jaxflav.cli.figures import figure_writer
from jaxflav.cli.options.experiments import add_combination_options
from jaxflav.cli.options.grids import value_grid
from jaxflav.cli.progress import progress_bar
from jaxflav.couplings.families import FAMILIES
from jaxflav.experiments.thresholds import check_below_threshold
from jaxflav.hypotheses.neutrinos import NEUTRINOS
from jaxflav.hypotheses.text import hypothesis_of
from jaxflav.inference.profiling.contours import contour_level, contours, require_contourpy
from jaxflav.io.output import check_new_directory, json_text, write_results
from jaxflav.studies.favoured_regions import FavouredRegions, coupling_problem, coupling_range, favoured_regions
from jaxflav.tasks.combination import load_combination
from jaxflav.tasks.defaults import DEFAULT_EXPERIMENTS

_SIGMAS = (1, 2, 3)
_POINTS = 41


def add_arguments(kinds) -> None:
    """Add the command to the subcommands of ``jaxflav scan``."""
    command = kinds.add_parser(
        "plane",
        help="favoured regions of two couplings at one mass",
        description="Profile likelihood of two couplings of one family at one mass, all nuisance parameters refitted, "
        "for each experiment and for all together, beside the Standard Model.",
    )
    command.add_argument("--family", required=True, metavar="NAME", help=f"{', '.join((*FAMILIES, NEUTRINOS))}")
    for axis in "xy":
        command.add_argument(
            f"--{axis}",
            required=True,
            metavar="COUPLING[=LO:HI:N]",
            help="coupling, such as f_VV or im(f_VV); a symmetric range that holds 3 sigma, with 41 points, by default",
        )
    command.add_argument("--mass", type=float, default=0.0, metavar="GEV", help="of one new particle (default 0)")
    command.add_argument("--scale", type=float, default=1e4, metavar="GEV", help="Lambda (default 10000)")
    command.add_argument("--chiral", action="store_true", help="couplings of the chiral basis, such as V_LL")
    command.add_argument("--self-conjugate", action="store_true", help="the two particles of a pair are identical")
    add_combination_options(command, DEFAULT_EXPERIMENTS)
    command.add_argument("--combined-only", action="store_true", help="leave out the regions of single experiments")
    command.add_argument("--out", type=Path, metavar="DIR", help="new directory for description, table and arrays")
    command.add_argument("--plot", type=Path, metavar="FILE", help="figure: .pdf, .png, .svg")
    command.add_argument("--json", action="store_true", help="print one JSON object instead of the text")
    command.set_defaults(run=run)


def _plotter():
    from jaxflav.plots.favoured import plot_favoured

    return plot_favoured


def _axis(text, option):
    name, equals, grid = text.partition("=")
    return name, value_grid(grid, option, "f_VV=-5:5:41") if equals else None


def run(arguments: argparse.Namespace) -> None:
    """Run the command."""
    save_figure = None if arguments.plot is None else figure_writer(arguments.plot, _plotter)
    if arguments.out is not None:
        check_new_directory(arguments.out)
    require_contourpy()
    (x_name, x), (y_name, y) = (_axis(getattr(arguments, a), f"--{a}") for a in "xy")
    options = {"chiral": arguments.chiral, "scale": arguments.scale, "self_conjugate": arguments.self_conjugate}
    hypothesis = hypothesis_of(arguments.family, (x_name, y_name), **options)
    combination = load_combination(arguments.experiment or DEFAULT_EXPERIMENTS, arguments.form_factors)
    if hypothesis.massive:
        check_below_threshold(arguments.mass, combination.threshold(hypothesis.massive), "--mass")
    experiments, sets, parameters = combination.experiments, combination.form_factors, combination.parameters
    grids = [x, y]
    if x is None or y is None:
        problem = coupling_problem(experiments, parameters, sets, hypothesis, arguments.mass)
        for i, name in enumerate((x_name, y_name)):
            if grids[i] is None:
                end = coupling_range(problem, name)
                grids[i] = np.linspace(-end, end, _POINTS)
    single = not arguments.combined_only and len(experiments) > 1
    total = grids[0].size * grids[1].size * (1 + len(experiments) * single)
    with progress_bar(total, "profiling", "fit") as bar:
        found = favoured_regions(experiments, parameters, sets, hypothesis, arguments.mass, grids, single, bar.update)
    content, columns = result_of(found)
    lines = summary_of(found, content) + combination.notes
    lines += [f"sees neither coupling: {name}" for name in found.insensitive]
    lines += [f"{name}: {reason}" for name, reason in found.failed.items()]
    if arguments.out is not None:
        description = {
            **combination.description(),
            "family": arguments.family,
            "mass_GeV": arguments.mass,
            **options,
            "summary": lines,
            "result": {name: value for name, value in content.items() if name != "regions"},
            "files": {"table.csv": ", ".join(columns), "arrays.npz": "the same columns"},
        }
        write_results(arguments.out, description, columns, columns)
    if save_figure is not None:
        kind = ", identical particles" if arguments.self_conjugate else ""
        where = f", $m_X$ = {arguments.mass:g} GeV, Λ = {arguments.scale / 1e3:g} TeV" if hypothesis.massive else ""
        save_figure(found, f"{arguments.family}{kind}{where}")
    print(json_text({**content, **columns, "left_out": combination.left_out}) if arguments.json else "\n".join(lines))


def result_of(found: FavouredRegions) -> tuple[dict, dict]:
    """Content of the JSON object, and the columns of the table: the couplings, and q of each plane."""
    planes = {"combined": found.combined, **found.single}
    plane = found.combined
    grid = np.meshgrid(plane.x, plane.y)
    columns = {plane.x_name: grid[0].ravel(), plane.y_name: grid[1].ravel()}
    columns |= {f"q_{name}": one.q.ravel() for name, one in planes.items()}
    content = {
        "t_standard_model": found.t_standard_model,
        "best": {name: {one.x_name: one.best[0], one.y_name: one.best[1]} for name, one in planes.items()},
        "insensitive": found.insensitive,
        "failed": found.failed,
        "remarks": {name: one.remark for name, one in planes.items() if one.remark},
        "unconverged": {name: int(np.sum(~one.converged)) for name, one in planes.items()},
        "regions": {
            name: {
                f"{sigma} sigma": [{"outer": r.outer, "holes": r.holes, "cut": r.cut} for r in _regions(one, sigma)]
                for sigma in (_SIGMAS if name == "combined" else (1,))
            }
            for name, one in planes.items()
        },
    }
    return content, columns


def _regions(plane, sigma):
    return contours(plane, contour_level(sigma=sigma))


def summary_of(found: FavouredRegions, content: dict) -> list[str]:
    """The answer in a few lines."""
    plane, lines = found.combined, []
    lines.append(f"best point   {plane.x_name} = {plane.best[0]:.4g}, {plane.y_name} = {plane.best[1]:.4g}")
    if np.isfinite(found.t_standard_model):
        lines.append(f"             -2 ln L/L(SM) = {found.t_standard_model:.2f}")
    for name, levels in content["regions"].items():
        for level, regions in levels.items():
            for region in regions:
                (x0, y0), (x1, y1) = region["outer"].min(axis=0), region["outer"].max(axis=0)
                holes = f", {len(region['holes'])} hole(s)" if region["holes"] else ""
                cut = ", cut by the grid" if region["cut"] else ""
                span = f"{plane.x_name} {x0:.3g} to {x1:.3g}, {plane.y_name} {y0:.3g} to {y1:.3g}"
                lines.append(f"{name:20} {level}  {span}{holes}{cut}")
    failed = sum(content["unconverged"].values())
    if failed:
        lines.append(f"{failed} fits did not converge and are left out")
    lines += [f"{name}: {remark}" for name, remark in content["remarks"].items()]
    return lines
