"""The integral over the nuisance parameters at one point of the kept ones, in the normal approximation."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxflav.inference.evidence.arrowhead import Arrowhead, Layout, arrowhead
from jaxflav.inference.posteriors.posterior import Posterior, log_density
from jaxflav.likelihood.likelihood import at_context

_TOLERANCE = 1e-9  # predicted decrease of -ln p at the maximum over the nuisance parameters
_MAX_STEPS = 60
_MAX_DAMPING = 1e8


class Integrand(eqx.Module):
    """What is integrated at each point of the kept parameters.

    Attributes
    ----------
    nuisance : Posterior
        Of the nuisance parameters at one point of the others.
    index : (t,) array
        Positions of the t kept parameters of the likelihood, in its parameter vector.
    free_context : bool
        Whether the mass is kept, too.
    layout : Layout
        Which nuisance parameters belong to one bin.
    """

    nuisance: Posterior
    index: Int[Array, " t"]
    free_context: bool = eqx.field(static=True)
    layout: Layout = eqx.field(static=True)


class Integral(eqx.Module):
    """The integral over the nuisance parameters; every attribute gains leading axes under vmap.

    Attributes
    ----------
    log_likelihood : scalar
        ln L(theta); NaN unless converged.
    mode : (m,) array
        Unbounded coordinates at the maximum.
    curvature : Arrowhead
        There.
    converged : bool
        Whether the maximum was found, to 1e-9 in ln p.
    """

    log_likelihood: Float[Array, ""]
    mode: Float[Array, " m"]
    curvature: Arrowhead
    converged: Array


def at_theory(integrand: Integrand, theory: Float[Array, " k"]) -> Posterior:
    """Posterior of the nuisance parameters at a point of the kept ones."""
    nuisance, t = integrand.nuisance, integrand.index.shape[0]
    likelihood = at_context(nuisance.likelihood, theory[t]) if integrand.free_context else nuisance.likelihood
    start = nuisance.start.at[integrand.index].set(theory[:t])
    return eqx.tree_at(lambda one: (one.likelihood, one.start), nuisance, (likelihood, start))


class _State(eqx.Module):
    u: Array
    value: Array
    damping: Array
    done: Array
    steps: Array
    curvature: Arrowhead


def integrate(integrand: Integrand, theory: Float[Array, " k"], start: Float[Array, " m"]) -> Integral:
    """Integrate over the nuisance parameters at a point of the kept ones. Pure: use it under jit and vmap.

    Parameters
    ----------
    integrand : Integrand
        The likelihood.
    theory : (k,) array
        Kept parameters, in the order of ``Marginal.names``.
    start : (m,) array
        Unbounded coordinates from which the maximum is searched for.
    """
    posterior = at_theory(integrand, theory)
    objective = lambda u: -log_density(posterior, u)
    gradient = jax.grad(objective)

    def look(u, damping):
        slope, curvature = arrowhead(gradient, u, integrand.layout, damping)
        step = -curvature.solve(slope)
        return step, -jnp.sum(slope * step) / 2, curvature

    def body(state):
        step, decrement, curvature = look(state.u, state.damping)
        value = objective(state.u + step)
        # a matrix that is not positive definite gives NaN, and a step that is not taken
        better = (decrement >= 0) & (state.value - value > 1e-3 * decrement - _TOLERANCE)
        done = (state.damping == 0) & (decrement >= 0) & (decrement <= _TOLERANCE)
        moved = better & ~done  # the curvature is that of the last point
        damping = jnp.where(better, state.damping / 10, jnp.maximum(10 * state.damping, 1e-3))
        return _State(
            u=jnp.where(moved, state.u + step, state.u),
            value=jnp.where(moved, value, state.value),
            damping=jnp.where(damping < 1e-4, 0.0, damping),
            done=done,
            steps=state.steps + 1,
            curvature=curvature,
        )

    def running(state):
        return ~state.done & (state.steps < _MAX_STEPS) & (state.damping < _MAX_DAMPING)

    zero = jnp.asarray(0.0)
    shapes = jax.eval_shape(lambda u: look(u, zero)[2], start)
    empty = jax.tree.map(lambda s: jnp.zeros(s.shape, s.dtype), shapes)
    first = _State(start, objective(start), zero, jnp.asarray(False), jnp.asarray(0), empty)
    last = jax.lax.while_loop(running, body, first)
    volume = (start.size * np.log(2 * np.pi) - last.curvature.log_determinant()) / 2
    return Integral(jnp.where(last.done, -last.value + volume, jnp.nan), last.u, last.curvature, last.done)
