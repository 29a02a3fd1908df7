"""jaxflav plot: distributions of q2 and F_L(q2) of the Standard Model and of pairs of new particles; posteriors."""

import argparse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from jaxflav.cli.commands import plot_posterior
from jaxflav.cli.figures import figure_writer
from jaxflav.cli.options.couplings import DESCRIPTIONS, add_form_factor_argument, parse_couplings
from jaxflav.couplings.families import FAMILIES, coupling_names, make_couplings
from jaxflav.experiments.thresholds import check_below_threshold, mass_threshold
from jaxflav.inputs.parameters import load_parameters
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.observables.observable import Observable, find_decay
from jaxflav.observables.prediction import predict
from jaxflav.observables.scenario import Scenario
from jaxflav.rates.decays import InvisibleDecay
from jaxflav.tasks.form_factors import form_factor_sets

# one coupling each, whose size drops out: the pairs of arXiv:2403.13887, Fig. 2, and the structures that differ in F_L
DEFAULT_COUPLINGS = {
    "spectrum": ("g_SS=1", "f_VV=1", "h_S=1", "F_VV=1"),
    "fl": ("f_AV=1", "f_TT=1", "f_TtT=1", "h_P=1"),
}
PAIRS = [name for name in FAMILIES if name.endswith("-pair")]
LABELS = {"spectrum": r"$(1/\mathcal{B})\,d\mathcal{B}/dq^2$ [GeV$^{-2}$]", "fl": r"$F_L(q^2)$"}


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    kinds = command.add_subparsers(dest="kind", required=True, metavar="FIGURE")
    for kind, what, decay in (
        ("spectrum", "normalised distribution of q2", "B+ -> K+"),
        ("fl", "longitudinal polarisation F_L(q2)", "B0 -> K*0"),
    ):
        one = kinds.add_parser(
            kind,
            help=what,
            description=f"Figure of the {what} for the Standard Model and for pairs of new particles, each with one "
            "coupling, without the Standard Model; bands are the uncertainties.",
        )
        one.add_argument("--out", type=Path, required=True, metavar="FILE", help="figure: .pdf, .png, .svg")
        one.add_argument("--decay", default=decay, help="default %(default)s")
        one.add_argument("--mass", type=float, default=0.6, metavar="GEV", help="of one particle (default %(default)s)")
        one.add_argument(
            "--coupling",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help=f"coupling of a pair, one curve each; may be repeated (default {' '.join(DEFAULT_COUPLINGS[kind])})",
        )
        one.add_argument("--points", type=int, default=120, metavar="N", help="of each curve (default %(default)s)")
        add_form_factor_argument(one)
        one.set_defaults(run=run)
    plot_posterior.add_arguments(kinds)


def family_of(name: str) -> str:
    """Family of pairs that has a coupling of this name; raises ``UnknownNameError``."""
    found = [family for family in PAIRS if name in coupling_names(family)]
    if not found:
        raise UnknownNameError("coupling of a pair", name, [n for family in PAIRS for n in coupling_names(family)])
    return found[0]


def _plotter():
    from jaxflav.plots.observables import plot_curves

    return plot_curves


def run(arguments: argparse.Namespace) -> None:
    """Run the command."""
    save = figure_writer(arguments.out, _plotter, "--out")
    parameters, sets = load_parameters(), form_factor_sets(arguments.form_factors)
    decay = find_decay(arguments.decay)
    if isinstance(decay, InvisibleDecay):
        raise InputError(f"{decay.name} has no spectrum; give a decay with a meson, such as B+ -> K+")
    if arguments.points < 2:
        raise InputError(f"--points must be at least 2, found {arguments.points}")
    m_B, m_K = (float(m) for m in decay.masses(parameters))
    end = (m_B - m_K) ** 2
    scenarios = {"Standard Model": Scenario()}
    for name, value in parse_couplings(arguments.coupling or DEFAULT_COUPLINGS[arguments.kind]).items():
        couplings = make_couplings(family := family_of(name), {name: value})
        massive = 1 if family == "mixed-pair" else 2
        check_below_threshold(arguments.mass, mass_threshold(parameters, [decay], massive), "--mass")
        label = f"{DESCRIPTIONS[family].split(',')[0]}, {name}"
        scenarios[label] = Scenario(couplings, arguments.mass, standard_model=False)
    # end points excluded: nothing is left there
    q2 = np.linspace(0, end, arguments.points + 2)[1:-1]
    quantity = "share" if arguments.kind == "spectrum" else "FL"
    observables = [Observable(quantity, decay, q2=x) for x in q2]
    with ThreadPoolExecutor() as pool:  # most of the time is compilation
        predictions = pool.map(lambda scenario: predict(observables, scenario, parameters, sets), scenarios.values())
    curves = {}
    for label, prediction in zip(scenarios, predictions, strict=True):
        value, error = np.asarray(prediction.central), np.asarray(prediction.errors)
        curves[label] = (np.where(value > 0, value, np.nan), error) if quantity == "FL" else (value, error)
    title = f"{decay.name} + missing energy, mass of a new particle {arguments.mass:g} GeV"
    save(q2, curves, LABELS[arguments.kind], title)
    print(f"figure written to {arguments.out}")
