"""What the commands about future data share: experiments, luminosities, hypotheses and their truths."""

import argparse
import dataclasses
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from jaxflav.experiments.loading import load_experiments, predictable
from jaxflav.experiments.luminosity import FIXED, SYSTEMATICS, check_projection
from jaxflav.inputs.parameters import load_parameters
from jaxflav.io.data_files import record_data_files
from jaxflav.io.errors import InputError
from jaxflav.io.provenance import made_by
from jaxflav.studies.hypothesis_fits import Candidate
from jaxflav.studies.projections import Truth, World, fitted_truth
from jaxflav.tasks.form_factors import form_factors_of

DEFAULT_EXPERIMENTS = (
    "belle2-2025",
    "babar-2013:K+,K*0",
    "belle-2013:K+,K*0",
    "belle-2017:K+,K*0",
    "belle2-prospects:K*0,FL(K*0)",
)


def add_options(command: argparse.ArgumentParser, luminosities: str) -> None:
    """Options of future data and of the results."""
    command.add_argument(
        "--experiment",
        action="append",
        metavar="NAME[:CHANNELS]",
        help="name or directory, perhaps with channels to keep; may be repeated; prospects are for projections alone "
        f"(default {', '.join(DEFAULT_EXPERIMENTS)})",
    )
    command.add_argument(
        "--luminosity",
        default=luminosities,
        metavar="L,L",
        help="in ab^-1, of experiments that go on running (default %(default)s)",
    )
    command.add_argument(
        "--systematics",
        default=FIXED,
        choices=SYSTEMATICS,
        help="relative experimental uncertainties, simulation included: as today, or all like 1/sqrt(luminosity); "
        "theory as today (default %(default)s)",
    )
    command.add_argument(
        "--form-factors", action="append", default=[], metavar="NAME", help="set or YAML file; may be repeated"
    )
    command.add_argument("--out", type=Path, metavar="DIR", help="new directory for description, table and arrays")
    command.add_argument("--plot", type=Path, metavar="FILE", help="figure: .pdf, .png, .svg")
    command.add_argument("--json", action="store_true", help="print one JSON object instead of the text")


def luminosities_of(text: str, systematics: str) -> list[float]:
    """Increasing luminosities in ab^-1 from the command line.

    Raises
    ------
    InputError
        If they are no increasing positive numbers.
    """
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"--luminosity must be numbers of ab^-1, such as 1,5,10,50; found {text!r}") from None
    for luminosity in found:
        check_projection(luminosity, systematics)
    if not np.all(np.diff(found) > 0):
        raise InputError(f"--luminosity must increase, such as 1,5,10,50; found {text!r}")
    return found


@dataclasses.dataclass(frozen=True)
class Future:
    """What the data of the future are made from.

    Attributes
    ----------
    world : World
        Combination as it is today.
    luminosities : list of float
        In ab^-1, to which it can be scaled.
    left_out : tuple of str
        Channels without prediction.
    data : mapping of name to sha256
        Of all data files.
    """

    world: World
    luminosities: list[float]
    left_out: tuple[str, ...]
    data: Mapping[str, str]


def future_of(arguments: argparse.Namespace) -> Future:
    """Load what the options name.

    Raises
    ------
    InputError
        If no channel has a prediction, or a luminosity is no future one.
    """
    with record_data_files() as data:
        sets, parameters = form_factors_of(arguments.form_factors), load_parameters()
        experiments = load_experiments(arguments.experiment or DEFAULT_EXPERIMENTS)
    experiments, left_out = predictable(experiments, {one.process: one for one in sets})
    if not experiments:
        raise InputError(f"no channel has a prediction: {', '.join(left_out)}; choose other experiments")
    world = World(tuple(experiments), parameters, tuple(sets))
    luminosities = luminosities_of(arguments.luminosity, arguments.systematics)
    for luminosity in luminosities:
        world.at_luminosity(luminosity, arguments.systematics)
    return Future(world, luminosities, left_out, data)


def truths_of(world: World, hypotheses: list[Candidate], progress) -> list[Truth]:
    """Truths that fit the data of today best."""
    truths = []
    for candidate in hypotheses:
        truths.append(fitted_truth(candidate, world.today.likelihood(candidate)))
        progress(1)
    return truths


def text_of(truth: Truth) -> str:
    """Mass and couplings of a truth, on one line."""
    values = [f"{n} = {value:.4g}" for n, value in truth.signal.items() if n not in truth.candidate.held]
    mass = [f"m_X = {truth.mass:.3f} GeV"] if truth.candidate.massive else []
    return ", ".join(mass + values) or "nothing free"


def description_of(arguments: argparse.Namespace, future: Future) -> dict:
    """What the results directories of these commands have in common."""
    world = future.world
    sources = {s for e in world.experiments for s in e.sources}
    return {
        **made_by(future.data, getattr(arguments, "seed", None)),
        "experiments": {
            e.name: {
                "title": e.title,
                "licence": e.licence,
                "scaled": e.luminosity is not None and e.luminosity.running,
            }
            for e in world.experiments
        },
        "left_out": future.left_out,
        "systematics": arguments.systematics,
        "form_factors": [f"{one.name} ({one.process})" for one in world.form_factors],
        "inputs": world.parameters.flatten(),
        "cite": sorted(sources.union(world.parameters.sources, *(f.sources for f in world.form_factors))),
    }
