"""What is fitted: a likelihood at a context, some parameters held, and the data of each fit."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from jaxflav.inference.fitting.batch import fit_many
from jaxflav.inference.fitting.result import Fit
from jaxflav.io.errors import InputError
from jaxflav.likelihood.likelihood import Likelihood


@dataclasses.dataclass(frozen=True)
class Problem:
    """A likelihood ready for inference; made by ``define_problem``.

    Attributes
    ----------
    likelihood : Likelihood
        The likelihood.
    context : float
        Context of the signal, such as a mass in GeV.
    start : (p,) array
        Start values; held parameters keep theirs.
    fixed : (p,) boolean array
        Parameters held in every fit.
    """

    likelihood: Likelihood
    context: float
    start: np.ndarray
    fixed: np.ndarray


@dataclasses.dataclass(frozen=True)
class Data:
    """Data of many fits: toys or Asimov data.

    Attributes
    ----------
    observed : (n, rows) array
        Counts, and measured values if the likelihood has measurements.
    centre : (n, p) array
        Auxiliary measurements, as ``likelihood.centre``.
    """

    observed: np.ndarray
    centre: np.ndarray

    def __len__(self) -> int:
        """Number of data sets."""
        return len(self.observed)

    def rows(self, index: np.ndarray) -> "Data":
        """Some of the data sets, perhaps repeated."""
        return Data(self.observed[index], self.centre[index])


def define_problem(likelihood: Likelihood, context: float = 0.0, held: Mapping[str, float] | None = None) -> Problem:
    """Problem of a likelihood, with parameters held at values.

    Parameters
    ----------
    likelihood : Likelihood
        The likelihood.
    context : float
        Context of the signal, such as the mass in GeV; without meaning where the signal needs none.
    held : mapping of name to value, optional
        Parameters held in every fit, such as ``{"mu": 1.0}``.

    Raises
    ------
    InputError
        If a parameter is unknown, or a value is not finite or outside of its bounds.
    """
    if not np.isfinite(context):
        raise InputError(f"context is {context!r}, expected a finite number such as a mass in GeV")
    start, fixed = np.array(likelihood.start), np.array(likelihood.fixed)
    for name, value in (held or {}).items():
        if not np.isfinite(value):
            raise InputError(f"parameter {name!r} is to be held at {value!r}, expected a finite number")
        k = likelihood.index(name)
        lower, upper = float(likelihood.lower[k]), float(likelihood.upper[k])
        if not lower <= value <= upper:
            raise InputError(f"{name!r} is to be held at {value:g}, outside of its bounds from {lower:g} to {upper:g}")
        start[k], fixed[k] = value, True
    return Problem(likelihood, float(context), start, fixed)


def free_index(problem: Problem, name: str) -> int:
    """Position of a parameter that the problem does not hold.

    Raises
    ------
    InputError
        If it is unknown or held.
    """
    k = problem.likelihood.index(name)
    if problem.fixed[k]:
        raise InputError(f"parameter {name!r} is held at {problem.start[k]:g}, expected a free one; release it first")
    return k


def check_values(problem: Problem, name: str, values: np.ndarray) -> np.ndarray:
    """Values at which a parameter may be held, as an array of floats.

    Raises
    ------
    InputError
        If there are none, one is not finite, or one is outside of the bounds of the parameter.
    """
    values = np.atleast_1d(np.asarray(values, dtype=float))
    k = problem.likelihood.index(name)
    lower, upper = float(problem.likelihood.lower[k]), float(problem.likelihood.upper[k])
    if values.size == 0 or not np.all(np.isfinite(values)):
        raise InputError(f"values of {name!r}: expected one or more finite numbers, found {values.tolist()}")
    if values.min() < lower:
        raise InputError(f"{name!r} = {values.min():g} is below its lower bound {lower:g}; leave such values out")
    if values.max() > upper:
        raise InputError(f"{name!r} = {values.max():g} is above its upper bound {upper:g}; leave such values out")
    return values


def fit_held(
    problem: Problem,
    names: Sequence[str] = (),
    values: np.ndarray | None = None,
    *,
    contexts: np.ndarray | None = None,
    data: Data | None = None,
    starts: np.ndarray | None = None,
    progress: Callable[[int], None] | None = None,
) -> Fit:
    """Fits with parameters held at values, one per row; the rest of the problem is fitted.

    Parameters
    ----------
    problem : Problem
        The problem.
    names : sequence of k str
        Parameters to hold, in addition to those of the problem.
    values : (n, k) array, optional
        Their values.
    contexts : (n,) array, optional
        Contexts, that of the problem by default.
    data : Data, optional
        Of n rows; those of the likelihood by default.
    starts : (p,) or (n, p) array, optional
        Start values, those of the problem by default.
    progress : callable, optional
        Called with the number of fits done.

    Returns
    -------
    Fit
        NumPy arrays with a leading axis of length n, the length of whatever is given (1 if nothing is).
    """
    n = next((len(a) for a in (values, contexts, data) if a is not None), 1)
    index = [free_index(problem, name) for name in names]
    starts = np.array(np.broadcast_to(problem.start if starts is None else starts, (n, len(problem.start))))
    fixed = problem.fixed.copy()
    if index:
        starts[:, index] = values
        fixed[index] = True
    return fit_many(
        problem.likelihood,
        np.full(n, problem.context) if contexts is None else contexts,
        starts,
        fixed,
        progress,
        None if data is None else data.observed,
        None if data is None else data.centre,
    )
