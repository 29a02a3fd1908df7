"""Steps are finite whatever the matrices."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.inference.fitting.solves import Memory, bounded_solve, following, if_needed, positive_part, solver
from tests.inference.lapack_order import independent_calls

N = 3
U = np.array([1.0, 1e8, 1e-8])
MATRICES = {
    "zero": np.zeros((N, N)),
    "rank 1": np.outer(U, U),
    "rank 1 of one size": np.ones((N, N)),
    "indefinite in rounding": np.ones((N, N)) - np.diag([0.0, 2e-16, 4e-16]),
    "indefinite": np.array([[1.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, -1.0]]),
    "a column of nothing": np.diag([1.0, 0.0, 1.0]),
    "tiny beside large": np.array([[1e300, 1e-18, 0.0], [1e-18, 0.0, 1e-18], [0.0, 1e-18, 1e-300]]),
    "subnormal": np.full((N, N), 5e-324),
    "regular": np.diag([1.0, 2.0, 3.0]) + 0.1,
}
stacked = jnp.asarray(np.stack(list(MATRICES.values())))


def test_small_box_problems():
    """Of any matrix: finite, in the box, and a descent where the matrix is a curvature."""
    b, seen = jnp.asarray([1.0, -1.0, 1e-3]), jnp.ones(N, dtype=bool)
    box = jnp.full(N, -5.0), jnp.full(N, 5.0)
    x = np.asarray(jax.jit(jax.vmap(lambda a: bounded_solve(a, b, *box, seen)))(stacked))
    assert np.all(np.isfinite(x))
    assert np.all(np.abs(x) <= 5.0)
    np.testing.assert_allclose(x[-1], np.linalg.solve(MATRICES["regular"], b), rtol=1e-9)
    assert np.all(x[0] == 0)  # no information, no step


def test_unseen_columns_stay():
    seen = jnp.asarray([True, False, True])
    x = bounded_solve(stacked[-1], jnp.ones(N), jnp.full(N, -np.inf), jnp.full(N, np.inf), seen)
    keep = [0, 2]
    np.testing.assert_allclose(
        np.asarray(x)[keep], np.linalg.solve(MATRICES["regular"][np.ix_(keep, keep)], np.ones(2))
    )
    assert x[1] == 0


def test_matrices_of_bins():
    """Positive definite but for rounding: finite; regular ones as NumPy solves them."""
    right = jnp.ones((N, 1))
    x = np.asarray(jax.jit(jax.vmap(lambda a: solver(a)(right)))(stacked))
    usual = [i for i, name in enumerate(MATRICES) if name not in ("subnormal", "tiny beside large")]
    assert np.all(np.isfinite(x[usual]))
    np.testing.assert_allclose(x[-1], np.linalg.solve(MATRICES["regular"], right), rtol=1e-12)


@pytest.mark.parametrize("name", MATRICES)
def test_positive_parts(name):
    part = np.asarray(positive_part(jnp.asarray(MATRICES[name])))
    assert np.all(np.isfinite(part))
    if name in ("regular", "rank 1 of one size"):
        np.testing.assert_allclose(part, MATRICES[name], atol=1e-14)
    if name == "indefinite":  # the eigenvalue 3 along (1, 1) is left
        np.testing.assert_allclose(part, [[1.5, 1.5, 0], [1.5, 1.5, 0], [0, 0, 0]], atol=1e-14)


def test_memory_of_steps_without_a_change():
    """Products so small that their inverse overflows are none."""
    memory = Memory.empty(jnp.zeros(2)).after(jnp.asarray([1e-160, 0.0]), jnp.asarray([1e-160, 0.0]), True)
    gradient = jnp.asarray([1.0, 2.0])
    step = memory.corrected(lambda extra: -(gradient + extra), gradient, jnp.ones(2, dtype=bool))
    np.testing.assert_array_equal(step, -gradient)


def test_one_call_of_lapack_at_a_time():
    """A batch of Cholesky factors and one of eigenvalues, which do not need each other, as they are and in order."""

    def alone(matrix):
        return solver(matrix)(matrix), positive_part(matrix)

    def in_order(matrix):
        part = positive_part(matrix)
        return solver(following(matrix, part))(matrix), part

    programs = [jax.jit(jax.vmap(calls)).lower(stacked).compile().as_text() for calls in (alone, in_order)]
    assert len(independent_calls(programs[0])) == 3  # the factors, and two triangular solves with them
    assert not independent_calls(programs[1])


def before_any_loop(program):
    """The instructions of a compiled program that run whatever its loops do."""
    text = jax.jit(jax.vmap(program)).lower(*WHERE).compile().as_text()
    bodies = re.split(r"\n(?=(?:ENTRY )?%[\w.\-]+ \()", text)
    (entry,) = (body for body in bodies if body.startswith("ENTRY"))
    called = set(re.findall(r"calls=%([\w.\-]+)", entry))
    return entry + "".join(body for body in bodies if body.split(" ", 1)[0].lstrip("%") in called)


WHERE = jnp.asarray([True, False, True]), jnp.asarray([1.0, 2.0, np.nan])


def plain(needed, x):
    """A loop of one pass over what it does not change."""
    once = lambda state: (jnp.asarray(False), jnp.sinh(x))
    return jax.lax.while_loop(lambda state: state[0], once, (needed, -x))[1]


def test_work_that_may_not_be_needed():
    """Done where it is needed, and only inside of the loop; a plain loop has it done before."""
    lazy = lambda needed, x: if_needed(needed, lambda known: jnp.sinh(known[0]), (x, needed), -x)
    found = jax.jit(jax.vmap(lazy))(*WHERE)
    np.testing.assert_allclose(found, [np.sinh(1.0), -2.0, np.nan], rtol=1e-14)
    assert "exponential" in before_any_loop(plain)
    assert "exponential" not in before_any_loop(lazy)
