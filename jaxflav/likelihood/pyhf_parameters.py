"""Parameters of a pyhf workspace: what its modifiers need, and what its measurement sets."""

import dataclasses
import re
import warnings
from difflib import get_close_matches
from typing import Any

import numpy as np

from jaxflav.io.errors import InputError
from jaxflav.likelihood.pyhf_fields import get, get_named, numbers

_CLOSE = 0.8  # similarity of two names, from where on one may be a misspelling of the other
_SHARED = {"normsys", "histosys"}  # types that may act through one parameter
_SETTINGS = {"inits": "start", "auxdata": "centre", "factors": "rate", "sigmas": "width"}
_USED = {
    "normfactor": ("inits",),
    "shapefactor": ("inits",),
    "normsys": ("inits", "auxdata"),
    "histosys": ("inits", "auxdata"),
    "lumi": ("inits", "auxdata", "sigmas"),
    "staterror": ("inits", "auxdata", "sigmas"),
    "shapesys": ("inits", "auxdata", "factors"),
}


@dataclasses.dataclass
class ParameterSet:
    """The parameters of one name: a single one, or one for each bin of a modifier.

    Attributes
    ----------
    name : str
        Name of the modifiers.
    types : set of str
        Their types.
    at : str
        Where the first of them is.
    scalar : bool
        Whether the parameter has the name of the set; otherwise there is a number in brackets behind it.
    kind, start, lower, upper, centre, rate, width, fixed
        As the columns of ``Tables``: arrays with one entry per parameter, and one kind for all.
    """

    name: str
    types: set[str]
    at: str
    scalar: bool
    kind: str
    start: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    centre: np.ndarray
    rate: np.ndarray
    width: np.ndarray
    fixed: np.ndarray

    def __len__(self) -> int:
        """Number of parameters."""
        return len(self.start)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return (self.name,) if self.scalar else tuple(f"{self.name}[{i}]" for i in range(len(self)))


class ParameterSets(dict[str, ParameterSet]):
    """Parameter sets by name, filled while a reader walks through the modifiers of the workspace ``where``."""

    def __init__(self, where: str):
        super().__init__()
        self.where = where

    def _place(self, one):
        return one.at.removeprefix(f"{self.where}/")

    def declare(self, name: str, modifier_type: str, at: str, kind: str, n: int | None = None, **values: Any) -> None:
        """Add a parameter set, or check that a known one serves for this modifier, too.

        Parameters
        ----------
        name, modifier_type, at : str
            Name and type of the modifier, and its place.
        kind : str
            Constraint term.
        n : int, optional
            Number of parameters, one for each bin; none for a single one without index.
        **values
            Start values, bounds and constraint terms; the defaults are those of a pull.

        Raises
        ------
        InputError
            If another modifier of this name is of a type or size that does not fit.
        """
        known = self.get(name)
        if known is None:
            defaults = {"start": 0.0, "lower": -np.inf, "upper": np.inf, "centre": 0.0, "rate": 0.0, "width": 1.0}
            columns = {
                key: np.array(np.broadcast_to(value, 1 if n is None else n), dtype=float)
                for key, value in (defaults | values).items()
                if key != "fixed"
            }
            fixed = np.array(np.broadcast_to(values.get("fixed", False), columns["start"].shape))
            self[name] = ParameterSet(name, {modifier_type}, at, n is None, kind, fixed=fixed, **columns)
        elif {modifier_type} != known.types and not {modifier_type, *known.types} <= _SHARED:
            raise InputError(
                f"{at}: parameter {name!r} is a {modifier_type} here and a {'/'.join(sorted(known.types))} at "
                f"{self._place(known)}; give one of them another name"
            )
        elif modifier_type == "shapesys":
            raise InputError(f"{at}: shapesys {name!r} occurs twice; its parameters cannot be shared, rename one")
        elif n is not None and n != len(known):
            raise InputError(
                f"{at}: {modifier_type} {name!r} has {n} bins here and {len(known)} at {self._place(known)}"
            )
        else:
            known.types.add(modifier_type)

    def check_names(self) -> None:
        """Check that the names of all parameters differ: ``x[0]`` may be a name, or the first one of a set ``x``.

        Raises
        ------
        InputError
            If a name reads as one of another set.
        """
        for one in self.values():
            indexed = re.fullmatch(r"(.*)\[\d+\]", one.name)
            base = indexed[1] if indexed and one.scalar else ""
            if base in self and not self[base].scalar:
                raise InputError(
                    f"{one.at}: parameter {one.name!r} reads as one of the {'/'.join(sorted(self[base].types))} "
                    f"{base!r} at {self._place(self[base])}; rename one"
                )

    def apply(self, config: dict, at: str) -> None:
        """Take over the settings of a measurement; those for parameters that no sample has are ignored.

        Parameters
        ----------
        config : dict
            Configuration of the measurement.
        at : str
            Its place.

        Warns
        -----
        UserWarning
            If an ignored setting may be meant for a parameter that has none.

        Raises
        ------
        InputError
            If a parameter has two settings, or a setting is malformed or impossible.
        """
        settings = get_named(config, "parameters", "the setting of", at) if "parameters" in config else {}
        without = [name for name in self if name not in settings]
        guesses = []
        for name, setting in settings.items():
            if name in self:
                _apply(self[name], setting, f"{at}/parameters/{name}")
            else:
                guesses += [f"{name!r} ({g}?)" for g in get_close_matches(name, without, n=1, cutoff=_CLOSE)]
        if guesses:
            warnings.warn(
                f"{at}/parameters: no sample has the parameter of a setting, which is ignored: {', '.join(guesses)}",
                stacklevel=2,
            )
        for one in self.values():
            if "lumi" in one.types and not (np.all(np.isfinite(one.centre)) and np.all(one.width > 0)):
                raise InputError(
                    f"{at}/parameters: lumi parameter {one.name!r} needs 'auxdata' and 'sigmas' in the measurement"
                )


