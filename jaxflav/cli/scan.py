"""jaxflav scan: are there new particles in B -> K + missing energy, and at which mass?"""

import argparse
import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from jaxflav.cli import plane
from jaxflav.cli.common import DEFAULT_EXPERIMENT, DEFAULT_FORM_FACTORS, figure_writer, mass_grid, progress_bar
from jaxflav.cli.scan_options import add_large_scan_options, further_axes, grid_or_number, processes_of
from jaxflav.cli.scan_product import fits_of, product_result, product_summary
from jaxflav.cli.scan_report import SCALE, couplings_of, pair_coupling_of, result_of, summary_of, table_of
from jaxflav.couplings.families import make_couplings
from jaxflav.experiments.loading import load_experiment
from jaxflav.experiments.pair import pair_likelihood
from jaxflav.experiments.two_body import two_body_likelihood
from jaxflav.form_factors.files import load_form_factors
from jaxflav.inference.mass_scan import MassProblem, MassScan, mass_scan_of, scan_masses
from jaxflav.inference.scans.definition import MASS, define_scan
from jaxflav.inference.scans.processes import Processes
from jaxflav.inference.scans.run import run_scan
from jaxflav.inputs.parameters import load_parameters
from jaxflav.io.chunk_store import RESULT, open_store
from jaxflav.io.data_files import record_data_files
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.io.output import csv_text, json_text
from jaxflav.io.provenance import made_by
from jaxflav.likelihood.likelihood import Likelihood

# couplings of a pair that B -> K is sensitive to, and their families
PAIR_COUPLINGS = {
    **dict.fromkeys(("g_SS", "g_VV"), "scalar-pair"),
    **dict.fromkeys(("f_VV", "f_VA", "f_SS", "f_SP", "f_TT", "f_TtT"), "fermion-pair"),
    "h_S": "vector-pair",
    **dict.fromkeys(
        ("F_VV", "F_VA", "F_SS", "F_SP", "F_TT", "F_TtT", "F_TS", "F_TP", "F_TtS", "F_TtP"), "gravitino-pair"
    ),
}


def add_arguments(commands) -> None:
    """Add the command to the parser."""
    scan = commands.add_parser("scan", help="profile the likelihood over masses of new particles")
    kinds = scan.add_subparsers(dest="kind", required=True, metavar="SCENARIO")
    minimised = "minimised over the branching fraction and all nuisance parameters."
    two_body = kinds.add_parser(
        "two-body",
        help="B -> K + one invisible particle",
        description=f"t(m) = -2 ln L(SM + X)/L(SM) over the mass of one new invisible particle X, {minimised}",
    )
    _add_options(two_body, "0:4.75:96")
    two_body.add_argument(
        "--width", metavar="GEV|LO:HI:N", help="Breit-Wigner width, or a grid of them; a true line by default"
    )
    two_body.set_defaults(run=run_two_body)
    pair = kinds.add_parser(
        "pair",
        help="B -> K + a pair of invisible particles",
        description=f"t(m) = -2 ln L(SM + X Xbar)/L(SM) over the mass of X, for one coupling, {minimised}",
    )
    _add_options(pair, "0.025:2.375:48")
    pair.add_argument(
        "--coupling",
        required=True,
        metavar="NAME[,NAME...]",
        help=f"one of {', '.join(PAIR_COUPLINGS)}, or several as an axis",
    )
    pair.add_argument("--self-conjugate", action="store_true", help="the two particles are identical")
    pair.set_defaults(run=run_pair)
    plane.add_arguments(kinds)


