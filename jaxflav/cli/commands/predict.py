"""jaxflav predict: observables of a scenario with their uncertainties."""

import argparse
from itertools import pairwise

import numpy as np

from jaxflav.cli.options.couplings import add_form_factor_argument, add_scenario_arguments, scenario_of
from jaxflav.couplings.families import FAMILIES
from jaxflav.experiments.thresholds import check_below_threshold, mass_threshold
from jaxflav.form_factors.processes import TO_VECTOR, find_process
from jaxflav.inputs.parameters import Parameters, load_parameters
from jaxflav.io.errors import InputError
from jaxflav.io.output import json_text
from jaxflav.observables.observable import DECAYS, Observable, find_decay, parse_observable
from jaxflav.observables.prediction import DEFAULT_SETS, PARTS, Prediction, predict
from jaxflav.rates.decays import Decay
from jaxflav.tasks.form_factors import form_factor_sets


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    command.description = (
        "Predictions with their uncertainty in all and by source: form factors, CKM elements, X_t, other parameters."
    )
    command.add_argument("observable", nargs="*", help="such as 'BR(B+ -> K+)', 'FL(B0 -> K*0)[4,8]', 'R(B0 -> K*0)'")
    command.add_argument(
        "--decay",
        action="append",
        default=[],
        metavar="DECAY",
        help="all observables of a decay: branching fraction, ratio to the Standard Model, F_L; may be repeated "
        f"({', '.join(DECAYS)}; default all with built-in form factors)",
    )
    command.add_argument("--bins", metavar="Q2,Q2,...", help="edges in GeV^2 of bins for --decay, such as 0,4,8,16")
    add_scenario_arguments(command)
    add_form_factor_argument(command)
    command.add_argument("--json", action="store_true", help="print one JSON object with the covariance")
    command.set_defaults(run=run)


def parse_bins(text: str | None) -> list[tuple[float, float]]:
    """Bins from edges, the whole of phase space without; raises ``InputError`` if edges do not increase from >= 0."""
    if text is None:
        return [(0.0, np.inf)]
    try:
        edges = [float(x) for x in text.split(",")]
    except ValueError:
        edges = []
    if len(edges) < 2 or not (edges[0] >= 0 and all(a < b for a, b in pairwise(edges))):
        raise InputError(f"--bins must be two or more edges in GeV^2 that increase, such as 0,4,8,16; found {text!r}")
    return list(pairwise(edges))


def observables_of(names: list[str], bins: list[tuple[float, float]]) -> list[Observable]:
    """All observables of the decays, in all bins; by default of every decay with built-in form factors."""
    decays = [find_decay(name) for name in names] or [
        decay for decay in DECAYS.values() if not isinstance(decay, Decay) or decay.process in DEFAULT_SETS
    ]
    found = []
    for decay in decays:
        if not isinstance(decay, Decay):
            found.append(Observable("BR", decay))
            continue
        quantities = ("BR", "R", "FL") if find_process(decay.process) is TO_VECTOR else ("BR", "R")
        found += [Observable(quantity, decay, limits) for quantity in quantities for limits in bins]
    return found


def closed_decays(
    arguments: argparse.Namespace, observables: list[Observable], parameters: Parameters
) -> dict[str, float]:
    """Thresholds in GeV, by name, of the decays that are closed for the new particles.

    Raises
    ------
    InputError
        If all are; a resonance with a width is produced beyond its threshold, too.
    """
    if arguments.scenario not in FAMILIES:
        return {}
    massive = 2 if arguments.scenario.endswith("-pair") and arguments.scenario != "mixed-pair" else 1
    decays = {one.decay.name: one.decay for one in observables if massive == 2 or isinstance(one.decay, Decay)}
    thresholds = {name: mass_threshold(parameters, [decay], massive) for name, decay in decays.items()}
    if arguments.width or not thresholds:
        return {}
    check_below_threshold(arguments.mass, max(thresholds.values()), "--mass")
    return {name: end for name, end in thresholds.items() if end <= arguments.mass}


def table_of(prediction: Prediction) -> list[str]:
    """Lines of a table: value, total uncertainty and its parts."""
    width = max(len("observable"), *map(len, prediction.names))
    header = f"{'observable':<{width}} {'value':>11} {'+-':>9}" + "".join(f"{part:>14}" for part in PARTS)
    errors = [prediction.errors, *(prediction.errors_of(part) for part in PARTS)]
    lines = [header]
    for i, name in enumerate(prediction.names):
        total, *parts = (float(error[i]) for error in errors)
        row = "".join(f"{part:>14.1e}" for part in parts)
        lines.append(f"{name:<{width}} {float(prediction.central[i]):>11.4g} {total:>9.2g}{row}")
    return lines


def run(arguments: argparse.Namespace) -> None:
    """Run the command."""
    bins = parse_bins(arguments.bins)
    if arguments.observable and (arguments.decay or arguments.bins):
        raise InputError("give observables by name, with their bins, or --decay and --bins; found both")
    scenario, sets = scenario_of(arguments), form_factor_sets(arguments.form_factors)
    texts = arguments.observable
    observables = [parse_observable(text) for text in texts] if texts else observables_of(arguments.decay, bins)
    parameters = load_parameters()
    closed = closed_decays(arguments, observables, parameters)
    prediction = predict(observables, scenario, parameters, sets)
    if not arguments.json:
        print("\n".join(table_of(prediction)))
        for name, threshold in closed.items():
            print(f"note: {name} has no new particles of {arguments.mass:g} GeV, its threshold is {threshold:.4f} GeV")
        return
    result = {
        "observables": prediction.names,
        "central": prediction.central,
        "errors": prediction.errors,
        "errors_by_source": {part: prediction.errors_of(part) for part in PARTS},
        "covariance": prediction.covariance(),
        "covariance_by_source": {part: prediction.covariance(part) for part in PARTS},
        "closed": closed,
        "cite": prediction.sources,
    }
    print(json_text(result))
