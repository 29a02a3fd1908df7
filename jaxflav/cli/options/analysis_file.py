"""The analysis file and the options of the command line: a file fills in the options that are not given."""

import argparse
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jaxflav.cli.options.hypothesis import parse_held
from jaxflav.cli.options.sampling import parse_prior
from jaxflav.io.errors import InputError
from jaxflav.tasks.analysis_file import (
    DEFAULT_SCENARIO,
    HYPOTHESIS,
    SECTIONS,
    AnalysisTask,
    beside,
    check_content,
    read_analysis,
    task_from,
    texts_of,
)

MU = "mu"
_LISTS = ("experiment", "form_factors")  # options that may be repeated, and replace what the file has
_ADDED = ("hold", "prior")  # and those that are added to it


@dataclasses.dataclass(frozen=True)
class AnalysisReader:
    """How a command reads an analysis file.

    Attributes
    ----------
    parser : ArgumentParser
        Of the command.
    section : str
        Section of the file with the settings of the command, if there is one.
    scenario : str or None
        Scenario that the command is for; None if it has an option for it, or needs none.
    unused : callable
        Options, by the arguments, that the keys of the file do not stand for; such as the mass where it is an axis.
    """

    parser: argparse.ArgumentParser
    section: str
    scenario: str | None = None
    unused: Callable[[argparse.Namespace], Sequence[str]] = lambda arguments: ()


def add_analysis_option(command: argparse.ArgumentParser, section: str, **options) -> None:
    """Add ``--analysis``; options are attributes of ``AnalysisReader``."""
    command.add_argument(
        "--analysis",
        type=Path,
        metavar="FILE.yaml",
        help="analysis file: experiments, scenario and settings, where no option gives them",
    )
    command.set_defaults(reader=AnalysisReader(command, section, **options))


def task_of(arguments: argparse.Namespace, mass: float | None = None) -> AnalysisTask:
    """Task of the options of ``add_hypothesis_options``, and of priors and the settings of a sampler if there are any.

    Parameters
    ----------
    arguments : Namespace
        Of the command line, a file filled in.
    mass : float, optional
        In GeV, from ``--mass``.

    Raises
    ------
    InputError
        If an option, or a combination of them, is bad.
    """
    content: dict[str, Any] = {}
    if arguments.hypothesis is not None:
        content["hypothesis"] = beside(arguments.hypothesis, Path())
    if arguments.hypothesis is None or arguments.scenario != DEFAULT_SCENARIO:
        content["scenario"] = arguments.scenario
    if arguments.coupling is not None:
        content["coupling"] = arguments.coupling.split(",")
    for name in ("family", "scale", "width", *_LISTS):
        if getattr(arguments, name) is not None:
            content[name] = getattr(arguments, name)
    content |= {name: True for name in ("chiral", "self_conjugate") if getattr(arguments, name)}
    if mass is not None:
        content["mass"] = mass
    held, priors = dict(map(parse_held, arguments.hold)), dict(map(parse_prior, getattr(arguments, "prior", ())))
    content |= ({"held": held} if held else {}) | ({"priors": priors} if priors else {})
    if getattr(arguments, "seed", None) is not None:
        content["seed"] = arguments.seed
    if hasattr(arguments, "prior"):
        given = {name: getattr(arguments, name, None) for name in SECTIONS["sample"]}
        content["sample"] = {name: value for name, value in given.items() if value is not None}
    return task_from(check_content(content, "options"))


def _options_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """What an analysis file says, as options: texts, lists of them, or true."""
    options: dict[str, Any] = {}
    for key in ("hypothesis", "scenario", "family"):
        if key in content:
            options[key] = content[key]
    for key in ("scale", "mass", "width", "seed"):
        if key in content:
            options[key] = repr(content[key])
    options |= {key: True for key in ("chiral", "self_conjugate") if content.get(key)}
    options |= {key: list(texts_of(content[key])) for key in _LISTS if key in content}
    if "coupling" in content:
        options["coupling"] = ",".join(texts_of(content["coupling"]))
    options["hold"] = [f"{name}={value!r}" for name, value in content.get("held", {}).items()]
    options["prior"] = []
    for name, prior in content.get("priors", {}).items():
        ((kind, numbers),) = prior.items()
        options["prior"].append(":".join([f"{name}={kind}", *(repr(float(x)) for x in texts_of(numbers))]))
    return options


def parse_arguments(parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> argparse.Namespace:
    """Arguments of a command, where an analysis file gives what options do not.

    A file of another scenario than that on the command line gives experiments, form factors and seed only. Keys that a
    command has no option for do not concern it.

    Raises
    ------
    InputError
        If the file is bad, of another scenario than the command is for, or holds what the command cannot hold.
    """
    arguments = parser.parse_args(argv)
    reader = getattr(arguments, "reader", None)
    if reader is None or arguments.analysis is None:
        return arguments
    known, path = vars(arguments), arguments.analysis
    content = read_analysis(path)
    task, section = task_from(content), content.get(reader.section, {})
    own = {key: value if isinstance(value, bool) else str(value) for key, value in section.items()}
    options = {key: value for key, value in _options_of(content).items() if key in known}
    if reader.scenario not in (None, task.scenario):
        found = f"the scenario {task.scenario}" if task.scenario else f"the hypothesis {task.hypothesis}"
        raise InputError(f"{path} is of {found}; this command is for {reader.scenario}")
    if reader.scenario is not None and task.held not in ({}, {MU: 1.0}):
        raise InputError(f"{path}: this command holds {MU} = 1 and nothing else; leave out 'held', or take another one")
    first = {key: value for key, value in options.items() if key == "scenario"}
    arguments = _with_defaults(reader, parser, argv, own | first)
    left_out = set(reader.unused(arguments))
    own_words = getattr(arguments, "hypothesis", None)
    if (first and arguments.scenario != task.scenario) or (own_words and own_words != task.hypothesis):
        left_out |= {*HYPOTHESIS, *_ADDED}
    return _with_defaults(reader, parser, argv, {k: v for k, v in options.items() if k not in left_out} | own)


def _with_defaults(reader, parser, argv, options):
    """Arguments with options in place of the defaults; argparse converts texts as if they had been given."""
    lists = {key: value for key, value in options.items() if key in (*_LISTS, *_ADDED)}
    reader.parser.set_defaults(**{key: value for key, value in options.items() if key not in lists})
    arguments = parser.parse_args(argv)
    for key, value in lists.items():
        given = getattr(arguments, key) or []
        setattr(arguments, key, [*value, *given] if key in _ADDED else given or value)
    return arguments
