"""From a task to the problem that all commands and all functions solve."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from jaxflav.experiments.combination import combine
from jaxflav.experiments.folding import fold_signs
from jaxflav.experiments.signal import HELD
from jaxflav.experiments.thresholds import check_below_threshold
from jaxflav.experiments.variants import with_free_mass
from jaxflav.hypotheses.couplings import CouplingsHypothesis
from jaxflav.hypotheses.hypothesis import AbstractHypothesis
from jaxflav.hypotheses.neutrinos import NeutrinoHypothesis
from jaxflav.hypotheses.rate import Strength
from jaxflav.hypotheses.text import RESCALED
from jaxflav.inference.fitting.problem import Problem, define_problem
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.data_files import read_data, record_data_files
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood, NoSignal
from jaxflav.tasks.analysis_file import DEFAULT_MASS, MASS, AnalysisTask
from jaxflav.tasks.combination import Combination, load_combination, load_published
from jaxflav.tasks.defaults import DEFAULT_EXPERIMENT
from jaxflav.tasks.function import LikelihoodFunction, likelihood_function
from jaxflav.tasks.hypothesis import (
    check_alone,
    constants_vary,
    family_of,
    massive_of,
    task_hypothesis,
    words_of,
)

MU = "mu"


@dataclasses.dataclass(frozen=True)
class LoadedProblem(Problem):
    """A problem with the task that it was made from; ``jaxflav.load`` and all commands make it.

    Attributes
    ----------
    task : AnalysisTask
    combination : Combination
        Experiments, form factors and constants.
    description : mapping
        What a result says of its origin: experiments, hypothesis, inputs, sha256 of all data, versions, device, seed.
    """

    task: AnalysisTask
    combination: Combination
    description: Mapping[str, Any]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all parameters."""
        return self.likelihood.parameter_names

    @property
    def free(self) -> tuple[str, ...]:
        """Parameters without constraint that are not held: couplings, a mass, mu."""
        n = self.likelihood.signal.n_free
        return tuple(name for name, held in zip(self.names[:n], self.fixed, strict=False) if not held)

    @property
    def constants(self) -> Parameters | None:
        """Masses, lifetimes, CKM elements and the others; None where none enters."""
        return self.combination.parameters

    @property
    def sources(self) -> tuple[str, ...]:
        """Keys for ``jaxflav.cite``."""
        return tuple(self.description["cite"])

    @property
    def hypothesis(self) -> AbstractHypothesis | None:
        """What is varied; None for a likelihood as it was published."""
        return getattr(self.likelihood.signal, "hypothesis", None)

    @property
    def holds_mass(self) -> bool:
        """Whether the mass is the context."""
        return getattr(self.likelihood.signal, "source", None) == HELD and self.hypothesis.has_mass

    def function(self, *names: str, profiled: bool = False) -> LikelihoodFunction:
        """ln L of some parameters, for other minimisers, samplers and fits; see ``likelihood_function``."""
        return likelihood_function(self, *names, profiled=profiled)


