"""jaxflav plot corner, trace and predictive: figures of what jaxflav sample and jaxflav predictive found."""

import argparse
import zipfile
from pathlib import Path

import numpy as np

from jaxflav.cli.commands.predictive import place_of
from jaxflav.cli.figures import figure_writer
from jaxflav.io.errors import DataFileError, InputError, UnknownNameError
from jaxflav.io.output import json_text
from jaxflav.tasks.run_directory import chains_of

FIGURES = {
    "corner": "joint regions of the quantities with priors, with 68 and 95 %",
    "trace": "chains of the quantities with priors, and their rank histograms",
    "predictive": "replicated data beside the data, discrepancies, spectra and other decays",
}


def add_arguments(kinds) -> None:
    """Add the commands to the subcommands of ``jaxflav plot``."""
    for kind, what in FIGURES.items():
        one = kinds.add_parser(kind, help=what.replace("%", "%%"), description=f"Figure: {what}.")
        one.add_argument("directory", type=Path, metavar="DIR", help="results of jaxflav sample")
        one.add_argument("--out", type=Path, required=True, metavar="FILE", help="figure: .pdf, .png, .svg")
        if kind == "predictive":
            one.add_argument("--prior", action="store_true", help="of jaxflav predictive --prior")
        else:
            one.add_argument(
                "--parameter", action="append", default=[], metavar="NAME", help="in place of those with priors"
            )
        one.add_argument("--json", action="store_true", help="print one JSON object")
        one.set_defaults(run=run)


def _plotter(kind):
    if kind == "predictive":
        from jaxflav.plots.predictive import plot_predictive

        return plot_predictive
    from jaxflav.plots import posterior

    return posterior.plot_corner if kind == "corner" else posterior.plot_traces


def read_predictive(directory: Path) -> dict[str, np.ndarray]:
    """Arrays of ``jaxflav predictive``; raises ``InputError`` if they are not there or cannot be read."""
    file = directory / "arrays.npz"
    if not file.is_file():
        raise InputError(f"{directory}: no {file.name} there; run jaxflav predictive first")
    try:
        with np.load(file, allow_pickle=False) as content:
            arrays = dict(content)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DataFileError(f"{file}: cannot be read ({error}); run jaxflav predictive again") from error
    if "replicated" not in arrays:
        raise DataFileError(f"{file}: these are no results of jaxflav predictive")
    return arrays


def run(arguments: argparse.Namespace) -> None:
    """Run the command."""
    save = figure_writer(arguments.out, lambda: _plotter(arguments.kind), "--out")
    if arguments.kind == "predictive":
        place = arguments.directory
        if not (place / "arrays.npz").is_file():
            place = place_of(arguments.directory, arguments.prior)
        save(read_predictive(place), str(place))
        shown = ()
    else:
        chains = chains_of(arguments.directory)
        shown = tuple(arguments.parameter) or chains.with_prior
        for name in shown:
            if name not in chains.names:
                raise UnknownNameError("parameter", name, chains.names)
        if not shown:
            raise InputError(f"{arguments.directory}: no quantity has a prior; name some with --parameter")
        index = [chains.names.index(name) for name in shown]
        save(chains.draws[..., index], shown, str(arguments.directory))
    written = {"figure": str(arguments.out), "parameters": shown}
    print(json_text(written) if arguments.json else f"figure written to {arguments.out}")
