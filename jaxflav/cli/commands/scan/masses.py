"""jaxflav scan: are there new particles in B -> K + missing energy, and at which mass?"""

import argparse
import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from jaxflav.cli.commands.scan import plane, scenarios
from jaxflav.cli.commands.scan.product import fits_of, product_result, product_summary
from jaxflav.cli.commands.scan.report import couplings_of, pair_coupling_of, result_of, summary_of, table_of
from jaxflav.cli.figures import figure_writer
from jaxflav.cli.options.analysis_file import add_analysis_option
from jaxflav.cli.options.grids import mass_grid
from jaxflav.cli.options.large_scans import add_large_scan_options, further_axes, grid_or_number, processes_of
from jaxflav.cli.progress import progress_bar
from jaxflav.inference.scans.definition import MASS, define_scan
from jaxflav.inference.scans.processes import Processes
from jaxflav.inference.scans.run import run_scan
from jaxflav.io.chunk_store import RESULT, open_store
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.io.output import csv_text, json_text
from jaxflav.likelihood.likelihood import Likelihood
from jaxflav.studies.mass_scan import MassProblem, MassScan, mass_scan_of, scan_masses
from jaxflav.tasks.analysis_file import task_from
from jaxflav.tasks.defaults import DEFAULT_EXPERIMENT, DEFAULT_FORM_FACTORS, PAIR_COUPLINGS
from jaxflav.tasks.hypothesis import has_strength
from jaxflav.tasks.problem import problem_of


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    kinds = command.add_subparsers(dest="kind", required=True, metavar="SCENARIO")
    minimised = "minimised over the branching fraction and all nuisance parameters."
    two_body = kinds.add_parser(
        "two-body",
        help="B -> K + one invisible particle",
        description=f"t(m) = -2 ln L(SM + X)/L(SM) over the mass of one new invisible particle X, {minimised}",
    )
    _add_options(two_body, "two-body", "0:4.75:96")
    two_body.add_argument(
        "--width", metavar="GEV|LO:HI:N", help="Breit-Wigner width, or a grid of them; a true line by default"
    )
    two_body.add_argument(
        "--coupling",
        metavar="NAME",
        help="scan the strength of this coupling of a scalar or vector, on all experiments",
    )
    two_body.set_defaults(run=run_two_body)
    pair = kinds.add_parser(
        "pair",
        help="B -> K + a pair of invisible particles",
        description=f"t(m) = -2 ln L(SM + X Xbar)/L(SM) over the mass of X, for one coupling, {minimised}",
    )
    _add_options(pair, "pair", "0.025:2.375:48")
    pair.add_argument(
        "--coupling",
        metavar="NAME[,NAME...]",
        help=f"one of {', '.join(PAIR_COUPLINGS)}, or several as an axis; needed here or in the analysis file",
    )
    pair.add_argument("--self-conjugate", action="store_true", help="the two particles are identical")
    pair.set_defaults(run=run_pair)
    plane.add_arguments(kinds)
    scenarios.add_arguments(kinds)


def _add_options(command, scenario, masses):
    add_analysis_option(command, "scan", scenario=scenario, unused=lambda arguments: (MASS,))
    command.add_argument("--mass", default=masses, metavar="LO:HI:N", help="grid in GeV (default %(default)s)")
    command.add_argument(
        "--experiment",
        action="append",
        metavar="NAME[:CHANNELS]",
        help="name or directory; also one with the files of HEPData; repeated for a combination, which takes a "
        f"coupling (default {DEFAULT_EXPERIMENT})",
    )
    command.add_argument(
        "--form-factors",
        action="append",
        metavar="NAME",
        help=f"name of a set or YAML file; repeated for several processes (default {DEFAULT_FORM_FACTORS})",
    )
    command.add_argument("--plot", type=Path, metavar="FILE", help="figure of t(m): .pdf, .png, .svg")
    command.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    add_large_scan_options(command)


def _plotter():
    from jaxflav.plots.mass_scan import plot_mass_scan

    return plot_mass_scan


