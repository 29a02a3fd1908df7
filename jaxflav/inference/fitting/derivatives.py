"""Derivatives of a best fit, and of the profiled log-likelihood, with respect to all that the fit depends on.

At the maximum the gradient g(x, inputs) over the free parameters vanishes, so dx = -H^-1 (dg/d inputs) d inputs with
the Hessian H (implicit function theorem), and the maximum itself changes only by the explicit derivative (envelope
theorem). Nothing is differentiated through the iterations. Parameters that press on a bound stay there.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, PyTree

from jaxflav.inference.fitting.fisher_scoring import fit
from jaxflav.inference.fitting.result import CONVERGED
from jaxflav.inference.fitting.step import at_bounds
from jaxflav.likelihood.likelihood import Likelihood, log_likelihood


def _held(inputs, x):
    """Parameters that do not move: held by the caller, by the workspace, or by a bound."""
    likelihood, context, _, fixed, observed, centre = inputs
    gradient = jax.grad(log_likelihood, argnums=1)(likelihood, x, context, observed, centre)
    bounds = likelihood.lower, likelihood.upper
    return fixed | likelihood.fixed | (at_bounds(x, -gradient, bounds) & (gradient != 0))


@eqx.filter_custom_jvp
def _solve(inputs):
    likelihood, context, start, fixed, observed, centre = inputs
    result = fit(likelihood, context, start, fixed, observed, centre)
    return jnp.where(result.status == CONVERGED, result.parameters, jnp.nan)


@_solve.def_jvp
def _solve_jvp(primals, tangents):
    (inputs,), (changes,) = primals, tangents
    x = _solve(inputs)
    likelihood, context, _, fixed, observed, centre = inputs
    held = jax.lax.stop_gradient(_held(inputs, x))
    moved = jnp.zeros_like(x) if changes[2] is None else changes[2]
    moved = jnp.where(fixed | likelihood.fixed, moved, 0.0)  # what is held follows its start value

    def slope(x, likelihood, context, observed, centre):
        return jax.grad(log_likelihood, argnums=1)(likelihood, x, context, observed, centre)

    hessian = jax.jacfwd(slope)(x, likelihood, context, observed, centre)
    which = (changes[0], changes[1], changes[4], changes[5])
    arguments = (x, likelihood, context, observed, centre)
    _, change = eqx.filter_jvp(slope, arguments, (moved, *which))
    system = jnp.where(held[:, None] | held[None, :], 0.0, hessian) - jnp.diag(jnp.where(held, 1.0, 0.0))
    response = -jnp.linalg.solve(system, jnp.where(held, 0.0, change))
    return x, moved + jnp.where(held, 0.0, response)


@eqx.filter_custom_jvp
def _maximum(inputs):
    likelihood, context, _, _, observed, centre = inputs
    return log_likelihood(likelihood, _solve(inputs), context, observed, centre)


@_maximum.def_jvp
def _maximum_jvp(primals, tangents):
    (inputs,), (changes,) = primals, tangents
    likelihood, context, _, fixed, observed, centre = inputs
    x = _solve(inputs)
    moved = jnp.zeros_like(x) if changes[2] is None else changes[2]
    moved = jnp.where(fixed | likelihood.fixed, moved, 0.0)
    which = (changes[0], moved, changes[1], changes[4], changes[5])
    return eqx.filter_jvp(log_likelihood, (likelihood, x, context, observed, centre), which)


def _inputs(likelihood, context, start, fixed, observed, centre):
    return (
        likelihood,
        None if context is None else jax.tree.map(jnp.asarray, context),
        likelihood.start if start is None else jnp.asarray(start),
        likelihood.fixed if fixed is None else jnp.asarray(fixed),
        likelihood.observed if observed is None else jnp.asarray(observed),
        likelihood.centre if centre is None else jnp.asarray(centre),
    )


def best_parameters(
    likelihood: Likelihood,
    context: PyTree = None,
    start: Float[Array, " p"] | None = None,
    fixed: Bool[Array, " p"] | None = None,
    observed: Float[Array, " bins"] | None = None,
    centre: Float[Array, " p"] | None = None,
) -> Float[Array, " p"]:
    """Best-fit parameters as a differentiable function of everything: data, context, inputs of the likelihood.

    Use it under ``jax.jit``, ``jax.jacfwd``, ``jax.grad`` and ``jax.vmap``. A held parameter is its start value, and
    so is its derivative.

    Parameters
    ----------
    likelihood : Likelihood
        The likelihood; ``eqx.filter_grad`` differentiates with respect to its arrays.
    context, start, fixed, observed, centre
        As for ``fit``.

    Returns
    -------
    (p,) array
        NaN where the fit does not converge, as nothing can be raised inside a compiled function.
    """
    return _solve(_inputs(likelihood, context, start, fixed, observed, centre))


def profiled_log_likelihood(
    likelihood: Likelihood,
    context: PyTree = None,
    start: Float[Array, " p"] | None = None,
    fixed: Bool[Array, " p"] | None = None,
    observed: Float[Array, " bins"] | None = None,
    centre: Float[Array, " p"] | None = None,
) -> Float[Array, ""]:
    """Maximum of the log-likelihood as a differentiable function, for an outer fit over the context or inputs.

    Its gradient costs one fit and one evaluation.

    Parameters
    ----------
    likelihood, context, start, fixed, observed, centre
        As for ``best_parameters``.

    Returns
    -------
    scalar
        NaN where the fit does not converge.
    """
    return _maximum(_inputs(likelihood, context, start, fixed, observed, centre))
