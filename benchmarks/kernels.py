"""The small operations of which a batched fit is made, at many lanes: what one of them costs on a device.

The sizes are those of the Belle II likelihood: 30 rows, 58 parameters that act on many of them, 238 in all.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import cho_solve, solve_triangular
from jax.scipy.special import gammaln, xlogy

ROWS, DENSE, ALL, RIGHT, LOCALS, SMALL = 30, 58, 238, 3, 8, 3


def cholesky_lanes_last(a):
    """Lower factor (n, n, lanes) of matrices (n, n, lanes), written out column after column."""
    n, columns = len(a), []
    for j in range(n):
        column = a[:, 0] / jnp.sqrt(a[0, 0])[None]
        columns.append(jnp.pad(column, ((j, 0), (0, 0))))
        a = a[1:, 1:] - column[1:, None] * column[None, 1:]
    return jnp.stack(columns, axis=1)


def solve_lanes_last(factor, right):
    """Solutions (n, k, lanes) for a factor of ``cholesky_lanes_last`` and right sides (n, k, lanes)."""
    n, left, forward, backward = len(factor), right, [], []
    for j in range(n):
        row = left[0] / factor[j, j][None]
        forward.append(row)
        left = left[1:] - factor[j + 1 :, j][:, None] * row[None]
    left = jnp.stack(forward)
    for j in reversed(range(n)):
        row = left[j] / factor[j, j][None]
        backward.append(row)
        left = left[:j] - factor[j, :j][:, None] * row[None]
    return jnp.stack(backward[::-1])


def solve_three(a, b):
    """Solution of one system of three equations, in closed form."""
    cofactors = jnp.stack([jnp.cross(a[1], a[2]), jnp.cross(a[2], a[0]), jnp.cross(a[0], a[1])])
    return (cofactors * b[:, None]).sum(axis=0) / jnp.sum(a[0] * cofactors[0])


def _turns(lanes_state):
    """A thousand turns of a loop that ends when all lanes are done, with next to no work in them."""
    return jax.vmap(lambda x: jax.lax.while_loop(lambda s: s < 1000.0, lambda s: s + 1.0, x))(lanes_state)


def kernels(lanes):
    """Name: (function, arguments, floating-point operations of a lane or None, turns of a call)."""
    rng = np.random.default_rng(1)
    jacobian = rng.normal(size=(lanes, ROWS, DENSE))
    matrix = jacobian @ jacobian.swapaxes(1, 2) + ROWS * np.eye(ROWS)
    factor = np.linalg.cholesky(matrix)
    right, vector = rng.normal(size=(lanes, ROWS, RIGHT)), rng.normal(size=(lanes, DENSE))
    small = rng.normal(size=(lanes, SMALL, SMALL))
    definite = small @ small.swapaxes(1, 2) + np.eye(SMALL)
    rate = np.exp(rng.normal(size=(lanes, ROWS)))
    parameters, memory = rng.normal(size=(lanes, ALL)), rng.normal(size=(lanes, 3, ALL))
    groups = rng.normal(size=(lanes, ROWS, LOCALS))
    index, position = rng.integers(ALL, size=(ROWS, LOCALS)), rng.permutation(ALL)
    one_hot = np.zeros((ROWS * LOCALS, ALL))
    one_hot[np.arange(ROWS * LOCALS), index.ravel()] = 1.0
    jacobian, matrix, factor, right, vector, definite, rate, parameters, memory, groups = jax.device_put(
        (jacobian, matrix, factor, right, vector, definite, rate, parameters, memory, groups)
    )
    last, factor_last, right_last = (jnp.moveaxis(a, 0, -1) for a in (matrix, factor, right))
    n = ROWS
    return {
        "cholesky 30 x 30": (jax.vmap(jnp.linalg.cholesky), (matrix,), n**3 / 3, 1),
        "cho_solve, 3 right sides": (
            jax.vmap(lambda c, b: cho_solve((c, True), b)),
            (factor, right),
            2 * n * n * RIGHT,
            1,
        ),
        "triangular solve, 3 right sides": (
            jax.vmap(lambda c, b: solve_triangular(c, b, lower=True)),
            (factor, right),
            n * n * RIGHT,
            1,
        ),
        "LU solve 30 x 30": (jax.vmap(jnp.linalg.solve), (matrix, right), 2 * n**3 / 3, 1),
        "LU solve 3 x 3": (jax.vmap(jnp.linalg.solve), (definite, right[:, :SMALL, 0]), None, 1),
        "closed-form solve 3 x 3": (jax.vmap(solve_three), (definite, right[:, :SMALL, 0]), None, 1),
        "eigh 3 x 3": (jax.vmap(jnp.linalg.eigh), (definite,), None, 1),
        "J J^T, 30 x 58": (jax.vmap(lambda j: j @ j.T), (jacobian,), 2 * n * n * DENSE, 1),
        "J v": (jax.vmap(lambda j, v: j @ v), (jacobian, vector), 2 * n * DENSE, 1),
        "v J": (jax.vmap(lambda j, v: v @ j), (jacobian, right[:, :, 0]), 2 * n * DENSE, 1),
        "masked copy of J": (jax.vmap(lambda j, v: jnp.where(v[None, :] > 0, j, 0.0)), (jacobian, vector), None, 1),
        "scatter-add of 240 values into 238": (
            jax.vmap(lambda g: jnp.zeros(ALL).at[index].add(g)),
            (groups,),
            None,
            1,
        ),
        "the same as a matrix product": (lambda g: g.reshape(len(g), -1) @ one_hot, (groups,), None, 1),
        "gather of 240 values": (jax.vmap(lambda p: p[index]), (parameters,), None, 1),
        "permutation of 238 values": (jax.vmap(lambda p: p[position]), (parameters,), None, 1),
        "n log(rate) - rate - gammaln, 30 bins": (
            jax.vmap(lambda r: jnp.sum(xlogy(r, r) - r - gammaln(r + 1.0))),
            (rate,),
            None,
            1,
        ),
        "products of 3 remembered steps": (
            jax.vmap(lambda m, p: m @ p),
            (memory, parameters),
            6 * ALL,
            1,
        ),
        "turn of a loop": (_turns, (jnp.zeros(lanes),), None, 1000),
        "x + 1": (lambda p: p + 1.0, (parameters,), None, 1),
        "x + 1, 16 lanes": (lambda p: p + 1.0, (parameters[:16],), None, 1),
        "cholesky 30 x 30, lanes last": (cholesky_lanes_last, (last,), n**3 / 3, 1),
        "cho_solve, 3 right sides, lanes last": (solve_lanes_last, (factor_last, right_last), 2 * n * n * RIGHT, 1),
    }
