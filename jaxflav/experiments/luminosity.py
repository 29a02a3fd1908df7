"""How much data a published result has, and what it becomes with more.

Only experiments that go on running are scaled; the data of the others stay as they are. With f the ratio of the
luminosities, events of every kind (observed, expected, predicted) grow by f. For the uncertainties there are two
treatments, between which the truth is:

``fixed``
    Relative systematic uncertainties stay as today, those of the statistics of the simulation and of control samples
    included: the floor that more data alone do not break.
``scaled``
    Every constrained experimental uncertainty, that of the simulation included, shrinks like 1/sqrt(f), as if all were
    measured with the data.

Theory nuisances belong to the prediction and stay as today in both. A quantity with a normal error is split into the
statistical part, which shrinks, and the systematic one, which is treated as the others; a file that names no systematic
part has a purely statistical error.
"""

import dataclasses
from pathlib import Path
from typing import TypeVar

import numpy as np

from jaxflav.experiments.schema import check_keys
from jaxflav.io.errors import DataFileError, InputError, UnknownNameError
from jaxflav.io.yaml_file import require

FIXED, SCALED = "fixed", "scaled"
SYSTEMATICS = (FIXED, SCALED)
_IN_INVERSE_ATTOBARN = {"ab^-1": 1.0, "fb^-1": 1e-3}


@dataclasses.dataclass(frozen=True)
class Luminosity:
    """Integrated luminosity of a data set.

    Attributes
    ----------
    value : float
        In ab^-1.
    running : bool
        Whether the experiment goes on taking data.
    """

    value: float
    running: bool


def read_luminosity(meta: dict, where: str | Path) -> Luminosity | None:
    """Luminosity from the content of ``analysis.yaml``; None if it gives none.

    Raises
    ------
    DataFileError
        If it is not positive, its unit unknown, or an experiment goes on running from an unknown luminosity.
    """
    running = require(meta, "running", bool, where) if "running" in meta else False
    if "luminosity" not in meta:
        if running:
            raise DataFileError(f"{where}: missing key 'luminosity', from which 'running' data are scaled; add it")
        return None
    at = f"{where}, 'luminosity'"
    entry = check_keys(meta["luminosity"], "number", at)
    return Luminosity(float(inverse_attobarns(entry, require(entry, "value", float, at), at)), running)


def inverse_attobarns(entry: dict, value: np.ndarray | float, where: str) -> np.ndarray:
    """Positive luminosities in ab^-1, from one of the units ab^-1 and fb^-1.

    Raises
    ------
    DataFileError
        If the unit is another one, or a value is not positive and finite.
    """
    if entry["unit"] not in _IN_INVERSE_ATTOBARN:
        raise DataFileError(f"{where}: unit is {entry['unit']!r}, expected one of {', '.join(_IN_INVERSE_ATTOBARN)}")
    found = np.asarray(value, dtype=float) * _IN_INVERSE_ATTOBARN[entry["unit"]]
    if not np.all((found > 0) & np.isfinite(found)):
        raise DataFileError(f"{where}: expected positive numbers, found {value}")
    return found


def check_projection(luminosity: float, systematics: str) -> None:
    """Raise InputError if a luminosity in ab^-1 is not positive, or the treatment of uncertainties unknown."""
    if not 0 < luminosity < np.inf:
        raise InputError(f"luminosity is {luminosity} ab^-1, expected a positive number")
    if systematics not in SYSTEMATICS:
        raise UnknownNameError("treatment of systematic uncertainties", systematics, SYSTEMATICS)


Data = TypeVar("Data")


def at_luminosity(experiment: Data, luminosity: float, systematics: str) -> Data:
    """The same experiment with more data; unchanged if it does not go on running.

    Parameters
    ----------
    experiment : Analysis, Recast, MeasuredBranchingFraction or Prospects
        Each has a method ``with_luminosity``.
    luminosity : float
        In ab^-1.
    systematics : str
        ``fixed`` or ``scaled``, see the text of this module.

    Raises
    ------
    InputError
        If the luminosity is not positive, smaller than that of the data, or larger than prospects reach.
    UnknownNameError
        If the treatment is unknown.
    """
    check_projection(luminosity, systematics)
    today = experiment.luminosity
    if today is not None and not today.running:
        return experiment
    if today is not None and luminosity < today.value:
        raise InputError(
            f"{experiment.name} has {today.value:g} ab^-1 already, found a projection to {luminosity:g}; give more"
        )
    return experiment if today is None else experiment.with_luminosity(luminosity, systematics)


def shrunk(error: float, systematic: float, factor: float, systematics: str) -> float:
    """Standard deviation with a factor more data, of which a part is systematic today."""
    statistical = (error**2 - systematic**2) / factor
    return float(np.sqrt(statistical + (systematic**2 if systematics == FIXED else systematic**2 / factor)))
