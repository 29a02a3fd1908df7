"""One step of a fit: Fisher scoring in the space of the bins, within bounds.

For constrained parameters of precision P and Poisson weights W the step is

    delta_c = a + P^-1 J_c^T z,   z = S^-1 (r - J_c a - J_u delta_u),   S = W^-1 + J_c P^-1 J_c^T,

with residuals r and the pull a towards the constraints (Woodbury's identity); the few unconstrained parameters
follow from J_u^T z = 0, within their bounds. S is a (bins, bins) matrix, to which the local parameters add
only a diagonal; those (statistical errors of the simulation) have bounds, too, onto which a step is projected.
Constrained dense parameters may have bounds, as local ones have.

The curvature P + J^T W J leaves out the second derivatives of the expectation, which matter in bins that are far from
it: a step may then fall short, or overshoot for ever. Steps therefore correct the curvature by the changes of the
gradient over the last few steps (BFGS with limited memory on top of it; Nocedal and Wright, Numerical Optimization,
Algorithm 7.4).
"""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jaxflav.inference.fitting.solves import Memory, bounded_solve, following, if_needed, positive_part, solver
from jaxflav.likelihood.histfactory import HistFactory
from jaxflav.likelihood.likelihood import Likelihood, Linearisation

AT_BOUND = 1e-9  # a parameter so close to its bound is at it
SEEN = 1e-22  # information on a parameter of typical size, below which there is none but rounding
_EMPTY = 1e-9  # expected events below which a bin is empty: its Poisson weight stays finite
_EXPECTED_SHARE = 0.02  # the curvature of a bin is the observed one, but at least this share of the expected one
_FAR = 1e3  # typical sizes that a parameter without constraint moves at most in one step


def unconstrained_index(likelihood: Likelihood) -> np.ndarray:
    """Positions of the parameters without constraint term (static, from names and bounds)."""
    k = likelihood.n_signal
    return np.concatenate([np.arange(likelihood.signal.n_free), k + np.array(likelihood.model.unconstrained, int)])


def typical_size(likelihood: Likelihood, x: Float[Array, " p"]) -> Float[Array, " p"]:
    """Width of the constraint of every parameter, or its size where nothing constrains it."""
    model = likelihood.model
    size = jnp.concatenate([jnp.asarray(likelihood.signal.scale, dtype=x.dtype), model.spread])
    k, free = likelihood.n_signal, likelihood.signal.n_free
    alone = jnp.concatenate([jnp.arange(k) < free, ~(model.normal | model.poisson)])
    return jnp.where(alone, jnp.maximum(size, jnp.abs(x)), size)


def at_bounds(
    x: Float[Array, " p"], gradient: Float[Array, " p"], bounds: tuple[Float[Array, " p"], Float[Array, " p"]]
) -> Bool[Array, " p"]:
    """Parameters that press on a bound: they are at it, and -ln L with this gradient does not fall into the box."""
    lower, upper = bounds
    return ((x <= lower + AT_BOUND) & (gradient >= 0)) | ((x >= upper - AT_BOUND) & (gradient <= 0))


def expected_prior(likelihood, x, fixed, measured):
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
    variance = jnp.where(normal, error**2, variance)
    return jnp.where(normal, by_error, score), variance


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


def joined(
    model: HistFactory, of_dense: Float[Array, " dense"], of_local: Float[Array, "bins locals"]
) -> Float[Array, " p"]:
    """A vector over all parameters of its parts, over the dense and over the local ones."""
    return jnp.concatenate([of_dense, of_local.ravel()[model.local_position]])


class Slopes(eqx.Module):
    """First derivatives of -ln L at a point, with what a step of Fisher scoring needs beside them.

    Attributes
    ----------
    prior, gradient : (p,) arrays
        Of the constraints alone, and of all; 0 where a parameter is held.
    precision : (p,) array
        Expected second derivatives of the constraints; 0 without constraint.
    score, variance : (rows,) arrays
        Derivative of ln L by the expectation of every row, and one over minus the second one.
    bend : (unconstrained, unconstrained) array
        What the curvature of the rates adds.
    pressing : (p,) boolean array
        Whether a parameter presses on a bound.
    """

    prior: Float[Array, " p"]
    gradient: Float[Array, " p"]
    precision: Float[Array, " p"]
    score: Float[Array, " rows"]
    variance: Float[Array, " rows"]
    bend: Float[Array, "unconstrained unconstrained"]
    pressing: Bool[Array, " p"]


def slopes_at(
    likelihood: Likelihood,
    x: Float[Array, " p"],
    at: Linearisation,
    fixed: Bool[Array, " p"],
    bounds: tuple[Float[Array, " p"], Float[Array, " p"]],
    observed: Float[Array, " rows"],
    centre: Float[Array, " p"],
) -> Slopes:
    """First derivatives at x, where the likelihood is linearised."""
    prior, precision = expected_prior(likelihood, x, fixed, centre)
    score, variance = _score(likelihood, at.expected, observed)
    by_local = at.local * score[: likelihood.model.n_bins, None]
    gradient = jnp.where(fixed, 0.0, prior - joined(likelihood.model, score @ at.dense, by_local))
    bend = _curvature(likelihood, x, fixed, score, at.signal)
    return Slopes(prior, gradient, precision, score, variance, bend, at_bounds(x, gradient, bounds))


