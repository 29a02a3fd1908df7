"""Values of a problem at given parameters: the log-likelihood, and predictions of observables."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.hypotheses.state import Line
from jaxflav.inference.fitting.problem import Problem
from jaxflav.io.errors import InputError
from jaxflav.likelihood import likelihood as likelihoods
from jaxflav.observables import prediction
from jaxflav.observables.observable import Observable
from jaxflav.observables.scenario import Scenario
from jaxflav.tasks.problem import MU, LoadedProblem
from jaxflav.tasks.result import Result, with_error

_log_likelihood = jax.jit(likelihoods.log_likelihood)


def parameters_at(
    problem: Problem, values: Float[Array, " p"] | Mapping[str, Float[Array, ""]] | None
) -> Float[Array, " p"]:
    """Parameters (p,): an array as it is, named values in place of start values, or the start values themselves.

    Raises
    ------
    InputError
        If an array has another shape.
    UnknownNameError
        If a name is no parameter.
    """
    start = jnp.asarray(problem.start)
    if values is None:
        return start
    if isinstance(values, Mapping):
        for name, value in values.items():
            if jnp.shape(value) != ():
                raise InputError(f"{name!r} has the shape {jnp.shape(value)}, expected a scalar; map with jax.vmap")
            start = start.at[problem.likelihood.index(name)].set(jnp.asarray(value, float))
        return start
    if jnp.shape(values) != start.shape:
        raise InputError(
            f"parameters have the shape {jnp.shape(values)}, expected {start.shape}: all parameters in the order of "
            "problem.names, or a mapping of names to values"
        )
    return jnp.asarray(values, float)


def log_likelihood(problem: Problem, parameters: Float[Array, " p"] | Mapping[str, Any]) -> Float[Array, ""]:
    """Log-density of data and constraint terms of a problem. Pure: under jit, vmap and grad in ``parameters``, too.

    Parameters
    ----------
    problem : Problem
        Of ``load``.
    parameters : (p,) array, or mapping of name to scalar
        In the order of ``problem.names``; those that are not named are at their start values.

    Raises
    ------
    InputError
        If the shape is another, or a name unknown.
    """
    return _log_likelihood(problem.likelihood, parameters_at(problem, parameters), problem.context)


@dataclasses.dataclass(frozen=True)
class Prediction(Result):
    """Predicted observables.

    Attributes
    ----------
    names : tuple of n str
    values, errors : (n,) arrays
    covariance : (n, n) array
    parts : mapping of str to (n,) arrays
        Errors by their source: form factors, CKM, X_t, other.
    sources : tuple of str
        Keys for ``cite``.
    """

    names: tuple[str, ...]
    values: np.ndarray
    errors: np.ndarray
    covariance: np.ndarray
    parts: Mapping[str, np.ndarray]
    sources: tuple[str, ...]

    def columns(self):
        """Observables with their errors."""
        return {"observable": self.names, "value": self.values, "error": self.errors, **self.parts}

    def __str__(self):
        rows = zip(self.names, self.values, self.errors, strict=True)
        return "\n".join(f"{name} = {with_error(value, error)}" for name, value, error in rows)


def predict(
    problem: LoadedProblem, observables: Sequence[Observable | str] | Observable | str, at: Any = None
) -> Prediction:
    """Observables of any decay at values of the parameters, with the uncertainty of form factors and constants.

    Parameters
    ----------
    problem : LoadedProblem
        Of ``load``; its hypothesis says what B mesons decay into, beside neutrinos.
    observables : sequence of Observable or str
        Such as ``BR(B+ -> K+)`` or ``FL(B0 -> K*0)[4,8]``.
    at : (p,) array or mapping of name to value, optional
        As for ``log_likelihood``; the theory nuisances do not count, their uncertainty is that of the result.

    Raises
    ------
    InputError
        If the hypothesis is a branching fraction, which says nothing about other decays, has several sets of particles,
        or mu is another than 1 beside new particles.
    """
    signal = problem.likelihood.signal
    if problem.hypothesis is None:
        raise InputError("a published likelihood predicts nothing: load it with a hypothesis, such as 'sm'")
    x = parameters_at(problem, at)
    scenario = _scenario(problem, signal.state(x[: len(signal.names)], problem.context), x)
    constants, sets = problem.combination.parameters, problem.combination.form_factors
    found = prediction.predict(observables, scenario, constants, sets)
    return Prediction(
        found.names,
        np.asarray(found.central),
        np.asarray(found.errors),
        np.asarray(found.covariance()),
        {part: np.asarray(found.errors_of(part)) for part in found.parts},
        found.sources,
    )


def _scenario(problem, state, x):
    beside = problem.hypothesis.adds_to_standard_model
    if beside and float(x[problem.likelihood.index(MU)]) != 1.0:
        raise InputError(f"{MU} is {float(x[problem.likelihood.index(MU)]):g}: observables are predicted for {MU} = 1")
    if not state.particles:
        return Scenario()
    if len(state.particles) > 1:
        raise InputError(f"the hypothesis has {len(state.particles)} sets of particles, expected one; predict each")
    (one,) = state.particles
    if isinstance(one, Line) or one.reference is not None:
        raise InputError(
            "a branching fraction says nothing about other decays: load the problem with couplings, as in 'vector: h_V'"
        )
    couplings = dataclasses.replace(one.couplings, coordinates=one.couplings.coordinates * jnp.sqrt(one.factor))
    options = {"width": one.width, "visibility": one.visibility, "standard_model": beside}
    return Scenario(couplings.total(), one.mass, **options)
