"""Maximum likelihood by Fisher scoring in a trust region, for one problem or, under vmap, for a batch.

With few bins and many nuisance parameters the normal equations are solved in the space of the bins: for
constrained parameters of precision P and Poisson weights W the step is

    delta_c = a + P^-1 J_c^T z,   z = S^-1 (r - J_c a - J_u delta_u),   S = W^-1 + J_c P^-1 J_c^T,

with residuals r and the pull a towards the constraints (Woodbury's identity); the few unconstrained parameters
follow from J_u^T z = 0, within their bounds. S is a (bins, bins) matrix, to which the local parameters add
only a diagonal; those (statistical errors of the simulation) have bounds, too, onto which a step is projected.
A Marquardt term damps steps that do not lower the objective as far as they should. Constrained parameters may have
bounds, too, as local ones have.

The curvature P + J^T W J leaves out the second derivatives of the expectation, which matter in bins that are far from
it: a step may then fall short, or overshoot for ever. Steps therefore correct the curvature by the changes of the
gradient over the last few steps, unless the last one failed (BFGS with limited memory on top of it; Nocedal and
Wright, Numerical Optimization, Algorithm 7.4). Where a fit ends, the exact curvature is that of a minimum of -ln L;
otherwise the fit goes on from a lower point (see ``jaxflav.inference.maximum``).
"""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PyTree

from jaxflav.inference.maximum import is_convex, scaled_curvature, typical_size, way_down
from jaxflav.inference.solves import Memory, bounded_solve, positive_part, solver
from jaxflav.likelihood.likelihood import Likelihood, at_context, linearise, log_likelihood
from jaxflav.numerics.precision import require_x64

CONVERGED, MAX_ITERATIONS, NO_PROGRESS, NOT_FINITE, NO_MAXIMUM = range(5)
STATUS_TEXT = {
    CONVERGED: "converged",
    MAX_ITERATIONS: "not converged: the maximum number of iterations was reached",
    NO_PROGRESS: "not converged: no step lowers the objective",
    NOT_FINITE: "not converged: the likelihood is not finite at the start",
    NO_MAXIMUM: "not converged: the point is no maximum of the likelihood, and none of the points around it is higher",
}

TOLERANCE = 1e-10  # predicted decrease of -ln L; parameters are then within 1e-5 standard deviations
MAX_STEPS = 200
AT_BOUND = 1e-9  # a parameter so close to its bound is at it
_MAX_DAMPING = 1e12
_GROWTH = 2.0  # of the damping after a step that was not accepted; doubles with every further one
_EMPTY = 1e-9  # expected events below which a bin is empty: its Poisson weight stays finite
_EXPECTED_SHARE = 0.02  # the curvature of a bin is the observed one, but at least this share of the expected one
_ROUNDING = 1e-14  # of -ln L, per event
_SEEN = 1e-22  # information on a parameter of typical size, below which there is none but rounding
_FAR = 1e3  # typical sizes that a parameter without constraint moves at most in one step
_SADDLES = 5  # stationary points that are no maxima, and that a fit leaves
_STARTS = (0.0, 1.0, 0.1, 10.0, 0.01, 100.0, 0.001, 1000.0, -0.1, -1.0)  # typical sizes, where the start is impossible


class Fit(eqx.Module):
    """Result of a fit; every attribute gains leading axes under vmap.

    Attributes
    ----------
    parameters : (p,) array
        Best-fit values, in the order of ``likelihood.parameter_names``.
    log_likelihood : scalar
        Log-likelihood there, with all constants.
    status : int
        A key of ``STATUS_TEXT``; only ``CONVERGED`` is a result.
    iterations : int
        Number of steps tried.
    decrement : scalar
        Decrease of -ln L that one more step is predicted to give, half the square of the Newton decrement.
    gradient : scalar
        Largest slope of ln L where the last step began, per standard deviation of the parameter with the others held;
        parameters that are held or press on a bound do not count.
    """

    parameters: Float[Array, " p"]
    log_likelihood: Float[Array, ""]
    status: Int[Array, ""]
    iterations: Int[Array, ""]
    decrement: Float[Array, ""]
    gradient: Float[Array, ""]

    @property
    def converged(self) -> Bool[Array, ""]:
        """Whether the fit is a result: numbers, and a maximum."""
        numbers = jnp.isfinite(self.log_likelihood) & jnp.all(jnp.isfinite(self.parameters), axis=-1)
        return (self.status == CONVERGED) & numbers


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


