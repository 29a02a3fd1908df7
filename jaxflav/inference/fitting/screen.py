"""Whether the end of a fit is surely a maximum, by one matrix of the dense parameters: what most fits pass.

The curvature H of -ln L is an arrowhead. With the local parameters of a bin in units of the width of their constraints,
its blocks are A, over the dense parameters, w l d^T - C over both, and L = 1 + w l l^T - B, with d and l the
derivatives of the bin by its dense and local parameters, w its Poisson weight, and B and C the second derivatives times
the score. With k one minus the largest sum of a row of |B|, L is not below k + w l l^T, so that what eliminating the
local parameters leaves of A is not below

    A - sum_bins w d d^T + sum_bins w k/(k + w l.l) e e^T - C^T C/k,   e = d + C^T l/k.

The part of C along l is subtracted as it is. Of the rest R, R^T R is not above the diagonal matrix of the sums of the
rows of |R|^T |R| (Gershgorin's circles). A fit that fails here may still end in a maximum, which the exact curvature
decides (``jaxflav.inference.fitting.maximum``).
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jaxflav.inference.fitting.maximum import FLAT, observed_prior, observed_scores
from jaxflav.inference.fitting.solves import following
from jaxflav.inference.fitting.step import Slopes, typical_size
from jaxflav.likelihood.likelihood import Likelihood, Linearisation
from jaxflav.likelihood.second_order import Blocks

_LEFT = 0.1  # k below which the bound says nothing


def surely_convex(
    likelihood: Likelihood,
    x: Float[Array, " p"],
    at: Linearisation,
    bent: Blocks,
    slopes: Slopes,
    held: Bool[Array, " p"],
    observed: Float[Array, " rows"],
    centre: Float[Array, " p"],
) -> Bool[Array, ""]:
    """Whether the curvature of -ln L is positive at the end of a fit; False where the bound does not tell.

    Parameters
    ----------
    likelihood : Likelihood
        At a context.
    x : (p,) array
        Where the fit ended.
    at : Linearisation
        There.
    bent : Blocks
        There, see ``jaxflav.inference.fitting.maximum.bent_by``.
    slopes : Slopes
        There. A parameter that presses on a bound does not move.
    held : (p,) boolean array
        Parameters that it held.
    observed, centre : (rows,) and (p,) arrays
        The data.
    """
    model, k = likelihood.model, likelihood.n_signal
    n, bins = k + model.n_dense, model.n_bins
    dense, local = at.dense, at.local
    _, weight = observed_scores(likelihood, at.expected, observed)
    prior, typical = observed_prior(likelihood, x, centre), typical_size(likelihood, x)
    moving = ~held & ~(slopes.pressing & (jnp.abs(slopes.gradient) * typical >= FLAT))

    known = prior[:n] + weight @ dense**2
    size = jnp.minimum(typical[:n], 1.0 / jnp.sqrt(jnp.maximum(known, np.finfo(float).tiny)))
    size = jnp.where(moving[:n], size, 0.0)
    constrained = prior > 0
    usable = jnp.all((constrained | ~moving)[n:])
    width = jnp.where(moving & constrained, 1.0 / jnp.sqrt(jnp.where(constrained, prior, 1.0)), 0.0)
    width = jnp.append(width[k:], 0.0)[model.local_index]

    dense, local = dense * size[None, :], local * width
    bent_dense, lost = bent.dense * size[:, None] * size[None, :], jnp.zeros(n)
    if local.shape[1]:
        bent_local = jnp.abs(bent.local) * width[:, :, None] * width[:, None, :]
        left = 1.0 - jnp.max(jnp.sum(bent_local, axis=2), initial=0.0)
        usable, left = usable & (left > _LEFT), jnp.maximum(left, _LEFT)
        cross = bent.cross * width[..., None] * size[None, None, :]
        squared = jnp.sum(local**2, axis=1)
        length = jnp.sqrt(squared)
        unit = local * jnp.where(length > 0, 1.0 / jnp.where(length > 0, length, 1.0), 0.0)[:, None]
        along = jnp.sum(unit[..., None] * cross, axis=1)
        rest = jnp.abs(cross - unit[..., None] * along[:, None, :]).reshape(-1, n)
        lost = jnp.sum(rest, axis=1) @ rest / left
        dense = dense.at[:bins].add(along * (length / left)[:, None])
        weight = weight.at[:bins].multiply(left / (left + weight[:bins] * squared))
        bent_dense = bent_dense + along.T @ along / left
    matrix = (dense * weight[:, None]).T @ dense - bent_dense
    matrix = matrix + jnp.diag(jnp.where(size > 0, prior[:n] * size**2, 1.0) - lost)
    factor = jnp.linalg.cholesky(following(matrix + FLAT * jnp.eye(n), slopes.bend))
    return usable & jnp.all(jnp.isfinite(factor))