@dataclasses.dataclass(frozen=True)
class _Hypothesis:
    """What a command scans: likelihoods by label, the couplings of a scan of the mass alone, and words about it."""

    likelihoods: Mapping[str, Likelihood]
    couplings: Callable[[MassScan], dict[str, np.ndarray]]
    description: Mapping[str, Any]
    title: str
    notes: tuple[str, ...] = ()
    coupling: str | None = None  # whose square is scanned, in place of a branching fraction


def run_two_body(arguments: argparse.Namespace) -> None:
    """Run the command for one particle."""
    if arguments.coupling is not None:
        if arguments.width is not None:
            raise InputError("--width goes with the branching fraction of one experiment: leave it or --coupling out")
        _run(arguments, {}, lambda: _combination(arguments, "two-body", False))
        return
    if len(arguments.experiment or ()) > 1:
        raise InputError(
            "a combination needs --coupling, which relates the decays of the experiments; such as g_S, h_V"
        )
    width = arguments.width
    width = None if width is None else grid_or_number(width, "--width", "0.001:0.5:20:log")
    axes = {"width": width} if isinstance(width, np.ndarray) else {}

    def hypothesis():
        content = {} if width is None else {"width": float(width[0]) if axes else width}
        problem = _problem(arguments, "two-body", [], content)

        def couplings(scan):
            combination = problem.combination
            (form_factors,), (analysis,) = combination.form_factors, combination.experiments
            return couplings_of(scan, form_factors.mean.shape[0], combination.parameters, form_factors, analysis)

        description = {key: value for key, value in problem.description.items() if not (axes and key == "width_GeV")}
        return _Hypothesis({"": problem.likelihood}, couplings, description, problem.combination.figure_title)

    _run(arguments, axes, hypothesis)


def run_pair(arguments: argparse.Namespace) -> None:
    """Run the command for a pair."""
    if arguments.coupling is None:
        raise InputError(f"--coupling says which pair: one of {', '.join(PAIR_COUPLINGS)}")
    names = arguments.coupling.split(",")
    if len(set(names)) < len(names):
        raise InputError(f"--coupling {arguments.coupling}: the same coupling more than once; leave repetitions out")
    if has_strength(task_from(_content(arguments, "pair", names[:1]))):
        if len(names) > 1:
            raise InputError(f"a combination takes one --coupling, found {arguments.coupling}; scan one by one")
        _run(arguments, {}, lambda: _combination(arguments, "pair", arguments.self_conjugate))
        return
    for name in names:
        if name not in PAIR_COUPLINGS:
            raise UnknownNameError("coupling of a pair", name, PAIR_COUPLINGS)

    def hypothesis():
        content = {"self_conjugate": True} if arguments.self_conjugate else {}
        problems = {name: _problem(arguments, "pair", [name], content) for name in names}
        first = problems[names[0]]
        found = {name: problem.likelihood for name, problem in problems.items()}
        return _Hypothesis(
            found if len(found) > 1 else {"": first.likelihood},
            lambda scan: pair_coupling_of(scan, found[names[0]], names[0]),
            {**first.description, "coupling": names},
            first.combination.figure_title,
        )

    _run(arguments, {}, hypothesis, labelled=len(names) > 1)


def _content(arguments, scenario, couplings):
    """What the analysis file of a scan of one coupling says."""
    content = {"scenario": scenario, "coupling": couplings}
    return content | {name: getattr(arguments, name) or [] for name in ("experiment", "form_factors")}


def _problem(arguments, scenario, couplings, more):
    """Problem of the scan; it may go on beyond the threshold, where its points say so, but must begin below it."""
    task = task_from(_content(arguments, scenario, couplings) | more)
    return problem_of(task, mass_grid(arguments.mass), partly=True)[0]


def _combination(arguments, scenario, self_conjugate):
    name = arguments.coupling
    problem = _problem(arguments, scenario, [name], {"self_conjugate": True} if self_conjugate else {})
    return _Hypothesis(
        {"": problem.likelihood},
        lambda scan: {name: np.sqrt(scan.value)},
        problem.description,
        f"{problem.combination.title}, {name}",
        tuple(problem.combination.notes),
        name,
    )