def _apply(one, setting, at):
    used = _USED[min(one.types)]
    for key, column in _SETTINGS.items():
        if key not in setting:
            continue
        if key not in used:
            raise InputError(f"{at}/{key}: a {'/'.join(sorted(one.types))} has none, only {', '.join(used)}; remove it")
        counts = key == "auxdata" and one.kind == "poisson"
        values = numbers(setting[key], len(one), f"{at}/{key}", 0.0 if counts else -np.inf)
        if key in ("sigmas", "factors") and not np.all(values > 0):
            raise InputError(f"{at}/{key}: entry {int(np.argmin(values))} is {values.min():g}, expected positive ones")
        setattr(one, column, values)
    if "bounds" in setting:
        one.lower, one.upper = _bounds(setting["bounds"], len(one), f"{at}/bounds")
        if "inits" not in setting:
            one.start = np.clip(one.start, one.lower, one.upper)
    outside = (one.start < one.lower) | (one.start > one.upper)
    if np.any(outside):
        k = int(np.argmax(outside))
        raise InputError(
            f"{at}/inits: entry {k} is {one.start[k]:g}, outside of its bounds from {one.lower[k]:g} to "
            f"{one.upper[k]:g}; change it, or the bounds"
        )
    one.fixed = one.fixed | get({"fixed": False} | setting, "fixed", bool, at) | (one.lower == one.upper)


def _bounds(value, n, at):
    """Lower and upper bounds (n,); infinite ones are none."""
    expected = f"expected {n} pair{'s' * (n > 1)} of numbers [lower, upper]"
    try:
        pairs = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        pairs = np.zeros(0)
    if pairs.shape != (n, 2):
        raise InputError(f"{at}: {expected}, found {str(value)[:60]}")
    wrong = ~(pairs[:, 0] <= pairs[:, 1]) | (pairs[:, 0] == np.inf) | (pairs[:, 1] == -np.inf)
    if np.any(wrong):
        k = int(np.argmax(wrong))
        raise InputError(f"{at}: {expected}, found {pairs[k].tolist()} in entry {k}; the lower one comes first")
    return pairs[:, 0], pairs[:, 1]
