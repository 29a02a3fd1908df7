"""Linear algebra of a step of a fit: finite whatever the matrices, singular or indefinite in rounding.

A matrix is scaled to a unit diagonal and gets a ridge of the size of its rounding. What is no number even then is
replaced by a step along the gradient, with the largest curvature that a matrix of this diagonal can have.
"""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, PyTree, Shaped

MEMORY = 3  # steps that correct the curvature
_EPSILON = np.finfo(float).eps
_NOTHING = 1e-100  # products of a step and a change of the gradient below are 0: their inverse may overflow
_SMALL = 4  # rows of a matrix that is solved without LAPACK
_RIDGE = 1e-13  # of a small matrix with a unit diagonal


class Memory(eqx.Module):
    """Steps and changes of the gradient, newest last, and where the last step began."""

    steps: Float[Array, "memory p"]
    changes: Float[Array, "memory p"]
    x: Float[Array, " p"]
    gradient: Float[Array, " p"]

    @classmethod
    def empty(cls, x):
        """Nothing to remember: a step of length 0 is none."""
        none = jnp.zeros((MEMORY, x.size))
        return cls(none, none, x, jnp.zeros_like(x))

    def after(self, x, gradient, near):
        """With the step that led to x, if there was one, and from near by."""
        step, change = x - self.x, gradient - self.gradient
        new = near & jnp.any(step != 0)
        steps, changes = (
            jnp.where(new, jnp.concatenate([old[1:], row[None, :]]), old)
            for old, row in ((self.steps, step), (self.changes, change))
        )
        return Memory(steps, changes, x, gradient)

    def corrected(self, solve, gradient, moving):
        """The step of ``solve``, which takes a change of the gradient, with the curvature that the memory implies."""
        steps, changes = (jnp.where(moving[None, :], rows, 0.0) for rows in (self.steps, self.changes))
        products = jnp.sum(steps * changes, axis=1)
        known = products > _NOTHING
        inverse = jnp.where(known, 1.0 / jnp.where(known, products, 1.0), 0.0)
        shares, left = [None] * MEMORY, gradient
        for i in reversed(range(MEMORY)):
            shares[i] = inverse[i] * jnp.sum(steps[i] * left)
            left = left - shares[i] * changes[i]
        delta = solve(left - gradient)
        for i in range(MEMORY):
            delta = delta - (shares[i] + inverse[i] * jnp.sum(changes[i] * delta)) * steps[i]
        return delta


def following(matrix: Float[Array, "... n m"], earlier: Shaped[Array, "..."]) -> Float[Array, "... n m"]:
    """The matrix, unchanged, and not known before ``earlier`` is; NaN if one of its numbers is not finite.

    On CPU a batched call of LAPACK waits for threads of the pool that it runs in. Two of them at a time may wait for
    ever: of calls that do not need each other one has to follow the other.
    """
    return matrix + 0.0 * jnp.sum(earlier).astype(matrix.dtype)


def if_needed(needed: Bool[Array, ""], work: Callable[[PyTree], PyTree], known: PyTree, otherwise: PyTree) -> PyTree:
    """What ``work`` makes of ``known`` where it is needed; a batch in which it is needed nowhere does not compute it.

    It is a loop of one pass, as both branches of a condition are computed in a batch. What a loop does not change is
    computed before it, entered or not: therefore the loop changes ``known``, by adding the number of passes, 0.

    Parameters
    ----------
    needed : bool
        Of each problem of a batch.
    work : callable
        Of ``known``. What it takes from elsewhere is computed for every batch.
    known : pytree of arrays
        Of any shapes.
    otherwise : pytree of arrays
        Of the structure, shapes and types of what ``work`` returns.
    """

    def once(state):
        passes, _ = state

        def changed(array):
            return array | (passes > 0) if array.dtype == bool else array + passes.astype(array.dtype)

        return passes + 1, work(jax.tree.map(changed, known))

    return jax.lax.while_loop(lambda state: needed & (state[0] == 0), once, (jnp.asarray(0), otherwise))[1]


