"""jaxflav scan: are there new particles in B -> K + missing energy, and at which mass?"""

import argparse
import sys
from pathlib import Path

import jax
import numpy as np

import jaxflav
from jaxflav.cli import plane
from jaxflav.cli.common import DEFAULT_EXPERIMENT, DEFAULT_FORM_FACTORS, figure_writer, mass_grid, progress_bar
from jaxflav.couplings.families import make_couplings
from jaxflav.experiments.analysis import Analysis
from jaxflav.experiments.loading import load_experiment
from jaxflav.experiments.pair import pair_likelihood
from jaxflav.experiments.two_body import two_body_likelihood
from jaxflav.form_factors.files import load_form_factors
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.inference.mass_scan import MassScan, scan_masses
from jaxflav.inputs.parameters import Parameters, load_parameters
from jaxflav.io.errors import UnknownNameError
from jaxflav.io.output import check_new_directory, json_text, write_results
from jaxflav.likelihood.likelihood import Likelihood
from jaxflav.rates.branching_fractions import coupling_from_branching_fraction

COUPLINGS = ("g_S", "h_V", "h_T")
SCALE = 1e4  # Lambda in GeV, where a coupling has one
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
    two_body.add_argument("--width", type=float, metavar="GEV", help="Breit-Wigner width; a true line by default")
    two_body.set_defaults(run=run_two_body)
    pair = kinds.add_parser(
        "pair",
        help="B -> K + a pair of invisible particles",
        description=f"t(m) = -2 ln L(SM + X Xbar)/L(SM) over the mass of X, for one coupling, {minimised}",
    )
    _add_options(pair, "0.025:2.375:48")
    pair.add_argument("--coupling", required=True, metavar="NAME", help=f"one of {', '.join(PAIR_COUPLINGS)}")
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
    command.add_argument("--out", type=Path, metavar="DIR", help="new directory for description, table and arrays")
    command.add_argument("--plot", type=Path, metavar="FILE", help="figure of t(m): .pdf, .png, .svg")
    command.add_argument("--json", action="store_true", help="print one JSON object instead of the table")


def _plotter():
    from jaxflav.plots.mass_scan import plot_mass_scan

    return plot_mass_scan


def couplings_of(
    scan: MassScan, n_theory: int, parameters: Parameters, form_factors: FormFactorSet, analysis: Analysis
) -> dict[str, np.ndarray]:
    """Moduli of g_S, h_V and h_T (with Lambda = 10 TeV), one at a time, that give the best branching fractions.

    The form factors are those of each fit. NaN where there is no result, or no coupling gives the branching fraction.
    """
    nuisances = scan.parameters[:, 2 : 2 + n_theory]

    def one(name):
        def at(nuisance, mass, branching):
            return coupling_from_branching_fraction(
                name, parameters, form_factors, nuisance, mass, branching, analysis.decay, scale=SCALE
            )

        values = np.asarray(jax.jit(jax.vmap(at))(nuisances, scan.mass, np.nan_to_num(scan.branching_fraction)))
        return np.where(scan.converged & np.isfinite(values), values, np.nan)

    return {name: one(name) for name in COUPLINGS}


def result_of(scan: MassScan, couplings: dict[str, np.ndarray]) -> dict:
    """Content of the JSON object."""
    best = None
    if scan.best is not None:
        best = {
            "mass": scan.best.mass,
            "interval_68": scan.best.interval_68,
            "interval_closed": scan.best.interval_closed,
            "t": scan.best.t,
            "significance": scan.best.significance,
            "branching_fraction": scan.best.branching_fraction,
            "branching_fraction_interval_68": scan.best.branching_fraction_interval_68,
        }
    return {
        "mass": scan.mass,
        "t": scan.t,
        "branching_fraction": scan.branching_fraction,
        "couplings": couplings,
        "converged": scan.converged,
        "status": scan.status,
        "t_rescaled_sm": scan.t_rescaled_sm,
        "mu_rescaled_sm": scan.mu_rescaled_sm,
        "best": best,
    }


def _range(best, interval, scale=1.0, digits=2):
    up, down = ((interval[1] - best) * scale, (best - interval[0]) * scale)
    return f"{best * scale:.{digits}f} +{up:.{digits}f} -{down:.{digits}f}"


def summary_of(scan: MassScan) -> list[str]:
    """The answer in a few lines."""
    lines = []
    if scan.best is not None:
        b = scan.best
        branching = _range(b.branching_fraction, b.branching_fraction_interval_68, 1e6)
        mass = _range(b.mass, b.interval_68)
        ends = [name for name, closed in zip(("lower", "upper"), b.interval_closed, strict=True) if not closed]
        note = f"  (68 % interval open at the {' and '.join(ends)} end of the scan)" if ends else ""
        lines += [
            f"best mass            m_X = {mass} GeV{note}",
            f"branching fraction   BR(B -> K X) = ({branching})e-6",
            f"significance         {b.significance:.2f} sigma over the Standard Model (local), t = {b.t:.2f}",
        ]
    lines.append(f"rescaled SM          t = {scan.t_rescaled_sm:.2f} with mu = {scan.mu_rescaled_sm:.2f}")
    failed = [s for s, ok in zip(scan.status, scan.converged, strict=True) if not ok]
    lines += [f"{failed.count(reason)} of {len(scan.mass)} masses {reason}" for reason in sorted(set(failed))]
    return lines