def _prior(likelihood, x, fixed, measured):
    """Gradient and expected precision of -ln of the constraints; precision 0 marks an unconstrained parameter."""
    model, k, free = likelihood.model, likelihood.n_signal, likelihood.signal.n_free
    theta, centre = x[k:], measured[k:]
    inverse = jnp.where(model.normal, 1.0 / model.width**2, 0.0)
    rate = jnp.where(model.poisson, jnp.maximum(theta, _EMPTY), 1.0)
    scale, count = (jnp.where(model.poisson, a, 0.0) for a in (model.rate, centre))
    gradient = (theta - centre) * inverse + scale - count / rate
    precision = inverse + scale / rate
    theory = jnp.arange(k) >= free
    gradient = jnp.concatenate([jnp.where(theory, x[:k] - measured[:k], 0.0), gradient])
    precision = jnp.concatenate([jnp.where(theory, 1.0, 0.0), precision])
    return jnp.where(fixed, 0.0, gradient), precision


def _score(likelihood, rows, observed):
    """Derivative of ln L by the expectation of every row, and 1/curvature of -ln L."""
    error = likelihood.normal_error
    normal = error > 0
    safe = jnp.maximum(jnp.where(normal, 1.0, rows), _EMPTY)
    score = jnp.where(observed > 0, observed / safe, 0.0) - 1.0
    variance = safe**2 / jnp.maximum(observed, _EXPECTED_SHARE * safe)
    by_error = (observed - rows) / jnp.where(normal, error, 1.0) ** 2
    return jnp.where(normal, by_error, score), jnp.where(normal, error**2, variance)


def _curvature(likelihood, x, fixed, score, of_signal):
    """What the curvature of the rates adds to that of -ln L, over the unconstrained parameters; its positive part."""
    model, k, free = likelihood.model, likelihood.n_signal, likelihood.signal.n_free
    n = len(unconstrained_index(likelihood))
    by_row = score[jnp.concatenate([model.signal_bin, jnp.arange(model.n_bins, likelihood.n_rows)])]
    bend = likelihood.signal.curvature(x[:k], None, by_row * of_signal)
    if bend is None:
        return jnp.zeros((n, n))
    bend = jnp.where(fixed[:free, None] | fixed[None, :free], 0.0, -bend)
    return jnp.zeros((n, n)).at[:free, :free].set(positive_part(bend))


def at_bounds(
    x: Float[Array, " p"], gradient: Float[Array, " p"], bounds: tuple[Float[Array, " p"], Float[Array, " p"]]
) -> Bool[Array, " p"]:
    """Parameters that press on a bound: they are at it, and -ln L with this gradient does not fall into the box."""
    lower, upper = bounds
    return ((x <= lower + AT_BOUND) & (gradient >= 0)) | ((x >= upper - AT_BOUND) & (gradient <= 0))


