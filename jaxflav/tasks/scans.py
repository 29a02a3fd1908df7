"""A scan: the best fit at every mass of a grid, or at every value of another parameter."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxflav.experiments.signal import Signal
from jaxflav.hypotheses.couplings import CouplingsHypothesis
from jaxflav.hypotheses.hypothesis import MASS
from jaxflav.inference.fitting.batch import require_converged
from jaxflav.inference.fitting.many_starts import random_starts
from jaxflav.inference.fitting.problem import check_values, fit_held, free_index
from jaxflav.inference.fitting.result import STATUS_TEXT
from jaxflav.inference.scans.status import BEYOND_THRESHOLD
from jaxflav.io.errors import InputError
from jaxflav.studies.mass_scan import BestMass, check_masses, scan_masses
from jaxflav.tasks.derived import new_rates, rate_names
from jaxflav.tasks.problem import MU, LoadedProblem
from jaxflav.tasks.result import Result
from jaxflav.tasks.squares import is_single_coupling, with_square

_STARTS = 4  # at every point, where several couplings vary


@dataclasses.dataclass(frozen=True)
class ScanResult(Result):
    """Best fits along one axis.

    Attributes
    ----------
    axis : str
        ``mass`` (GeV), or another parameter.
    grid : (n,) array
    t : (n,) array
        -2 ln L relative to ``reference``; NaN where the fit is not a result.
    reference : str
        ``Standard Model``, or ``best fit`` where the hypothesis has no Standard Model in it that is a point.
    parameters : mapping of str to (n,) arrays
        Best values: of the parameters of the hypothesis, of the modulus of a single coupling, and branching fractions
        of each decay of the data.
    converged : (n,) boolean array
    status : tuple of n str
    best : float
        Where t is lowest: between the points of the grid for one coupling or branching fraction, one of them elsewhere.
    best_t : float
        The lowest t.
    interval_68 : (float, float) or None
        Where t has risen by 1 around it; None where that was not looked for.
    """

    axis: str
    grid: np.ndarray
    t: np.ndarray
    reference: str
    parameters: Mapping[str, np.ndarray]
    converged: np.ndarray
    status: tuple[str, ...]
    best: float
    best_t: float
    interval_68: tuple[float, float] | None

    @property
    def significance(self) -> float:
        """sqrt(-t) at the best point: standard deviations over the Standard Model for one parameter (local)."""
        return float(np.sqrt(max(-self.best_t, 0.0))) if self.reference == "Standard Model" else float("nan")

    def columns(self):
        """The grid with t and best values."""
        return {
            self.axis: self.grid,
            "t": self.t,
            **self.parameters,
            "converged": self.converged,
            "status": self.status,
        }

    def __str__(self):
        unit = " GeV" if self.axis == MASS else ""
        around = (
            "" if self.interval_68 is None else f", 68 % from {self.interval_68[0]:.4g} to {self.interval_68[1]:.4g}"
        )
        lines = [
            f"best {self.axis} = {self.best:.4g}{unit}{around}",
            f"t = {self.best_t:.3f} over the {self.reference}",
        ]
        if self.reference == "Standard Model":
            lines[1] += f", {self.significance:.2f} sigma (local)"
        failed = [one for one, good in zip(self.status, self.converged, strict=True) if not good]
        return "\n".join(
            [*lines, *(f"{failed.count(why)} of {len(self.grid)} points {why}" for why in sorted(set(failed)))]
        )


def scan(problem: LoadedProblem, **axis: Any) -> ScanResult:
    """Best fits along one axis, everything else fitted at every point.

    Parameters
    ----------
    problem : LoadedProblem
        Of ``load``.
    **axis
        One name with (low, high, number of points) or an array of values: ``mass=(0, 4.7, 96)`` in GeV, or any
        parameter that the problem does not hold.

    Raises
    ------
    InputError
        If there is not exactly one axis, a value is out of range, or the problem has no such parameter.
    ArithmeticError
        If the fit to which all is compared does not converge.
    """
    if len(axis) != 1:
        raise InputError(f"a scan has one axis, such as mass=(0, 4.7, 96); found {', '.join(axis) or 'none'}")
    ((name, given),) = axis.items()
    values = _values(name, given)
    if name != MASS or MASS in problem.names:
        return _over_parameter(problem, name, values)
    if not problem.holds_mass:
        raise InputError("this hypothesis has no mass to scan; scan one of its parameters, such as mu=(0, 10, 21)")
    values = check_masses(values)
    if is_single_coupling(problem):
        return _of_rate(with_square(problem), values, problem.hypothesis.couplings[0])
    if problem.likelihood.signal.proportional_to is not None:
        return _of_rate(problem, values, None)
    return _over_mass(problem, values)


def _values(name, given):
    if isinstance(given, tuple) and len(given) == 3 and isinstance(given[2], (int, np.integer)):
        low, high, n = given
        if not (np.isfinite(low) and np.isfinite(high) and low < high and n >= 2):
            raise InputError(f"{name}={given!r}: expected (low, high, number of points), at least 2 of them")
        return np.linspace(low, high, n)
    return np.atleast_1d(np.asarray(given, dtype=float))


def _of_rate(problem, masses, coupling):
    """Where all rates are proportional to one parameter."""
    found = scan_masses(problem.likelihood, masses)
    values = {found.parameter: found.value}
    if coupling is not None:
        values = {f"|{coupling}|": np.sqrt(found.value)}
    parameters = np.where(found.converged[:, None], found.parameters, np.nan)
    values |= _rates(problem.likelihood.signal, parameters, masses)
    best: BestMass | None = found.best
    return ScanResult(
        axis=MASS,
        grid=masses,
        t=found.t,
        reference="Standard Model",
        parameters=values,
        converged=np.asarray(found.converged),
        status=found.status,
        best=np.nan if best is None else best.mass,
        best_t=np.nan if best is None else best.t,
        interval_68=None if best is None else best.interval_68,
    )


_many_rates = jax.jit(lambda signal, x, masses: jax.lax.map(lambda one: new_rates(signal, *one), (x, masses)))


def _rates(signal, parameters, masses):
    """Branching fractions of each decay at parameters (n, p); NaN where there are none."""
    if not isinstance(signal, Signal) or not signal.hypothesis.shapes(signal.forms[0].constants):
        return {}
    x = jnp.asarray(parameters[:, : len(signal.names)])
    rates = np.asarray(_many_rates(signal, x, jnp.asarray(masses)))
    return {name: rates[:, i] for i, name in enumerate(rate_names(signal))}


def _over_mass(problem, masses):
    """Several couplings at held masses."""
    hypothesis = problem.hypothesis
    threshold = float(problem.likelihood.signal.threshold)
    fits = _best_of(problem, lambda start: fit_held(problem, contexts=masses, starts=start))
    at_zero = isinstance(hypothesis, CouplingsHypothesis)
    reference = None
    if at_zero:
        names = [name for name in hypothesis.couplings if name in problem.free]
        standard_model = require_converged(fit_held(problem, names, np.zeros((1, len(names)))), "Standard Model fit")
        reference = float(standard_model.log_likelihood[0])
    return _result(problem, MASS, masses, fits, reference, masses < threshold, masses)


def _over_parameter(problem, name, values):
    if problem.fixed[problem.likelihood.index(name)]:
        if name != MASS:
            free_index(problem, name)
        fixed = problem.fixed.copy()
        fixed[problem.likelihood.index(MASS)] = False  # a mass that is held at one value, and scanned
        problem = dataclasses.replace(problem, fixed=fixed)
    check_values(problem, name, values)
    fits = _best_of(problem, lambda start: fit_held(problem, [name], values[:, None], starts=start))
    contexts = np.full(len(values), problem.context)
    return _result(problem, name, values, fits, None, np.ones(len(values), bool), contexts)


def _best_of(problem, fit):
    """The best of fits from several starts: arrays of -ln L, parameters, and status."""
    simple = len([name for name in problem.free if name != MU]) <= 1
    best = None
    for start in random_starts(problem, 1 if simple else _STARTS, problem.task.settings.seed):
        found = fit(start)
        height = np.where(found.converged, found.log_likelihood, -np.inf)
        if best is None:
            best = [height, np.asarray(found.parameters), np.asarray(found.status)]
            continue
        better = height > best[0]
        best[0] = np.where(better, height, best[0])
        best[1] = np.where(better[:, None], found.parameters, best[1])
        best[2] = np.where(better, found.status, best[2])
    return best


def _result(problem, axis, grid, fits, reference, open_, contexts):
    height, parameters, status = fits
    good = np.isfinite(height) & open_
    words = tuple(STATUS_TEXT[int(s)] if below else BEYOND_THRESHOLD for s, below in zip(status, open_, strict=True))
    if not np.any(good):
        raise ArithmeticError(f"no point of the scan over {axis} is a result: {words[0]}")
    top = float(np.max(height[good])) if reference is None else reference
    t = np.where(good, -2 * (height - top), np.nan)
    parameters = np.where(good[:, None], parameters, np.nan)
    shown = [name for name in problem.free if name != axis]
    values = {name: parameters[:, problem.likelihood.index(name)] for name in shown}
    k = int(np.nanargmin(t))
    return ScanResult(
        axis=axis,
        grid=grid,
        t=t,
        reference="best fit" if reference is None else "Standard Model",
        parameters=values | _rates(problem.likelihood.signal, parameters, contexts),
        converged=good,
        status=words,
        best=float(grid[k]),
        best_t=float(t[k]),
        interval_68=None,
    )
