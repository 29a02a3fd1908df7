"""Curvature of a log-density whose local parameters touch one bin each: an arrowhead matrix, never stored in full.

With d the dense coordinates, shared between bins, and l the local ones, the curvature has the blocks

    H = [[H_dd, H_dl], [H_ld, H_ll]],

in which H_ll has a small block for each bin and nothing else. Products of H with the unit vectors of d, and with one
vector for all first local coordinates of the bins, one for all second ones and so on, are then the whole of H: for the
public Belle II likelihood 57 instead of 231. The determinant, solutions and normal draws follow from the Schur
complement S = H_dd - H_dl H_ll^-1 H_ld.
"""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float


class Layout(eqx.Module):
    """Positions of dense and local coordinates in a vector of m; static.

    Attributes
    ----------
    size : int
        The length m.
    dense : tuple of d int
        Positions of the dense coordinates.
    local : tuple of tuples of k int
        For each bin, the positions of its local coordinates, padded with m.
    """

    size: int = eqx.field(static=True)
    dense: tuple[int, ...] = eqx.field(static=True)
    local: tuple[tuple[int, ...], ...] = eqx.field(static=True)

    @property
    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Positions as arrays (d,) and (bins, k)."""
        return np.array(self.dense, dtype=int), np.array(self.local, dtype=int).reshape(len(self.local), -1)

    def split(self, vector: Float[Array, " m"]) -> tuple[Float[Array, " d"], Float[Array, "bins k"]]:
        """Dense and local coordinates of a vector; 0 where padded."""
        dense, local = self.arrays
        return vector[dense], jnp.append(vector, 0.0)[local]

    def join(self, of_dense: Float[Array, " d"], of_local: Float[Array, "bins k"]) -> Float[Array, " m"]:
        """The vector of its parts."""
        dense, local = self.arrays
        return jnp.zeros(self.size + 1).at[dense].set(of_dense).at[local].set(of_local)[: self.size]


class Arrowhead(eqx.Module):
    """Factors of a curvature matrix of m = d + l coordinates.

    Attributes
    ----------
    factor : (d, d) array
        Lower Cholesky factor of the Schur complement.
    blocks : (bins, k, k) array
        Lower Cholesky factors of the blocks of the bins; padded coordinates are units.
    half : (bins, k, d) array
        The inverse of each of these factors times the rows of its bin in H_ld.
    layout : Layout
        Positions.
    """

    factor: Float[Array, "d d"]
    blocks: Float[Array, "bins k k"]
    half: Float[Array, "bins k d"]
    layout: Layout

    def log_determinant(self) -> Float[Array, ""]:
        """Logarithm of the determinant of the curvature."""
        of_bins = jnp.log(jnp.diagonal(self.blocks, axis1=1, axis2=2)).sum()
        return 2 * (jnp.log(jnp.diagonal(self.factor)).sum() + of_bins)

    def solve(self, vector: Float[Array, " m"]) -> Float[Array, " m"]:
        """The inverse of the curvature times a vector."""
        dense, local = self.layout.split(vector)
        local = _triangular(self.blocks, local)
        dense = _triangular(self.factor, dense - jnp.einsum("bkd,bk->d", self.half, local))
        return self.spread(dense, local)

    def spread(self, of_dense: Float[Array, " d"], of_local: Float[Array, "bins k"]) -> Float[Array, " m"]:
        """A matrix R with R R^T the inverse of the curvature, times a vector: normal deviates become a draw."""
        dense = _triangular(self.factor, of_dense, transpose=True)
        local = of_local - jnp.einsum("bkd,d->bk", self.half, dense)
        return self.layout.join(dense, _triangular(self.blocks, local, transpose=True))


def _triangular(factor, vector, transpose=False):
    solved = jax.lax.linalg.triangular_solve(
        factor, vector[..., None], left_side=True, lower=True, transpose_a=transpose
    )
    return solved[..., 0]


def _damped(matrix, damping):
    diagonal = np.broadcast_to(np.eye(matrix.shape[-1], dtype=bool), matrix.shape)
    return matrix + damping * jnp.where(diagonal, jnp.abs(matrix), 0.0)


def arrowhead(
    gradient: Callable[[Float[Array, " m"]], Float[Array, " m"]],
    u: Float[Array, " m"],
    layout: Layout,
    damping: Float[Array, ""] | float = 0.0,
) -> tuple[Float[Array, " m"], Arrowhead]:
    """A gradient at u, and the factors of its derivative, which are NaN where that is not positive definite.

    Parameters
    ----------
    gradient : callable
        Of minus the log-density.
    u : (m,) array
        Where.
    layout : Layout
        Positions of dense and local coordinates.
    damping : scalar
        Share of its diagonal that is added to the derivative.
    """
    dense, local = layout.arrays
    d, k = dense.size, local.shape[1]
    tangents = np.zeros((d + k, layout.size + 1))
    tangents[np.arange(d), dense] = 1.0
    tangents[d + np.arange(k)[None, :], local] = 1.0
    value, product = jax.linearize(gradient, u)
    rows = jnp.pad(jax.vmap(product)(jnp.asarray(tangents[:, : layout.size])), ((0, 0), (0, 1)))
    inside = (local < layout.size)[:, :, None] & (local < layout.size)[:, None, :]
    blocks = jnp.moveaxis(rows[d:][:, local], 0, -1)
    blocks = _damped(blocks, damping)
    blocks = jnp.where(inside, blocks, np.broadcast_to(np.eye(k), blocks.shape))
    cross = jnp.moveaxis(rows[:d][:, local], 0, -1)
    factors = jnp.linalg.cholesky(blocks)
    half = jax.lax.linalg.triangular_solve(factors, cross, left_side=True, lower=True)
    schur = _damped(rows[:d][:, dense], damping) - jnp.einsum("bki,bkj->ij", half, half)
    return value, Arrowhead(jnp.linalg.cholesky(schur), factors, half, layout)
