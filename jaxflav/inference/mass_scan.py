"""The main result: t(m) = -2 ln L(SM + X)/L(SM) over the mass of a new particle, all nuisances profiled."""

import dataclasses
from collections.abc import Callable

import numpy as np

from jaxflav.experiments.signal import Signal
from jaxflav.hypotheses.rate import BRANCHING_FRACTION
from jaxflav.inference.batch import fit_many
from jaxflav.inference.fit import STATUS_TEXT, Fit
from jaxflav.inference.interval import lowest_minimum
from jaxflav.inference.problem import Problem, define_problem
from jaxflav.inference.profile import interval, interval_around
from jaxflav.io.errors import InputError
from jaxflav.likelihood.likelihood import Likelihood

BEYOND_THRESHOLD = "not fitted: the mass is at or beyond the threshold of the decay"
_LEVEL_68 = 1.0  # rise of t for 68.3 % in one parameter


@dataclasses.dataclass(frozen=True)
class BestMass:
    """The minimum of t(m).

    Attributes
    ----------
    mass : float
        In GeV, found between the grid points.
    interval_68 : (float, float)
        Where t has risen by 1 around it; an end is the end of the scanned range where it has not.
    interval_closed : (bool, bool)
        Whether t rises by 1 inside the scanned range, on either side.
    t, significance : float
        Minimum, and sqrt(-t): standard deviations over the Standard Model at this mass (local).
    parameter : str
        What the rates of the new particles are proportional to: ``branching_fraction``, or ``strength``, the square of
        a coupling.
    value : float
        Its best value at this mass.
    value_interval_68 : (float, float)
        Where t has risen by 1 at this mass.
    parameters : (p,) array
        Best fit of all parameters.
    """

    mass: float
    interval_68: tuple[float, float]
    interval_closed: tuple[bool, bool]
    t: float
    significance: float
    parameter: str
    value: float
    value_interval_68: tuple[float, float]
    parameters: np.ndarray

    @property
    def branching_fraction(self) -> float:
        """The best value, where it is a branching fraction; raises InputError elsewhere."""
        return _branching_fraction(self.parameter, self.value)

    @property
    def branching_fraction_interval_68(self) -> tuple[float, float]:
        """Its interval, likewise."""
        return _branching_fraction(self.parameter, self.value_interval_68)


@dataclasses.dataclass(frozen=True)
class MassScan:
    """Profile of the likelihood over a grid of masses.

    Attributes
    ----------
    mass : (n,) array
        Grid in GeV.
    t : (n,) array
        Test statistic; NaN where the fit is not a result.
    parameter : str
        As for ``BestMass``.
    value : (n,) array
        Its best value; NaN where the fit is not a result.
    converged : (n,) boolean array
    status : tuple of n str
        Why, where not.
    iterations : (n,) array
    parameters : (n, p) array
        Best-fit parameters.
    t_rescaled_sm, mu_rescaled_sm : float
        Test statistic and best factor for the Standard Model spectrum with a free normalisation.
    log_likelihood_sm : float
        Of the Standard Model.
    best : BestMass or None
        None if no mass of the grid was fitted.
    """

    mass: np.ndarray
    t: np.ndarray
    parameter: str
    value: np.ndarray
    converged: np.ndarray
    status: tuple[str, ...]
    iterations: np.ndarray
    parameters: np.ndarray
    t_rescaled_sm: float
    mu_rescaled_sm: float
    log_likelihood_sm: float
    best: BestMass | None

    @property
    def branching_fraction(self) -> np.ndarray:
        """The best values, where they are branching fractions; raises InputError elsewhere."""
        return _branching_fraction(self.parameter, self.value)


def _branching_fraction(parameter, value):
    if parameter != BRANCHING_FRACTION:
        raise InputError(f"the parameter of this scan is {parameter}, not a branching fraction: see its values")
    return value


def check_masses(masses: np.ndarray) -> np.ndarray:
    """Masses as an array of floats.

    Raises
    ------
    InputError
        If there are none, or some are negative or not finite.
    """
    masses = np.atleast_1d(np.asarray(masses, dtype=float))
    if masses.size == 0:
        raise InputError("no masses to scan: give at least one, in GeV")
    if not np.all(np.isfinite(masses)) or np.any(masses < 0):
        bad = masses[~np.isfinite(masses) | (masses < 0)][0]
        raise InputError(f"mass {bad:g} GeV: expected finite masses >= 0")
    return masses


