"""The square of a single coupling as the parameter: all rates are proportional to it, as to a branching fraction."""

import dataclasses

import numpy as np

from jaxflav.experiments.combination import combine
from jaxflav.hypotheses.couplings import CouplingsHypothesis
from jaxflav.hypotheses.rate import STRENGTH, Strength
from jaxflav.inference.fitting.problem import define_problem
from jaxflav.tasks.problem import LoadedProblem


def is_single_coupling(problem: LoadedProblem) -> bool:
    """Whether one real coupling, beside a mass, is all that a problem varies of new particles."""
    hypothesis = problem.hypothesis
    return isinstance(hypothesis, CouplingsHypothesis) and len(hypothesis.couplings) == 1 and problem.holds_mass


def with_square(problem: LoadedProblem) -> LoadedProblem:
    """The same problem with the parameter ``strength``, the square of its only coupling.

    Parameters
    ----------
    problem : LoadedProblem
        Of which ``is_single_coupling`` holds.
    """
    parts = problem.combination
    strength = Strength(problem.hypothesis.directions(parts.parameters))
    likelihood = combine(parts.experiments, parts.parameters, parts.form_factors, strength)
    held = {
        name: float(problem.start[k])
        for k, name in enumerate(problem.names)
        if problem.fixed[k] and name not in problem.hypothesis.couplings
    }
    square = define_problem(likelihood, problem.context, held)
    start = square.start.copy()
    start[likelihood.index(STRENGTH)] = (
        float(problem.start[problem.likelihood.index(problem.hypothesis.couplings[0])]) ** 2
    )
    fields = {"likelihood": likelihood, "start": np.asarray(start), "fixed": square.fixed}
    return dataclasses.replace(problem, **fields)