def solver(matrix: Float[Array, "n n"]) -> Callable[[Float[Array, "n m"]], Float[Array, "n m"]]:
    """Solutions with a matrix that is positive definite but for rounding."""
    diagonal = jnp.diagonal(matrix)
    scale = jnp.where(diagonal > 0, 1.0 / jnp.sqrt(jnp.where(diagonal > 0, diagonal, 1.0)), 0.0)
    n = len(diagonal)
    ridge = jnp.where(diagonal > 0, 4 * n * _EPSILON, 1.0)
    factor = jnp.linalg.cholesky(matrix * scale[:, None] * scale[None, :] + jnp.diag(ridge))
    regular = jnp.all(jnp.isfinite(jnp.diagonal(factor)))
    # a matrix of unit diagonal has no eigenvalue above n
    factor = jnp.where(regular, factor, jnp.eye(n) * np.sqrt(n))

    def solve(right):
        return scale[:, None] * jax.scipy.linalg.cho_solve((factor, True), scale[:, None] * right)

    return solve


def positive_part(matrix: Float[Array, "n n"]) -> Float[Array, "n n"]:
    """A symmetric matrix without its negative eigenvalues, in units in which no entry is above 1."""
    largest = jnp.max(jnp.abs(matrix), axis=1, initial=0.0)
    size = jnp.where(largest > 0, jnp.sqrt(jnp.where(largest > 0, largest, 1.0)), 0.0)
    inverse = jnp.where(largest > 0, 1.0 / jnp.where(largest > 0, size, 1.0), 0.0)
    values, vectors = jnp.linalg.eigh(matrix * inverse[:, None] * inverse[None, :])
    vectors = vectors * size[:, None]
    return (vectors * jnp.maximum(values, 0.0)[None, :]) @ vectors.T


def _small_solve(matrix, right):
    """Elimination without exchange of rows, written out: for a few rows a call of LAPACK takes longer."""
    n = len(right)
    rows = jnp.concatenate([matrix, right[:, None]], axis=1)
    for i in range(n):
        row = rows[i] / rows[i, i]
        rows = (rows - rows[:, i, None] * row[None, :]).at[i].set(row)
    return rows[:, -1]


def bounded_solve(
    a: Float[Array, "n n"],
    b: Float[Array, " n"],
    lower: Float[Array, " n"],
    upper: Float[Array, " n"],
    seen: Bool[Array, " n"],
) -> Float[Array, " n"]:
    """Minimise x.a.x/2 - b.x in a box that holds 0, for a small matrix a.

    Parameters
    ----------
    a, b : (n, n) and (n,) arrays
        Curvature, and minus the slope.
    lower, upper : (n,) arrays
        The box.
    seen : (n,) boolean array
        Which x the problem depends on by more than rounding; the others stay at 0.
    """
    n, diagonal = len(b), jnp.diagonal(a)
    informative = seen & (diagonal > 0)
    scale = jnp.where(informative, 1.0 / jnp.sqrt(jnp.where(informative, diagonal, 1.0)), 0.0)
    scaled = a * scale[:, None] * scale[None, :]
    held = ~informative
    x = jnp.zeros_like(b)
    for _ in range(n):
        mask = ~held
        matrix = jnp.where(mask[:, None] & mask[None, :], scaled, 0.0) + jnp.diag(jnp.where(mask, _RIDGE, 1.0))
        right = jnp.where(mask, scale * (b - a @ jnp.where(held, x, 0.0)), 0.0)
        solved = _small_solve(matrix, right) if n <= _SMALL else jnp.linalg.solve(matrix, right)
        solved = jnp.where(jnp.all(jnp.isfinite(solved)), solved, right / n)
        x = jnp.where(mask, scale * solved, x)
        outside = mask & ((x < lower) | (x > upper))
        x = jnp.clip(x, lower, upper)
        held = held | outside
    return x