def _run(arguments, further, prepare, labelled=False):
    axes = {**further, MASS: mass_grid(arguments.mass)} | further_axes(arguments.axis)
    product = len(axes) > 1 or labelled
    if product and arguments.plot is not None:
        raise InputError("--plot draws t over the mass alone; leave it out, or open the results with xarray")
    if product and arguments.out is None:
        raise InputError("a scan over several axes needs a directory for its results: give --out DIR")
    save_figure = None if arguments.plot is None else figure_writer(arguments.plot, _plotter)
    with processes_of(arguments) as processes:
        hypothesis = prepare()
        what = "t = -2 ln L(SM + new particles)/L(SM), profiled over all free parameters"
        description = {"what": what, **hypothesis.description}
        if product:
            _run_product(arguments, axes, hypothesis.likelihoods, description, processes)
            return
        scan = _scan_masses(arguments, axes[MASS], hypothesis.likelihoods[""], description, processes)
        if scan is None:
            return
        couplings = hypothesis.couplings(scan)
        result = result_of(scan, couplings)
        summary = [*summary_of(scan, hypothesis.coupling), *hypothesis.notes]
        if arguments.out is not None:
            _write_mass_scan(arguments.out, scan, couplings, result, summary)
    if save_figure is not None:
        save_figure(scan, hypothesis.title)
    lines = [json_text(result)] if arguments.json else [*summary, "", *table_of(scan, couplings)]
    print("\n".join(lines))


def _engine(arguments, axes, likelihoods, description, processes):
    """Dataset of the scan, by label the problems; no dataset in processes other than the first."""
    problems = {label: MassProblem(likelihood) for label, likelihood in likelihoods.items()}
    definition = define_scan(
        {label: problem.profiled() for label, problem in problems.items()},
        axes,
        label="coupling",
        references={label: problem.log_likelihood_sm for label, problem in problems.items()},
        all_parameters=arguments.all_parameters,
        chunk=arguments.chunk,
    )
    name = "profiling" if processes.count == 1 else f"process {processes.index} of {processes.count}"

    def bar(total, done):
        return progress_bar(total, name, "point", done)

    options = {"resume": arguments.resume, "devices": arguments.devices, "processes": processes, "held": True}
    return run_scan(definition, arguments.out, **options, made_by=description, progress=bar), problems


def _scan_masses(arguments, masses, likelihood, description, processes) -> MassScan | None:
    if arguments.out is None and arguments.devices is None:
        with progress_bar(len(masses), "profiling") as bar:
            return scan_masses(likelihood, masses, bar.update)
    dataset, problems = _engine(arguments, {MASS: masses}, {"": likelihood}, description, processes)
    return None if dataset is None else mass_scan_of(problems[""], masses, fits_of(dataset))


def _write_mass_scan(out, scan, couplings, result, summary):
    columns = {"mass": scan.mass, "t": scan.t, scan.parameter: scan.value, **couplings}
    found = {key: result[key] for key in ("best", "t_rescaled_sm", "mu_rescaled_sm")}
    files = {
        "table.csv": f"mass in GeV, t, {scan.parameter}, couplings (Lambda = 10 TeV), convergence",
        RESULT: "all results with labelled dimensions, for xarray.open_dataset",
    }
    table = csv_text({**columns, "converged": scan.converged}).encode()
    open_store(out).add({"table.csv": table}, {"summary": summary, **found, "files": files})


def _run_product(arguments, axes, likelihoods, description, processes: Processes):
    dataset, _ = _engine(arguments, axes, likelihoods, description, processes)
    if dataset is None:
        return
    result = product_result(dataset) | {"dataset": str(arguments.out / RESULT)}
    lines = product_summary(result)
    open_store(arguments.out).add({}, {"summary": lines, "best": result["best"]})
    print(json_text(result) if arguments.json else "\n".join(lines))
