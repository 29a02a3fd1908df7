"""Maximum likelihood by Fisher scoring in a trust region, for one problem or, under vmap, for a batch.

A step is that of ``jaxflav.inference.fitting.step``; a Marquardt term damps steps that do not lower the objective as
they should. The memory of the steps near the minimum corrects the curvature unless the last step failed.

A fit that has converged is a maximum. Where one ends, a bound tells at little cost, for almost all, that the
curvature of -ln L is positive (``jaxflav.inference.fitting.screen``). For the others the exact curvature
decides (``jaxflav.inference.fitting.maximum``), and from a saddle the fit goes on from a lower point of -ln L.
"""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, PyTree

from jaxflav.inference.fitting.maximum import bent_by, is_convex, scaled_curvature, way_down
from jaxflav.inference.fitting.result import (
    CONVERGED,
    MAX_ITERATIONS,
    NO_MAXIMUM,
    NO_PROGRESS,
    NOT_FINITE,
    UNCHECKED,
    Fit,
)
from jaxflav.inference.fitting.screen import surely_convex
from jaxflav.inference.fitting.solves import Memory, following, if_needed
from jaxflav.inference.fitting.step import largest_slope, slopes_at, take_step, typical_size, unconstrained_index
from jaxflav.likelihood.likelihood import (
    Likelihood,
    at_context,
    linearise,
    log_likelihood,
    log_likelihood_of_rows,
)
from jaxflav.numerics.precision import require_x64

TOLERANCE = 1e-10  # predicted decrease of -ln L; parameters are then within 1e-5 standard deviations
MAX_STEPS = 200
_MAX_DAMPING = 1e12
_NEAR = 1.0  # decrement above which a step tells nothing about the curvature where the next one begins
_GROWTH = 2.0  # of the damping after a step that was not accepted; doubles with every further one
_ROUNDING = 1e-14  # of -ln L, per event
_SADDLES = 5  # stationary points that are no maxima, and that a fit leaves
_STARTS = (0.0, 1.0, 0.1, 10.0, 0.01, 100.0, 0.001, 1000.0, -0.1, -1.0)  # typical sizes, where the start is impossible


class _State(eqx.Module):
    x: Array
    value: Array
    damping: Array
    growth: Array
    status: Array
    iterations: Array
    decrement: Array
    gradient: Array
    memory: Memory
    checked: Array
    saddles: Array


_RUNNING = -1


def fit(
    likelihood: Likelihood,
    context: PyTree = None,
    start: Float[Array, " p"] | None = None,
    fixed: Bool[Array, " p"] | None = None,
    observed: Float[Array, " rows"] | None = None,
    centre: Float[Array, " p"] | None = None,
    check: bool = True,
) -> Fit:
    """Maximise the likelihood over all parameters that are not fixed. Pure: use it under jit and vmap.

    Parameters
    ----------
    likelihood : Likelihood
        The likelihood.
    context : pytree, optional
        What the signal needs beside its parameters, such as a mass.
    start : (p,) array, optional
        Start values, ``likelihood.start`` by default; fixed parameters keep these values. Where the likelihood is 0,
        the constrained parameters start from their nominal values instead, and if that is not enough the others from
        some values of their typical sizes.
    fixed : (p,) boolean array, optional
        Parameters to hold, in addition to those that the workspace holds.
    observed : (rows,) array, optional
        Counts and measured values to use instead of the data.
    centre : (p,) array, optional
        Auxiliary measurements to use instead of ``likelihood.centre``, as toys and Asimov data have them.
    check : bool
        Whether to decide by the exact curvature where a bound does not tell. Without, such a fit is ``UNCHECKED``, and
        less is compiled: ``fit_many`` decides for those alone. Static.

    Returns
    -------
    Fit
        With its status; a fit that did not converge says so and raises nothing, so that a batch survives.

    Raises
    ------
    RuntimeError
        If JAX is not in double precision.
    """
    require_x64()
    likelihood = at_context(likelihood, context)
    data = likelihood.observed if observed is None else observed
    measured = likelihood.centre if centre is None else centre
    x0 = likelihood.start if start is None else start
    hold = likelihood.fixed if fixed is None else likelihood.fixed | fixed
    bounds = jnp.where(hold, -jnp.inf, likelihood.lower), jnp.where(hold, jnp.inf, likelihood.upper)

    def objective(x):
        return -log_likelihood(likelihood, x, None, data, measured)

    rounding = _ROUNDING * jnp.sum(data[: likelihood.model.n_bins])

    def body(now):
        state, at = now
        near, failed = state.decrement < _NEAR, state.growth > _GROWTH
        delta, predicted, unbounded, memory = take_step(
            likelihood, state.x, at, hold, bounds, data, measured, state.damping, state.memory, near, failed
        )
        trial = state.x + delta
        at_trial = linearise(likelihood, trial)
        value = -log_likelihood_of_rows(likelihood, at_trial.expected, trial, data, measured)
        decrement = unbounded * (1.0 + state.damping)
        done = decrement < TOLERANCE
        gain = (state.value - value + rounding) / jnp.where(predicted > 0, predicted, 1.0)
        accepted = jnp.isfinite(value) & (gain > 1e-3) & (predicted > 0)
        better = jnp.maximum(state.damping * jnp.maximum(1 / 5, 1 - (2 * gain - 1) ** 3), 0.0)
        better = jnp.where(better < 1e-4, 0.0, better)
        worse = jnp.maximum(state.damping, 0.05) * state.growth
        stuck = ~accepted & (worse > _MAX_DAMPING)
        status = jnp.where(done, CONVERGED, jnp.where(stuck, NO_PROGRESS, _RUNNING))
        moved = _State(
            x=jnp.where(accepted, trial, state.x),
            value=jnp.where(accepted, value, state.value),
            damping=jnp.where(accepted, better, worse),
            growth=jnp.where(accepted, _GROWTH, state.growth * 2.0),
            status=status,
            iterations=state.iterations + 1,
            decrement=decrement,
            gradient=state.gradient,
            memory=memory,
            checked=state.checked,
            saddles=state.saddles,
        )
        return moved, jax.tree.map(lambda new, old: jnp.where(accepted, new, old), at_trial, at)

    def goes_on(now):
        return (now[0].status == _RUNNING) & (now[0].iterations < MAX_STEPS)

    def climb(state):
        """Steps until the slope vanishes, or none is better."""
        last, at = jax.lax.while_loop(goes_on, body, (state, linearise(likelihood, state.x)))
        status = jnp.where(last.status == _RUNNING, MAX_ITERATIONS, last.status)
        ended = (status == CONVERGED) | (status == NO_PROGRESS)
        slopes = slopes_at(likelihood, last.x, at, hold, bounds, data, measured)
        bent = bent_by(likelihood, last.x, at, data)
        sure = surely_convex(likelihood, last.x, at, bent, slopes, hold, data, measured)
        gradient = jnp.where(status == NOT_FINITE, jnp.inf, largest_slope(likelihood, last.x, at, slopes, hold))
        return dataclasses.replace(last, status=status, gradient=gradient, checked=~ended | sure)

    def climb_and_look(state):
        return _left(climb(state), likelihood, objective, hold, bounds, data, measured)

    x0, value = _possible(likelihood, objective, jnp.where(hold, x0, jnp.clip(x0, *bounds)), hold, bounds)
    first = _State(
        x=x0,
        value=value,
        damping=jnp.asarray(0.0),
        growth=jnp.asarray(_GROWTH),
        status=jnp.where(jnp.isfinite(value), _RUNNING, NOT_FINITE),
        iterations=jnp.asarray(0),
        decrement=jnp.asarray(jnp.inf),
        gradient=jnp.asarray(jnp.inf),
        memory=Memory.empty(x0),
        checked=~jnp.isfinite(value),
        saddles=jnp.asarray(0),
    )
    last = jax.lax.while_loop(lambda s: ~s.checked, climb_and_look, first) if check else climb(first)
    status = jnp.where((last.status == CONVERGED) & ~last.checked, UNCHECKED, last.status)
    return Fit(last.x, -last.value, status, last.iterations, last.decrement, last.gradient)


