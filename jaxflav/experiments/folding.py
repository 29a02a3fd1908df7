"""Signs of couplings that no rate depends on: these couplings are kept at 0 or above, so that a maximum counts once."""

import dataclasses
from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from jaxflav.experiments.signal import Signal
from jaxflav.likelihood.likelihood import Likelihood

_SHARES = (0.1, 0.4)  # of the threshold: masses at which rates are compared
_ROUNDING = 1e-9


def free_signs(likelihood: Likelihood, fixed: Sequence[str] = ()) -> tuple[str, ...]:
    """Couplings whose signs can be chosen, one for each set of couplings that interfere among themselves only.

    Rates are polynomials of degree two in the couplings. They do not change where all couplings of a set change sign,
    if no term is linear in one of the set, or has one of the set and one outside.

    Parameters
    ----------
    likelihood : Likelihood
        Of ``combine``, with couplings as parameters.
    fixed : sequence of str
        Couplings that are held; their signs are not free.
    """
    signal = likelihood.signal
    names = signal.names[signal.first : signal.n_free]
    linear, mixed = _terms(signal, jnp.asarray(_SHARES) * signal.threshold)
    group = list(range(len(names)))  # the smallest coupling that each interferes with, directly or not
    for a, b in zip(*np.nonzero(mixed), strict=True):
        low, high = sorted((group[a], group[b]))
        group = [low if one == high else one for one in group]
    bound = {group[k] for k, name in enumerate(names) if linear[k] or name in fixed}
    return tuple(names[k] for k in sorted(set(group) - bound))


@eqx.filter_jit
def _rows(signal, masses, couplings):
    """Rows (couplings, masses, rows) of new physics at couplings (n, k)."""
    rest = jnp.zeros(len(signal.names) - signal.n_free)
    mu = jnp.zeros(signal.first)

    def at(prepared):
        return jax.vmap(lambda one: signal.predict(jnp.concatenate([mu, one, rest]), prepared))(couplings)

    return jax.lax.map(lambda mass: at(signal.prepare(mass)), masses)


def _terms(signal: Signal, masses) -> tuple[np.ndarray, np.ndarray]:
    """Which couplings (k,) have linear terms, and which pairs (k, k) have mixed ones."""
    scale = np.array(signal.scale[signal.first : signal.n_free])
    k, unit = len(scale), np.diag(scale)
    a, b = np.triu_indices(k, 1)
    points = np.concatenate([unit, -unit, unit[a] + unit[b], unit[a] - unit[b], -unit[a] + unit[b], -unit[a] - unit[b]])
    rows = np.asarray(_rows(signal, masses, jnp.asarray(points)))
    rows = np.moveaxis(rows, 1, 0).reshape(len(points), -1)
    up, down, pairs = rows[:k], rows[k : 2 * k], rows[2 * k :].reshape(4, len(a), rows.shape[1])
    size = np.max(np.abs(rows), axis=0, initial=0.0)
    linear = np.any(np.abs(up - down) > _ROUNDING * size, axis=1)
    mixed = np.zeros((k, k), dtype=bool)
    mixed[a, b] = np.any(np.abs(pairs[0] - pairs[1] - pairs[2] + pairs[3]) > _ROUNDING * size, axis=1)
    return linear, mixed


def fold_signs(likelihood: Likelihood, fixed: Sequence[str] = ()) -> Likelihood:
    """The likelihood with the lower bound 0 for the couplings of ``free_signs``."""
    signal, chosen = likelihood.signal, free_signs(likelihood, fixed)
    lower = list(signal.lower)
    for name in chosen:
        lower[signal.names.index(name)] = 0.0
    return Likelihood(likelihood.model, dataclasses.replace(signal, lower=tuple(lower)), likelihood.measurements)