def expected_curvature(likelihood: Likelihood, at: Linearisation, slopes: Slopes) -> Float[Array, " p"]:
    """Expected second derivatives of -ln L by every parameter."""
    inverse, n_bins = 1.0 / slopes.variance, likelihood.model.n_bins
    seen = joined(likelihood.model, inverse @ at.dense**2, at.local**2 * inverse[:n_bins, None])
    return (slopes.precision + seen).at[unconstrained_index(likelihood)].add(jnp.diagonal(slopes.bend))


def largest_slope(
    likelihood: Likelihood, x: Float[Array, " p"], at: Linearisation, slopes: Slopes, fixed: Bool[Array, " p"]
) -> Float[Array, ""]:
    """``Fit.gradient`` at x."""
    curvature = expected_curvature(likelihood, at, slopes)
    counts = ~fixed & ~slopes.pressing & (curvature * typical_size(likelihood, x) ** 2 > SEEN)
    scaled = jnp.abs(slopes.gradient) / jnp.sqrt(jnp.where(counts, curvature, 1.0))
    return jnp.max(jnp.where(counts, scaled, 0.0))


def take_step(likelihood, x, at, fixed, bounds, observed, centre, damping, memory, near, failed):
    """Damped Fisher-scoring step within the bounds from x, where the likelihood is linearised.

    A constrained parameter that presses on its bound stays there. Memory holds steps that began near the minimum, and
    corrects the curvature there, if the last step did not fail.

    Returns
    -------
    step : (p,) array
    predicted, decrement : scalars
        Decrease of -ln L that the step should give, and the step without the bounds of the local parameters, which
        says how far the minimum is.
    memory : Memory
        With the step that led here.
    """
    model, k = likelihood.model, likelihood.n_signal
    n_dense = k + model.n_dense
    # the measurements below the bins have no local parameters
    below = ((0, likelihood.n_rows - model.n_bins), (0, 0))
    local, local_index = jnp.pad(at.local, below), jnp.pad(model.local_index, below, constant_values=-1)
    dense = at.dense
    now = slopes_at(likelihood, x, at, fixed, bounds, observed, centre)
    prior, precision, score, variance = now.prior, now.precision, now.score, now.variance
    unconstrained = unconstrained_index(likelihood)

    def split(vector, fill):
        return vector[:n_dense], jnp.append(vector[k:], fill)[local_index]

    gradient, pressing, bend, typical = now.gradient, now.pressing, now.bend, typical_size(likelihood, x)
    alone = np.isin(np.arange(x.size), unconstrained)
    moving = ~fixed & ~(pressing & ~alone)
    constrained = precision > 0
    inverse = jnp.where(constrained & moving, 1.0 / jnp.where(constrained, precision, 1.0), 0.0) / (1.0 + damping)
    inverse_dense, inverse_local = split(inverse, 1.0)
    s = (dense * inverse_dense[None, :]) @ dense.T + jnp.diag((local**2 * inverse_local).sum(axis=1))
    solve_bins = solver(following(s + jnp.diag(variance), bend))
    free = jnp.where(moving[unconstrained][None, :], dense[:, unconstrained], 0.0)
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
            seen = jnp.diagonal(a) * typical[unconstrained] ** 2 > SEEN
            a = a + jnp.diag(jnp.diagonal(a)) * damping
            change = bounded_solve(a, free.T @ z - extra[unconstrained], *box, seen)
            z = z - solved[:, 1:] @ change
            delta = delta.at[unconstrained].set(change)
        delta = delta + joined(model, inverse_dense * (z @ dense), inverse_local * local * z[:, None])
        return jnp.where(moving, delta, 0.0)

    def decrease(change):
        change_dense, change_local = split(change, 0.0)
        shift = dense @ change_dense + (local * change_local).sum(axis=1)
        curved = jnp.sum(shift**2 / variance) + jnp.sum(precision * change**2)
        curved = curved + change[unconstrained] @ bend @ change[unconstrained]
        return -jnp.sum(gradient * change) - curved / 2

    memory = memory.after(x, gradient, near)
    remembered = near & ~failed & jnp.any(memory.steps != 0)
    usable = Memory(jnp.where(remembered, memory.steps, 0.0), memory.changes, memory.x, memory.gradient)
    delta = usable.corrected(solve, gradient, moving & ~pressing)
    regular = jnp.all(jnp.isfinite(delta))

    def downhill(known):
        curvature = expected_curvature(likelihood, *known)
        step = jnp.where(curvature > 0, -gradient / jnp.where(curvature > 0, curvature, 1.0), 0.0) / (1.0 + damping)
        return jnp.where(moving, step, 0.0)

    delta = if_needed(~regular, downhill, (at, now), delta)
    remembered = remembered & regular
    bounded = jnp.clip(delta, bounds[0] - x, bounds[1] - x)
    predicted, decrement = (
        jnp.where(remembered, -jnp.sum(gradient * change) / 2, decrease(change)) for change in (bounded, delta)
    )
    return bounded, predicted, decrement, memory
