"""jaxflav scan: are there new particles in B -> K + missing energy, and at which mass?"""

import argparse
import sys
from pathlib import Path

import jax
import numpy as np

import jaxflav
from jaxflav.cli import plane, scan_scenarios
from jaxflav.cli.combined import PAIR_FAMILIES, SCALE, SINGLE_FAMILIES, load_combination, one_coupling_likelihood
from jaxflav.cli.common import DEFAULT_EXPERIMENT, DEFAULT_FORM_FACTORS, figure_writer, mass_grid, progress_bar
from jaxflav.couplings.families import make_couplings
from jaxflav.experiments.analysis import Analysis
from jaxflav.experiments.loading import load_experiment
from jaxflav.experiments.pair import pair_likelihood
from jaxflav.experiments.two_body import two_body_likelihood
from jaxflav.form_factors.files import load_form_factors
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.inference.mass_scan import BRANCHING_FRACTION, MassScan, scan_masses
from jaxflav.inputs.parameters import Parameters, load_parameters
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.io.output import check_new_directory, json_text, write_results
from jaxflav.likelihood.likelihood import Likelihood
from jaxflav.rates.branching_fractions import coupling_from_branching_fraction

COUPLINGS = ("g_S", "h_V", "h_T")
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
    _add_options(pair, "0.025:2.375:48")
    pair.add_argument("--coupling", required=True, metavar="NAME", help=f"one of {', '.join(PAIR_COUPLINGS)}")
    pair.add_argument("--self-conjugate", action="store_true", help="the two particles are identical")
    pair.set_defaults(run=run_pair)
    plane.add_arguments(kinds)
    scan_scenarios.add_arguments(kinds)


