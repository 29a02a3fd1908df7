"""Scans that are killed, run out of disk, lose a process, or use several devices: the same bits, or a clear message."""

import errno
import os
import random
import re
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import xarray

from jaxflav.inference.scans.run import run_scan
from jaxflav.io.chunk_store import ChunkStore
from jaxflav.io.errors import InputError
from tests.inference.small_line import small_scan

ROOT = Path(__file__).parents[3]
CHUNKS = 25


@pytest.fixture(scope="module")
def expected():
    """The scan of the program, in one piece, on one device, in memory."""
    return run_scan(small_scan())


def start(out, *options, devices=1):
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={devices}"
    threads = str(os.cpu_count() + devices)  # as ``split_processor`` has it
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.inference.small_line", str(out), *map(str, options)],
        cwd=ROOT,
        env={**os.environ, "XLA_FLAGS": flags, "NPROC": threads, "PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process, timeout=120):
    out, err = process.communicate(timeout=timeout)
    assert process.returncode == 0, err
    return out


def wait_for(process, word, timeout=120):
    """Lines up to the first one with a word."""
    lines, end = [], time.monotonic() + timeout
    while time.monotonic() < end and process.poll() is None:
        if select.select([process.stdout], [], [], 0.1)[0]:
            lines.append(process.stdout.readline())
            if word in lines[-1]:
                return lines
    raise AssertionError(f"{word!r} did not come: {lines}, {process.communicate()}")


def assert_same_bits(out, expected):
    found = xarray.load_dataset(out / "scan.nc")
    for name in expected.variables:
        assert found[name].values.tobytes() == expected[name].values.tobytes(), name


def chunks_in(out):
    return len(list((out / "chunks").glob("[0-9]*.npy"))) if out.exists() else 0


def kill_and_resume(out, kills, seed, *options):
    """Kill the scan again and again at random moments; the number of chunks that are there in the end."""
    rng = random.Random(seed)
    for k in range(kills):
        before, lines = chunks_in(out), []
        process = start(out, "--pause", 0.01, *options)
        if k % 5 == 3:  # imports, making or checking the store
            time.sleep(rng.uniform(0.0, 2.0))
        elif k % 5 == 4:  # compilation
            lines = wait_for(process, "ready")
            time.sleep(rng.uniform(0.0, 2.0))
        else:  # chunk after chunk
            lines = wait_for(process, "written")
            time.sleep(rng.uniform(0.0, 0.06))
        process.send_signal(signal.SIGKILL)
        rest, _ = process.communicate()
        assert process.returncode == -signal.SIGKILL
        written = sum(line.startswith("written") for line in [*lines, *rest.splitlines()])
        # all that was reported is there, and at most one chunk more: only the one in flight is lost
        assert before + written <= chunks_in(out) <= before + written + 1
        assert not (out / "scan.nc").exists()
    return chunks_in(out)


def test_killed_twice_and_resumed_on_two_devices(tmp_path, expected):
    """What was killed on one device and ends on two has the bits of one piece."""
    there = kill_and_resume(tmp_path / "run", 2, 1)
    assert 2 <= there < CHUNKS
    output = finish(start(tmp_path / "run", devices=2))
    assert f"ready {16 * there} of 400" in output
    assert output.count("written") == CHUNKS - there
    assert_same_bits(tmp_path / "run", expected)
    assert sorted(p.name for p in (tmp_path / "run").iterdir()) == ["description.yaml", "scan.nc", "setup.npz"]


@pytest.mark.slow
def test_killed_at_fifty_random_moments(tmp_path):
    n, chunks = 80_000, 5_000  # more than a fast machine computes between the kills
    there = kill_and_resume(tmp_path / "run", 50, 2, "--n", n)
    assert 30 <= there < chunks
    output = finish(start(tmp_path / "run", "--n", n))
    assert output.count("written") == chunks - there
    assert_same_bits(tmp_path / "run", run_scan(small_scan(n)))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def test_two_processes_give_the_bits_of_one(tmp_path, expected):
    port = free_port()
    both = [start(tmp_path / "run", "--port", port, "--process", i, "--heartbeat", 30) for i in (0, 1)]
    outputs = [finish(process) for process in both]
    assert [output.count("written") for output in outputs] == [13, 12]
    assert_same_bits(tmp_path / "run", expected)


@pytest.mark.parametrize("lost", [pytest.param(0, marks=pytest.mark.slow), 1])
def test_loss_of_one_process_ends_the_other_with_a_message(tmp_path, lost):
    port = free_port()
    options = ("--port", port, "--pause", 1.0)
    both = [start(tmp_path / "run", *options, "--process", i) for i in (0, 1)]
    for process in both:
        wait_for(process, "written")
    both[lost].kill()
    killed = time.monotonic()
    _, message = both[1 - lost].communicate(timeout=60)
    assert time.monotonic() - killed < 30  # 13 chunks with a pause of 1 s would not have ended it before 12 s
    assert both[1 - lost].returncode != 0
    assert f"jaxflav: error: process {1 - lost} of the scan was ended" in message
    assert "--resume" in message.splitlines()[-1]
    assert "process" in both[lost].communicate()[1]  # the lost one has a witness, too
    store = ChunkStore(tmp_path / "run")
    assert not store.finished
    for k in store.complete_chunks():
        store.read_chunk(k)


@pytest.mark.slow
def test_a_full_disk_ends_all_processes(small_disk, expected):
    ballast, port = small_disk / "ballast", free_port()
    ballast.write_bytes(bytes(170_000))
    both = [start(small_disk / "run", "--port", port, "--process", i, "--pause", 0.02) for i in (0, 1)]
    messages = [process.communicate(timeout=120)[1] for process in both]
    assert all(process.returncode != 0 for process in both)
    assert any("cannot be written (No space left on device)" in message for message in messages)
    assert 0 < chunks_in(small_disk / "run") < CHUNKS
    ballast.unlink()
    finish(start(small_disk / "run"))
    assert_same_bits(small_disk / "run", expected)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 256 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", place], capture_output=True)
    if made.returncode:
        pytest.skip("mounting a file system needs root")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_disk_that_is_really_full(small_disk, expected):
    out, ballast = small_disk / "run", small_disk / "ballast"
    ballast.write_bytes(bytes(170_000))
    with pytest.raises(InputError, match=re.escape("No space left on device")) as error:
        run_scan(small_scan(), out)
    assert re.search(r"chunk (\d+) cannot be written .* \1 of 25 chunks are safe", str(error.value))
    there = chunks_in(out)
    assert 0 < there < CHUNKS
    assert not list(out.rglob(".writing*"))
    ballast.unlink()
    assert run_scan(small_scan(), out, resume=True).equals(expected)
    assert_same_bits(out, expected)


@pytest.mark.parametrize("failing", [1, 2, 3, 9, 27, 28, 29])
def test_a_disk_that_refuses_any_one_write(tmp_path, expected, monkeypatch, failing):
    """Setup, description, chunks, result, description: whichever fails, what was written stays and is continued."""
    count = 0
    true_flush = os.fsync

    def flush(handle):
        nonlocal count
        count += ".writing-" in str(Path(f"/proc/self/fd/{handle}").readlink())  # not those of directories
        if count == failing:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        true_flush(handle)

    monkeypatch.setattr(os, "fsync", flush)
    out = tmp_path / "run"
    with pytest.raises(InputError, match=r"cannot be written \(No space left on device\)"):
        run_scan(small_scan(), out)
    monkeypatch.setattr(os, "fsync", true_flush)
    assert out.exists() == (failing > 2)
    assert chunks_in(out) == min(max(failing - 3, 0), CHUNKS)
    run_scan(small_scan(), out, resume=True)
    assert_same_bits(out, expected)


def test_results_do_not_depend_on_the_number_of_chunks(expected):
    other = run_scan(small_scan(chunk=64))
    for name in ("t", "status", "iterations", "parameters"):
        np.testing.assert_array_equal(other[name], expected[name])
