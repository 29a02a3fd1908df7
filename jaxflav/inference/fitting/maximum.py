"""Whether the end of a fit is a maximum: the curvature of the log-likelihood, and the way out of a saddle.

Fisher scoring does not see the second derivatives of the expectation: where the slope vanishes by symmetry, as at a
coupling of 0 or at a pull whose effects up and down are the same, it stays, be the point a maximum or not. The exact
curvature H of -ln L is an arrowhead; its local parameters are eliminated bin by bin, and what is left is positive
definite at a maximum. Otherwise H has a direction v in which -ln L falls on both sides, and the best of some points
along v is where the fit goes on (Nocedal and Wright, Numerical Optimization, section 3.4).
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, PyTree

from jaxflav.inference.fitting.step import AT_BOUND, expected_prior, joined, typical_size
from jaxflav.likelihood.likelihood import Likelihood, Linearisation, at_context, linearise
from jaxflav.likelihood.second_order import Blocks, second_derivatives

FLAT = 1e-5  # curvature of -ln L per typical size of a parameter, above which minus it counts as none
_CURVED = 1e-3  # and below which minus it is a fault if no point along it is better
_GAIN = 1e-11  # of -ln L: less is none
_REACH = 2.0 ** np.arange(-10, 5)  # distances to look at, in typical sizes


def observed_scores(likelihood, rows, observed):
    """First and minus the second derivative of ln L by the expectation of every row."""
    error = likelihood.normal_error
    normal = error > 0
    safe = jnp.where(normal | (observed <= 0), 1.0, rows)
    inverse = 1.0 / jnp.where(normal, error, 1.0) ** 2
    score = jnp.where(observed > 0, observed / safe, 0.0) - 1.0
    weight = jnp.where(observed > 0, observed / safe**2, 0.0)
    return jnp.where(normal, (observed - rows) * inverse, score), jnp.where(normal, inverse, weight)


def bent_by(likelihood, x, at, observed):
    """What the second derivatives of the expectations add to those of ln L."""
    return second_derivatives(likelihood, x, observed_scores(likelihood, at.expected, observed)[0])


def observed_prior(likelihood, x, centre):
    """Second derivatives of -ln of the constraints."""
    model, k = likelihood.model, likelihood.n_signal
    theta, count = x[k:], centre[k:]
    precision = jnp.where(model.normal, 1.0 / model.width**2, 0.0)
    precision = jnp.where(model.poisson, count / jnp.where(model.poisson & (count > 0), theta, 1.0) ** 2, precision)
    return jnp.concatenate([jnp.where(jnp.arange(k) >= likelihood.signal.n_free, 1.0, 0.0), precision])


def scaled_curvature(
    likelihood: Likelihood,
    x: Float[Array, " p"],
    at: Linearisation,
    bent: Blocks,
    held: Bool[Array, " p"],
    bounds: tuple[Float[Array, " p"], Float[Array, " p"]],
    observed: Float[Array, " rows"],
    centre: Float[Array, " p"],
) -> tuple[Blocks, Float[Array, " p"]]:
    """Curvature of -ln L in units of the size of every parameter, and these sizes; what cannot move has the size 0.

    The likelihood is linearised at x, and ``bent_by`` the data there.
    A size is the smaller one of ``typical_size`` and the standard deviation with all others held. A parameter at a
    bound can move where its slope vanishes and its own curvature is negative.
    """
    model, k = likelihood.model, likelihood.n_signal
    n_dense = k + model.n_dense
    dense, local = at.dense, at.local
    score, weight = observed_scores(likelihood, at.expected, observed)
    prior = observed_prior(likelihood, x, centre)
    of_dense = prior[:n_dense] + weight @ dense**2
    bins = weight[: model.n_bins]

    def by_bin(vector, fill):
        return jnp.append(vector[k:], fill)[model.local_index]

    of_local = by_bin(prior, 0.0) + bins[:, None] * local**2
    known = joined(model, of_dense, of_local)
    size = jnp.minimum(typical_size(likelihood, x), 1.0 / jnp.sqrt(jnp.maximum(known, np.finfo(float).tiny)))
    own = known - joined(model, jnp.diagonal(bent.dense), jnp.diagonal(bent.local, axis1=1, axis2=2))
    sloped = joined(model, score @ dense, score[: model.n_bins, None] * local)
    gradient = expected_prior(likelihood, x, held, centre)[0] - sloped
    edge = (x <= bounds[0] + AT_BOUND) | (x >= bounds[1] - AT_BOUND)
    level = (jnp.abs(gradient) * size < FLAT) & (own * size**2 < -FLAT)
    size = jnp.where(held | (edge & ~level), 0.0, size)
    d, e = size[:n_dense], by_bin(size, 0.0)
    scaled = dense * d[None, :]
    main = (scaled * weight[:, None]).T @ scaled - bent.dense * d[:, None] * d[None, :]
    main = main + jnp.diag(jnp.where(d > 0, prior[:n_dense] * d**2, 1.0))
    local = local * e
    cross = (bins[:, None] * local)[..., None] * scaled[: model.n_bins, None, :]
    cross = cross - bent.cross * e[..., None] * d[None, None, :]
    blocks = bins[:, None, None] * local[:, :, None] * local[:, None, :] - bent.local * e[:, :, None] * e[:, None, :]
    unit = jnp.where(e > 0, by_bin(prior, 0.0) * e**2, 1.0)
    return Blocks(main, cross, blocks + unit[..., None] * jnp.eye(e.shape[1])[None]), size


def _eliminate(blocks):
    """Schur complement of the local parameters, and the factors of their blocks; NaN where one is not positive."""
    factors = jnp.linalg.cholesky(blocks.local)
    half = jax.lax.linalg.triangular_solve(factors, blocks.cross, left_side=True, lower=True)
    gone = half.reshape(-1, len(blocks.dense))
    return blocks.dense - gone.T @ gone, factors


def is_convex(blocks: Blocks) -> Bool[Array, ""]:
    """Whether a scaled curvature has no eigenvalue below -1e-5."""
    dense = blocks.dense + FLAT * jnp.eye(len(blocks.dense))
    if blocks.local.shape[1]:
        local = blocks.local + FLAT * jnp.eye(blocks.local.shape[1])[None]
        dense, _ = _eliminate(Blocks(dense, blocks.cross, local))
    return jnp.all(jnp.isfinite(jnp.linalg.cholesky(dense)))


def is_maximum(
    likelihood: Likelihood,
    context: PyTree,
    x: Float[Array, " p"],
    held: Bool[Array, " p"],
    observed: Float[Array, " rows"],
    centre: Float[Array, " p"],
) -> Bool[Array, ""]:
    """Whether the exact curvature at a stationary point is that of a maximum of the likelihood."""
    hold = likelihood.fixed | held
    bounds = jnp.where(hold, -jnp.inf, likelihood.lower), jnp.where(hold, jnp.inf, likelihood.upper)
    likelihood = at_context(likelihood, context)
    at = linearise(likelihood, x)
    bent = bent_by(likelihood, x, at, observed)
    return is_convex(scaled_curvature(likelihood, x, at, bent, hold, bounds, observed, centre)[0])


def _downwards(likelihood, blocks):
    """A direction (p,) of unit length in which the scaled curvature is negative, and the curvature there."""
    model, k, n = likelihood.model, likelihood.n_signal, len(blocks.dense)
    if blocks.local.shape[1] == 0:
        values, vectors = jnp.linalg.eigh(blocks.dense)
        return vectors[:, 0], values[0]
    values, vectors = jnp.linalg.eigh(blocks.local)
    lift = jnp.maximum(FLAT - values[:, 0], 0.0)
    lifted = blocks.local + lift[:, None, None] * jnp.eye(blocks.local.shape[1])[None]
    schur, factors = _eliminate(Blocks(blocks.dense, blocks.cross, lifted))
    dense = jnp.linalg.eigh(schur)[1][:, 0]
    pulled = -jax.scipy.linalg.cho_solve((factors, True), (blocks.cross @ dense)[..., None])[..., 0]
    worst = jnp.argmin(values[:, 0])
    alone = jnp.zeros_like(pulled).at[worst].set(vectors[worst, :, 0])

    def unit(of_dense, of_local):
        vector = joined(model, of_dense, of_local)
        return vector / jnp.sqrt(jnp.maximum(jnp.sum(vector**2), np.finfo(float).tiny))

    def bent(vector):
        d, e = vector[:n], jnp.append(vector[k:], 0.0)[model.local_index]
        crossed = jnp.einsum("bk,bkd,d->", e, blocks.cross, d)
        return d @ blocks.dense @ d + 2 * crossed + jnp.einsum("bk,bkm,bm->", e, blocks.local, e)

    found = jnp.stack([unit(dense, pulled), unit(0 * dense, alone)])
    curvatures = jax.vmap(bent)(found)
    best = jnp.argmin(curvatures)
    return found[best], curvatures[best]


def way_down(
    likelihood: Likelihood,
    objective: Callable[[Float[Array, " p"]], Float[Array, ""]],
    x: Float[Array, " p"],
    value: Float[Array, ""],
    bounds: tuple[Float[Array, " p"], Float[Array, " p"]],
    blocks: Blocks,
    size: Float[Array, " p"],
) -> tuple[Float[Array, " p"], Float[Array, ""], Bool[Array, ""]]:
    """The best of some points on both sides along the most negative curvature.

    Returns
    -------
    x, value : (p,) array and scalar
        The point and -ln L there; those that came in where none is better.
    fault : bool
        Whether the curvature is negative and none is.
    """
    direction, curvature = _downwards(likelihood, blocks)
    distances = np.concatenate([_REACH, -_REACH])
    points = x[None, :] + distances[:, None] * (direction * size)[None, :]
    points = jnp.clip(points, bounds[0][None, :], bounds[1][None, :])
    values = jax.vmap(objective)(points)
    values = jnp.where(jnp.isfinite(values), values, jnp.inf)
    best = jnp.argmin(values)
    better = values[best] < value - _GAIN
    fault = ~better & ~(curvature > -_CURVED)
    return jnp.where(better, points[best], x), jnp.where(better, values[best], value), fault
