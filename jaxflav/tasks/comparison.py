"""Hypotheses compared on the same data, each at its best mass, couplings and nuisance parameters."""

import dataclasses

import numpy as np

from jaxflav.hypotheses.hypothesis import AbstractHypothesis
from jaxflav.io.errors import InputError
from jaxflav.studies.hypothesis_fits import Candidate, best_fits, likelihood_of, parse_candidate
from jaxflav.tasks.problem import MU, LoadedProblem
from jaxflav.tasks.result import Result


@dataclasses.dataclass(frozen=True)
class Comparison(Result):
    """Best fits of several hypotheses.

    Attributes
    ----------
    names : tuple of n str
    minus_two_log_likelihood : (n,) array
        At the best point of each.
    t : (n,) array
        Its difference to the first one.
    free : (n,) array of int
        Parameters of each, its mass among them.
    aic : (n,) array
        -2 ln L + 2 ``free``, relative to the first one (Akaike).
    mass : (n,) array
        Best masses in GeV; NaN for hypotheses without.
    failed, fits : (n,) arrays of int
        How many of the fits did not converge, and how many there were.
    """

    names: tuple[str, ...]
    minus_two_log_likelihood: np.ndarray
    t: np.ndarray
    free: np.ndarray
    aic: np.ndarray
    mass: np.ndarray
    failed: np.ndarray
    fits: np.ndarray

    def columns(self):
        """One row for each hypothesis."""
        return {
            "hypothesis": self.names,
            "-2 ln L": self.minus_two_log_likelihood,
            "t": self.t,
            "parameters": self.free,
            "AIC": self.aic,
            "mass": self.mass,
        }

    def __str__(self):
        width = max(map(len, self.names))
        lines = [f"{'':{width}}  {'t':>9} {'AIC':>9} {'parameters':>10}"]
        for i, name in enumerate(self.names):
            mass = "" if np.isnan(self.mass[i]) else f"  mass {self.mass[i]:.3f} GeV"
            lines.append(f"{name:{width}}  {self.t[i]:9.3f} {self.aic[i]:9.3f} {self.free[i]:10d}{mass}")
        return "\n".join(lines)


def compare(problem: LoadedProblem, *hypotheses: str | AbstractHypothesis) -> Comparison:
    """Fit hypotheses to the data of a problem; the first one is what the others are compared to.

    Parameters
    ----------
    problem : LoadedProblem
        Of ``load``; its experiments, form factors and constants are those of all.
    *hypotheses : str or hypothesis
        ``sm``, ``rescaled-sm``, ``no-signal``, or as for ``load``, with masses minimised over.

    Raises
    ------
    InputError
        If there are fewer than two, or one is unknown.
    ArithmeticError
        If no fit of a hypothesis is a result.
    """
    if len(hypotheses) < 2:
        raise InputError(f"a comparison needs two hypotheses or more, such as 'sm', 'vector: h_V'; found {hypotheses}")
    if problem.hypothesis is None:
        raise InputError("a published likelihood has no hypotheses to compare: load the problem with one, such as 'sm'")
    candidates = [_candidate(one) for one in hypotheses]
    parts = problem.combination
    rows = []
    for one in candidates:
        likelihood = likelihood_of(one, parts.experiments, parts.parameters, parts.form_factors)
        best = best_fits(one, likelihood)
        if not np.isfinite(best.log_likelihood[0]):
            raise ArithmeticError(f"no fit of {one.name} is a result, {best.failed[0]} of {best.fits[0]} failed")
        free = likelihood.signal.n_free - len(one.held) + one.massive
        mass = best.mass[0] if one.massive else np.nan
        rows.append((-2 * best.log_likelihood[0], free, mass, best.failed[0], best.fits[0]))
    height, free, mass, failed, fits = (np.array(column) for column in zip(*rows, strict=True))
    t = height - height[0]
    aic = t + 2.0 * (free - free[0])
    return Comparison(tuple(one.name for one in candidates), height, t, free, aic, mass, failed, fits)


def _candidate(given):
    if isinstance(given, str):
        return parse_candidate(given)
    if not isinstance(given, AbstractHypothesis):
        raise InputError(
            f"hypothesis {given!r}: expected words such as 'vector: h_V', or what jaxflav.hypothesis gives"
        )
    held = {MU: 1.0} if given.adds_to_standard_model else {}
    return Candidate(", ".join(given.names), given, held)
