"""Whether the end of a fit is surely a maximum, from norms alone: what most fits pass, at a tenth of their time.

With F what a step knows of the curvature of -ln L, positive as it is, and B the second derivatives of the expectation
times the scores, the curvature is H = F - B (Weyl: positive if no eigenvalue of B is above the smallest one of F). For
any share t, F holds at least t P on the constrained parameters, of precision P, and 1 - t of the information on the
unconstrained ones. In units of these two, B must have a norm below 1; the smaller one of the Frobenius norm and of the
largest sum of a row is taken. A fit that fails here may still end in a maximum, which the exact curvature decides
(``jaxflav.inference.fitting.maximum``).
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jaxflav.inference.fitting.maximum import FLAT, observed_prior, observed_scores
from jaxflav.inference.fitting.solves import Memory
from jaxflav.inference.fitting.step import SEEN, Known, at_bounds, expected_prior, typical_size, unconstrained_index
from jaxflav.likelihood.likelihood import Likelihood, expected
from jaxflav.likelihood.second_order import Blocks, second_derivatives

_SHARE = 0.8  # t: strengths have much information, and little curvature
_BELOW = 0.9  # the point moved since the last step began


def surely_convex(
    likelihood: Likelihood,
    x: Float[Array, " p"],
    held: Bool[Array, " p"],
    bounds: tuple[Float[Array, " p"], Float[Array, " p"]],
    memory: Memory,
    known: Known,
    observed: Float[Array, " rows"],
    centre: Float[Array, " p"],
) -> Bool[Array, ""]:
    """Whether the curvature of -ln L is positive at the end of a fit; False where norms do not tell.

    Parameters
    ----------
    likelihood : Likelihood
        At a context.
    x : (p,) array
        Where the fit ended.
    held : (p,) boolean array
        Parameters that it held.
    bounds : two (p,) arrays
        Lower and upper ones.
    memory, known : Memory and Known
        Of the last step.
    observed, centre : (rows,) and (p,) arrays
        The data.
    """
    typical, index = typical_size(likelihood, x), unconstrained_index(likelihood)
    alone = np.isin(np.arange(x.size), index)
    pressing = at_bounds(memory.x, memory.gradient, bounds)
    level = jnp.abs(memory.gradient) * typical < FLAT
    moving = ~held & ~(pressing & ~level)
    constrained = moving & ~alone
    prior = jnp.where(constrained, observed_prior(likelihood, x, centre), 1.0)
    usable = ~jnp.any(constrained & (pressing | ~(prior > 0)))
    prior = jnp.where(prior > 0, prior, 1.0)
    expected_precision = jnp.where(constrained, expected_prior(likelihood, x, held, centre)[1], 1.0)
    # how much less is known than the last step took, where fewer auxiliary events were counted than expected
    less = jnp.maximum(1.0, jnp.max(expected_precision / prior, initial=1.0))
    of_free, clear = _free_sizes(known, moving[index], typical[index], less)
    size = jnp.where(constrained, 1.0 / jnp.sqrt(_SHARE * prior), 0.0).at[index].set(of_free)
    score, _ = observed_scores(likelihood, expected(likelihood, x), observed)
    bent = second_derivatives(likelihood, x, score)
    dense = bent.dense.at[index[:, None], index[None, :]].add(known.bend)
    norm = _norm(likelihood, Blocks(dense, bent.cross, bent.local), size)
    lent = 2.0 * known.lent_constrained * less / _SHARE
    return usable & clear & (norm + lent < _BELOW)


def _free_sizes(known, moving, typical, less):
    """Sizes (n,) of the unconstrained parameters that leave their information above 1; whether there are such."""
    information = (1.0 - _SHARE) / less * known.information - 2.0 * known.lent
    diagonal = jnp.diagonal(information)
    seen = diagonal * typical**2 > SEEN
    inverse = jnp.where(moving & seen, 1.0 / jnp.sqrt(jnp.where(seen, diagonal, 1.0)), 0.0)
    shares = jnp.abs(information) * inverse[:, None] * inverse[None, :]
    rest = 1.0 - jnp.max(jnp.sum(shares, axis=1) - jnp.diagonal(shares), initial=0.0)
    clear = jnp.all(seen | ~moving) & (rest > 0)
    return inverse / jnp.sqrt(jnp.where(rest > 0, rest, 1.0)), clear


def _norm(likelihood, blocks, size):
    """A bound on the eigenvalues of a matrix in units of sizes."""
    n = len(blocks.dense)
    of_dense, of_local = size[:n], jnp.append(size[likelihood.n_signal :], 0.0)[likelihood.model.local_index]
    dense = jnp.abs(blocks.dense) * of_dense[:, None] * of_dense[None, :]
    cross = jnp.abs(blocks.cross) * of_local[..., None] * of_dense[None, None, :]
    local = jnp.abs(blocks.local) * of_local[:, :, None] * of_local[:, None, :]
    by_dense = jnp.sum(dense, axis=1) + jnp.sum(cross, axis=(0, 1))
    by_local = jnp.sum(cross, axis=2) + jnp.sum(local, axis=2)
    largest = jnp.maximum(jnp.max(by_dense, initial=0.0), jnp.max(by_local, initial=0.0))
    return jnp.minimum(largest, jnp.sqrt(jnp.sum(dense**2) + 2.0 * jnp.sum(cross**2) + jnp.sum(local**2)))
