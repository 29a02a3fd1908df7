"""jaxflav scan scenarios: which new particles, with which coupling, fit the data, and at which mass?"""

import argparse
from pathlib import Path

import numpy as np

from jaxflav.cli.figures import figure_writer
from jaxflav.cli.options.experiments import add_combination_options
from jaxflav.cli.progress import progress_bar
from jaxflav.io.output import check_new_directory, json_text, write_results
from jaxflav.studies.every_scenario import ScenarioScan, choose_scenarios, scan_scenarios
from jaxflav.tasks.combination import load_combination
from jaxflav.tasks.defaults import DEFAULT_EXPERIMENT

_CRITERION = "viable: fits better than the rescaled Standard Model at its best mass"


def add_arguments(kinds) -> None:
    """Add the command to the subcommands of ``jaxflav scan``."""
    command = kinds.add_parser(
        "scenarios",
        help="every scenario and coupling, in one table",
        description="t(m) = -2 ln L(SM + X)/L(SM) over the mass of new particles X of every spin up to 3/2, one "
        "coupling at a time, all nuisance parameters refitted; best mass, coupling, comparison with the rescaled SM.",
    )
    command.add_argument(
        "--scenario",
        action="append",
        default=[],
        metavar="NAME",
        help="family, such as fermion-pair, or 'fermion-pair f_VV', or 'fermion-pair f_VA identical'; may be repeated "
        "(default all)",
    )
    command.add_argument("--points", type=int, default=48, metavar="N", help="masses of each scan (default 48)")
    command.add_argument("--scale", type=float, default=1e4, metavar="GEV", help="Lambda (default 10000)")
    add_combination_options(command, (DEFAULT_EXPERIMENT,))
    command.add_argument("--out", type=Path, metavar="DIR", help="new directory for description, table and arrays")
    command.add_argument("--plot", type=Path, metavar="FILE", help="figure of t(m): .pdf, .png, .svg")
    command.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    command.set_defaults(run=run)


def _plotter():
    from jaxflav.plots.scenarios import plot_scenarios

    return plot_scenarios


def run(arguments: argparse.Namespace) -> None:
    """Run the command."""
    save_figure = None if arguments.plot is None else figure_writer(arguments.plot, _plotter)
    if arguments.out is not None:
        check_new_directory(arguments.out)
    scenarios = choose_scenarios(arguments.scenario)
    combination = load_combination(arguments.experiment or (DEFAULT_EXPERIMENT,), arguments.form_factors)
    with progress_bar(len(scenarios) * arguments.points, "profiling") as bar:
        scans = scan_scenarios(
            combination.experiments,
            combination.parameters,
            combination.form_factors,
            scenarios,
            arguments.points,
            arguments.scale,
            bar.update,
        )
    content = {one.scenario.label: result_of(one) for one in scans}
    lines = [*table_of(scans), *combination.notes]
    if arguments.out is not None:
        columns = columns_of(scans)
        description = {
            "what": "t(m) = -2 ln L(SM + X)/L(SM), profiled over the coupling and all nuisance parameters",
            **combination.description(),
            "Lambda_GeV": arguments.scale,
            "criterion": _CRITERION,
            "summary": lines,
            "result": content,
            "files": {
                "table.csv": "per scenario: best mass in GeV and |coupling| with 68 % intervals, t, comparison",
                "arrays.npz": "per scenario: masses in GeV, t and |coupling|, (scenarios, masses)",
            },
        }
        arrays = {name: np.stack([curve(one) for one in scans]) for name, curve in _CURVES.items()}
        write_results(arguments.out, description, columns, {"scenario": columns["scenario"], **arrays})
    if save_figure is not None:
        save_figure(scans, f"{combination.title}, Λ = {arguments.scale / 1e3:g} TeV")
    result = {"criterion": _CRITERION, "left_out": combination.left_out, "scenarios": content}
    print(json_text(result) if arguments.json else "\n".join(lines))


_CURVES = {
    "mass": lambda one: one.scan.mass,
    "t": lambda one: one.scan.t,
    "coupling": lambda one: np.sqrt(one.scan.value),
}


def result_of(one: ScenarioScan) -> dict:
    """Content of the JSON object for one scenario."""
    best = one.scan.best
    return {
        "mass": best.mass,
        "mass_interval_68": best.interval_68,
        "mass_interval_closed": best.interval_closed,
        "coupling": one.coupling,
        "coupling_interval_68": one.coupling_interval_68,
        "t": best.t,
        "significance": best.significance,
        "t_rescaled_sm": one.scan.t_rescaled_sm,
        "mu_rescaled_sm": one.scan.mu_rescaled_sm,
        "t_over_rescaled_sm": one.t_over_rescaled_sm,
        "viable": one.viable,
        "masses_better_than_rescaled_sm": one.masses_better,
        "scan": {name: curve(one) for name, curve in _CURVES.items()},
        "unconverged": int(np.sum(~one.scan.converged)),
    }


def columns_of(scans: tuple[ScenarioScan, ...]) -> dict[str, np.ndarray]:
    """The table: one row per scenario."""
    rows = {
        "scenario": lambda one: one.scenario.label,
        "mass": lambda one: one.scan.best.mass,
        "mass_low": lambda one: one.scan.best.interval_68[0],
        "mass_high": lambda one: one.scan.best.interval_68[1],
        "coupling": lambda one: one.coupling,
        "coupling_low": lambda one: one.coupling_interval_68[0],
        "coupling_high": lambda one: one.coupling_interval_68[1],
        "t": lambda one: one.scan.best.t,
        "significance": lambda one: one.scan.best.significance,
        "t_over_rescaled_sm": lambda one: one.t_over_rescaled_sm,
        "viable": lambda one: one.viable,
    }
    return {name: np.array([value(one) for one in scans]) for name, value in rows.items()}


def table_of(scans: tuple[ScenarioScan, ...]) -> list[str]:
    """The table for people."""
    width = max(len(one.scenario.label) for one in scans)
    lines = [
        f"{'scenario':{width}}  m_X [GeV]            |coupling|                     t  sigma  t - t(resc. SM)  viable"
    ]
    for one in scans:
        best, (low, high) = one.scan.best, one.coupling_interval_68
        mass = f"{best.mass:.2f} +{best.interval_68[1] - best.mass:.2f} -{best.mass - best.interval_68[0]:.2f}"
        open_end = "" if all(best.interval_closed) else " *"
        coupling = f"{one.coupling:.2e} +{high - one.coupling:.1e} -{one.coupling - low:.1e}"
        lines.append(
            f"{one.scenario.label:{width}}  {mass + open_end:19}  {coupling:27} {best.t:7.2f} {best.significance:6.2f} "
            f"{one.t_over_rescaled_sm:16.2f}  {'yes' if one.viable else 'no'}"
        )
    lines.append(f"rescaled SM: t = {scans[0].scan.t_rescaled_sm:.2f} with mu = {scans[0].scan.mu_rescaled_sm:.2f}")
    lines.append(_CRITERION)
    if any(not all(one.scan.best.interval_closed) for one in scans):
        lines.append("*: the 68 % interval of the mass is open at an end of the scan")
    failed = sum(int(np.sum(~one.scan.converged)) for one in scans)
    if failed:
        lines.append(f"{failed} fits did not converge and are left out")
    return lines
