"""Upper limits on a rate, a coupling or any other parameter, and what they mean for branching fractions."""

import dataclasses
from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np

from jaxflav.experiments.signal import Signal
from jaxflav.hypotheses.hypothesis import MASS
from jaxflav.inference.hypothesis_tests.cls_limits import SIGMAS, toy_upper_limit, upper_limit as cls_limit
from jaxflav.io.errors import InputError
from jaxflav.tasks.derived import new_rates, rate_names
from jaxflav.tasks.problem import LoadedProblem
from jaxflav.tasks.result import Result
from jaxflav.tasks.squares import is_single_coupling, with_square


@dataclasses.dataclass(frozen=True)
class LimitResult(Result):
    """Upper limit by CLs.

    Attributes
    ----------
    name : str
        The parameter; of a single coupling the limit is on its modulus.
    confidence : float
    observed : float
    expected : (5,) array
        Median and band of -2, -1, 0, 1, 2 standard deviations without new particles.
    error : float or None
        Of the observed limit from the number of toys; None for the asymptotic limit.
    branching_fractions : mapping of str to (6,) array
        Observed and expected limits as branching fractions of each decay of the data, at the mean form factors; none
        where the rates are not proportional to one parameter.
    mass : float or None
        In GeV, where it is held.
    doubt : str or None
        Why the asymptotic formulas are doubtful; None if nothing speaks against them.
    """

    name: str
    confidence: float
    observed: float
    expected: np.ndarray
    error: float | None
    branching_fractions: Mapping[str, np.ndarray]
    mass: float | None
    doubt: str | None

    def columns(self):
        """The observed limit, and the expected ones by their number of standard deviations."""
        rows = ["observed", *(f"expected {n:+d}" for n in SIGMAS)]
        return {"limit": rows, self.name: [self.observed, *self.expected], **self.branching_fractions}

    def __str__(self):
        median, low, high = self.expected[2], self.expected[1], self.expected[3]
        at = "" if self.mass is None else f", mass {self.mass:g} GeV"
        lines = [
            f"{self.name} < {self.observed:.4g} at {100 * self.confidence:g} % CL{at}",
            f"expected {median:.4g}, 68 % of experiments from {low:.4g} to {high:.4g}",
            *(f"{n} < {v[0]:.4g}, expected {v[3]:.4g}" for n, v in self.branching_fractions.items()),
        ]
        return "\n".join(lines + ([self.doubt] if self.doubt else []))


def upper_limit(
    problem: LoadedProblem, name: str, confidence: float = 0.95, *, toys: int | None = None, seed: int = 0
) -> LimitResult:
    """Upper limit on a parameter by CLs, observed and expected.

    A limit on a single coupling, such as h_V, is one on its modulus: that on its square, to which all rates are
    proportional, by its square root. CLs does not depend on which of the two is the parameter.

    Parameters
    ----------
    problem : LoadedProblem
        Of ``load``, at a held mass.
    name : str
        Parameter with the lower bound 0.
    confidence : float
        Confidence level.
    toys : int, optional
        Number of toys per point, in place of the asymptotic formulas; for few events.
    seed : int
        Of the toys.

    Raises
    ------
    InputError
        If the mass is free, or the parameter unknown, held, or without the bound 0.
    ArithmeticError
        If a fit does not converge, or the data do not limit the parameter.
    """
    k = problem.likelihood.index(name)
    if MASS in problem.names and not problem.fixed[problem.likelihood.index(MASS)]:
        raise InputError("a limit needs a held mass, which has no meaning without new particles: give mass to load")
    squared = is_single_coupling(problem) and name in problem.hypothesis.couplings and not problem.fixed[k]
    used = with_square(problem) if squared else problem
    parameter = used.likelihood.signal.proportional_to if squared else name
    found = cls_limit(used, parameter, confidence)
    limits, error = np.append(found.observed, found.expected), None
    if toys is not None:
        by_toys = toy_upper_limit(used, parameter, confidence, toys, seed)
        limits[0], error = by_toys.observed, by_toys.error
    fractions = _branching_fractions(used, parameter, limits)
    if squared:
        error = None if error is None else error / (2 * np.sqrt(limits[0]))
        limits = np.sqrt(limits)
    return LimitResult(
        name=f"|{name}|" if squared else name,
        confidence=confidence,
        observed=float(limits[0]),
        expected=limits[1:],
        error=error,
        branching_fractions=fractions,
        mass=float(problem.context) if problem.holds_mass else None,
        doubt=found.doubt if toys is None else None,
    )


def _branching_fractions(problem, parameter, limits):
    signal = problem.likelihood.signal
    if not isinstance(signal, Signal) or signal.proportional_to != parameter:
        return {}
    at = np.zeros(len(signal.names))
    at[signal.names.index(parameter)] = 1.0
    unit = np.asarray(new_rates(signal, jnp.asarray(at), jnp.asarray(problem.context)))
    return {name: rate * limits for name, rate in zip(rate_names(signal), unit, strict=True)}