def _possible(likelihood, objective, x, hold, bounds):
    """A start at which the likelihood is not 0, with -ln L there: the given one, or one of some others."""
    alone = jnp.zeros(x.shape, dtype=bool).at[unconstrained_index(likelihood)].set(True)
    nominal = jnp.where(hold | alone, x, jnp.clip(likelihood.start, *bounds))
    size, shares = typical_size(likelihood, jnp.zeros_like(x)), jnp.asarray(_STARTS)

    def other(tried):
        n, _, _ = tried
        share = shares[jnp.maximum(n - 2, 0)]
        start = jnp.where(alone & ~hold & (n > 1), jnp.clip(share * size, *bounds), nominal)
        start = jnp.where(n > 0, start, x)
        return n + 1, start, objective(start)

    none = jnp.asarray(0), x, jnp.asarray(jnp.inf)
    found = jax.lax.while_loop(lambda tried: ~jnp.isfinite(tried[2]) & (tried[0] < len(_STARTS) + 2), other, none)
    return found[1:]


def _left(state, likelihood, objective, hold, bounds, observed, centre):
    """The state after a look at the exact curvature: as it was at a maximum, ready to go on from a lower point."""
    none = jnp.asarray(False)

    def look(known):
        x, value = known
        at = linearise(likelihood, x)
        bent = bent_by(likelihood, x, at, observed)
        blocks, size = scaled_curvature(likelihood, x, at, bent, hold, bounds, observed, centre)
        convex = is_convex(blocks)
        looked_at = jax.tree.map(lambda block: following(block, convex), blocks)

        def leave(known):
            return way_down(likelihood, objective, x, value, bounds, *known)

        return if_needed(~convex, leave, (looked_at, size), (x, value, none))

    x, value, fault = if_needed(~state.checked, look, (state.x, state.value), (state.x, state.value, none))
    lower = value < state.value
    again = lower & (state.saddles < _SADDLES)
    fault = (fault & (state.status == CONVERGED)) | (lower & ~again)
    fresh = jax.tree.map(lambda new, old: jnp.where(again, new, old), Memory.empty(x), state.memory)
    return dataclasses.replace(
        state,
        x=x,
        value=value,
        damping=jnp.where(again, 0.0, state.damping),
        growth=jnp.where(again, _GROWTH, state.growth),
        status=jnp.where(again, _RUNNING, jnp.where(fault, NO_MAXIMUM, state.status)),
        memory=fresh,
        checked=~again,
        saddles=jnp.where(again, state.saddles + 1, state.saddles),
    )
