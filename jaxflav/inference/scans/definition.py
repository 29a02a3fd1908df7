"""What a scan is: a product of named axes over one or several problems, cut into chunks of fixed size."""

import dataclasses
import hashlib
import json
import operator
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from jaxflav.inference.fitting.problem import Problem, check_values, free_index
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.likelihood.likelihood import AbstractSignal

MASS = "mass"
_ONLY = ""  # label of a problem without one
# fits side by side on one device (on a CPU what stays in the cache of a core), and batches of a chunk: seconds of work
_CPU, _GPU = (16, 256), (2048, 16)


@dataclasses.dataclass(frozen=True)
class Scan:
    """A scan; made by ``define_scan``.

    Attributes
    ----------
    problems : mapping of label to Problem
        What is fitted. Their labels are the first axis, unless there is one problem without label.
    label : str
        Name of that axis.
    axes : mapping of name to (n,) array
        The other axes, the last one fastest.
    references : mapping of label to float
        ln L to which t = -2 (ln L - reference) compares.
    kept : mapping of label to tuple of str
        Parameters whose best-fit values are stored.
    batch, chunk : int
        Fits side by side on one device, and points of a chunk, a multiple of it.
    """

    problems: Mapping[str, Problem]
    label: str
    axes: Mapping[str, np.ndarray]
    references: Mapping[str, float]
    kept: Mapping[str, tuple[str, ...]]
    batch: int
    chunk: int

    @property
    def labelled(self) -> bool:
        """Whether the problems are an axis."""
        return list(self.problems) != [_ONLY]

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes without that of the problems."""
        return tuple(len(values) for values in self.axes.values())

    @property
    def points_per_problem(self) -> int:
        """Points of one problem."""
        return int(np.prod(self.shape))

    @property
    def n_points(self) -> int:
        """All points."""
        return len(self.problems) * self.points_per_problem

    @property
    def chunks_per_problem(self) -> int:
        """Chunks of one problem; none has points of two."""
        return -(-self.points_per_problem // self.chunk)

    @property
    def n_chunks(self) -> int:
        """All chunks."""
        return len(self.problems) * self.chunks_per_problem

    def place(self, k: int) -> tuple[str, np.ndarray]:
        """Label of the problem of chunk k, and the positions of its points in the product of the axes."""
        problem, part = divmod(k, self.chunks_per_problem)
        first = part * self.chunk
        return list(self.problems)[problem], np.arange(first, min(first + self.chunk, self.points_per_problem))

    def coordinates(self, positions: np.ndarray) -> dict[str, np.ndarray]:
        """Values on every axis of points given by their positions in the product."""
        index = np.unravel_index(positions, self.shape)
        return {name: values[i] for (name, values), i in zip(self.axes.items(), index, strict=True)}

    def identity(self) -> dict[str, Any]:
        """What must be the same for two scans to be the same, as plain values; data and inputs are not in it."""
        axes = {}
        for name, values in self.axes.items():
            digest = hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()
            axes[name] = {"first": float(values[0]), "last": float(values[-1]), "n": len(values), "sha256": digest}
        held = {
            label: {
                "context": problem.context,
                "fixed": sorted(np.array(problem.likelihood.parameter_names)[problem.fixed].tolist()),
            }
            for label, problem in self.problems.items()
        }
        content = {
            "axes": axes,
            **({self.label: list(self.problems)} if self.labelled else {}),
            "problems": held,
            "kept": {label: list(names) for label, names in self.kept.items()},
            "batch": self.batch,
            "chunk": self.chunk,
        }
        return {**content, "hash": hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()}


def path_of(signal: AbstractSignal, name: str) -> str | None:
    """Where a signal has a scalar that may be an axis, such as the ``width`` of its hypothesis; None if nowhere."""
    for path in (f"hypothesis.{name}", name):
        try:
            leaf = operator.attrgetter(path)(signal)
        except AttributeError:
            continue
        if isinstance(leaf, jax.Array) and leaf.ndim == 0 and name != "threshold":
            return path
    return None


def _check_axis(problem, name, values):
    likelihood, signal = problem.likelihood, problem.likelihood.signal
    values = np.atleast_1d(np.asarray(values, dtype=float))
    if values.ndim != 1 or values.size == 0 or not np.all(np.isfinite(values)):
        raise InputError(f"axis {name!r}: expected one or more finite numbers, found {values.tolist()}")
    if len(np.unique(values)) < len(values):
        raise InputError(f"axis {name!r} has the same value more than once; leave repetitions out")
    if name in likelihood.parameter_names:
        free_index(problem, name)
        return check_values(problem, name, values)
    if name == MASS:
        if getattr(signal, "threshold", None) is None:
            raise InputError(f"an axis 'mass' needs a likelihood with a new particle, found {type(signal).__name__}")
        if values.min() < 0:
            raise InputError(f"axis 'mass': {values.min():g} GeV, expected masses >= 0")
    elif path_of(signal, name) is None:
        raise UnknownNameError("axis (mass, a scalar of the signal, or a parameter)", name, _known(likelihood))
    elif name == "width" and values.min() <= 0:
        raise InputError(f"axis 'width': {values.min():g} GeV, expected positive widths")
    return values


def _known(likelihood):
    signal = likelihood.signal
    names = dict.fromkeys((*vars(getattr(signal, "hypothesis", signal)), *vars(signal)))
    scalars = (name for name in names if path_of(signal, name) is not None)
    return (MASS, *scalars, *likelihood.parameter_names)


def define_scan(
    problems: Problem | Mapping[str, Problem],
    axes: Mapping[str, np.ndarray],
    *,
    label: str = "scenario",
    references: Mapping[str, float] | float | None = None,
    all_parameters: bool = False,
    batch: int | None = None,
    chunk: int | None = None,
) -> Scan:
    """Scan over the product of axes.

    Parameters
    ----------
    problems : Problem or mapping of label to Problem
        What is fitted at every point. Several, such as one for every direction of couplings or every experiment, make
        an axis of labels; they may have different signals, data and parameters.
    axes : mapping of name to (n,) array
        ``mass`` in GeV, the context of the problem; a scalar of the signal, such as ``width`` in GeV or
        ``couplings.f_VV``; or a parameter, held at each value, such as ``branching_fraction``.
    label : str
        Name of the axis of problems.
    references : mapping of label to float, or float, optional
        ln L to which the test statistic t compares; no t without.
    all_parameters : bool
        Store the best-fit values of all parameters, not only of those of the signal.
    batch : int, optional
        Fits side by side on one device. Results are the same bits whatever the number of devices and processes, but
        not for another batch; 16 on CPUs, 2048 on others.
    chunk : int, optional
        Points of a chunk, which is what an interruption can lose; rounded up to a multiple of ``batch``.

    Raises
    ------
    InputError
        If an axis is unknown, empty, has a value that is not allowed, or a parameter that is held.
    """
    problems = {_ONLY: problems} if isinstance(problems, Problem) else dict(problems)
    if not problems or not axes:
        raise InputError("a scan needs at least one problem and one axis")
    if label in axes:
        raise InputError(f"the axis of problems has the name {label!r} of another axis; give another label")
    for problem in problems.values():
        axes = {name: _check_axis(problem, name, values) for name, values in axes.items()}
    usual, batches = _CPU if jax.default_backend() == "cpu" else _GPU
    batch = usual if batch is None else batch
    if batch < 1 or (chunk is not None and chunk < 1):
        raise InputError(f"batch {batch} and chunk {chunk}: expected positive numbers of points")
    chunk = batches * batch if chunk is None else -(-chunk // batch) * batch
    if references is not None and not isinstance(references, Mapping):
        references = dict.fromkeys(problems, float(references))
    if references and set(references) != set(problems):
        raise InputError(f"references are for {sorted(references)}, expected {sorted(problems)}")
    kept = {}
    for key, problem in problems.items():
        likelihood = problem.likelihood
        kept[key] = likelihood.parameter_names if all_parameters else likelihood.signal.names
    return Scan(problems, label, axes, references or {}, kept, batch, chunk)
