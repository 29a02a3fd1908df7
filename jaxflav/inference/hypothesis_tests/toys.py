"""Toy data, p-values from them, and the significance of a parameter at its boundary."""

import dataclasses

import numpy as np
import scipy

from jaxflav.inference.fitting.problem import Data, Problem
from jaxflav.inference.hypothesis_tests.likelihood_ratios import conditional_fit, expected_data, q_0
from jaxflav.io.errors import InputError

TIE = 1e-8  # test statistics closer than this are the same: fits stop within 1e-10 of the maximum
_MAX_FAILED = 0.01  # share of toys without result beyond which there is no answer


@dataclasses.dataclass(frozen=True)
class PValue:
    """Share of toys at least as extreme as the data.

    Attributes
    ----------
    value : float
        Passed over valid toys.
    low, high : float
        68.3 % interval of Clopper and Pearson.
    passed, toys, failed : int
        Toys at least as extreme, toys with a result, toys without one.
    """

    value: float
    low: float
    high: float
    passed: int
    toys: int
    failed: int


def check_toys(n: int, seed: int) -> None:
    """Raise InputError if the number of toys or the seed cannot be."""
    if n < 1:
        raise InputError(f"number of toys is {n}, expected at least 1")
    if seed < 0:
        raise InputError(f"seed is {seed}, expected an integer >= 0")


def sample_toys(problem: Problem, parameters: np.ndarray, n: int, seed: int) -> Data:
    """Toy data at given parameters: Poisson counts, and measurements around the true values.

    Parameters
    ----------
    problem : Problem
        The problem.
    parameters : (p,) array
        Truth.
    n : int
        Number of toys.
    seed : int
        The same seed gives the same toys.

    Returns
    -------
    Data
        Of n rows. Auxiliary measurements are normal with the width of the constraint, standard normal for theory
        nuisances, counts for Poisson constraints; those of held parameters stay.

    Raises
    ------
    InputError
        If n or the seed is out of range, or the parameters give a negative expectation.
    """
    check_toys(n, seed)
    likelihood = problem.likelihood
    rows, centre = expected_data(problem, parameters)
    events = rows[: likelihood.model.n_bins]
    if not np.all(events >= 0):
        raise InputError(f"toys: {events.min():g} events are expected in a bin; choose parameters that give >= 0")
    k, model = likelihood.n_signal, likelihood.model
    width = np.concatenate([np.ones(k), np.asarray(model.width)])
    width[: likelihood.signal.n_free] = 0.0
    width[k:][~np.asarray(model.normal)] = 0.0
    poisson = np.concatenate([np.zeros(k, dtype=bool), np.asarray(model.poisson)])
    rng = np.random.default_rng(seed)
    counts = rng.poisson(events, (n, len(events))).astype(float)
    measured = centre + width * rng.standard_normal((n, len(centre)))
    measured[:, poisson] = rng.poisson(centre[poisson], (n, int(poisson.sum())))
    measured[:, problem.fixed] = np.asarray(likelihood.centre)[problem.fixed]
    rest = rows[len(events) :]
    error = np.asarray(likelihood.measurements.error)
    return Data(np.concatenate([counts, rest + error * rng.standard_normal((n, len(rest)))], axis=1), measured)


def p_value(statistics: np.ndarray, observed: float) -> PValue:
    """Share of test statistics of toys that reach the observed value.

    Parameters
    ----------
    statistics : (n,) array
        Of the toys; NaN where a fit is not a result.
    observed : float
        Of the data.

    Raises
    ------
    ArithmeticError
        If more than 1 % of the toys have no result, or the data have none.
    """
    known = np.asarray(statistics)[np.isfinite(statistics)]
    failed = len(statistics) - len(known)
    if not np.isfinite(observed) or failed > _MAX_FAILED * len(statistics):
        raise ArithmeticError(
            f"the test statistic of the data is {observed:g} and {failed} of {len(statistics)} toys have none; "
            "expected a number, and at most 1 % of failed toys: look at the fits one by one"
        )
    n = len(known)
    passed = int(np.sum(known >= observed - TIE))
    tail = scipy.stats.norm.sf(1.0)
    low = float(scipy.stats.beta.ppf(tail, passed, n - passed + 1)) if passed else 0.0
    high = float(scipy.stats.beta.ppf(1 - tail, passed + 1, n - passed)) if passed < n else 1.0
    return PValue(passed / n, low, high, passed, n, failed)


def boundary_p_value(q0: float) -> float:
    """Asymptotic p-value of q_0: half a chi-squared of one degree of freedom, as the parameter is >= 0.

    References
    ----------
    Chernoff, Ann. Math. Statist. 25 (1954) 573; arXiv:1007.1727, Eq. (52).
    """
    return float(scipy.stats.norm.sf(np.sqrt(q0))) if q0 > 0 else 1.0


@dataclasses.dataclass(frozen=True)
class Significance:
    """Evidence for a parameter above 0.

    Attributes
    ----------
    q0 : float
        Test statistic of the data.
    p_asymptotic, z_asymptotic : float
        From half a chi-squared: z = sqrt(q0).
    p_toys : PValue or None
        From toys, if they were asked for.
    """

    q0: float
    p_asymptotic: float
    z_asymptotic: float
    p_toys: PValue | None


def significance(problem: Problem, name: str, n_toys: int = 0, seed: int = 0) -> Significance:
    """Evidence of the data for a parameter above 0, asymptotic and by toys.

    Parameters
    ----------
    problem : Problem
        The problem.
    name : str
        Parameter with the lower bound 0.
    n_toys : int
        Number of toys at 0, with the nuisance parameters that fit the data best there; none by default.
    seed : int
        Of the toys.

    Raises
    ------
    InputError
        If the parameter is unknown, held, or has not the bound 0.
    ArithmeticError
        If a fit to the data does not converge, or too many toys fail.
    """
    q0 = float(q_0(problem, name)[0])
    if not np.isfinite(q0):
        raise ArithmeticError(f"the fit of {name!r}, free or at 0, did not converge: there is no significance")
    toys = None
    if n_toys:
        truth = conditional_fit(problem, name, 0.0)
        toys = p_value(q_0(problem, name, sample_toys(problem, truth, n_toys, seed), truth), q0)
    return Significance(q0, boundary_p_value(q0), float(np.sqrt(q0)), toys)
