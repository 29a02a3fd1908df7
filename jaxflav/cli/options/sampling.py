"""Options of priors and of the methods that draw from a posterior."""

import argparse
import dataclasses

from jaxflav.inference.evidence.grid_posterior import VALUES
from jaxflav.inference.evidence.nested import NestedSettings
from jaxflav.inference.posteriors.priors import KINDS
from jaxflav.inference.sampling.settings import Settings
from jaxflav.io.errors import InputError
from jaxflav.tasks.analysis_file import METHODS, SECTIONS


def add_sampling_options(command: argparse.ArgumentParser) -> None:
    """Add ``--prior``, and an option for every setting of the sampler."""
    command.add_argument(
        "--prior",
        action="append",
        default=[],
        metavar="NAME=KIND:NUMBERS",
        help=f"{', '.join(KINDS)}; such as branching_fraction=uniform:0:5e-5 or mass=uniform:0:4.6; may be repeated",
    )
    defaults = {**dataclasses.asdict(Settings()), "live": NestedSettings().live, "values": VALUES}
    command.add_argument(
        "--method",
        choices=METHODS,
        help="the No-U-Turn sampler; nested sampling, which weighs several modes; a grid over one or two "
        "parameters; or quick looks by normal densities, at the modes or nearest to the posterior, with weights "
        f"(default {METHODS[0]})",
    )
    for name, kind in {**SECTIONS["sample"], "seed": int}.items():
        option = f"--{name.replace('_', '-')}"
        if kind is bool:
            command.add_argument(option, action="store_true", default=None, help=f"default {defaults[name]}")
        elif name in defaults:
            metavar = "P" if kind is float else "N"
            command.add_argument(option, type=kind, metavar=metavar, help=f"default {defaults[name]}")


def parse_prior(text: str) -> tuple[str, dict[str, list[float]]]:
    """Name, and kind with numbers, from NAME=KIND:NUMBER:NUMBER; raises ``InputError`` for another form."""
    name, equals, prior = text.rpartition("=")
    kind, *numbers = prior.split(":")
    try:
        values = [float(number) for number in numbers]
    except ValueError:
        values = []
    if not (name and equals and values):
        raise InputError(f"--prior must be NAME=KIND:NUMBERS, such as mu=uniform:0:20; found {text!r}")
    return name, {kind: values}
