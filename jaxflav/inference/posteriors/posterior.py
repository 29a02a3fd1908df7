"""Posterior densities: a likelihood times priors, in coordinates in which a sampler finds them nearly standard normal.

The log-density of data and constraint terms is that of the likelihood. A parameter with a constraint term has it as its
prior; all others need a proper prior. Sampled quantities are functions of unbounded coordinates u: after ridges were
straightened (see ``jaxflav.inference.posteriors.coordinates``), those with bounds are placed between them,

    x = low + (high - low) / (1 + exp(-u)),    x = low + s r((u - low) / s),

with a smooth ramp r and the width s of the constraint term or, for a parameter with a prior, that which prior and data
are expected to leave. Two bounds whose distance is far above s have a ramp each, so that the coordinate is straight
between them. The density of u has the derivative dx/du as a factor. The coordinates z of the sampler are u = mode + A z
with A A^T the inverse of the curvature of the log-density of u at its maximum: nuisance parameters are then
uncorrelated and of unit width.
"""

from collections.abc import Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.inference.fitting.covariance import expected_information
from jaxflav.inference.fitting.problem import Problem
from jaxflav.inference.fitting.step import unconstrained_index
from jaxflav.inference.posteriors.coordinates import (
    Straight,
    inverse_smooth_ramp,
    large_factors,
    smooth_ramp,
    straighten,
)
from jaxflav.inference.posteriors.priors import Prior
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.likelihood.likelihood import Likelihood, at_context, log_likelihood

CONTEXT = "mass"  # name of a free context
_MARGIN = 1e-3  # of the width of a prior: start values keep this distance from its ends
_WIDE = 7.0  # distance of two bounds in widths, from where on each has its ramp; they disturb each other by 1e-12
_END = 1e-15  # of the width of a prior: no coordinate is infinite
_NEAR = 1e-8  # of the width, from a single bound: there the density falls like a normal one
_BLOCK = 256  # rows for which a function is compiled


class Posterior(eqx.Module):
    """A posterior density; made by ``define_posterior``.

    Attributes
    ----------
    likelihood : Likelihood
        At its context, unless that is free.
    start : (p,) array
        All parameters; those that do not move keep these values.
    moving : (d,) array
        Positions of the sampled parameters of the likelihood.
    low, high, size : (n,) arrays
        Support of the n sampled quantities, and the length s of the transform.
    straight : Straight
        Which quantities are amplitudes of yields, or follow them.
    priors : tuple of (int, Prior)
        Position among the sampled quantities, and prior.
    names : tuple of n str
        Sampled quantities: parameters, and the mass last if it is free.
    context : scalar
        Context, or where the search for modes starts.
    """

    likelihood: Likelihood
    start: Float[Array, " p"]
    moving: Array
    low: Float[Array, " n"]
    high: Float[Array, " n"]
    size: Float[Array, " n"]
    straight: Straight
    context: Float[Array, ""]
    priors: tuple[tuple[int, Prior], ...] = eqx.field(static=True)
    names: tuple[str, ...] = eqx.field(static=True)
    free_context: bool = eqx.field(static=True)
    below: tuple[int, ...] = eqx.field(static=True)


