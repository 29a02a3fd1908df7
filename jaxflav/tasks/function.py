"""The log-likelihood as one function of a few parameters: what other people's minimisers, samplers and fits take."""

from collections.abc import Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jaxflav.hypotheses.hypothesis import MASS
from jaxflav.inference.fitting.derivatives import profiled_log_likelihood
from jaxflav.inference.fitting.problem import Problem, free_index
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.likelihood.likelihood import Likelihood, log_likelihood

Values = Float[Array, "*batch k"] | Mapping[str, Float[Array, ""]]


class LikelihoodFunction(eqx.Module):
    """ln L of k parameters; the others are at their start values, or fitted. Made by ``likelihood_function``.

    It is pure, and works under ``jax.jit``, ``jax.vmap`` and ``jax.grad``. Values are an array in the order of
    ``names``, with axes of a batch before, or a mapping of names to scalars, in which those left out are at ``start``.
    It is NaN where a fit of the others does not converge.

    Attributes
    ----------
    names : tuple of k str
    labels : tuple of k str
        TeX.
    lower, upper, start : (k,) arrays
        Bounds, and where the parameters start.
    profiled : bool
        Whether the others are fitted.
    """

    names: tuple[str, ...] = eqx.field(static=True)
    labels: tuple[str, ...] = eqx.field(static=True)
    lower: Float[Array, " k"]
    upper: Float[Array, " k"]
    start: Float[Array, " k"]
    profiled: bool = eqx.field(static=True)
    _likelihood: Likelihood
    _context: Float[Array, ""]
    _others: Float[Array, " p"]
    _held: Bool[Array, " p"]

    def __call__(self, values: Values) -> Float[Array, "*batch"]:
        """ln L; raises ``InputError`` for another shape, and ``UnknownNameError`` for another name."""
        return _evaluate(self, self._array(values))

    def value_and_grad(self, values: Values) -> tuple[Float[Array, "*batch"], Float[Array, "*batch k"]]:
        """ln L with its exact gradient, also where the others are fitted."""
        return _evaluate_with_slope(self, self._array(values))

    def hessian(self, values: Values) -> Float[Array, "*batch k k"]:
        """Second derivatives of ln L, also where the others are fitted."""
        return _evaluate_curvature(self, self._array(values))

    def _array(self, values):
        if isinstance(values, Mapping):
            for name, value in values.items():
                if name not in self.names:
                    raise UnknownNameError("parameter of the function", name, self.names)
                if np.shape(value) != ():
                    raise InputError(f"{name!r} has the shape {np.shape(value)}, expected a scalar; map with jax.vmap")
            return jnp.stack([jnp.asarray(values.get(n, self.start[i]), float) for i, n in enumerate(self.names)])
        values = jnp.asarray(values, float)
        if values.shape[-1:] != (len(self.names),):
            raise InputError(
                f"values have the shape {values.shape}, expected (..., {len(self.names)}): {', '.join(self.names)}"
            )
        return values


def likelihood_function(problem: Problem, *names: str, profiled: bool = False) -> LikelihoodFunction:
    """ln L of a problem as a function of some of its parameters.

    Parameters
    ----------
    problem : Problem
        Of ``load``.
    *names : str
        Parameters of the function; ``mass`` also where the problem holds it. By default all without constraint that the
        problem does not hold.
    profiled : bool
        Whether the other parameters that it does not hold are fitted; they are at their start values otherwise.

    Raises
    ------
    InputError
        If a parameter is held or given twice, or there is none.
    UnknownNameError
        If a name is no parameter.
    """
    names = names or tuple(getattr(problem, "free", ()))
    if not names or len(set(names)) < len(names):
        raise InputError(f"expected one or more different parameters, found {', '.join(names) or 'none'}")
    likelihood = problem.likelihood
    as_context = {MASS} if getattr(problem, "holds_mass", False) else set()
    rows, held = [], problem.fixed | (not profiled)
    for name in names:
        if name in as_context:
            rows.append((0.0, likelihood.signal.threshold, problem.context))
            continue
        k = free_index(problem, name)
        rows.append((likelihood.lower[k], likelihood.upper[k], problem.start[k]))
        held[k] = True
    hypothesis = getattr(likelihood.signal, "hypothesis", None)
    labels = {} if hypothesis is None else dict(zip(hypothesis.names, hypothesis.labels, strict=True))
    return LikelihoodFunction(
        names,
        tuple(labels.get(name, name) for name in names),
        *(jnp.asarray(column) for column in zip(*rows, strict=True)),
        profiled,
        likelihood,
        jnp.asarray(problem.context),
        jnp.asarray(problem.start),
        jnp.asarray(held),
    )


def _value(function, x):
    """ln L at (k,) values."""
    context, others = function._context, function._others
    for name, value in zip(function.names, x, strict=True):
        if name in function._likelihood.parameter_names:
            others = others.at[function._likelihood.index(name)].set(value)
        else:
            context = value
    if function.profiled:
        return profiled_log_likelihood(function._likelihood, context, others, function._held)
    return log_likelihood(function._likelihood, others, context)


def _batched(work):
    """Compiled ``work`` of a function and (..., k) values."""

    @jax.jit
    def call(function, x):
        flat = jax.vmap(lambda one: work(function, one))(x.reshape(-1, x.shape[-1]))
        return jax.tree.map(lambda a: a.reshape(x.shape[:-1] + a.shape[1:]), flat)

    return call


_evaluate = _batched(_value)
_evaluate_with_slope = _batched(jax.value_and_grad(_value, argnums=1))
_evaluate_curvature = _batched(jax.hessian(_value, argnums=1))
