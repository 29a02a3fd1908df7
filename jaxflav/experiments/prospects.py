"""Published prospects: the expected uncertainty of future measurements of observables, against luminosity."""

import dataclasses
from pathlib import Path

import numpy as np

from jaxflav.experiments.luminosity import Luminosity, inverse_attobarns
from jaxflav.experiments.schema import array, check_keys, check_unit
from jaxflav.io.errors import DataFileError, InputError, UnknownNameError
from jaxflav.observables.observable import Observable, parse_observable

BR, FL = "BR", "FL"  # quantities that can be measured in future


@dataclasses.dataclass(frozen=True)
class FutureMeasurement:
    """Expected uncertainty of one observable.

    Attributes
    ----------
    name : str
        Short name.
    observable : Observable
        A branching fraction or F_L, in all of phase space.
    relative : bool
        Whether the uncertainties are relative to the Standard Model prediction.
    luminosity, uncertainty : (n,) arrays
        Luminosities in ab^-1, increasing, and the standard deviation at each.
    """

    name: str
    observable: Observable
    relative: bool
    luminosity: np.ndarray
    uncertainty: np.ndarray

    def error(self, luminosity: float) -> float:
        """Standard deviation at a luminosity in ab^-1, relative or absolute as it was published.

        Its logarithm is linear in that of the luminosity between the published points. Below the first one it is
        statistical, like 1/sqrt(luminosity).

        Raises
        ------
        InputError
            Beyond the last point, where nothing was published.
        """
        first, last = self.luminosity[0], self.luminosity[-1]
        if luminosity > last * (1 + 1e-9):
            raise InputError(f"prospects of {self.name} end at {last:g} ab^-1, found {luminosity:g} ab^-1; give less")
        if luminosity < first:
            return float(self.uncertainty[0] * np.sqrt(first / luminosity))
        return float(np.exp(np.interp(np.log(luminosity), np.log(self.luminosity), np.log(self.uncertainty))))


@dataclasses.dataclass(frozen=True)
class Prospects:
    """Future measurements of one experiment.

    Attributes
    ----------
    name, title, kind, licence : str
        Short name, what it is, ``projection``, licence of the numbers.
    measurements : tuple of FutureMeasurement
        What will be measured.
    sources : tuple of str
        Keys for ``jaxflav.cite``.
    luminosity : Luminosity
        Of the measurements; 0 before ``with_luminosity``, when there is no measurement yet.
    """

    name: str
    title: str
    kind: str
    licence: str
    measurements: tuple[FutureMeasurement, ...]
    sources: tuple[str, ...]
    luminosity: Luminosity = dataclasses.field(default_factory=lambda: Luminosity(0.0, True))

    @property
    def decays(self) -> tuple[str, ...]:
        """Decay of each measurement."""
        return tuple(m.observable.decay.name for m in self.measurements)

    @property
    def errors(self) -> tuple[float, ...]:
        """Standard deviations at the luminosity.

        Raises
        ------
        InputError
            If there is no luminosity.
        """
        if not self.luminosity.value > 0:
            raise InputError(f"{self.name} has no data: it is for projections to a luminosity, not for fits to data")
        return tuple(m.error(self.luminosity.value) for m in self.measurements)

    def with_luminosity(self, luminosity: float, systematics: str) -> "Prospects":
        """At a luminosity in ab^-1; the published treatment of systematic uncertainties is part of the numbers."""
        future = dataclasses.replace(self, luminosity=Luminosity(luminosity, True))
        _ = future.errors
        return future

    def select(self, names: tuple[str, ...]) -> "Prospects":
        """The same prospects with only some measurements.

        Raises
        ------
        UnknownNameError
            If there is no measurement of that name.
        """
        known = [m.name for m in self.measurements]
        for name in names:
            if name not in known:
                raise UnknownNameError(f"measurement of {self.name}", name, known)
        return dataclasses.replace(self, measurements=tuple(m for m in self.measurements if m.name in names))


def read_prospects(meta: dict, where: Path) -> Prospects:
    """Prospects from the content of their ``analysis.yaml``.

    Raises
    ------
    DataFileError
        Naming file and key.
    """
    if not meta["measurements"]:
        raise DataFileError(f"{where}, 'measurements': the list is empty; give at least one")
    rows = tuple(_measurement(entry, i, where) for i, entry in enumerate(meta["measurements"]))
    if len({row.name for row in rows}) < len(rows):
        raise DataFileError(f"{where}, 'measurements': two have the same name; rename one")
    return Prospects(*(meta[key] for key in ("name", "title", "kind", "licence")), rows, tuple(meta["sources"]))


def _measurement(entry, i, where):
    at = f"{where}, measurement {entry.get('name', i + 1) if isinstance(entry, dict) else i + 1}"
    check_keys(entry, "measurement of projection", at)
    try:
        observable = parse_observable(entry["observable"])
    except InputError as error:
        raise DataFileError(f"{at}, 'observable': {error}") from error
    low, high = (float(x) for x in observable.bin)
    if observable.quantity not in (BR, FL) or observable.is_point or (low, high) != (0, np.inf):
        raise DataFileError(f"{at}, 'observable': expected BR or FL in all of phase space, found {observable.name}")
    columns = {}
    for key in ("luminosity", "uncertainty"):
        found = check_keys(entry[key], "number", f"{at}, {key!r}")
        columns[key] = array(found["value"], f"{at}, {key!r}", where.parent, 1)
    check_unit(entry["uncertainty"], "1", f"{at}, 'uncertainty'")
    luminosity = inverse_attobarns(entry["luminosity"], columns["luminosity"], f"{at}, 'luminosity'")
    if not np.all(np.diff(luminosity) > 0):
        raise DataFileError(f"{at}, 'luminosity': expected increasing numbers, found {luminosity.tolist()}; sort them")
    error = columns["uncertainty"]
    if error.shape != luminosity.shape:
        raise DataFileError(
            f"{at}, 'uncertainty': found {len(error)} numbers, expected {len(luminosity)}, one per luminosity"
        )
    if not np.all((error > 0) & np.isfinite(error)):
        raise DataFileError(f"{at}, 'uncertainty': expected positive numbers, found {error.tolist()}")
    return FutureMeasurement(entry["name"], observable, entry["relative"], luminosity, error)