def _step(likelihood, x, fixed, bounds, observed, centre, damping, memory, trusted):
    """Damped Fisher-scoring step within the bounds, with all that is known at its beginning.

    A constrained parameter that presses on its bound stays there. Memory corrects the curvature if it is trusted.

    Returns
    -------
    step : (p,) array
    predicted, decrement : scalars
        Decrease of -ln L that the step should give, and the step without the bounds of the local parameters, which
        says how far the minimum is.
    slope : scalar
        ``Fit.gradient``.
    memory : Memory
        With the step that led here.
    """
    model, k = likelihood.model, likelihood.n_signal
    n_dense = k + model.n_dense
    rows, dense, local, of_signal = linearise(likelihood, x)
    # the measurements below the bins have no local parameters
    below = ((0, likelihood.n_rows - model.n_bins), (0, 0))
    local, local_index = jnp.pad(local, below), jnp.pad(model.local_index, below, constant_values=-1)
    prior, precision = _prior(likelihood, x, fixed, centre)
    unconstrained = unconstrained_index(likelihood)

    def split(vector, fill):
        return vector[:n_dense], jnp.append(vector[k:], fill)[local_index]

    def join(of_dense, of_local):
        return jnp.concatenate([of_dense, of_local.ravel()[model.local_position]])

    score, variance = _score(likelihood, rows, observed)
    gradient = jnp.where(fixed, 0.0, prior - join(score @ dense, local * score[:, None]))
    pressing = at_bounds(x, gradient, bounds)
    alone = np.isin(np.arange(x.size), unconstrained)
    moving = ~fixed & ~(pressing & ~alone)
    dense = jnp.where(moving[None, :n_dense], dense, 0.0)
    local = jnp.where(split(moving, False)[1], local, 0.0)
    bend = _curvature(likelihood, x, fixed, score, of_signal)
    curvature = precision + join((1.0 / variance) @ dense**2, local**2 / variance[:, None])
    curvature = curvature.at[unconstrained].add(jnp.diagonal(bend))
    typical = typical_size(likelihood, x)
    counts = ~fixed & ~pressing & (curvature * typical**2 > _SEEN)
    slope = jnp.max(jnp.where(counts, jnp.abs(gradient) / jnp.sqrt(jnp.where(counts, curvature, 1.0)), 0.0))

    constrained = precision > 0
    inverse = jnp.where(constrained, 1.0 / jnp.where(constrained, precision, 1.0), 0.0) / (1.0 + damping)
    inverse_dense, inverse_local = split(inverse, 1.0)
    s = (dense * inverse_dense[None, :]) @ dense.T + jnp.diag(variance + (local**2 * inverse_local).sum(axis=1))
    solve_bins = solver(s)
    free = dense[:, unconstrained]
    far = _FAR * typical
    box = tuple(jnp.clip(bound - x, -far, far)[unconstrained] for bound in bounds)

    def solve(extra):
        """Step for a gradient that is changed by ``extra``."""
        pull = -(prior + extra) * inverse
        pull_dense, pull_local = split(pull, 0.0)
        right = variance * score - dense @ pull_dense - (local * pull_local).sum(axis=1)
        solved = solve_bins(jnp.concatenate([right[:, None], free], axis=1))
        z, delta = solved[:, 0], pull
        if unconstrained.size:
            a = free.T @ solved[:, 1:] + bend
            seen = jnp.diagonal(a) * typical[unconstrained] ** 2 > _SEEN
            a = a + jnp.diag(jnp.diagonal(a)) * damping
            change = bounded_solve(a, free.T @ z - extra[unconstrained], *box, seen)
            z = z - solved[:, 1:] @ change
            delta = delta.at[unconstrained].set(change)
        delta = delta + join(inverse_dense * (z @ dense), inverse_local * local * z[:, None])
        return jnp.where(moving, delta, 0.0)

    def decrease(change):
        change_dense, change_local = split(change, 0.0)
        shift = dense @ change_dense + (local * change_local).sum(axis=1)
        curved = jnp.sum(shift**2 / variance) + jnp.sum(precision * change**2)
        curved = curved + change[unconstrained] @ bend @ change[unconstrained]
        return -jnp.sum(gradient * change) - curved / 2

    memory = memory.after(x, gradient)
    remembered = trusted & jnp.any(memory.steps != 0)
    known = Memory(jnp.where(remembered, memory.steps, 0.0), memory.changes, memory.x, memory.gradient)
    delta = known.corrected(solve, gradient, moving & ~pressing)
    regular = jnp.all(jnp.isfinite(delta))
    downhill = jnp.where(curvature > 0, -gradient / jnp.where(curvature > 0, curvature, 1.0), 0.0) / (1.0 + damping)
    delta, remembered = jnp.where(regular, delta, jnp.where(moving, downhill, 0.0)), remembered & regular
    bounded = jnp.clip(delta, bounds[0] - x, bounds[1] - x)
    predicted, decrement = (
        jnp.where(remembered, -jnp.sum(gradient * change) / 2, decrease(change)) for change in (bounded, delta)
    )
    return bounded, predicted, decrement, slope, memory


def unconstrained_index(likelihood: Likelihood) -> np.ndarray:
    """Positions of the parameters without constraint term (static, from names and bounds)."""
    k = likelihood.n_signal
    return np.concatenate([np.arange(likelihood.signal.n_free), k + np.array(likelihood.model.unconstrained, int)])