class MassProblem:
    """The fits of a mass scan: which parameters are held, where they start, and to what they compare.

    Parameters
    ----------
    likelihood : Likelihood
        With a new particle.

    Raises
    ------
    InputError
        If it has none.
    ArithmeticError
        If the fit of the Standard Model does not converge.
    """

    def __init__(self, likelihood: Likelihood):
        signal = likelihood.signal
        if not isinstance(signal, Signal) or signal.proportional_to is None:
            raise InputError(
                f"a mass scan needs a likelihood with a new particle, found {type(signal).__name__} without a "
                "parameter that its rates are proportional to; take the hypothesis BranchingFraction or Strength"
            )
        self.likelihood = likelihood
        self.threshold = float(signal.threshold)
        self.parameter = signal.proportional_to
        self.mu, self.index = (likelihood.index(name) for name in ("mu", self.parameter))
        self.n = len(likelihood.parameter_names)
        start = np.array(likelihood.start)
        held = np.stack([self.hold(self.mu, self.index), self.hold(self.index)])
        sm = fit_many(likelihood, np.zeros(2), start, held)
        if not np.all(sm.converged):
            bad = int(sm.status[~sm.converged][0])
            raise ArithmeticError(f"the Standard Model fit, to which all is compared, failed: {STATUS_TEXT[bad]}")
        self.sm = sm.parameters[0]
        self.log_likelihood_sm = float(sm.log_likelihood[0])
        self.t_rescaled = -2 * float(sm.log_likelihood[1] - sm.log_likelihood[0])
        self.mu_rescaled = float(sm.parameters[1, self.mu])

    def profiled(self) -> Problem:
        """The problem at each mass: mu held at 1, from the best fit of the Standard Model."""
        return Problem(self.likelihood, 0.0, self.sm, self.hold(self.mu))

    def hold(self, *indices: int) -> np.ndarray:
        """Boolean array (p,): the parameters at these positions."""
        fixed = np.zeros(self.n, dtype=bool)
        fixed[list(indices)] = True
        return fixed

    def test_statistic(self, fits: Fit, masses: np.ndarray) -> np.ndarray:
        """t at masses (n,); NaN where the fit is not a result."""
        result = fits.converged & (masses < self.threshold)
        return np.where(result, -2 * (fits.log_likelihood - self.log_likelihood_sm), np.nan)

    def over_mass(self, masses: np.ndarray, progress: Callable[[int], None] | None = None) -> Fit:
        """Fits at masses (n,)."""
        return fit_many(self.likelihood, masses, self.sm, self.hold(self.mu), progress)

    def curve(self, masses: np.ndarray) -> np.ndarray:
        """t at masses (n,), from new fits."""
        return self.test_statistic(self.over_mass(masses), masses)


def _best_mass(problem, masses, t):
    order = np.argsort(masses)
    masses, t = masses[order], t[order]
    mass, value = lowest_minimum(problem.curve, masses, t) if len(masses) > 1 else (masses[0], t[0])
    fits = problem.over_mass(np.array([mass]))
    spacing = np.diff(masses).max() if len(masses) > 1 else 0.0
    over_mass = interval_around(lambda m: problem.curve(m) - value, mass, _LEVEL_68, masses[0], masses[-1], spacing / 8)
    at_mass = define_problem(problem.likelihood, mass, {"mu": 1.0})
    over_value = interval(at_mass, problem.parameter, _LEVEL_68, fits)
    return BestMass(
        mass=float(mass),
        interval_68=(over_mass.low, over_mass.high),
        interval_closed=over_mass.closed,
        t=float(value),
        significance=float(np.sqrt(max(-value, 0.0))),
        parameter=problem.parameter,
        value=float(fits.parameters[0, problem.index]),
        value_interval_68=(over_value.low, over_value.high),
        parameters=fits.parameters[0],
    )


def scan_masses(likelihood: Likelihood, masses: np.ndarray, progress: Callable[[int], None] | None = None) -> MassScan:
    """Profile the likelihood over the rate of the new particles (>= 0) and all nuisance parameters, mass by mass.

    Parameters
    ----------
    likelihood : Likelihood
        Made by ``combine`` with the hypothesis ``BranchingFraction`` or ``Strength``.
    masses : (n,) array
        In GeV, in any order; masses beyond threshold are reported as such.
    progress : callable, optional
        Called with the number of masses done.

    Returns
    -------
    MassScan

    Raises
    ------
    InputError
        If a mass is negative or not finite, or the likelihood has no new particle.
    ArithmeticError
        If the fit of the Standard Model does not converge.
    """
    masses = check_masses(masses)
    problem = MassProblem(likelihood)
    return mass_scan_of(problem, masses, problem.over_mass(masses, progress))


def mass_scan_of(problem: MassProblem, masses: np.ndarray, fits: Fit) -> MassScan:
    """The scan from fits at masses (n,) in GeV, wherever they were made, with the best mass between them."""
    t = problem.test_statistic(fits, masses)
    closed = masses >= problem.threshold
    status = tuple(BEYOND_THRESHOLD if c else STATUS_TEXT[int(s)] for c, s in zip(closed, fits.status, strict=True))
    return MassScan(
        mass=masses,
        t=t,
        parameter=problem.parameter,
        value=np.where(np.isfinite(t), fits.parameters[:, problem.index], np.nan),
        converged=np.isfinite(t),
        status=status,
        iterations=fits.iterations,
        parameters=fits.parameters,
        t_rescaled_sm=problem.t_rescaled,
        mu_rescaled_sm=problem.mu_rescaled,
        log_likelihood_sm=problem.log_likelihood_sm,
        best=_best_mass(problem, masses, t) if np.any(np.isfinite(t)) else None,
    )
