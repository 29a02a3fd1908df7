"""The points of a scan on the devices of this process: one compiled function, the same batch on every device.

Every device fits batches of the same fixed size, which are cut from a chunk in the same way however many devices there
are: a point has the same neighbours and goes through the same compiled code, so that its result is the same bits. On
GPUs XLA may choose other kernels each time a process starts, unless XLA_FLAGS=--xla_gpu_deterministic_ops=true.
"""

import functools
import operator
from collections.abc import Mapping, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Float

from jaxflav.inference.fitting.batch import settled
from jaxflav.inference.fitting.fisher_scoring import fit
from jaxflav.inference.fitting.maximum import is_maximum
from jaxflav.inference.scans.definition import MASS, Scan, path_of
from jaxflav.likelihood.likelihood import AbstractSignal, Likelihood

_POINTS = "points"


def with_scalars(signal: AbstractSignal, names: Sequence[str], values: Float[Array, " k"]) -> AbstractSignal:
    """The signal with other values (k,) of k of its scalars, such as ``width``."""
    for i, name in enumerate(names):
        leaf = operator.attrgetter(path_of(signal, name))
        signal = eqx.tree_at(leaf, signal, values[i].astype(leaf(signal).dtype))
    return signal


def _changed(likelihood, scalars, scalar_names):
    signal = with_scalars(likelihood.signal, scalar_names, scalars)
    return eqx.tree_at(lambda one: one.signal, likelihood, signal)


def _fit_point(likelihood, start, fixed, context, scalars, held, *, scalar_names, held_index):
    """A fit whose end may have to be looked at, see ``settled``: devices beside each other do not do it."""
    changed = _changed(likelihood, scalars, scalar_names)
    return fit(changed, context, start.at[held_index].set(held), fixed.at[held_index].set(True), check=False)


def _look_at_point(likelihood, fixed, context, scalars, x, *, scalar_names, held_index):
    changed = _changed(likelihood, scalars, scalar_names)
    held = fixed.at[held_index].set(True)
    return is_maximum(changed, context, x, held, changed.observed, changed.centre)


def _leave_point(likelihood, fixed, context, scalars, x, *, scalar_names, held_index):
    return fit(_changed(likelihood, scalars, scalar_names), context, x, fixed.at[held_index].set(True))


@functools.lru_cache(maxsize=32)
def _compiled(devices, scalar_names, held_index):
    names = {"scalar_names": scalar_names, "held_index": np.array(held_index, int)}
    batch = jax.vmap(functools.partial(_fit_point, **names), in_axes=(None, None, None, 0, 0, 0))
    mesh = Mesh(np.array(devices), (_POINTS,))
    same, split = PartitionSpec(), PartitionSpec(_POINTS)
    sharded = jax.shard_map(
        batch, mesh=mesh, in_specs=(same, same, same, split, split, split), out_specs=split, check_vma=False
    )
    look, leave = (
        jax.jit(jax.vmap(functools.partial(function, **names), in_axes=(None, None, 0, 0, 0)))
        for function in (_look_at_point, _leave_point)
    )
    return jax.jit(sharded), NamedSharding(mesh, same), NamedSharding(mesh, split), look, leave


class Evaluator:
    """Evaluates points of a scan on devices.

    Parameters
    ----------
    scan : Scan
        The scan.
    likelihoods : mapping of label to Likelihood
        Those of the problems, perhaps other copies.
    starts : mapping of label to (p,) array
        Start values.
    devices : tuple of Device
        Of this process.
    """

    def __init__(
        self,
        scan: Scan,
        likelihoods: Mapping[str, Likelihood],
        starts: Mapping[str, np.ndarray],
        devices: tuple[jax.Device, ...],
    ):
        self.scan, self.devices = scan, devices
        self._likelihoods, self._starts = likelihoods, starts
        self._placed: dict[str, tuple] = {}

    def _place(self, label):
        """Compiled function, and what is the same for all points, on the devices; for one problem at a time."""
        if label not in self._placed:
            problem, axes = self.scan.problems[label], list(self.scan.axes)
            likelihood = self._likelihoods[label]
            held = [name for name in axes if name in likelihood.parameter_names]
            scalars = tuple(name for name in axes if name not in held and name != MASS)
            index = tuple(likelihood.index(name) for name in held)
            kept = np.array([likelihood.index(name) for name in self.scan.kept[label]], int)
            function, same, split, *others = _compiled(self.devices, scalars, index)
            common = jax.device_put((likelihood, jnp.asarray(self._starts[label]), jnp.asarray(problem.fixed)), same)
            alone = [functools.partial(other, likelihood, jnp.asarray(problem.fixed)) for other in others]
            self._placed = {label: (function, common, split, scalars, held, kept, alone)}
        return self._placed[label]

    def records(self, label: str, positions: np.ndarray) -> np.ndarray:
        """Results of points, as records with the fields ln L, status, iterations, decrement, gradient and parameters.

        Parameters
        ----------
        label : str
            Of the problem.
        positions : (n,) array
            Of the points in the product of the axes.
        """
        function, common, split, scalars, held, kept, alone = self._place(label)
        step, n = self.scan.batch * len(self.devices), len(positions)
        at = self.scan.coordinates(positions[np.minimum(np.arange(-(-n // step) * step), n - 1)])
        context = at.get(MASS, np.full(len(next(iter(at.values()))), self.scan.problems[label].context))
        columns = [context, *(_stack(at, names, len(context)) for names in (scalars, held))]
        parts = []
        for first in range(0, len(context), step):
            rows = jax.device_put([c[first : first + step] for c in columns], split)
            parts.append(function(*common, *rows))
        fits = jax.tree.map(lambda *each: np.concatenate([np.asarray(part) for part in each])[:n], *parts)

        def at_ends(function):
            return lambda ends, rows: function(*(jnp.asarray(c[rows]) for c in columns[:2]), jnp.asarray(ends))

        fits = settled(fits, *(at_ends(function) for function in alone))
        values = {
            "log_likelihood": fits.log_likelihood,
            "status": fits.status.astype(np.int8),
            "iterations": fits.iterations.astype(np.int16),
            "decrement": fits.decrement,
            "gradient": fits.gradient,
            "parameters": fits.parameters[:, kept],
        }
        records = np.empty(n, dtype=[(name, v.dtype, v.shape[1:]) for name, v in values.items()])
        for name, column in values.items():
            records[name] = column
        return records


def _stack(columns, names, n):
    return np.stack([columns[name] for name in names], axis=1) if names else np.empty((n, 0))
