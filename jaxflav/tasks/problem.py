"""From the task of an analysis file to the problem that all commands solve."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jaxflav.couplings.families import coupling_names, make_couplings
from jaxflav.experiments.combination import combine
from jaxflav.experiments.data_file import is_public_likelihood
from jaxflav.experiments.folding import fold_signs
from jaxflav.experiments.loading import load_experiment
from jaxflav.experiments.one_experiment import one_experiment
from jaxflav.experiments.thresholds import check_below_threshold, mass_threshold
from jaxflav.form_factors.files import load_form_factors
from jaxflav.form_factors.processes import TO_VECTOR, find_process
from jaxflav.hypotheses.neutrinos import neutrino_hypothesis
from jaxflav.hypotheses.rate import BranchingFraction, direction_of
from jaxflav.hypotheses.text import family_of as couplings_family, hypothesis_of
from jaxflav.inference.problem import Problem, define_problem
from jaxflav.inputs.parameters import load_parameters
from jaxflav.io.data_files import record_data_files
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.io.provenance import made_by
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood, NoSignal
from jaxflav.tasks.analysis_file import DEFAULT_MASS, MASS, AnalysisTask
from jaxflav.tasks.combination import load_combination, one_coupling_likelihood
from jaxflav.tasks.defaults import (
    DEFAULT_EXPERIMENT,
    DEFAULT_FORM_FACTORS,
    PAIR_COUPLINGS,
    PAIR_FAMILIES,
    SINGLE_FAMILIES,
)

MU = "mu"


def family_of(task: AnalysisTask) -> str:
    """Family of the couplings of a task, from their names if it does not say.

    Raises
    ------
    InputError
        If the names are of no family, or of several.
    """
    if task.family is not None:
        return task.family
    if task.chiral:
        raise InputError("couplings of the chiral basis need their family: give --family, such as fermion-pair")
    return couplings_family(task.couplings)


def has_strength(task: AnalysisTask) -> bool:
    """Whether the parameter of a task is the ``strength`` of one coupling in place of a branching fraction.

    The branching fraction is that of the decay of one public likelihood; several experiments, or others, see several
    decays, which one coupling relates.
    """
    if task.scenario == "two-body":
        return bool(task.couplings)
    names = task.experiments or (DEFAULT_EXPERIMENT,)
    alone = len(names) == 1 and len(task.form_factors) <= 1 and is_public_likelihood(names[0])
    return task.scenario == "pair" and not alone


def problem_of(task: AnalysisTask, masses: Sequence[float] = ()) -> tuple[Problem, dict[str, Any]]:
    """Problem of a task, and its description for results: experiments, scenario, inputs, and what made it.

    The Standard Model beside new particles is held, at mu = 1, unless mu has a prior or is held elsewhere.

    Parameters
    ----------
    task : AnalysisTask
        What is asked for, the same for all commands.
    masses : sequence of float
        In GeV, of a command that gives them itself.

    Raises
    ------
    InputError
        If names are unknown, keys do not belong together, or a mass is out of range.
    """
    together = task.scenario == "couplings" or has_strength(task)
    masses = [*masses] if task.mass is None else [*masses, task.mass]
    likelihood, description = (_combined if together else _single)(task, masses)
    held = dict(task.held)
    if MU in likelihood.signal.names and MU not in task.priors:
        held.setdefault(MU, 1.0)
    description |= {"scenario": task.scenario, "held": held}
    top = float(getattr(likelihood.signal, "threshold", 0.0))
    if not top:
        if task.mass is not None or MASS in task.priors:
            raise InputError("neutrinos have no mass here: leave it and its prior out")
        return define_problem(likelihood, held=held), description
    mass = task.mass
    if mass is None and MASS in task.priors:
        mass = top / 4
    mass = DEFAULT_MASS if mass is None else mass
    return define_problem(likelihood, mass, held), description | {"mass_GeV": mass}


def _single(task, masses):
    """Likelihood of one experiment."""
    experiments = task.experiments or (DEFAULT_EXPERIMENT,)
    sets = task.form_factors or (DEFAULT_FORM_FACTORS,)
    if len(experiments) > 1 or len(sets) > 1:
        raise InputError(
            "several experiments or form factors need couplings, which relate their decays: take the scenario "
            "couplings, or two-body or pair with --coupling"
        )
    with record_data_files() as data:
        analysis = load_experiment(experiments[0])
        inputs = form_factors = None
        if task.scenario != "sm":
            inputs, form_factors = load_parameters(), load_form_factors(sets[0])
    description = {
        **made_by(data, task.settings.seed),
        "experiment": {"name": analysis.name, "title": analysis.title, "licence": analysis.licence},
    }
    if task.scenario == "sm":
        likelihood = Likelihood(build_histfactory(analysis.tables), NoSignal())
        return likelihood, description | {"cite": sorted(analysis.sources)}
    cite = sorted({*analysis.sources, *inputs.sources, *form_factors.sources})
    description |= {"form_factors": form_factors.name, "inputs": inputs.flatten(), "cite": cite}
    if task.scenario == "neutrinos":
        return one_experiment(analysis, inputs, form_factors, neutrino_hypothesis()), description
    _check_masses(task, masses, mass_threshold(inputs, [analysis.decay], 2 if task.scenario == "pair" else 1))
    if task.scenario == "pair":
        (name,) = task.couplings
        family = _family_of_pair(name, analysis.decay)
        direction = make_couplings(family, {name: 1.0}, self_conjugate=task.self_conjugate)
        description |= {"coupling": name, "family": family, "self_conjugate": task.self_conjugate}
        hypothesis = BranchingFraction(analysis.decay.name, direction_of(direction))
        return one_experiment(analysis, inputs, form_factors, hypothesis), description
    hypothesis = BranchingFraction(analysis.decay.name, width=task.width)
    return one_experiment(analysis, inputs, form_factors, hypothesis), description | {"width_GeV": task.width}


def _check_masses(task, masses, threshold):
    """Raise InputError if a mass, or all that the prior of the mass allows, is not below the threshold."""
    if masses:
        check_below_threshold(masses, threshold)
    if MASS in task.priors:
        prior = task.priors[MASS]
        ends = [end for end in (prior.low, prior.high) if 0 <= end < np.inf]
        check_below_threshold([*ends, 0.0] if prior.low < 0 else ends, threshold, "prior of the mass:", partly=True)


def _combined(task, masses):
    """Likelihood of all experiments together, with couplings as parameters, or the strength of one."""
    combination = load_combination(task.experiments or (DEFAULT_EXPERIMENT,), task.form_factors)
    description: dict[str, Any] = combination.description(task.settings.seed)
    description |= {"coupling": list(task.couplings), "Lambda_GeV": task.scale}
    if task.scenario != "couplings":
        families, massive = (PAIR_FAMILIES, 2) if task.scenario == "pair" else (SINGLE_FAMILIES, 1)
        _check_masses(task, masses, combination.threshold(massive))
        description |= {"self_conjugate": task.self_conjugate}
        return one_coupling_likelihood(combination, families, task.couplings[0], task.self_conjugate), description
    family = family_of(task)
    options = {"chiral": task.chiral, "scale": task.scale, "self_conjugate": task.self_conjugate}
    hypothesis = hypothesis_of(family, task.couplings, **options)
    if hypothesis.massive:
        _check_masses(task, masses, combination.threshold(hypothesis.massive))
    likelihood = combine(combination.experiments, combination.parameters, combination.form_factors, hypothesis)
    likelihood = fold_signs(likelihood, _set_to(task.held))
    return likelihood, description | {"family": family, **options}


def _set_to(held: Mapping[str, float]) -> tuple[str, ...]:
    """Parameters held at other values than 0."""
    return tuple(name for name, value in held.items() if value != 0)


def _family_of_pair(name, decay):
    """Family of a coupling of a pair that a decay sees."""
    known = {n: family for family in reversed(PAIR_FAMILIES) for n in coupling_names(family)}
    if find_process(decay.process) is not TO_VECTOR:
        known = {n: family for n, family in known.items() if n in PAIR_COUPLINGS}
    if name not in known:
        raise UnknownNameError(f"coupling of a pair that {decay.name} sees", name, known)
    return known[name]
