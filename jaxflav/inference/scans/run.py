"""Run a scan: on all devices of all processes, into a store or in memory, from where it stopped if it did."""

import contextlib
import dataclasses
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from tqdm import tqdm

from jaxflav.inference.fitting.devices import local_devices
from jaxflav.inference.scans.dataset import convergence, dataset_of, mark_beyond_threshold, netcdf
from jaxflav.inference.scans.definition import Scan
from jaxflav.inference.scans.evaluate import Evaluator
from jaxflav.inference.scans.processes import Processes
from jaxflav.io.chunk_store import create_store, is_store, open_store
from jaxflav.io.directory_lock import hold_directory
from jaxflav.io.errors import InputError
from jaxflav.io.output import check_new_directory, plain
from jaxflav.io.provenance import check_same_result, made_by as made_by_now, refuse_to_continue

if TYPE_CHECKING:
    import xarray

_ROUNDING = 1e-6  # of the largest number


def _description(scan, made_by):
    made = made_by_now({}) if made_by is None else made_by
    return plain({**made, "scan": scan.identity(), "points": scan.n_points})


def _setup(scan):
    """What all chunks start from, so that it is the same bits in every process and after an interruption."""
    arrays = {}
    for i, (label, problem) in enumerate(scan.problems.items()):
        arrays[f"start_{i}"] = problem.start
        if scan.references:
            arrays[f"reference_{i}"] = np.array(scan.references[label])
        arrays |= {f"likelihood_{i}_{j}": np.asarray(a) for j, a in enumerate(jax.tree.leaves(problem.likelihood))}
    return arrays


def _from_setup(scan, setup):
    """Likelihoods and start values by label."""
    likelihoods, starts = {}, {}
    for i, (label, problem) in enumerate(scan.problems.items()):
        leaves, tree = jax.tree.flatten(problem.likelihood)
        likelihoods[label] = jax.tree.unflatten(tree, [setup[f"likelihood_{i}_{j}"] for j in range(len(leaves))])
        starts[label] = setup[f"start_{i}"]
    return likelihoods, starts


def _same_setup(a, b):
    """Whether two setups agree, but for the rounding of another machine."""
    if a.keys() != b.keys() or any(a[key].shape != b[key].shape for key in a):
        return False
    sizes = {key: np.abs(a[key]).max(initial=0, where=np.isfinite(a[key])) for key in a}
    return all(np.allclose(a[k], b[k], rtol=0, atol=_ROUNDING * sizes[k], equal_nan=True) for k in a)


def _check_same(store, scan, description):
    def without_hash(content):
        return {**content, "scan": {key: value for key, value in content["scan"].items() if key != "hash"}}

    check_same_result(store.path, "scan", without_hash(store.description), without_hash(description))
    if not _same_setup(store.setup(), _setup(scan)):
        refuse_to_continue(store.path, "scan", ["the numbers of the likelihood, or the start values, differ"])


def check_store(path: Path, resume: bool) -> None:
    """Check, before any work, that a store can be made or continued.

    Raises
    ------
    InputError
        If there is something that is not to be continued, or is no store, or nothing can be written there.
    """
    if not is_store(path):
        check_new_directory(path)
    elif not resume:
        raise InputError(f"output directory {path} exists already, with a scan; continue it with --resume, or rename")


def _store(path, scan, description, resume):
    check_store(path, resume)
    if not is_store(path):
        return create_store(path, description, _setup(scan), scan.n_chunks)
    store = open_store(path)
    _check_same(store, scan, description)
    return store


def run_scan(
    scan: Scan,
    out: str | Path | None = None,
    *,
    resume: bool = False,
    devices: str | int | None = None,
    processes: Processes | None = None,
    made_by: Mapping[str, Any] | None = None,
    progress: Callable[[int, int], tqdm] | None = None,
    held: bool = False,
) -> "xarray.Dataset | None":
    """Fit every point of a scan.

    The bits of the result depend neither on the number of devices or processes, nor on interruptions.

    Parameters
    ----------
    scan : Scan
        Of ``define_scan``.
    out : path, optional
        Directory of the store, see ``jaxflav.io.chunk_store``; in memory without. ``xarray.open_dataset(out/scan.nc)``
        opens it when it is complete.
    resume : bool
        Continue the store that is there, if there is one.
    devices : "all" or int, optional
        Devices of this process; one by default.
    processes : Processes, optional
        Of ``start_processes``; this one alone by default.
    made_by : mapping, optional
        Of ``jaxflav.io.provenance.made_by``, and whatever else belongs into the description of the result. All of it
        but command and date must be the same when a scan is continued.
    progress : callable, optional
        Makes the progress bar from the number of points of this process and how many of them are done.
    held : bool
        Whether the caller holds the directory, see ``jaxflav.io.directory_lock``.

    Returns
    -------
    xarray.Dataset or None
        See ``dataset_of``; None in all processes but the first.

    Raises
    ------
    InputError
        If the store is there and not to be continued, is of another scan, has a spoilt chunk, is held by another
        process, or the disk refuses.
    """
    processes = processes or Processes()
    used = local_devices(devices)
    description = _description(scan, made_by)
    description["device"] |= {"count": len(used), "processes": processes.count}
    if out is None:
        if processes.count > 1:
            raise InputError("several processes share their results through a store: give --out")
        with _bar(progress, scan.n_points, 0) as bar:
            chunks = dict(_evaluate(scan, _setup(scan), used, range(scan.n_chunks), bar))
        return dataset_of(scan, chunks, {**description, **_convergence(chunks)})
    out = Path(out)
    with contextlib.ExitStack() as stack:
        if processes.index == 0:
            stack.enter_context(hold_directory(None if held else out))
            store = _store(out, scan, description, resume)
            store.clean()
        processes.wait("store ready")
        store = open_store(out)
        missing = store.missing_chunks()
        processes.wait("work shared")
        if missing:
            _fill(scan, store, used, processes.share(missing), progress)
        processes.wait("chunks written")
        return _finish(scan, store) if processes.index == 0 else None


def _bar(progress, total, done):
    return contextlib.nullcontext() if progress is None else progress(total, done)


def _evaluate(scan, setup, devices, chunks, bar):
    evaluator = Evaluator(scan, *_from_setup(scan, setup), devices)
    for k in chunks:
        label, positions = scan.place(k)
        records = evaluator.records(label, positions)
        mark_beyond_threshold(scan, label, positions, records)
        yield k, records
        if bar is not None:
            bar.update(len(records))


def _fill(scan, store, devices, chunks, progress):
    todo = sum(len(scan.place(k)[1]) for k in chunks)
    done = sum(len(scan.place(k)[1]) for k in store.complete_chunks())
    with _bar(progress, done + todo, done) as bar:
        for k, records in _evaluate(scan, store.setup(), devices, chunks, bar):
            store.write_chunk(k, records)


def _convergence(chunks):
    return {"convergence": convergence(np.concatenate([chunk["status"] for chunk in chunks.values()]))}


def _finish(scan, store):
    import xarray  # costs half a second

    if store.finished:
        return xarray.load_dataset(io.BytesIO(store.read_result()), engine="h5netcdf")
    if scan.references:
        setup = store.setup()
        references = {label: float(setup[f"reference_{i}"]) for i, label in enumerate(scan.problems)}
        scan = dataclasses.replace(scan, references=references)
    chunks = {k: store.read_chunk(k) for k in range(scan.n_chunks)}
    found = _convergence(chunks)
    attributes = {k: v for k, v in store.description.items() if k != "complete"}
    dataset = dataset_of(scan, chunks, {**attributes, **found})
    store.finish(netcdf(dataset), found)
    return dataset