def define_posterior(problem: Problem, priors: Mapping[str, Prior]) -> Posterior:
    """Posterior of a problem with priors by the name of the parameter.

    Parameters
    ----------
    problem : Problem
        Likelihood, context, and the parameters that are held.
    priors : mapping of name to Prior
        Of every free parameter without constraint term, and of no other; that of ``"mass"`` makes the context free.

    Raises
    ------
    InputError
        If a name is unknown, held or constrained already; if a free parameter has neither prior nor constraint term,
        so that the posterior is improper; if a prior has no support where the likelihood has.
    """
    likelihood = problem.likelihood
    names, held = likelihood.parameter_names, problem.fixed
    free_context = CONTEXT in priors and CONTEXT not in names
    if free_context and getattr(likelihood.signal, "threshold", None) is None:
        raise InputError(f"prior of {CONTEXT!r}: this likelihood has no new particle; leave the prior out")
    known = names + ((CONTEXT,) if free_context else ())
    need = [int(k) for k in unconstrained_index(likelihood) if not held[k]]
    for name in priors:
        if name not in known:
            raise UnknownNameError("parameter with a prior", name, known)
        if name in names and held[names.index(name)]:
            raise InputError(f"prior of {name!r}: the parameter is held; release it or leave the prior out")
        if name in names and names.index(name) not in need:
            raise InputError(f"prior of {name!r}: its constraint term is its prior; leave this one out")
    missing = [names[k] for k in need if names[k] not in priors]
    if missing:
        raise InputError(
            f"no prior for {', '.join(missing)}: without one the posterior is improper; give a prior with a finite "
            f"integral, such as uniform, or hold the parameter"
        )
    moving = np.flatnonzero(~held)
    sampled = tuple(names[k] for k in moving) + ((CONTEXT,) if free_context else ())
    low, high, size = _support(likelihood, moving)
    if free_context:
        low, high, size = np.append(low, 0.0), np.append(high, np.inf), np.append(size, 1.0)
    placed = tuple((sampled.index(name), prior) for name, prior in priors.items())
    for k, prior in placed:
        if max(low[k], prior.low) >= min(high[k], prior.high):
            raise InputError(
                f"prior of {sampled[k]!r} from {prior.low:g} to {prior.high:g} has no support where the likelihood "
                f"has, from {low[k]:g} to {high[k]:g}; widen the prior"
            )
        low[k], high[k], size[k] = max(low[k], prior.low), min(high[k], prior.high), prior.size
    information, d = _information(problem, moving, placed), len(moving)
    width = np.sqrt(np.diagonal(np.linalg.inv(information)))
    for k, _ in placed:
        size[k] = min(size[k], width[k]) if k < d else size[k]
    context = jnp.asarray(problem.context)
    return Posterior(
        likelihood=likelihood if free_context else at_context(likelihood, context),
        start=jnp.asarray(problem.start),
        moving=jnp.asarray(moving),
        low=jnp.asarray(low),
        high=jnp.asarray(high),
        size=jnp.asarray(size),
        straight=_straight(problem, moving, information, low, high, size),
        context=context,
        priors=placed,
        names=sampled,
        free_context=free_context,
        below=tuple(int(k) for k in np.flatnonzero(np.isfinite(high))),
    )


def _support(likelihood, moving):
    """Bounds of the likelihood, and widths of constraint terms."""
    k, model = likelihood.n_signal, likelihood.model
    counted = np.concatenate([np.zeros(k, dtype=bool), np.array(model.poisson, dtype=bool)])
    low = np.where(counted, np.maximum(np.array(likelihood.lower), 0.0), np.array(likelihood.lower))
    width = np.concatenate([np.ones(k), np.array(model.spread)])
    width = np.where(np.isfinite(width) & (width > 0), width, 1.0)
    return low[moving], np.array(likelihood.upper)[moving], width[moving]


def _information(problem, moving, placed):
    """Expected information (d, d) on the moving parameters at the start values of the problem, with that of priors."""
    start, context = jnp.asarray(problem.start), jnp.asarray(problem.context)
    information = np.array(expected_information(problem.likelihood, start, context))[np.ix_(moving, moving)]
    for k, prior in placed:
        if k < len(moving):
            information[k, k] += prior.size**-2.0
    return information


def _straight(problem, moving, information, low, high, size):
    """Straight coordinates of the sampled quantities about the start values of the problem."""
    model, n, d = problem.likelihood.model, len(low), len(moving)
    position = {int(p) - problem.likelihood.n_signal: k for k, p in enumerate(moving)}
    large = large_factors(model)
    unbounded = ~(np.isfinite(low) | np.isfinite(high))
    entries = {position[p]: e for p, e in large.items() if p in position and unbounded[position[p]]}
    whole, centre = np.eye(n), np.zeros(n)
    whole[:d, :d], centre[:d] = information, problem.start[moving]
    narrow = np.isfinite(low) & np.isfinite(high) & ~_is_wide(low, high, size)
    share = np.clip((centre[narrow] - low[narrow]) / (high - low)[narrow], _MARGIN, 1 - _MARGIN)
    slope = np.ones(n)
    slope[narrow] = (high - low)[narrow] * share * (1 - share)
    return straighten(model, entries, whole * np.outer(slope, slope), centre)


def _is_wide(low, high, size):
    """Whether the distance of two bounds is far above the width between them."""
    return high - low >= _WIDE * size


