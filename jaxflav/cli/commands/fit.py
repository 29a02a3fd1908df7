"""jaxflav fit sm: the signal strength of a published likelihood."""

import argparse
import dataclasses
import math

from jaxflav.cli.options.analysis_file import add_analysis_option
from jaxflav.experiments.loading import load_experiment
from jaxflav.inference.profiling.signal_strength import fit_signal_strength
from jaxflav.io.errors import InputError
from jaxflav.io.output import json_text
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood, NoSignal
from jaxflav.tasks.defaults import DEFAULT_EXPERIMENT


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    kinds = command.add_subparsers(dest="kind", required=True, metavar="HYPOTHESIS")
    sm = kinds.add_parser(
        "sm",
        help="signal strength relative to the Standard Model",
        description="Signal strength mu of the published likelihood with all its nuisance parameters: best value, "
        "error, and the significance against mu = 0 (background only) and mu = 1 (Standard Model).",
    )
    add_analysis_option(sm, "fit")
    sm.add_argument(
        "--experiment",
        action="append",
        metavar="NAME",
        help=f"name or directory; also one with the files of HEPData (default {DEFAULT_EXPERIMENT})",
    )
    sm.add_argument("--json", action="store_true", help="print one JSON object")
    sm.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Run the command."""
    names = arguments.experiment or [DEFAULT_EXPERIMENT]
    if len(names) > 1:
        raise InputError(f"the published likelihood of one experiment is fitted, found {', '.join(names)}")
    analysis = load_experiment(names[0])
    result = fit_signal_strength(Likelihood(build_histfactory(analysis.tables), NoSignal()))
    above_background, above_sm = math.sqrt(max(result.q0, 0.0)), math.sqrt(max(result.q1, 0.0))
    if arguments.json:
        extra = {"significance_background_only": above_background, "significance_sm": above_sm}
        print(json_text(dataclasses.asdict(result) | extra))
        return
    low, high = result.interval_68
    print(analysis.title)
    print(f"signal strength      mu = {result.mu:.2f} +- {result.mu_error:.2f}   68 % [{low:.2f}, {high:.2f}]")
    print(f"background only      q(mu = 0) = {result.q0:.2f}   {above_background:.2f} sigma")
    print(f"Standard Model       q(mu = 1) = {result.q1:.2f}    {above_sm:.2f} sigma")
