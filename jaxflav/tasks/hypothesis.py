"""The hypothesis of a task: from its words, from the keys of a scenario, or the object that it was given."""

from collections.abc import Sequence

import jax.numpy as jnp

from jaxflav.couplings.families import coupling_names, make_couplings
from jaxflav.experiments.analysis import Analysis
from jaxflav.experiments.channels import Experiment, decays_of
from jaxflav.experiments.data_file import is_public_likelihood
from jaxflav.experiments.schema import DECAYS
from jaxflav.form_factors.processes import TO_VECTOR, find_process
from jaxflav.hypotheses.hypothesis import AbstractHypothesis
from jaxflav.hypotheses.neutrinos import SENSITIVE, NeutrinoHypothesis, neutrino_hypothesis
from jaxflav.hypotheses.rate import BranchingFraction, Strength, direction_of
from jaxflav.hypotheses.text import family_of as couplings_family, hypothesis_of, parse_hypothesis
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.tasks.analysis_file import AnalysisTask
from jaxflav.tasks.defaults import DEFAULT_EXPERIMENT, PAIR_COUPLINGS, PAIR_FAMILIES, SCALE, SINGLE_FAMILIES


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


def words_of(task: AnalysisTask) -> AbstractHypothesis | None:
    """The hypothesis where the task gives it as words or as an object, before anything is loaded; None elsewhere.

    Raises
    ------
    InputError
        As ``parse_hypothesis``, or if options go with an object.
    """
    options = {"chiral": task.chiral, "scale": task.scale, "self_conjugate": task.self_conjugate, "width": task.width}
    if isinstance(task.hypothesis, str):
        return parse_hypothesis(task.hypothesis, **options)
    if task.hypothesis is not None and not isinstance(task.hypothesis, AbstractHypothesis):
        raise InputError(
            f"hypothesis is {task.hypothesis!r}, expected words such as 'vector: h_V', or what jaxflav.hypothesis gives"
        )
    if task.hypothesis is not None and options != {
        "chiral": False,
        "scale": SCALE,
        "self_conjugate": False,
        "width": None,
    }:
        raise InputError("chiral, scale, self_conjugate and width go with words; an object has its own: leave them out")
    return task.hypothesis


def check_alone(task: AnalysisTask) -> None:
    """Raise InputError if a scenario of one decay has several experiments or form factors."""
    couplings = task.scenario == "couplings" or has_strength(task)
    if task.scenario is None or couplings:
        return
    if len(task.experiments) > 1 or len(task.form_factors) > 1:
        raise InputError(
            "several experiments or form factors need couplings, which relate their decays: take the scenario "
            "couplings, or two-body or pair with --coupling"
        )


def task_hypothesis(task: AnalysisTask, experiments: Sequence[Experiment]) -> AbstractHypothesis:
    """What a task varies on its experiments.

    Parameters
    ----------
    task : AnalysisTask
        Of any scenario but ``sm``, which is the likelihood as it was published.
    experiments : sequence of experiments
        Loaded. A branching fraction is that of their decay.

    Raises
    ------
    InputError
        As ``words_of``.
    UnknownNameError
        If a coupling is unknown, or the decay does not see it.
    """
    decays = list(dict.fromkeys(name for one in experiments for name in decays_of(one).values()))
    found = words_of(task)
    if isinstance(found, BranchingFraction) and found.direction is None and len(decays) == 1:
        return BranchingFraction(decays[0], width=task.width)
    if found is not None:
        return found
    if task.scenario == "neutrinos":
        return neutrino_hypothesis()
    if task.scenario == "couplings":
        options = {"chiral": task.chiral, "scale": task.scale, "self_conjugate": task.self_conjugate}
        return hypothesis_of(family_of(task), task.couplings, **options)
    if has_strength(task):
        return _strength(task)
    if task.scenario == "two-body":
        return BranchingFraction(decays[0], width=task.width)
    (name,) = task.couplings
    couplings = make_couplings(_family_of_pair(name, decays[0]), {name: 1.0}, self_conjugate=task.self_conjugate)
    return BranchingFraction(decays[0], direction_of(couplings))


def _strength(task):
    """The squared modulus of one coupling, for Lambda = 10 TeV."""
    families = PAIR_FAMILIES if task.scenario == "pair" else SINGLE_FAMILIES
    return strength_of(task.couplings[0], families, task.self_conjugate)


def strength_of(coupling: str, families: Sequence[str], self_conjugate: bool = False) -> Strength:
    """The squared modulus of one coupling as the parameter ``strength``, for Lambda = 10 TeV.

    Parameters
    ----------
    coupling : str
        Its name.
    families : sequence of str
        Where to look for it.
    self_conjugate : bool
        Whether the particles of a pair are identical.

    Raises
    ------
    UnknownNameError
        If none of the families has the coupling.
    """
    known = {name: family for family in reversed(families) for name in coupling_names(family)}
    if coupling not in known:
        raise UnknownNameError("coupling", coupling, known)
    couplings = make_couplings(known[coupling], {coupling: 1.0}, scale=SCALE, self_conjugate=self_conjugate)
    return Strength(direction_of(couplings))


def _family_of_pair(name, decay):
    """Family of a coupling of a pair that a decay sees."""
    known = {n: family for family in reversed(PAIR_FAMILIES) for n in coupling_names(family)}
    if find_process(DECAYS[decay].process) is not TO_VECTOR:
        known = {n: family for n, family in known.items() if n in PAIR_COUPLINGS}
    if name not in known:
        raise UnknownNameError(f"coupling of a pair that {decay} sees", name, known)
    return known[name]


def constants_vary(hypothesis: AbstractHypothesis, experiments: Sequence[Experiment]) -> bool:
    """Whether CKM elements, X_t and decay constants are nuisance parameters.

    They are not where the rate of one public likelihood is itself the parameter: a branching fraction, or a modulus of
    neutrino coefficients.
    """
    alone = len(experiments) == 1 and isinstance(experiments[0], Analysis)
    moduli = isinstance(hypothesis, NeutrinoHypothesis) and set(hypothesis.names) <= set(SENSITIVE)
    return not (alone and (isinstance(hypothesis, BranchingFraction) or moduli))


def massive_of(hypothesis: AbstractHypothesis, constants: Parameters) -> int:
    """How many of the invisible particles have the mass that is a parameter; 0 where there is none."""
    if not hypothesis.has_mass:
        return 0
    values = [1.0 if value is None else value for value in hypothesis.start]
    particles = hypothesis.at(constants, jnp.asarray(values, float)).particles
    return min((one.massive for one in particles if one.massive), default=0)
