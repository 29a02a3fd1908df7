"""The analysis file of ``jaxflav sample``: experiment, scenario, priors and settings, from YAML or from options."""

import argparse
import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jaxflav.cli.common import DEFAULT_EXPERIMENT, DEFAULT_FORM_FACTORS
from jaxflav.inference.nuts import Settings
from jaxflav.inference.priors import KINDS, Prior, make_prior
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.io.yaml_file import read_yaml, require

SCENARIOS = ("two-body", "sm", "neutrinos")
_NUMBERS = {
    "chains": int,
    "warmup": int,
    "draws": int,
    "seed": int,
    "target_accept": float,
    "max_tree_depth": int,
    "adapt_mass_matrix": bool,
    "checkpoint_every": int,
}
_KEYS = {
    "experiment": str,
    "scenario": str,
    "form_factors": str,
    "mass": float,
    "width": float,
    "held": dict,
    "priors": dict,
    **_NUMBERS,
}


@dataclasses.dataclass(frozen=True)
class SampleTask:
    """What is to be sampled.

    Attributes
    ----------
    experiment, scenario, form_factors : str
        Names.
    mass : float or None
        Of the new particle in GeV; where the search for modes starts if the mass has a prior.
    width : float or None
        In GeV.
    held : mapping of name to float
        Parameters held.
    priors : mapping of name to Prior
    settings : Settings
    """

    experiment: str
    scenario: str
    form_factors: str
    mass: float | None
    width: float | None
    held: Mapping[str, float]
    priors: Mapping[str, Prior]
    settings: Settings


def read_task(path: Path) -> dict[str, Any]:
    """Content of an analysis file, with the types of its keys checked.

    Raises
    ------
    InputError
        If it cannot be read, or a key is unknown or of the wrong type.
    """
    content = read_yaml(path)
    for key in content:
        if key not in _KEYS:
            raise UnknownNameError(f"key of {path}", key, _KEYS)
        content[key] = require(content, key, _KEYS[key], path)
    for name in content.get("held", {}):
        content["held"][name] = require(content["held"], name, float, f"{path}, 'held'")
    for name, prior in content.get("priors", {}).items():
        if not isinstance(prior, dict) or len(prior) != 1:
            raise InputError(
                f"{path}: prior of {name!r} must be one kind with its numbers, such as {{uniform: [0, 20]}}; "
                f"found {prior!r}"
            )
        ((kind, numbers),) = prior.items()
        content["priors"][name] = (kind, numbers if isinstance(numbers, list) else [numbers])
    return content


def parse_prior(text: str) -> tuple[str, tuple[str, list[float]]]:
    """Name, kind and numbers from NAME=KIND:NUMBER:NUMBER.

    Raises
    ------
    InputError
        If it is not of this form.
    """
    name, equals, prior = text.rpartition("=")
    kind, *numbers = prior.split(":")
    try:
        values = [float(number) for number in numbers]
    except ValueError:
        values = []
    if not (name and equals and values):
        raise InputError(f"--prior must be NAME=KIND:NUMBERS, such as mu=uniform:0:20; found {text!r}")
    return name, (kind, values)


def parse_held(text: str) -> tuple[str, float]:
    """Name and value from NAME=VALUE; raises ``InputError`` if it is not of this form."""
    name, equals, value = text.rpartition("=")
    try:
        number = float(value)
    except ValueError:
        number = None
    if not (name and equals) or number is None:
        raise InputError(f"--hold must be NAME=VALUE, such as mu=1; found {text!r}")
    return name, number


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Options that stand for, or replace, keys of an analysis file."""
    command.add_argument("analysis", nargs="?", type=Path, metavar="ANALYSIS.yaml", help="options replace its keys")
    command.add_argument("--experiment", help=f"name or directory (default {DEFAULT_EXPERIMENT})")
    command.add_argument("--scenario", choices=SCENARIOS, help="default two-body")
    command.add_argument("--form-factors", metavar="NAME", help=f"default {DEFAULT_FORM_FACTORS}")
    command.add_argument("--mass", type=float, metavar="GEV", help="of the particle, unless it has a prior")
    command.add_argument("--width", type=float, metavar="GEV", help="Breit-Wigner width; a true line by default")
    command.add_argument(
        "--prior",
        action="append",
        default=[],
        metavar="NAME=KIND:NUMBERS",
        help=f"{', '.join(KINDS)}; such as branching_fraction=uniform:0:5e-5 or mass=uniform:0:4.6; may be repeated",
    )
    command.add_argument("--hold", action="append", default=[], metavar="NAME=VALUE", help="may be repeated")
    for name in ("chains", "draws", "warmup", "seed"):
        default = getattr(Settings(), name)
        command.add_argument(f"--{name}", type=int, metavar="N", help=f"default {default}")
    command.add_argument("--target-accept", type=float, metavar="P", help=f"default {Settings().target_accept}")


def task_of(arguments: argparse.Namespace) -> SampleTask:
    """Task from an analysis file, the options, or both.

    Raises
    ------
    InputError
        If a key, an option, or a combination of them is bad.
    """
    content = {} if arguments.analysis is None else read_task(arguments.analysis)
    for key in _KEYS:
        if getattr(arguments, key, None) is not None:
            content[key] = getattr(arguments, key)
    priors = {**content.get("priors", {}), **dict(map(parse_prior, arguments.prior))}
    held = {**content.get("held", {}), **dict(map(parse_held, arguments.hold))}
    scenario = content.get("scenario", "two-body")
    if scenario not in SCENARIOS:
        raise UnknownNameError("scenario", scenario, SCENARIOS)
    mass, width = content.get("mass"), content.get("width")
    if scenario != "two-body" and not (mass is None and width is None and "mass" not in priors):
        raise InputError(f"the scenario {scenario} has no new particle: leave out mass and width, or take two-body")
    if scenario == "two-body" and "mu" not in priors:
        held.setdefault("mu", 1.0)
    settings = Settings(**{name: content[name] for name in _NUMBERS if name in content})
    return SampleTask(
        experiment=content.get("experiment", DEFAULT_EXPERIMENT),
        scenario=scenario,
        form_factors=content.get("form_factors", DEFAULT_FORM_FACTORS),
        mass=mass,
        width=width,
        held=held,
        priors={name: make_prior(kind, numbers, f"prior of {name!r}") for name, (kind, numbers) in priors.items()},
        settings=settings,
    )