def fit(
    likelihood: Likelihood,
    context: PyTree = None,
    start: Float[Array, " p"] | None = None,
    fixed: Bool[Array, " p"] | None = None,
    observed: Float[Array, " rows"] | None = None,
    centre: Float[Array, " p"] | None = None,
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

    def body(state):
        delta, predicted, unbounded, slope, memory = _step(
            likelihood, state.x, hold, bounds, data, measured, state.damping, state.memory, state.growth == _GROWTH
        )
        trial = state.x + delta
        value = objective(trial)
        decrement = unbounded * (1.0 + state.damping)
        done = decrement < TOLERANCE
        gain = (state.value - value + rounding) / jnp.where(predicted > 0, predicted, 1.0)
        accepted = jnp.isfinite(value) & (gain > 1e-3) & (predicted > 0)
        better = jnp.maximum(state.damping * jnp.maximum(1 / 5, 1 - (2 * gain - 1) ** 3), 0.0)
        better = jnp.where(better < 1e-4, 0.0, better)
        worse = jnp.maximum(state.damping, 0.05) * state.growth
        stuck = ~accepted & (worse > _MAX_DAMPING)
        status = jnp.where(done, CONVERGED, jnp.where(stuck, NO_PROGRESS, _RUNNING))
        return _State(
            x=jnp.where(accepted, trial, state.x),
            value=jnp.where(accepted, value, state.value),
            damping=jnp.where(accepted, better, worse),
            growth=jnp.where(accepted, _GROWTH, state.growth * 2.0),
            status=status,
            iterations=state.iterations + 1,
            decrement=decrement,
            gradient=slope,
            memory=memory,
            checked=state.checked,
            saddles=state.saddles,
        )

    def climb(state):
        """Steps until the slope vanishes, or none is better."""
        last = jax.lax.while_loop(lambda s: (s.status == _RUNNING) & (s.iterations < MAX_STEPS), body, state)
        status = jnp.where(last.status == _RUNNING, MAX_ITERATIONS, last.status)
        return _left(dataclasses.replace(last, status=status), likelihood, objective, hold, bounds, data, measured)

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
    last = jax.lax.while_loop(lambda s: ~s.checked, climb, first)
    return Fit(last.x, -last.value, last.status, last.iterations, last.decrement, last.gradient)


def _possible(likelihood, objective, x, hold, bounds):
    """A start at which the likelihood is not 0, with -ln L there: the given one, or one of some others."""
    alone = jnp.zeros(x.shape, dtype=bool).at[unconstrained_index(likelihood)].set(True)
    nominal = jnp.where(hold | alone, x, jnp.clip(likelihood.start, *bounds))
    size, shares = typical_size(likelihood, jnp.zeros_like(x)), jnp.asarray(_STARTS)

    def other(tried):
        n, _, _ = tried
        share = shares[jnp.maximum(n - 1, 0)]
        start = jnp.where(alone & ~hold & (n > 0), jnp.clip(share * size, *bounds), nominal)
        return n + 1, start, objective(start)

    none = jnp.asarray(0)
    found = jax.lax.while_loop(
        lambda tried: ~jnp.isfinite(tried[2]) & (tried[0] <= len(_STARTS)), other, (none, x, objective(x))
    )
    return found[1:]


def _left(state, likelihood, objective, hold, bounds, observed, centre):
    """The state after a check of the curvature: as it was at a maximum, and ready to go on from a lower point."""
    ended = (state.status == CONVERGED) | (state.status == NO_PROGRESS)
    edge = (state.x <= bounds[0] + AT_BOUND) | (state.x >= bounds[1] - AT_BOUND)
    blocks, size = scaled_curvature(likelihood, state.x, hold, edge, state.memory.gradient, observed, centre)
    doubtful = ended & ~is_convex(blocks)

    def leave(known):
        return jnp.asarray(False), *way_down(likelihood, objective, state.x, state.value, bounds, blocks, size)

    # a loop of one pass, which a batch without doubtful fits does not enter
    none = jnp.asarray(False)
    _, x, value, fault = jax.lax.while_loop(lambda known: known[0], leave, (doubtful, state.x, state.value, none))
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