def _add_options(command, masses):
    command.add_argument("--mass", default=masses, metavar="LO:HI:N", help="grid in GeV (default %(default)s)")
    command.add_argument(
        "--experiment",
        default=DEFAULT_EXPERIMENT,
        help="name or directory; also one with the files of HEPData (default %(default)s)",
    )
    command.add_argument(
        "--form-factors", default=DEFAULT_FORM_FACTORS, help="name of a set or YAML file (default %(default)s)"
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

    what: str
    axes: Mapping[str, np.ndarray]
    settings: Mapping[str, Any]
    build: Callable[..., dict[str, Likelihood]]
    couplings: Callable[..., dict[str, np.ndarray]]


def run_two_body(arguments: argparse.Namespace) -> None:
    """Run the command for one particle."""
    width = arguments.width
    width = None if width is None else grid_or_number(width, "--width", "0.001:0.5:20:log")
    axes = {"width": width} if isinstance(width, np.ndarray) else {}

    def build(analysis, parameters, form_factors):
        first = float(width[0]) if axes else width
        return {"": two_body_likelihood(analysis, parameters, form_factors, first)}

    def couplings(scan, likelihood, analysis, parameters, form_factors):
        return couplings_of(scan, form_factors.mean.shape[0], parameters, form_factors, analysis)

    settings = {} if axes else {"width_GeV": width}
    _run(arguments, _Hypothesis("B -> K X", axes, settings, build, couplings))


def run_pair(arguments: argparse.Namespace) -> None:
    """Run the command for a pair."""
    names = arguments.coupling.split(",")
    for name in names:
        if name not in PAIR_COUPLINGS:
            raise UnknownNameError("coupling of a pair", name, PAIR_COUPLINGS)
    if len(set(names)) < len(names):
        raise InputError(f"--coupling {arguments.coupling}: the same coupling more than once; leave repetitions out")

    def build(analysis, parameters, form_factors):
        found = {}
        for name in names:
            direction = make_couplings(PAIR_COUPLINGS[name], {name: 1.0}, self_conjugate=arguments.self_conjugate)
            found[name] = pair_likelihood(analysis, parameters, form_factors, direction)
        return found if len(found) > 1 else {"": found[names[0]]}

    def couplings(scan, likelihood, *loaded):
        return pair_coupling_of(scan, likelihood, names[0])

    settings = {"couplings": names, "self_conjugate": arguments.self_conjugate}
    what = f"B -> K X Xbar through {' or '.join(names)}"
    _run(arguments, _Hypothesis(what, {}, settings, build, couplings))


def _run(arguments, hypothesis):
    axes = {**hypothesis.axes, MASS: mass_grid(arguments.mass)} | further_axes(arguments.axis)
    product = len(axes) > 1 or len(hypothesis.settings.get("couplings", ())) > 1
    if product and arguments.plot is not None:
        raise InputError("--plot draws t over the mass alone; leave it out, or open the results with xarray")
    if product and arguments.out is None:
        raise InputError("a scan over several axes needs a directory for its results: give --out DIR")
    save_figure = None if arguments.plot is None else figure_writer(arguments.plot, _plotter)
    with processes_of(arguments) as processes:
        with record_data_files() as data:
            parameters, form_factors = load_parameters(), load_form_factors(arguments.form_factors)
            analysis = load_experiment(arguments.experiment)
        loaded = analysis, parameters, form_factors
        likelihoods = hypothesis.build(*loaded)
        description = {
            "what": f"t = -2 ln L(SM + X)/L(SM) for {hypothesis.what}, profiled over all free parameters",
            **made_by(data),
            "experiment": {"name": analysis.name, "title": analysis.title, "licence": analysis.licence},
            "form_factors": form_factors.name,
            **hypothesis.settings,
            "Lambda_GeV": SCALE,
            "inputs": parameters.flatten(),
            "cite": sorted({*analysis.sources, *form_factors.sources, *parameters.sources}),
        }
        if product:
            _run_product(arguments, axes, likelihoods, description, processes)
            return
        likelihood = likelihoods[""]
        scan = _scan_masses(arguments, axes[MASS], likelihood, description, processes)
        if scan is None:
            return
        couplings = hypothesis.couplings(scan, likelihood, *loaded)
        result = result_of(scan, couplings)
        if arguments.out is not None:
            _write_mass_scan(arguments.out, scan, couplings, result)
    if save_figure is not None:
        save_figure(scan, f"{analysis.title}\nform factors {form_factors.name}")
    lines = [json_text(result)] if arguments.json else [*summary_of(scan), "", *table_of(scan, couplings)]
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

    options = {"resume": arguments.resume, "devices": arguments.devices, "processes": processes}
    return run_scan(definition, arguments.out, **options, made_by=description, progress=bar), problems


def _scan_masses(arguments, masses, likelihood, description, processes) -> MassScan | None:
    if arguments.out is None and arguments.devices is None:
        with progress_bar(len(masses), "profiling") as bar:
            return scan_masses(likelihood, masses, bar.update)
    dataset, problems = _engine(arguments, {MASS: masses}, {"": likelihood}, description, processes)
    return None if dataset is None else mass_scan_of(problems[""], masses, fits_of(dataset))


def _write_mass_scan(out, scan, couplings, result):
    columns = {"mass": scan.mass, "t": scan.t, "branching_fraction": scan.branching_fraction, **couplings}
    found = {key: result[key] for key in ("best", "t_rescaled_sm", "mu_rescaled_sm")}
    files = {
        "table.csv": "mass in GeV, t, branching fraction, couplings (Lambda = 10 TeV), convergence",
        RESULT: "all results with labelled dimensions, for xarray.open_dataset",
    }
    table = csv_text({**columns, "converged": scan.converged}).encode()
    open_store(out).add({"table.csv": table}, {"summary": summary_of(scan), **found, "files": files})


def _run_product(arguments, axes, likelihoods, description, processes: Processes):
    dataset, _ = _engine(arguments, axes, likelihoods, description, processes)
    if dataset is None:
        return
    result = product_result(dataset) | {"dataset": str(arguments.out / RESULT)}
    lines = product_summary(result)
    open_store(arguments.out).add({}, {"summary": lines, "best": result["best"]})
    print(json_text(result) if arguments.json else "\n".join(lines))
