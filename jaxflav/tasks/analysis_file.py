"""The analysis file: experiments, scenario, priors, settings of the commands, and seed, in one YAML file for them all.

Keys of the file, all optional:

    experiment      name or directory, perhaps with channels (belle-2017:K+), or a list of them
    hypothesis      what is varied: "fermion-pair: f_VV, f_AV", line, neutrinos, sm, rescaled-sm, or FILE.py:NAME
                    beside this file; in place of scenario, coupling and family
    scenario        sm, neutrinos, two-body (default), pair or couplings
    coupling        name, or a list of names: of a pair, or those that vary together
    family          of the couplings, where their names do not tell
    scale           Lambda of the couplings in GeV; chiral: their basis; self_conjugate: identical particles of a pair
    form_factors    name or file, or a list of them
    mass, width     of the new particle in GeV
    held            parameters held, {name: value}
    priors          {name: {kind: numbers}}
    seed            of all random numbers
    sample, profile, limit, contour, impacts, toys, feldman-cousins, scan
                    settings of a command: its options, such as {chains: 4, draws: 1000}
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jaxflav.hypotheses.hypothesis import AbstractHypothesis
from jaxflav.inference.evidence.grid_posterior import VALUES
from jaxflav.inference.evidence.nested import NestedSettings
from jaxflav.inference.posteriors.priors import Prior, make_prior
from jaxflav.inference.sampling.settings import Settings
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.io.yaml_file import read_yaml, require

SCENARIOS = ("two-body", "pair", "sm", "neutrinos", "couplings")
DEFAULT_SCENARIO = "two-body"
METHODS = ("nuts", "nested", "grid", "laplace", "variational")  # of sampling
DEFAULT_MASS = 2.1  # GeV
SCALE = 1e4  # Lambda in GeV
MASS = "mass"
HYPOTHESIS = (
    "hypothesis",
    "coupling",
    "family",
    "scale",
    "chiral",
    "self_conjugate",
    "mass",
    "width",
    "held",
    "priors",
)
_KEYS = {
    "experiment": (str, list),
    "hypothesis": str,
    "scenario": str,
    "form_factors": (str, list),
    "coupling": (str, list),
    "family": str,
    "scale": float,
    "chiral": bool,
    "self_conjugate": bool,
    "mass": float,
    "width": float,
    "held": dict,
    "priors": dict,
    "seed": int,
}
_WORDS = ("scenario", "coupling", "family")  # which a hypothesis says
_GRID = {"parameter": str, "values": str}
SECTIONS: dict[str, dict[str, Any]] = {
    "sample": {
        "method": str,
        **{field.name: field.type for field in dataclasses.fields(Settings) if field.name != "seed"},
        "live": int,
        "values": int,
    },
    "profile": _GRID,
    "limit": {"parameter": str, "mass": (str, float), "widths": str, "cl": float, "toys": int},
    "contour": {"x": str, "y": str, "x_range": str, "y_range": str, "cl": str},
    "impacts": {"parameter": str, "top": int},
    "toys": {"parameter": str, "toys": int, "look_elsewhere": str},
    "feldman-cousins": {**_GRID, "cl": float, "toys": int},
    "scan": {"mass": str, "width": (str, float)},
}


@dataclasses.dataclass(frozen=True)
class AnalysisTask:
    """What is to be inferred.

    Attributes
    ----------
    experiments : tuple of str
        Names, perhaps with channels.
    hypothesis : str, hypothesis or None
        Words as for ``parse_hypothesis``, or the object; None where the scenario says it.
    scenario : str or None
        One of ``SCENARIOS``; None where there is a hypothesis.
    form_factors : tuple of str
        Names; where there is none for a process, the default.
    couplings : tuple of str
        Names of couplings.
    family : str or None
        Of the couplings; None where their names tell.
    scale : float
        Lambda of the couplings in GeV.
    chiral, self_conjugate : bool
        Basis of the couplings, and whether the particles of a pair are identical.
    mass : float or None
        Of the new particle in GeV; where the search for modes starts if the mass has a prior.
    width : float or None
        In GeV.
    held : mapping of name to float
        Parameters held.
    priors : mapping of name to Prior
    settings : Settings
        Of the sampler, with the seed.
    method : str
        One of ``METHODS``.
    nested : NestedSettings
        Of nested sampling, with the same seed.
    values : int
        Of each parameter on a grid.
    content : mapping
        The analysis file that gives this task.
    """

    experiments: tuple[str, ...]
    hypothesis: str | AbstractHypothesis | None
    scenario: str | None
    form_factors: tuple[str, ...]
    couplings: tuple[str, ...]
    family: str | None
    scale: float
    chiral: bool
    self_conjugate: bool
    mass: float | None
    width: float | None
    held: Mapping[str, float]
    priors: Mapping[str, Prior]
    settings: Settings
    method: str
    nested: NestedSettings
    values: int
    content: Mapping[str, Any]


def read_analysis(path: Path) -> dict[str, Any]:
    """Content of an analysis file, with the types of its keys checked.

    Raises
    ------
    InputError
        If it cannot be read, or a key is unknown or of the wrong type.
    """
    content = check_content(read_yaml(path), path)
    if "hypothesis" in content:
        content["hypothesis"] = beside(content["hypothesis"], Path(path).parent)
    return content


def beside(hypothesis: str, directory: Path) -> str:
    """``FILE.py:NAME`` with the absolute path of a file in a directory; other words as they are."""
    file, colon, name = hypothesis.rpartition(":")
    return f"{(directory / file.strip()).absolute()}{colon}{name}" if file.strip().endswith(".py") else hypothesis


def check_content(content: dict[str, Any], where: object) -> dict[str, Any]:
    """Content with all numbers as floats where they should be; raises ``InputError`` as ``read_analysis``."""
    result = {}
    for key in content:
        if key in SECTIONS:
            result[key] = _section(require(content, key, dict, where), SECTIONS[key], f"{where}, {key!r}")
        elif key in _KEYS:
            result[key] = require(content, key, _KEYS[key], where)
        else:
            inside = [name for name, keys in SECTIONS.items() if key in keys]
            hint = f"; it belongs into the section {inside[0]!r}" if inside else ""
            raise _unknown(f"key of {where}", key, (*_KEYS, *SECTIONS), hint)
    for key, kind in _KEYS.items():
        if kind == (str, list) and not all(isinstance(one, str) for one in texts_of(result.get(key))):
            raise InputError(f"{where}: {key!r} must be a name or a list of names, found {result[key]!r}")
    for name in result.get("held", {}):
        result["held"][name] = require(result["held"], name, float, f"{where}, 'held'")
    for name, prior in result.get("priors", {}).items():
        if not isinstance(prior, dict) or len(prior) != 1:
            raise InputError(
                f"{where}: prior of {name!r} must be one kind with its numbers, such as {{uniform: [0, 20]}}; "
                f"found {prior!r}"
            )
        ((kind, numbers),) = prior.items()
        _prior(name, kind, texts_of(numbers))
    return result


def _section(content, kinds, where):
    for key in content:
        if key not in kinds:
            raise _unknown(f"key of {where}", key, kinds)
    return {key: require(content, key, kinds[key], where) for key in content}


def _unknown(what, key, known, hint=""):
    return InputError(f"{UnknownNameError(what, str(key), known)}{hint}")


def texts_of(value: Any) -> tuple:
    """A list as a tuple, one value as a tuple of it, and nothing as an empty one."""
    if value is None:
        return ()
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


def _prior(name, kind, numbers):
    return make_prior(kind, numbers, f"prior of {name!r}")


def task_from(
    content: Mapping[str, Any],
    hypothesis: AbstractHypothesis | None = None,
    more_priors: Mapping[str, Prior] | None = None,
) -> AnalysisTask:
    """Task of a checked content, and perhaps of a hypothesis and priors that are objects.

    Raises
    ------
    InputError
        If a key is not of the scenario, or the keys of the scenario are not all there.
    """
    hypothesis = content.get("hypothesis", hypothesis)
    if hypothesis is not None and (found := [key for key in _WORDS if key in content]):
        raise InputError(f"a hypothesis takes the place of {', '.join(found)}: leave out one or the other")
    scenario = content.get("scenario", DEFAULT_SCENARIO) if hypothesis is None else None
    if scenario not in (None, *SCENARIOS):
        raise UnknownNameError("scenario", scenario, SCENARIOS)
    settings, seed = dict(content.get("sample", {})), content.get("seed", 0)
    method, live = settings.pop("method", METHODS[0]), settings.pop("live", NestedSettings().live)
    values = settings.pop("values", VALUES)
    if values < 2:
        raise InputError(f"values of a grid: found {values}, expected at least 2")
    if method not in METHODS:
        raise UnknownNameError("method of sampling", method, METHODS)
    priors = dict(more_priors or {})
    for name, prior in content.get("priors", {}).items():
        ((kind, numbers),) = prior.items()
        priors[name] = _prior(name, kind, texts_of(numbers))
    task = AnalysisTask(
        experiments=texts_of(content.get("experiment")),
        hypothesis=hypothesis,
        scenario=scenario,
        form_factors=texts_of(content.get("form_factors")),
        couplings=texts_of(content.get("coupling")),
        family=content.get("family"),
        scale=content.get("scale", SCALE),
        chiral=content.get("chiral", False),
        self_conjugate=content.get("self_conjugate", False),
        mass=content.get("mass"),
        width=content.get("width"),
        held=dict(content.get("held", {})),
        priors=priors,
        settings=Settings(**settings, seed=seed),
        method=method,
        nested=NestedSettings(live=live, seed=seed),
        values=values,
        content=content,
    )
    _check(task)
    return task


def _check(task):
    """Raise InputError if options do not belong to the scenario."""
    name, n = task.scenario, len(task.couplings)
    if name is None:
        return
    if name in ("sm", "neutrinos") and not (task.mass is None and task.width is None and MASS not in task.priors):
        raise InputError(
            f"the scenario {name} has no new particle: leave out the mass (--mass), the width (--width) and their "
            "priors, or take two-body"
        )
    if name in ("sm", "neutrinos") and n:
        raise InputError(f"the scenario {name} takes no --coupling: leave it out, or take two-body, pair or couplings")
    if (name == "pair" and n != 1) or (name == "two-body" and n > 1) or (name == "couplings" and not n):
        expected = {"pair": "one", "two-body": "at most one", "couplings": "one or more"}[name]
        raise InputError(f"the scenario {name} takes {expected} --coupling, such as f_VV; found {n}")
    if task.width is not None and (name != "two-body" or n):
        raise InputError("--width goes with the branching fraction of one particle: leave it and its coupling out")
    if name != "couplings" and (task.family is not None or task.chiral or task.scale != SCALE):
        raise InputError(f"family, scale and chiral are for the scenario couplings; found them for {name}")
    if task.self_conjugate and name not in ("pair", "couplings"):
        raise InputError(f"self_conjugate is for pairs of particles; found the scenario {name}")


def load_task(path: str | Path) -> AnalysisTask:
    """Task of an analysis file; raises ``InputError`` as ``read_analysis`` and ``task_from``."""
    return task_from(read_analysis(Path(path)))