def constrained(posterior: Posterior, u: Float[Array, " n"]) -> tuple[Float[Array, " n"], Float[Array, ""]]:
    """Sampled quantities at the unbounded coordinates u, and the logarithm of the Jacobian."""
    u, jacobian = posterior.straight.apply(u)
    bounded = jnp.isfinite(posterior.low)
    low = jnp.where(bounded, posterior.low, 0.0)
    ramp, slope = smooth_ramp(jnp.where(bounded, (u - low) / posterior.size, 0.0))
    x = jnp.where(bounded, low + posterior.size * ramp, u)
    slope = jnp.where(bounded, slope, 0.0)
    at = np.array(posterior.below, dtype=int)
    v, y, low, high, size = (a[at] for a in (u, x, posterior.low, posterior.high, posterior.size))
    narrow = bounded[at] & ~_is_wide(low, high, size)
    ramp, upper = smooth_ramp(jnp.where(narrow, 0.0, (high - y) / size))
    width = jnp.where(narrow, high - low, 1.0)
    both = jnp.log(width) + jax.nn.log_sigmoid(v) + jax.nn.log_sigmoid(-v)
    # the smallest value of the second ramp is below the first bound by rounding
    value = jnp.maximum(high - size * ramp, low)
    x = x.at[at].set(jnp.where(narrow, jnp.where(narrow, low, 0.0) + width * jax.nn.sigmoid(v), value))
    slope = slope.at[at].set(jnp.where(narrow, both, slope[at] + upper))
    return x, jnp.sum(slope) + jacobian


def _in_blocks(function, rows):
    """A compiled function of blocks of rows, compiled once whatever their number is."""
    done = []
    for first in range(0, len(rows), _BLOCK):
        block = rows[first : first + _BLOCK]
        padded = np.concatenate([block, np.broadcast_to(block[-1:], (_BLOCK - len(block), block.shape[1]))])
        done.append(np.asarray(function(jnp.asarray(padded)))[: len(block)])
    return np.concatenate(done)


_undo = jax.jit(jax.vmap(lambda straight, x: straight.undo(x), in_axes=(None, 0)))


def unconstrained(posterior: Posterior, x: Float[Array, "... n"], start: bool = False) -> np.ndarray:
    """Coordinates u (..., n) of sampled quantities.

    Parameters
    ----------
    posterior : Posterior
        The posterior.
    x : (..., n) array
        Sampled quantities; those outside the support are moved into it.
    start : bool
        Whether to keep a distance from the ends of the support, as an algorithm does that starts there.
    """
    low, high, size = (np.asarray(a) for a in (posterior.low, posterior.high, posterior.size))
    near, margin = (_NEAR, _MARGIN) if start else (_END, _END)
    x = np.asarray(x, dtype=float)
    u = x.reshape(-1, x.shape[-1]).copy()
    bounded, below = np.isfinite(low), np.isfinite(high)
    wide = below & _is_wide(low, high, size)
    a = wide
    u[:, a] = high[a] - size[a] * inverse_smooth_ramp(np.maximum((high[a] - u[:, a]) / size[a], near))
    a = bounded & (wide | ~below)
    u[:, a] = low[a] + size[a] * inverse_smooth_ramp(np.maximum((u[:, a] - low[a]) / size[a], near))
    a = bounded & below & ~wide
    share = np.clip((u[:, a] - low[a]) / (high[a] - low[a]), margin, 1 - margin)
    u[:, a] = np.log(share / (1 - share))
    return _in_blocks(lambda rows: _undo(posterior.straight, rows), u).reshape(x.shape)


def log_density(posterior: Posterior, u: Float[Array, " n"]) -> Float[Array, ""]:
    """Log of likelihood, priors and Jacobian at the unbounded coordinates u."""
    x, jacobian = constrained(posterior, u)
    d = posterior.moving.shape[0]
    parameters = posterior.start.at[posterior.moving].set(x[:d])
    data = log_likelihood(posterior.likelihood, parameters, x[d] if posterior.free_context else None)
    prior = sum((density.log_density(x[k]) for k, density in posterior.priors), jnp.zeros(()))
    return data + prior + jacobian


@eqx.filter_jit
def _log_densities(posterior, u):
    return jax.lax.map(lambda one: log_density(posterior, one), u)


def log_densities(posterior: Posterior, u: np.ndarray) -> np.ndarray:
    """Log-density (m,) at many unbounded coordinates (m, n); -inf where the likelihood is zero."""
    return np.nan_to_num(_in_blocks(lambda rows: _log_densities(posterior, rows), np.asarray(u)), nan=-np.inf)