def _add_options(command, masses):
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
            scan.parameter: scan.best.value,
            f"{scan.parameter}_interval_68": scan.best.value_interval_68,
        }
    return {
        "mass": scan.mass,
        "t": scan.t,
        scan.parameter: scan.value,
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


def summary_of(scan: MassScan, coupling: str | None = None) -> list[str]:
    """The answer in a few lines; a coupling is given where its square was scanned, and no branching fraction."""
    lines = []
    if scan.best is not None:
        b = scan.best
        if coupling is None:
            size = f"branching fraction   BR(B -> K X) = ({_range(b.value, b.value_interval_68, 1e6)})e-6"
        else:
            best, (low, high) = np.sqrt(b.value), np.sqrt(b.value_interval_68)
            size = f"coupling             |{coupling}| = {best:.3g} +{high - best:.2g} -{best - low:.2g}"
        mass = _range(b.mass, b.interval_68)
        ends = [name for name, closed in zip(("lower", "upper"), b.interval_closed, strict=True) if not closed]
        note = f"  (68 % interval open at the {' and '.join(ends)} end of the scan)" if ends else ""
        lines += [
            f"best mass            m_X = {mass} GeV{note}",
            size,
            f"significance         {b.significance:.2f} sigma over the Standard Model (local), t = {b.t:.2f}",
        ]
    lines.append(f"rescaled SM          t = {scan.t_rescaled_sm:.2f} with mu = {scan.mu_rescaled_sm:.2f}")
    failed = [s for s, ok in zip(scan.status, scan.converged, strict=True) if not ok]
    lines += [f"{failed.count(reason)} of {len(scan.mass)} masses {reason}" for reason in sorted(set(failed))]
    return lines


def _table(scan, couplings):
    branching = scan.parameter == BRANCHING_FRACTION
    yield "  m_X [GeV]        t" + branching * "   BR [1e-6]" + "".join(f"{name:>12}" for name in couplings)
    for i, mass in enumerate(scan.mass):
        if not scan.converged[i]:
            yield f"{mass:11.4f}  {scan.status[i]}"
            continue
        values = "".join(f"{c[i]:12.3e}" if np.isfinite(c[i]) else f"{'-':>12}" for c in couplings.values())
        yield f"{mass:11.4f} {scan.t[i]:8.3f}" + (f" {scan.value[i] * 1e6:11.3f}" if branching else "") + values


def pair_coupling_of(scan: MassScan, likelihood: Likelihood, name: str) -> dict[str, np.ndarray]:
    """Modulus of the coupling of a pair (Lambda = 10 TeV) that gives the best branching fractions."""
    unit = np.asarray(jax.jit(jax.vmap(lambda mass: likelihood.signal.reference(mass)))(scan.mass))
    known = scan.converged & (unit > 0)
    ratio = np.nan_to_num(scan.branching_fraction) / np.where(known, unit, 1.0)
    return {name: np.where(known, np.sqrt(ratio), np.nan)}


def run_two_body(arguments: argparse.Namespace) -> None:
    """Run the command for one particle."""
    if arguments.coupling is not None:
        if arguments.width is not None:
            raise InputError("--width goes with the branching fraction of one experiment: leave it or --coupling out")
        _run_combination(arguments, SINGLE_FAMILIES, False)
        return
    if len(arguments.experiment or ()) > 1:
        raise InputError(
            "a combination needs --coupling, which relates the decays of the experiments; such as g_S, h_V"
        )

    def build(analysis, parameters, form_factors):
        likelihood = two_body_likelihood(analysis, parameters, form_factors, arguments.width)
        n = form_factors.mean.shape[0]
        return likelihood, lambda scan: couplings_of(scan, n, parameters, form_factors, analysis)

    _run(arguments, "B -> K X", {"width_GeV": arguments.width}, build)


def run_pair(arguments: argparse.Namespace) -> None:
    """Run the command for a pair."""
    if len(arguments.experiment or ()) > 1:
        _run_combination(arguments, PAIR_FAMILIES, arguments.self_conjugate)
        return
    name = arguments.coupling
    if name not in PAIR_COUPLINGS:
        raise UnknownNameError("coupling of a pair", name, PAIR_COUPLINGS)
    couplings = make_couplings(PAIR_COUPLINGS[name], {name: 1.0}, self_conjugate=arguments.self_conjugate)

    def build(analysis, parameters, form_factors):
        likelihood = pair_likelihood(analysis, parameters, form_factors, couplings)
        return likelihood, lambda scan: pair_coupling_of(scan, likelihood, name)

    _run(arguments, f"B -> K X Xbar through {name}", {"self_conjugate": arguments.self_conjugate}, build)


def _prepared(arguments):
    """The masses, and the function that saves the figure; whether results can be written is checked before the work."""
    masses = mass_grid(arguments.mass)
    save_figure = None if arguments.plot is None else figure_writer(arguments.plot, _plotter)
    if arguments.out is not None:
        check_new_directory(arguments.out)
    return masses, save_figure


def _run(arguments, what, settings, build):
    masses, save_figure = _prepared(arguments)
    names = arguments.form_factors or [DEFAULT_FORM_FACTORS]
    if len(names) > 1:
        raise InputError(f"one experiment takes one set of form factors, found {', '.join(names)}")
    parameters, form_factors = load_parameters(), load_form_factors(names[0])
    analysis = load_experiment((arguments.experiment or [DEFAULT_EXPERIMENT])[0])
    likelihood, couplings_from = build(analysis, parameters, form_factors)
    description = {
        "command": ["jaxflav", *sys.argv[1:]],
        "jaxflav": jaxflav.__version__,
        "experiment": {"name": analysis.name, "title": analysis.title, "licence": analysis.licence},
        "form_factors": form_factors.name,
        **settings,
        "Lambda_GeV": SCALE,
        "inputs": parameters.flatten(),
        "cite": sorted({*analysis.sources, *form_factors.sources, *parameters.sources}),
    }
    title = f"{analysis.title}\nform factors {form_factors.name}"
    _scan_and_report(arguments, masses, save_figure, likelihood, couplings_from, what, description, title)


def _run_combination(arguments, families, self_conjugate):
    masses, save_figure = _prepared(arguments)
    name = arguments.coupling
    combination = load_combination(arguments.experiment or [DEFAULT_EXPERIMENT], arguments.form_factors or [])
    likelihood = one_coupling_likelihood(combination, families, name, self_conjugate)
    description = {**combination.description(), "coupling": name, "Lambda_GeV": SCALE, "self_conjugate": self_conjugate}

    def coupling_of(scan):
        return {name: np.sqrt(scan.value)}

    what, title = f"new particles through {name}", f"{combination.title}, {name}"
    _scan_and_report(
        arguments, masses, save_figure, likelihood, coupling_of, what, description, title, combination.notes, name
    )


def _scan_and_report(
    arguments, masses, save_figure, likelihood, couplings_from, what, description, title, notes=(), coupling=None
):
    with progress_bar(len(masses), "profiling") as bar:
        scan = scan_masses(likelihood, masses, bar.update)
    couplings = couplings_from(scan)
    result = result_of(scan, couplings)
    summary = [*summary_of(scan, coupling), *notes]
    if arguments.out is not None:
        size = scan.parameter.replace("_", " ")
        description = {
            "what": f"t(m) = -2 ln L(SM + X)/L(SM) for {what}, profiled over {size} and all nuisances",
            "summary": summary,
            **description,
            "best": result["best"],
            "t_rescaled_sm": scan.t_rescaled_sm,
            "mu_rescaled_sm": scan.mu_rescaled_sm,
            "files": {
                "table.csv": f"mass in GeV, t, {size}, couplings (Lambda = 10 TeV), status",
                "arrays.npz": "the same columns, the best-fit parameters (masses, parameters) and their names",
            },
        }
        columns = {
            "mass": scan.mass,
            "t": scan.t,
            scan.parameter: scan.value,
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
        save_figure(scan, title)
    lines = [json_text(result)] if arguments.json else [*summary, "", *_table(scan, couplings)]
    print("\n".join(lines))