def _table(scan, couplings):
    yield "  m_X [GeV]        t   BR [1e-6]" + "".join(f"{name:>12}" for name in couplings)
    for i, mass in enumerate(scan.mass):
        if not scan.converged[i]:
            yield f"{mass:11.4f}  {scan.status[i]}"
            continue
        values = "".join(f"{c[i]:12.3e}" if np.isfinite(c[i]) else f"{'-':>12}" for c in couplings.values())
        yield f"{mass:11.4f} {scan.t[i]:8.3f} {scan.branching_fraction[i] * 1e6:11.3f}{values}"


def pair_coupling_of(scan: MassScan, likelihood: Likelihood, name: str) -> dict[str, np.ndarray]:
    """Modulus of the coupling of a pair (Lambda = 10 TeV) that gives the best branching fractions."""
    unit = np.asarray(jax.jit(jax.vmap(lambda mass: likelihood.signal.reference(mass)))(scan.mass))
    known = scan.converged & (unit > 0)
    ratio = np.nan_to_num(scan.branching_fraction) / np.where(known, unit, 1.0)
    return {name: np.where(known, np.sqrt(ratio), np.nan)}


def run_two_body(arguments: argparse.Namespace) -> None:
    """Run the command for one particle."""

    def build(analysis, parameters, form_factors):
        likelihood = two_body_likelihood(analysis, parameters, form_factors, arguments.width)
        n = form_factors.mean.shape[0]
        return likelihood, lambda scan: couplings_of(scan, n, parameters, form_factors, analysis)

    _run(arguments, "B -> K X", {"width_GeV": arguments.width}, build)


def run_pair(arguments: argparse.Namespace) -> None:
    """Run the command for a pair."""
    name = arguments.coupling
    if name not in PAIR_COUPLINGS:
        raise UnknownNameError("coupling of a pair", name, PAIR_COUPLINGS)
    couplings = make_couplings(PAIR_COUPLINGS[name], {name: 1.0}, self_conjugate=arguments.self_conjugate)

    def build(analysis, parameters, form_factors):
        likelihood = pair_likelihood(analysis, parameters, form_factors, couplings)
        return likelihood, lambda scan: pair_coupling_of(scan, likelihood, name)

    _run(arguments, f"B -> K X Xbar through {name}", {"self_conjugate": arguments.self_conjugate}, build)


def _run(arguments, what, settings, build):
    masses = mass_grid(arguments.mass)
    save_figure = None if arguments.plot is None else figure_writer(arguments.plot, _plotter)
    if arguments.out is not None:
        check_new_directory(arguments.out)
    parameters = load_parameters()
    form_factors = load_form_factors(arguments.form_factors)
    analysis = load_experiment(arguments.experiment)
    likelihood, couplings_from = build(analysis, parameters, form_factors)
    with progress_bar(len(masses), "profiling") as bar:
        scan = scan_masses(likelihood, masses, bar.update)
    couplings = couplings_from(scan)
    result = result_of(scan, couplings)
    if arguments.out is not None:
        description = {
            "what": f"t(m) = -2 ln L(SM + X)/L(SM) for {what}, profiled over branching fraction and all nuisances",
            "summary": summary_of(scan),
            "command": ["jaxflav", *sys.argv[1:]],
            "jaxflav": jaxflav.__version__,
            "experiment": {"name": analysis.name, "title": analysis.title, "licence": analysis.licence},
            "form_factors": form_factors.name,
            **settings,
            "Lambda_GeV": SCALE,
            "inputs": parameters.flatten(),
            "cite": sorted({*analysis.sources, *form_factors.sources, *parameters.sources}),
            "best": result["best"],
            "t_rescaled_sm": scan.t_rescaled_sm,
            "mu_rescaled_sm": scan.mu_rescaled_sm,
            "files": {
                "table.csv": "mass in GeV, t, branching fraction, couplings (Lambda = 10 TeV), status",
                "arrays.npz": "the same columns, the best-fit parameters (masses, parameters) and their names",
            },
        }
        columns = {
            "mass": scan.mass,
            "t": scan.t,
            "branching_fraction": scan.branching_fraction,
            **couplings,
            "converged": scan.converged,
        }
        extra = {
            "status": scan.status,
            "iterations": scan.iterations,
            "parameters": scan.parameters,
            "parameter_names": likelihood.parameter_names,
        }
        write_results(arguments.out, description, columns, {**columns, **extra})
    if save_figure is not None:
        save_figure(scan, f"{analysis.title}\nform factors {form_factors.name}")
    lines = [json_text(result)] if arguments.json else [*summary_of(scan), "", *_table(scan, couplings)]
    print("\n".join(lines))
