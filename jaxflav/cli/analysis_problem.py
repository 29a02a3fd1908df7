"""From the task of an analysis file to the problem that all commands solve."""

from collections.abc import Mapping
from typing import Any

from jaxflav.cli.analysis_file import DEFAULT_MASS, MASS, AnalysisTask
from jaxflav.cli.combined import (
    PAIR_FAMILIES,
    SINGLE_FAMILIES,
    load_combination,
    one_coupling_likelihood,
)
from jaxflav.cli.common import DEFAULT_EXPERIMENT, DEFAULT_FORM_FACTORS
from jaxflav.couplings.families import EOS_NAMES, FAMILIES, coupling_names, make_couplings
from jaxflav.experiments.combination import combine
from jaxflav.experiments.folding import fold_signs
from jaxflav.experiments.hypotheses import NEUTRINOS, coupling_axes
from jaxflav.experiments.loading import load_experiment
from jaxflav.experiments.neutrinos import neutrino_likelihood
from jaxflav.experiments.pair import pair_likelihood
from jaxflav.experiments.two_body import two_body_likelihood
from jaxflav.form_factors.files import load_form_factors
from jaxflav.inference.plane import check_plane_masses
from jaxflav.inference.problem import Problem, define_problem
from jaxflav.inputs.parameters import load_parameters
from jaxflav.io.data_files import record_data_files
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.io.provenance import made_by
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood, NoSignal

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
    names = {name[3:-1] if name.startswith("im(") else name for name in task.couplings}
    known = {family: set(coupling_names(family)) for family in FAMILIES} | {NEUTRINOS: set(EOS_NAMES)}
    found = [family for family, of_family in known.items() if names <= of_family]
    if not found:
        raise UnknownNameError("couplings of one family", ", ".join(task.couplings), set().union(*known.values()))
    if len(found) > 1:
        raise InputError(f"{', '.join(task.couplings)} may be of {' or '.join(found)}: say which with --family")
    return found[0]


def problem_of(task: AnalysisTask) -> tuple[Problem, dict[str, Any]]:
    """Problem of a task, and its description for results: experiments, scenario, inputs, and what made it.

    The Standard Model beside new particles is held, at mu = 1, unless mu has a prior or is held elsewhere.

    Raises
    ------
    InputError
        If names are unknown, keys do not belong together, or the mass is out of range.
    """
    combined = task.scenario == "couplings" or (task.scenario == "two-body" and task.couplings)
    likelihood, description = _combined(task) if combined else _single(task)
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
    problem = define_problem(likelihood, mass, held)
    check_plane_masses(problem, [mass])
    return problem, description | {"mass_GeV": mass}


def _single(task):
    """Likelihood of one experiment."""
    experiments = task.experiments or (DEFAULT_EXPERIMENT,)
    sets = task.form_factors or (DEFAULT_FORM_FACTORS,)
    if len(experiments) > 1 or len(sets) > 1:
        raise InputError(
            "several experiments or form factors need couplings, which relate their decays: take the scenario "
            "couplings, or two-body with --coupling"
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
        return neutrino_likelihood(analysis, inputs, form_factors), description
    if task.scenario == "pair":
        (name,) = task.couplings
        family = _find(name, PAIR_FAMILIES)
        direction = make_couplings(family, {name: 1.0}, self_conjugate=task.self_conjugate)
        description |= {"coupling": name, "family": family, "self_conjugate": task.self_conjugate}
        return pair_likelihood(analysis, inputs, form_factors, direction), description
    return two_body_likelihood(analysis, inputs, form_factors, task.width), description | {"width_GeV": task.width}


def _combined(task):
    """Likelihood of all experiments together, with couplings as parameters, or the strength of one."""
    combination = load_combination(task.experiments or (DEFAULT_EXPERIMENT,), task.form_factors)
    description: dict[str, Any] = combination.description(task.settings.seed)
    description |= {"coupling": list(task.couplings), "Lambda_GeV": task.scale}
    if task.scenario == "two-body":
        return one_coupling_likelihood(combination, SINGLE_FAMILIES, task.couplings[0]), description
    family = family_of(task)
    options = {"chiral": task.chiral, "scale": task.scale, "self_conjugate": task.self_conjugate}
    axes = coupling_axes(family, task.couplings, **options)
    likelihood = combine(combination.experiments, combination.parameters, combination.form_factors, axes)
    likelihood = fold_signs(likelihood, _set_to(task.held))
    return likelihood, description | {"family": family, **options}


def _set_to(held: Mapping[str, float]) -> tuple[str, ...]:
    """Parameters held at other values than 0."""
    return tuple(name for name, value in held.items() if value != 0)


def _find(name, families):
    for family in families:
        if name in coupling_names(family):
            return family
    raise UnknownNameError("coupling of a pair", name, [n for family in families for n in coupling_names(family)])
