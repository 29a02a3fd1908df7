"""Fits of a hypothesis to many data sets at once, minimised over its mass, couplings and nuisance parameters."""

import dataclasses
import itertools
from collections.abc import Callable, Sequence

import jax.numpy as jnp
import numpy as np

from jaxflav.experiments.channels import Experiment
from jaxflav.experiments.combination import combine
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.hypotheses.hypothesis import AbstractHypothesis
from jaxflav.hypotheses.standard_model import StandardModel
from jaxflav.hypotheses.text import RESCALED, STANDARD_MODEL, parse_hypothesis
from jaxflav.inference.fitting.batch import BATCH
from jaxflav.inference.fitting.problem import Data, Problem, fit_held
from jaxflav.inputs.parameters import Parameters
from jaxflav.likelihood.likelihood import Likelihood
from jaxflav.likelihood.tabulated import tabulate

NO_SIGNAL = "no-signal"
_MU = {STANDARD_MODEL: {"mu": 1.0}, RESCALED: {}, NO_SIGNAL: {"mu": 0.0}}  # what is held
_GRID = 32  # masses of the scan
_ZOOMS, _ZOOM = 2, 8  # refinements around the best mass, and masses of each
_END = 0.995  # of the threshold, beyond which the rates vanish


@dataclasses.dataclass(frozen=True)
class Candidate:
    """What is fitted to the data.

    Attributes
    ----------
    name : str
        ``sm``, ``rescaled-sm``, ``no-signal``, or the family and its free couplings: ``fermion-pair: f_VV``.
    hypothesis : AbstractHypothesis
        Of the likelihood.
    held : dict of name to value
        Parameters of the likelihood that are held.
    """

    name: str
    hypothesis: AbstractHypothesis
    held: dict[str, float]

    @property
    def massive(self) -> bool:
        """Whether it has a mass to minimise over."""
        return self.hypothesis.has_mass


def parse_candidate(text: str) -> Candidate:
    """Candidate from text: ``no-signal``, or as for ``parse_hypothesis``.

    The Standard Model has mu = 1, the rescaled one a free mu, no signal mu = 0; new particles come beside mu = 1.

    Raises
    ------
    InputError
        As ``parse_hypothesis``.
    """
    if text in _MU:
        return Candidate(text, StandardModel(), dict(_MU[text]))
    hypothesis = parse_hypothesis(text)
    return Candidate(text, hypothesis, {"mu": 1.0} if hypothesis.adds_to_standard_model else {})


@dataclasses.dataclass(frozen=True)
class Best:
    """Best fits of a hypothesis, one per data set.

    Attributes
    ----------
    log_likelihood : (n,) array
        At the maximum; NaN where no fit is a result.
    mass : (n,) array
        Best masses in GeV; 0 for hypotheses without.
    parameters : (n, p) array
        Best parameters.
    failed, fits : (n,) arrays of int
        How many of the fits, at all masses and start values, did not converge, and how many there were.
    """

    log_likelihood: np.ndarray
    mass: np.ndarray
    parameters: np.ndarray
    failed: np.ndarray
    fits: np.ndarray


def likelihood_of(
    candidate: Candidate,
    experiments: Sequence[Experiment],
    parameters: Parameters,
    form_factors: Sequence[FormFactorSet],
) -> Likelihood:
    """Likelihood of a combination for a hypothesis; its context is the mass in GeV."""
    return combine(experiments, parameters, form_factors, candidate.hypothesis)