def problem_of(
    task: AnalysisTask,
    masses: Sequence[float] = (),
    *,
    partly: bool = False,
    free_mass: bool = False,
    constants: Parameters | None = None,
) -> tuple[LoadedProblem, dict[str, Any]]:
    """Problem of a task, and its description for results: experiments, hypothesis, inputs, and what made it.

    The Standard Model beside new particles is held, at mu = 1, unless mu has a prior or is held elsewhere, or the
    hypothesis is the rescaled Standard Model.

    Parameters
    ----------
    task : AnalysisTask
        What is asked for, the same for all commands.
    masses : sequence of float
        In GeV, of a command that gives them itself.
    partly : bool
        Whether some of these may be beyond the threshold, as in a scan that says so.
    free_mass : bool
        Whether the mass is a parameter, which starts at that of the task.
    constants : Parameters, optional
        In place of those that come with jaxflav.

    Raises
    ------
    InputError
        If names are unknown, keys do not belong together, or a mass is out of range.
    """
    masses = [*masses] if task.mass is None else [*masses, task.mass]
    check_alone(task)
    if task.scenario == "sm":
        combination = load_published(task.experiments or (DEFAULT_EXPERIMENT,))
        likelihood = Likelihood(build_histfactory(combination.experiments[0].tables), NoSignal())
        hypothesis = None
    else:
        words_of(task)  # before any data are read
        combination = load_combination(task.experiments or (DEFAULT_EXPERIMENT,), task.form_factors, constants)
        hypothesis = task_hypothesis(task, combination.experiments)
        _check_masses(task, masses, hypothesis, combination, partly=partly, free_mass=free_mass)
        likelihood = _likelihood(task, hypothesis, combination)
    held = dict(task.held)
    if MU in likelihood.signal.names and MU not in task.priors and task.hypothesis != RESCALED:
        held.setdefault(MU, 1.0)
    at_mass, mass = hypothesis is not None and hypothesis.has_mass, None
    if at_mass:
        mass = _start_mass(task, float(likelihood.signal.threshold))
        if free_mass:
            likelihood = with_free_mass(likelihood, mass)
        elif likelihood.signal.source != HELD:
            held.setdefault(MASS, mass)
    description = {**combination.description(task.settings.seed), **_of_hypothesis(task, hypothesis), "held": held}
    if at_mass and not free_mass:
        description["mass_GeV"] = mass
    if isinstance(task.hypothesis, str) and (file := task.hypothesis.rpartition(":")[0]).endswith(".py"):
        with record_data_files() as code:
            read_data(Path(file))
        description["data"] = dict(sorted({**description["data"], **code}.items()))
    _check_names(task, likelihood, at_mass)
    problem = define_problem(likelihood, mass if at_mass else 0.0, held)
    return LoadedProblem(**_fields(problem), task=task, combination=combination, description=description), description


def _fields(problem):
    return {field.name: getattr(problem, field.name) for field in dataclasses.fields(Problem)}


def _likelihood(task, hypothesis, combination):
    vary = constants_vary(hypothesis, combination.experiments)
    parts = combination.experiments, combination.parameters, combination.form_factors
    likelihood = combine(*parts, hypothesis, vary_constants=vary)
    if vary and isinstance(hypothesis, CouplingsHypothesis | NeutrinoHypothesis):
        return fold_signs(likelihood, _set_to(task.held))
    return likelihood


def _start_mass(task, threshold):
    """Mass that is held, or from which fits start: a quarter of the threshold where only a prior is given."""
    if task.mass is not None:
        return task.mass
    return threshold / 4 if MASS in task.priors else min(DEFAULT_MASS, 0.9 * threshold)


def _check_masses(task, masses, hypothesis, combination, *, partly, free_mass):
    """Raise InputError if a mass, or all that the prior of the mass allows, is not below the threshold."""
    massive = massive_of(hypothesis, combination.parameters)
    if not massive:
        if task.mass is not None or MASS in task.priors or free_mass:
            raise InputError("this hypothesis has no mass: leave it and its prior out")
        return
    threshold = combination.threshold(massive)
    if masses:
        check_below_threshold(masses, threshold, "--mass" if partly else "mass", partly)
    if MASS in task.priors:
        prior = task.priors[MASS]
        ends = [end for end in (prior.low, prior.high) if 0 <= end < np.inf]
        check_below_threshold([*ends, 0.0] if prior.low < 0 else ends, threshold, "prior of the mass:", partly=True)


def _check_names(task, likelihood, at_mass):
    """Raise UnknownNameError for a prior of a parameter that there is not."""
    known = (*likelihood.parameter_names, *(MASS,) * at_mass)
    for name in task.priors:
        if name not in known:
            raise UnknownNameError("parameter with a prior", name, known)


def _of_hypothesis(task, hypothesis):
    """What a description says of the hypothesis."""
    if task.hypothesis is not None:
        text = task.hypothesis if isinstance(task.hypothesis, str) else type(task.hypothesis).__name__
        found = {"hypothesis": text, "parameters": list(hypothesis.names)}
    else:
        found = {"scenario": task.scenario}
    if task.couplings:
        found |= {"coupling": list(task.couplings), "self_conjugate": task.self_conjugate}
    if task.scenario == "couplings":
        found |= {"family": family_of(task), "chiral": task.chiral}
    if isinstance(hypothesis, CouplingsHypothesis | Strength):
        found["Lambda_GeV"] = task.scale
    if task.scenario == "two-body" and not task.couplings:
        found["width_GeV"] = task.width
    return found


def _set_to(held: Mapping[str, float]) -> tuple[str, ...]:
    """Parameters held at other values than 0."""
    return tuple(name for name, value in held.items() if value != 0)
