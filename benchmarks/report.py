"""Sections of a long benchmark: each within its share of the time, none lost by the failure of another.

The JSON is rewritten after every row, so that whatever ends the process leaves what was measured before.
"""

import contextlib
import json
import math
import os
import platform
import statistics
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import jax

PACKAGES = ("jaxflav", "jax", "jaxlib", "jax-cuda13-plugin", "jax-cuda12-plugin", "numpy", "equinox", "numpyro")
MEGABYTE = 1e6
_LEAST = 5.0  # seconds below which no section is started


def environment():
    """What the figures depend on."""
    devices = jax.devices()
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = None
    return {
        "platform": devices[0].platform,
        "device": devices[0].device_kind,
        "n_devices": len(devices),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "versions": versions,
        "flags": {key: os.environ[key] for key in sorted(os.environ) if key.startswith(("XLA_", "JAX_"))},
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


class Program:
    """A function compiled in the background for arguments of fixed shapes."""

    def __init__(self, pool, function, arguments):
        start = time.perf_counter()
        self._lowered = jax.jit(function).lower(*arguments)
        self.lowering, self.compiling = time.perf_counter() - start, math.nan
        self._future = pool.submit(self._compile)

    def _compile(self):
        start = time.perf_counter()
        compiled = self._lowered.compile()
        self.compiling = time.perf_counter() - start
        return compiled

    def get(self, limit):
        """The compiled function; TimeoutError if it is not ready within the limit in seconds."""
        try:
            return self._future.result(timeout=max(limit, 0.1))
        except TimeoutError:
            raise TimeoutError(f"not compiled within {max(limit, 0.1):.0f} s") from None

    def facts(self):
        """Seconds of tracing and compilation, and memory of temporary arrays."""
        memory = self._future.result(0).memory_analysis()
        return {
            "lower_s": self.lowering,
            "compile_s": self.compiling,
            "temporary_mb": None if memory is None else memory.temp_size_in_bytes / MEGABYTE,
        }


class Section:
    """One section while it runs: its time, its rows."""

    def __init__(self, report, name, limit, small):
        self.report, self.small, self.limit = report, small, limit
        self._end = time.perf_counter() + limit
        self.content = {"limit_s": limit, "rows": [], "status": "running"}
        report.content["sections"][name] = self.content
        self.name = name

    def left(self):
        """Seconds left."""
        return self._end - time.perf_counter()

    def add(self, what, **values):
        """A row of figures: printed, and in the JSON."""
        self.content["rows"].append({"what": what, **values})
        text = "   ".join(f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in values.items())
        print(f"[{self.report.elapsed():6.1f} s] {self.name}: {what}   {text}", flush=True)
        self.report.write()

    @contextlib.contextmanager
    def guarded(self, what, **values):
        """A piece of work; if it fails, a row says why, and the section goes on."""
        try:
            yield
        except Exception as error:  # whatever it is, the other pieces are run
            self.add(f"{what}: failed", **values, error=f"{type(error).__name__}: {error}"[:1000])

    def compile(self, function, *arguments):
        """Compile in the background, beside others."""
        return Program(self.report.pool, function, arguments)

    def time(self, work, most=9, spend=2.0, queued=1):
        """Median seconds of a call after one that is not timed, the result computed to its end.

        Parameters
        ----------
        work : callable
            Without arguments; returns arrays.
        most : int
            Rounds, at most; at least one.
        spend : float
            Seconds after which no further round starts.
        queued : int
            Calls of a round, which wait together for the last one.
        """
        jax.block_until_ready(work())
        rounds, begin = [], time.perf_counter()
        while not rounds or (
            len(rounds) < most and time.perf_counter() - begin < spend and self.left() > 2 * queued * max(rounds)
        ):
            start = time.perf_counter()
            jax.block_until_ready([work() for _ in range(queued)])
            rounds.append((time.perf_counter() - start) / queued)
        return {"seconds": statistics.median(rounds), "fastest": min(rounds), "rounds": len(rounds)}


class Report:
    """The JSON of all sections.

    Parameters
    ----------
    path : Path
        Where to write it.
    budget : float
        Seconds for everything, from now on.
    small : bool
        Whether sizes are those of a test.
    grace : float
        Seconds that a section may take beyond its share, at most half of what is left.
    """

    def __init__(self, path: Path, budget: float, small: bool, grace: float = 30.0):
        self.path, self.small, self.grace = path, small, grace
        self._start = time.perf_counter()
        self._lock = threading.Lock()
        self.pool = ThreadPoolExecutor(os.cpu_count())
        self.budget = budget
        self.content = {"environment": environment(), "budget_s": budget, "small": small, "sections": {}}
        print(json.dumps(self.content["environment"], indent=1), flush=True)
        self.write()

    def elapsed(self):
        """Seconds since the start."""
        return time.perf_counter() - self._start

    def write(self):
        """Replace the file."""
        with self._lock:
            part = self.path.with_suffix(".part")
            part.write_text(json.dumps(self.content, indent=1, default=float) + "\n")
            part.replace(self.path)

    def run(self, sections):
        """Run sections (name, weight, function); each may take its share of the time that is left.

        A section that does not end in time goes on in the background while the next ones are timed; their rows say so.
        """
        weights = [weight for _, weight, _ in sections]
        unfinished = []
        for i, (name, weight, work) in enumerate(sections):
            left = self.budget - self.elapsed()
            limit = left * weight / sum(weights[i:])
            if left < _LEAST:
                self.content["sections"][name] = {"status": "left out: no time", "rows": []}
                self.write()
                continue
            section = Section(self, name, limit, self.small)
            section.content["beside"] = [t.name for t in unfinished if t.is_alive()]
            start = time.perf_counter()
            thread = threading.Thread(target=self._guarded, args=(section, work), name=name, daemon=True)
            thread.start()
            thread.join(limit + min(self.grace, (left - limit) / 2))
            if thread.is_alive():
                unfinished.append(thread)
                frame = sys._current_frames().get(thread.ident)
                section.content["status"] = "did not end in time"
                section.content["where"] = traceback.format_stack(frame)[-8:] if frame else None
            section.content["seconds"] = time.perf_counter() - start
            section.content["peak_mb"] = peak_memory()
            print(f"[{self.elapsed():6.1f} s] {name}: {section.content['status']}", flush=True)
            self.write()
        self.content["seconds"] = self.elapsed()
        self.write()

    def _guarded(self, section, work):
        try:
            work(section)
            section.content["status"] = "done"
        except Exception as error:  # whatever it is, the other sections are run
            section.content["status"] = "failed"
            section.content["error"] = f"{type(error).__name__}: {error}"[:4000]
            section.content["traceback"] = traceback.format_exc()[-6000:]
            print(section.content["traceback"], flush=True)


def peak_memory():
    """Peak memory of the first device in MB since the start, None where the platform does not count it."""
    counts = jax.devices()[0].memory_stats()
    return counts.get("peak_bytes_in_use", math.nan) / MEGABYTE if counts else None