def best_fits(
    candidate: Candidate,
    likelihood: Likelihood,
    data: Data | None = None,
    starts: np.ndarray | None = None,
    progress: Callable[[int], None] | None = None,
) -> Best:
    """Best fits of a hypothesis to data sets, over masses up to the threshold, couplings and nuisance parameters.

    The likelihood is profiled at a grid of masses, then twice at finer masses between the neighbours of the best one.
    Couplings start with all relative signs.

    Parameters
    ----------
    candidate : Candidate
        What is fitted.
    likelihood : Likelihood
        Of ``likelihood_of``.
    data : Data, optional
        Of n data sets; that of the likelihood by default.
    starts : (n, p) array, optional
        Start values of the nuisance parameters.
    progress : callable, optional
        Called with the number of fits done.
    """
    n = 1 if data is None else len(data)
    data = data or Data(np.asarray(likelihood.observed)[None, :], np.asarray(likelihood.centre)[None, :])
    starts = np.tile(np.array(likelihood.start), (n, 1)) if starts is None else np.array(starts)
    starts[:, : likelihood.signal.n_free] = np.asarray(likelihood.start)[: likelihood.signal.n_free]
    fitter = _Fitter(candidate, likelihood, data, starts, progress)
    if not candidate.massive:
        fitter.add(np.zeros((n, 1)))
        return fitter.best()
    grid = np.linspace(0.0, _END * float(likelihood.signal.threshold), _GRID)
    fitter.add(np.tile(grid, (n, 1)))
    step = grid[1] - grid[0]
    for _ in range(_ZOOMS):
        centre = fitter.best().mass[:, None]
        inside = np.linspace(-step, step, _ZOOM + 2)[None, 1:-1]
        fitter.add(np.clip(np.nan_to_num(centre) + inside, 0.0, grid[-1]))
        step *= 2.0 / (_ZOOM + 1)
    return fitter.best()


class _Fitter:
    """Fits at masses that are added, of which it keeps the best for each data set."""

    def __init__(self, candidate, likelihood, data, starts, progress):
        self.likelihood, self.data, self.progress = likelihood, data, progress
        self.massive, self.starts = candidate.massive, starts
        self.fixed = np.zeros(starts.shape[1], dtype=bool)
        for name, value in candidate.held.items():
            self.fixed[likelihood.index(name)] = True
            self.starts[:, likelihood.index(name)] = value
        first = 1 if likelihood.signal.names[0] == "mu" else 0
        self.flipped = np.arange(first + 1, likelihood.signal.n_free)
        n = len(data)
        self.value, self.mass = np.full(n, np.nan), np.zeros(n)
        self.parameters = np.array(starts)
        self.failed, self.fits = np.zeros(n, int), np.zeros(n, int)

    def add(self, masses):
        """Fit each data set at its masses (n, k)."""
        which = np.repeat(np.arange(len(masses)), masses.shape[1])
        order = np.argsort(masses.ravel(), kind="stable")
        which, masses = which[order], masses.ravel()[order]
        known, entry = np.unique(masses, return_inverse=True)
        for first in range(0, len(known), BATCH):
            inside = (entry >= first) & (entry < first + BATCH)
            table = np.resize(known[first : first + BATCH], BATCH)  # of one size, to be compiled once
            tabulated = tabulate(self.likelihood, jnp.asarray(table))
            problem = Problem(tabulated, 0.0, np.array(tabulated.start), self.fixed)
            self._fit(problem, which[inside], entry[inside] - first, masses[inside])

    def _fit(self, problem, which, entry, masses):
        for signs in itertools.product((1.0, -1.0), repeat=len(self.flipped)):
            starts = self.starts[which].copy()
            starts[:, self.flipped] *= np.array(signs)
            contexts = entry.astype(float)
            fits = fit_held(
                problem, contexts=contexts, data=self.data.rows(which), starts=starts, progress=self.progress
            )
            np.add.at(self.fits, which, 1)
            np.add.at(self.failed, which, ~fits.converged)
            for row in np.flatnonzero(fits.converged):
                i = which[row]
                if not fits.log_likelihood[row] <= self.value[i]:
                    self.value[i], self.mass[i] = fits.log_likelihood[row], masses[row]
                    self.parameters[i] = fits.parameters[row]

    def best(self):
        """The best fits so far."""
        mass = self.mass if self.massive else np.zeros_like(self.mass)
        return Best(self.value.copy(), mass.copy(), self.parameters.copy(), self.failed.copy(), self.fits.copy())
