"""Pseudo-data of a combination, and how well future data tell hypotheses apart.

Asimov data equal their expectation under a truth. For them t = -2 ln L(B)/L(A), with A the truth and L(B) maximised
over mass, couplings and nuisance parameters of B, is what future data are expected to give, up to the number of
parameters; where B is A with one parameter less, sqrt(t) is the expected significance in standard deviations.

References
----------
Cowan, Cranmer, Gross, Vitells, arXiv:1007.1727, Sect. 3.2 and 4.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from jaxflav.experiments.channels import Experiment
from jaxflav.experiments.luminosity import at_luminosity
from jaxflav.experiments.prospects import Prospects
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.hypotheses.hypothesis import MASS
from jaxflav.inference.fitting.batch import BATCH
from jaxflav.inference.fitting.covariance import expected_information
from jaxflav.inference.fitting.problem import Data, Problem
from jaxflav.inference.hypothesis_tests.likelihood_ratios import asimov_data
from jaxflav.inference.hypothesis_tests.toys import sample_toys
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.likelihood.likelihood import Likelihood, log_likelihood
from jaxflav.likelihood.tabulated import tabulate
from jaxflav.studies.hypothesis_fits import Best, Candidate, best_fits, likelihood_of


@dataclasses.dataclass(frozen=True)
class Truth:
    """What pseudo-data are made from.

    Attributes
    ----------
    candidate : Candidate
        Its hypothesis.
    mass : float
        Of one new particle in GeV.
    values : dict of name to value
        Signal strength and couplings, and experimental nuisance parameters that are not at their nominal values.
    """

    candidate: Candidate
    mass: float
    values: dict[str, float]

    @property
    def signal(self) -> dict[str, float]:
        """Signal strength and couplings by name."""
        names = ("mu", *(name for name in self.candidate.hypothesis.names if name != MASS))
        return {name: self.values[name] for name in names if name in self.values}


@dataclasses.dataclass(frozen=True)
class World:
    """A combination at one luminosity, and what predictions need.

    Attributes
    ----------
    experiments : tuple of experiments
        As ``combine`` takes them.
    parameters : Parameters
        Constants.
    form_factors : tuple of FormFactorSet
        One for each process.
    """

    experiments: tuple[Experiment, ...]
    parameters: Parameters
    form_factors: tuple[FormFactorSet, ...]

    def likelihood(self, candidate: Candidate) -> Likelihood:
        """Likelihood for a hypothesis."""
        return likelihood_of(candidate, self.experiments, self.parameters, self.form_factors)

    @property
    def today(self) -> "World":
        """The part that has data."""
        measured = tuple(e for e in self.experiments if not isinstance(e, Prospects))
        if not measured:
            raise InputError("there are no data to fit the truth to: give the couplings of the truth, or an experiment")
        return dataclasses.replace(self, experiments=measured)

    def at_luminosity(self, luminosity: float, systematics: str) -> "World":
        """With the data that each experiment will have when it has a luminosity in ab^-1; see ``at_luminosity``."""
        future = tuple(at_luminosity(e, luminosity, systematics) for e in self.experiments)
        return dataclasses.replace(self, experiments=future)


def truth_of(candidate: Candidate, likelihood: Likelihood, values: Mapping[str, float], mass: float) -> Truth:
    """Truth with given couplings and signal strength, nuisance parameters at their nominal values.

    Raises
    ------
    UnknownNameError
        If a name is no coupling of the hypothesis.
    InputError
        If the mass is negative or beyond the threshold, or a coupling is not given.
    """
    names = likelihood.signal.names[: likelihood.signal.n_free]
    free = [name for name in names if name not in candidate.held]
    for name in values:
        if name not in free:
            raise UnknownNameError(f"parameter of {candidate.name}", name, free)
    missing = [name for name in free if name not in values]
    if missing:
        raise InputError(f"the truth {candidate.name} needs a value of {', '.join(missing)}")
    if candidate.massive and not 0 <= mass < float(likelihood.signal.threshold):
        raise InputError(f"mass {mass:g} GeV: expected 0 to below {float(likelihood.signal.threshold):.4f} GeV")
    return Truth(candidate, float(mass) if candidate.massive else 0.0, {**candidate.held, **values})


def fitted_truth(candidate: Candidate, likelihood: Likelihood) -> Truth:
    """Truth that fits the data of a likelihood best; theory nuisances stay at their nominal values.

    Raises
    ------
    ArithmeticError
        If no fit converges.
    """
    best = best_fits(candidate, likelihood)
    if not np.isfinite(best.log_likelihood[0]):
        raise ArithmeticError(f"no fit of {candidate.name} to the data converged: give the couplings of the truth")
    free, k = likelihood.signal.n_free, likelihood.n_signal
    named = dict(zip(likelihood.parameter_names, map(float, best.parameters[0]), strict=True))
    kept = (*likelihood.parameter_names[:free], *likelihood.parameter_names[k:])
    return Truth(candidate, float(best.mass[0]), {name: named[name] for name in kept})


def truth_problem(truth: Truth, likelihood: Likelihood) -> tuple[Problem, np.ndarray]:
    """Problem of the hypothesis of a truth at its mass, and the parameters (p,) of the truth."""
    tabulated = tabulate(likelihood, jnp.full(BATCH, truth.mass))  # as many masses as fits have: compiled once
    x, names = np.array(likelihood.start), likelihood.parameter_names
    for i, name in enumerate(names):
        x[i] = truth.values.get(name, x[i])
    fixed = np.array([name in truth.candidate.held for name in names])
    return Problem(tabulated, 0.0, x.copy(), fixed), x


def pseudo_data(truth: Truth, likelihood: Likelihood, n_toys: int = 0, seed: int = 0) -> Data:
    """Asimov data of a truth, or toys if a number of them is given, for any combination.

    Parameters
    ----------
    truth : Truth
        The truth.
    likelihood : Likelihood
        Of its hypothesis and the combination.
    n_toys : int
        Number of toys; 0 for Asimov data.
    seed : int
        Of the toys.
    """
    problem, x = truth_problem(truth, likelihood)
    return sample_toys(problem, x, n_toys, seed) if n_toys else asimov_data(problem, x)


def transferred(data: Data, source: Likelihood, target: Likelihood) -> Data:
    """Data of one hypothesis for the likelihood of another: auxiliary measurements of the same name are the same."""
    column = {name: i for i, name in enumerate(source.parameter_names)}
    centre = np.tile(np.array(target.centre), (len(data), 1))
    for i, name in enumerate(target.parameter_names):
        if name in column and i >= target.signal.n_free:
            centre[:, i] = data.centre[:, column[name]]
    return Data(data.observed, centre)


@dataclasses.dataclass(frozen=True)
class Discrimination:
    """Expected separation of hypotheses.

    Attributes
    ----------
    truths, hypotheses : tuples of str
        Names of rows and columns.
    t : (truths, hypotheses) array
        -2 ln L(hypothesis)/L(truth); NaN where no fit is a result.
    mass : (truths, hypotheses) array
        Best mass of the hypothesis in GeV.
    failed, fits : (truths, hypotheses) arrays of int
        Fits that did not converge, and all fits, on the way to the best mass and couplings.
    """

    truths: tuple[str, ...]
    hypotheses: tuple[str, ...]
    t: np.ndarray
    mass: np.ndarray
    failed: np.ndarray
    fits: np.ndarray


def discriminate(
    world: World,
    truths: Sequence[Truth],
    hypotheses: Sequence[Candidate],
    progress: Callable[[int], None] | None = None,
) -> Discrimination:
    """Expected t = -2 ln L(B)/L(A) for every truth A and hypothesis B.

    Parameters
    ----------
    world : World
        The combination, at its luminosity.
    truths : sequence of Truth
        Rows.
    hypotheses : sequence of Candidate
        Columns.
    progress : callable, optional
        Called with the number of hypotheses done.
    """
    likelihoods = {h.name: world.likelihood(h) for h in (*(t.candidate for t in truths), *hypotheses)}
    sources = [likelihoods[truth.candidate.name] for truth in truths]
    vectors = [truth_problem(*pair)[1] for pair in zip(truths, sources, strict=True)]
    data = [pseudo_data(*pair) for pair in zip(truths, sources, strict=True)]
    at_truth = [_log_likelihood(*row) for row in zip(truths, sources, data, strict=True)]
    columns: list[Best] = []
    for candidate in hypotheses:
        target = likelihoods[candidate.name]
        moved = [transferred(*pair, target) for pair in zip(data, sources, strict=True)]
        stacked = Data(*(np.concatenate([getattr(d, field) for d in moved]) for field in ("observed", "centre")))
        starts = np.tile(np.array(target.start), (len(truths), 1))
        for i, (source, x) in enumerate(zip(sources, vectors, strict=True)):
            starts[i, target.n_signal :] = x[source.n_signal :]
        columns.append(best_fits(candidate, target, stacked, starts))
        if progress is not None:
            progress(1)
    maxima = np.stack(
        [c.log_likelihood - _constants(likelihoods[h.name]) for c, h in zip(columns, hypotheses, strict=True)], axis=1
    )
    t = 2 * (np.array(at_truth)[:, None] - maxima)
    rest = (np.stack([getattr(c, field) for c in columns], axis=1) for field in ("mass", "failed", "fits"))
    return Discrimination(tuple(x.candidate.name for x in truths), tuple(h.name for h in hypotheses), t, *rest)


_value = eqx.filter_jit(log_likelihood)


def _constants(likelihood):
    """Normalisation of the theory nuisances, of which neutrino coefficients have fewer."""
    return -0.5 * np.log(2 * np.pi) * (likelihood.n_signal - likelihood.signal.n_free)


def _log_likelihood(truth, likelihood, data):
    problem, x = truth_problem(truth, likelihood)
    value = _value(problem.likelihood, x, jnp.asarray(0.0), data.observed[0], data.centre[0])
    return float(value) - _constants(likelihood)


def expected_errors(truth: Truth, likelihood: Likelihood) -> dict[str, float]:
    """Expected standard deviations of the free signal parameters at a truth, at its mass; 0 for what it holds.

    They are those of the expected information matrix, which for Asimov data is the curvature of -ln L.

    Raises
    ------
    ArithmeticError
        If the data do not determine the parameters, as where a coupling is 0.
    """
    problem, x = truth_problem(truth, likelihood)
    information = np.asarray(expected_information(problem.likelihood, jnp.asarray(x), jnp.asarray(0.0)))
    moving = ~(problem.fixed | np.asarray(problem.likelihood.fixed))
    try:
        np.linalg.cholesky(information[np.ix_(moving, moving)])
    except np.linalg.LinAlgError:
        raise ArithmeticError(
            f"the expected data of {truth.candidate.name} do not determine its parameters; take couplings away from 0"
        ) from None
    variance = np.zeros(len(x))
    variance[moving] = np.diagonal(np.linalg.inv(information[np.ix_(moving, moving)]))
    free = likelihood.signal.names[: likelihood.signal.n_free]
    return {name: float(np.sqrt(variance[i])) for i, name in enumerate(free) if moving[i]}
