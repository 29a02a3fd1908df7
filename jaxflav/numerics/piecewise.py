"""Functions of one variable as piecewise polynomials, found by bisection: thresholds and steps get short pieces."""

import itertools
from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

_DEGREE = 7
_FIRST = 8  # pieces to begin with
_SHORTEST = 1 / 128  # of the range: a shorter piece is not divided
_ROUGH = 1e-5  # error that a piece may have that is not divided, as quadratures leave it, relative to the entries


class Piecewise(eqx.Module):
    """Polynomials in Chebyshev form on neighbouring pieces.

    Attributes
    ----------
    edges : (pieces + 1,) array
        Ascending.
    coefficients : (pieces, degree + 1, entries) array
    """

    edges: Float[Array, " edges"]
    coefficients: Float[Array, "pieces terms entries"]

    def __call__(self, x: Float[Array, ""]) -> Float[Array, " entries"]:
        """Values at x; the last piece continues beyond the range, NaN stays NaN."""
        last = self.coefficients.shape[0] - 1
        piece = jnp.clip(jnp.searchsorted(self.edges, x, side="right") - 1, 0, last)
        low, high = self.edges[piece], self.edges[piece + 1]
        return _basis((2 * x - low - high) / (high - low)) @ self.coefficients[piece]


def _basis(t):
    """Chebyshev polynomials (terms,) at t."""
    terms = [jnp.ones_like(t), t]
    for _ in range(_DEGREE - 1):
        terms.append(2 * t * terms[-1] - terms[-2])
    return jnp.stack(terms)


def _rule():
    """Nodes in (-1, 1), at which a piece is sampled, and the matrix from values there to coefficients."""
    angles = np.pi * (np.arange(_DEGREE + 1) + 0.5) / (_DEGREE + 1)
    matrix = np.cos(np.outer(np.arange(_DEGREE + 1), angles)) * 2 / (_DEGREE + 1)
    matrix[0] /= 2
    return np.cos(angles), matrix


def fit_piecewise(
    function: Callable[[np.ndarray], np.ndarray],
    low: float,
    high: float,
    tolerance: float,
    sizes: Callable[[np.ndarray], np.ndarray],
    breaks: np.ndarray | None = None,
    most: int = 4096,
) -> Piecewise:
    """Piecewise polynomials of degree seven that follow a function.

    Parameters
    ----------
    function : callable
        Values (n, entries) at points (n,) inside (low, high).
    low, high : float
        The range.
    tolerance : float
        Errors between the nodes, relative to the size of each entry.
    sizes : callable
        Sizes (entries,) from the largest moduli (entries,) of the values so far.
    breaks : array, optional
        Points with a kink or step, where pieces end.
    most : int
        Pieces at most.

    Raises
    ------
    ArithmeticError
        If more pieces are needed, the function is rough on a short piece, or a value is not finite.
    """
    nodes, matrix = _rule()
    inner = np.zeros(0) if breaks is None else np.asarray(breaks, float)
    edges = np.unique(np.concatenate([np.linspace(low, high, _FIRST + 1), inner[(inner > low) & (inner < high)]]))
    todo = list(itertools.pairwise(edges))
    done, largest = [], None
    between = np.array([-0.97, -0.1, 0.55])
    check = np.cos(np.outer(np.arccos(between), np.arange(_DEGREE + 1)))
    while todo:
        if len(done) + len(todo) > most:
            raise ArithmeticError(f"a table of {most} pieces does not follow the function to {tolerance:g}")
        ends = np.array(todo)
        middle, half = ends.mean(axis=1), (ends[:, 1] - ends[:, 0]) / 2
        at = middle[:, None] + half[:, None] * np.concatenate([nodes, between])[None, :]
        values = function(at.ravel()).reshape(*at.shape, -1)
        if not np.all(np.isfinite(values)):
            raise ArithmeticError(f"the function is not finite between {ends[0, 0]:g} and {ends[-1, 1]:g}")
        found = np.abs(values).max(axis=(0, 1))
        largest = found if largest is None else np.maximum(largest, found)
        coefficients = np.einsum("ij,pje->pie", matrix, values[:, : len(nodes)])
        error = np.abs(np.einsum("ci,pie->pce", check, coefficients) - values[:, len(nodes) :]).max(axis=1)
        allowed = tolerance * sizes(largest)
        good, short = np.all(error <= allowed[None, :], axis=1), 2 * half <= _SHORTEST * (high - low)
        if np.any(short & np.any(error > _ROUGH / tolerance * allowed[None, :], axis=1)):
            raise ArithmeticError(f"the function is too rough near {middle[short][0]:g} to be followed by polynomials")
        good |= short
        done += [(a, c) for (a, _), c, ok in zip(todo, coefficients, good, strict=True) if ok]
        parts = [(a, b, m) for (a, b), m, ok in zip(todo, middle, good, strict=True) if not ok]
        todo = [piece for a, b, m in parts for piece in ((a, m), (m, b))]
    done.sort(key=lambda one: one[0])
    starts = [a for a, _ in done]
    return Piecewise(jnp.asarray([*starts, high]), jnp.asarray(np.stack([c for _, c in done])))
