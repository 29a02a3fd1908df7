"""Tables in the mass: the forms of a signal as piecewise polynomials. A free mass then costs as little as a held one.

Pieces end where a bin enters, and become short towards thresholds; the masses of each decay end at its own threshold,
beyond which the rates are 0. A table is kept on disk under the hash of all that it depends on.
"""

import hashlib
import os
import zipfile
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.couplings.gravitino_pair import GravitinoPairCouplings
from jaxflav.couplings.vector import VectorCouplings
from jaxflav.couplings.vector_pair import VectorPairCouplings
from jaxflav.experiments.signal import Forms
from jaxflav.experiments.thresholds import mass_threshold
from jaxflav.hypotheses.state import Line, Particles
from jaxflav.numerics.piecewise import Piecewise, fit_piecewise
from jaxflav.numerics.quadratic import Quadratic

TOLERANCE = 1e-9  # of every entry, relative to the largest value of its row at the mean form factors
_VERSION = 1
_POLES = {VectorCouplings: 2, VectorPairCouplings: 4, GravitinoPairCouplings: 4}
_BLOCK = 64  # masses at a time


class MassTable(eqx.Module):
    """Forms of one decay as a function of the mass in GeV.

    Attributes
    ----------
    pieces : Piecewise
        In the variable x of mass = threshold (1 - x^2), in which square roots at the threshold are smooth.
    threshold : scalar
        In GeV.
    n_nuisances : int
        Of the form factors.
    pole : int
        Power of the mass that the rates of light particles fall with: the table has the rates times this power.
    """

    pieces: Piecewise
    threshold: Float[Array, ""]
    n_nuisances: int = eqx.field(static=True)
    pole: int = eqx.field(static=True)

    def __call__(self, mass: Float[Array, ""]) -> Quadratic:
        """The forms; 0 at and beyond the threshold, NaN for a mass that is no number or negative."""
        beyond = mass >= self.threshold
        share = jnp.where(beyond, 0.25, 1.0 - mass / self.threshold)
        entries = self.pieces(jnp.sqrt(share)) / mass**self.pole
        entries = jnp.where(beyond, 0.0, jnp.where(mass < 0, jnp.nan, entries))
        return _unpack(entries, self.n_nuisances)


def _pack(forms, n):
    """Constant, linear and upper triangle of the quadratic parts, one after the other."""
    a, b = np.triu_indices(n)
    return jnp.concatenate([forms.constant, forms.linear.ravel(), forms.quadratic[:, a, b].ravel()])


def _unpack(entries, n):
    a, b = np.triu_indices(n)
    rows = entries.shape[0] // (1 + n + len(a))
    constant, linear, upper = jnp.split(entries, [rows, rows * (1 + n)])
    upper = upper.reshape(rows, len(a))
    quadratic = jnp.zeros((rows, n, n)).at[:, a, b].set(upper).at[:, b, a].set(upper)
    return Quadratic(constant, linear.reshape(rows, n), quadratic)


def _row_sizes(largest, n, products):
    """For every entry the largest constant part of its row, of all products of coordinates; 1 where all are 0."""
    width = 1 + n + n * (n + 1) // 2
    constant = largest[: len(largest) // width].reshape(products, -1)
    constant = np.broadcast_to(constant.max(axis=0), constant.shape).ravel()
    constant = np.where(constant > 0, constant, 1.0)
    return np.concatenate([constant, np.repeat(constant, n), np.repeat(constant, width - 1 - n)])


def mass_table(forms: Forms, particles: Particles | Line, unit: Float[Array, " k"]) -> MassTable:
    """Table of the forms of one decay over the masses of a set of particles.

    Parameters
    ----------
    forms : Forms
        Of the decay.
    particles : Particles or Line
        Any mass; width and lifetime are none.
    unit : (k,) array
        As for ``Forms``.
    """
    threshold = threshold_of(forms, particles)
    n = forms.n_nuisances
    path = _cache_file(forms, particles, unit)
    if path is not None and path.is_file():
        try:
            with path.open("rb") as file, np.load(file) as stored:
                pieces = Piecewise(jnp.asarray(stored["edges"]), jnp.asarray(stored["coefficients"]))
            return MassTable(pieces, jnp.asarray(threshold), n, _pole(particles))
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):  # a file cut short by a lost process is made anew
            path.unlink(missing_ok=True)

    def at(x):
        masses = threshold * (1 - x**2)
        blocks = -(-len(masses) // _BLOCK)
        padded = np.resize(masses, blocks * _BLOCK).reshape(blocks, _BLOCK)
        return np.concatenate([np.asarray(_entries(forms, particles, unit, jnp.asarray(b))) for b in padded])[
            : len(masses)
        ]

    products = len(unit) * (len(unit) + 1) // 2
    edges = np.asarray(forms.breaks)
    inside = np.sqrt(edges[edges > 0]) / particles.massive
    breaks = np.sqrt(np.maximum(1 - inside[inside < threshold] / threshold, 0.0))
    pieces = fit_piecewise(at, 0.0, 1.0, TOLERANCE, lambda largest: _row_sizes(largest, n, products), breaks)
    if path is not None:
        _store(path, pieces)
    return MassTable(pieces, jnp.asarray(threshold), n, _pole(particles))


def threshold_of(forms: Forms, particles: Particles | Line) -> float:
    """Mass in GeV from which on there is no decay into a set of particles; 0 where there is none at any mass."""
    return mass_threshold(forms.constants, [forms.decay], particles.massive)


@eqx.filter_jit
def _entries(forms, particles, unit, masses):
    def at(mass):
        return mass ** _pole(particles) * _pack(
            forms(eqx.tree_at(lambda p: p.mass, particles, mass), unit), forms.n_nuisances
        )

    return jax.lax.map(at, masses)


def _pole(particles):
    """Longitudinal vectors, and the helicities 1/2 of spin 3/2, bring inverse powers of their mass."""
    return next((power for family, power in _POLES.items() if isinstance(particles.family, family)), 0)


def _cache_file(forms, particles, unit):
    """File named by the hash of everything that the table depends on; None where there is no directory to write."""
    try:
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        directory = root / "jaxflav" / "tables"
        directory.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # RuntimeError where a user has no home
        return None
    digest = hashlib.sha256(f"{_VERSION} {jax.tree.structure((forms, particles, unit))}".encode())
    for leaf in jax.tree.leaves((forms, particles, unit)):
        array = np.asarray(leaf)
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(array.tobytes())
    return directory / f"{digest.hexdigest()}.npz"


def _store(path, pieces):
    """Write all or nothing: another process may read or write the same table."""
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            np.savez(file, edges=np.asarray(pieces.edges), coefficients=np.asarray(pieces.coefficients))
        part.replace(path)
    except OSError:  # a full disk: the table is good without its copy
        part.unlink(missing_ok=True)
