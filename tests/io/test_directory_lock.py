"""One process at a time writes into a results directory."""

import json
import os
import socket
import subprocess
import sys

import pytest

from jaxflav.io import directory_lock
from jaxflav.io.directory_lock import hold_directory
from jaxflav.io.errors import InputError

HOLD = """
import sys, time
from pathlib import Path
from jaxflav.io.directory_lock import hold_directory
with hold_directory(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds a directory."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path / "run"], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_the_second_is_told_who_the_first_is_and_takes_over_when_that_is_dead(tmp_path, holder):
    message = f"run: process {holder.pid} on {socket.gethostname()} is writing there; wait for it, or end it first$"
    with pytest.raises(InputError, match=message), hold_directory(tmp_path / "run"):
        raise AssertionError
    holder.kill()
    holder.wait()
    assert [p.name for p in tmp_path.iterdir()] == [".run.lock"]
    with hold_directory(tmp_path / "run"):
        assert json.loads((tmp_path / ".run.lock").read_text())["process"] == os.getpid()
    assert list(tmp_path.iterdir()) == []


def test_directories_are_held_one_by_one(tmp_path):
    with hold_directory(tmp_path / "a"), hold_directory(tmp_path / "b"), hold_directory(None):
        with pytest.raises(InputError, match=f"process {os.getpid()} on"), hold_directory(tmp_path / "a"):
            raise AssertionError
        assert (tmp_path / ".a.lock").exists()
    with hold_directory(tmp_path / "a"):
        pass


@pytest.mark.parametrize("kind", ["gone", "alive", "elsewhere", "unreadable"])
def test_without_locks_of_the_system_the_file_counts(tmp_path, monkeypatch, kind):
    """A process that has ended is taken over; one elsewhere, which cannot be asked, is named with what to do."""
    import fcntl

    def refused(*arguments):
        raise OSError("no locks available")

    monkeypatch.setattr(fcntl, "flock", refused)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    process, host = (ended.pid if kind == "gone" else os.getpid()), socket.gethostname()
    owner = {"process": process, "host": "far.away" if kind == "elsewhere" else host}
    (tmp_path / ".run.lock").write_text("" if kind == "unreadable" else json.dumps(owner))
    if kind in ("gone", "unreadable"):
        with hold_directory(tmp_path / "run"):
            assert json.loads((tmp_path / ".run.lock").read_text())["process"] == os.getpid()
        return
    message = f"process {process} on far.away .*if that is gone, remove .*lock" if kind == "elsewhere" else host
    with pytest.raises(InputError, match=message), hold_directory(tmp_path / "run"):
        raise AssertionError


def test_a_directory_that_cannot_be_held(tmp_path):
    with pytest.raises(InputError, match="does not exist; make it first"), hold_directory(tmp_path / "no" / "run"):
        raise AssertionError


def test_the_lock_of_an_owner_that_leaves_in_between_is_not_taken_for_ours(tmp_path, monkeypatch):
    """The file is removed, and made again by somebody else, between opening and locking it."""
    original, calls = directory_lock._check_free, []

    def slow(handle, file, path):
        calls.append(file)
        if len(calls) == 1:
            file.unlink()
            file.write_text("{}")
        original(handle, file, path)

    monkeypatch.setattr(directory_lock, "_check_free", slow)
    with hold_directory(tmp_path / "run"):
        assert len(calls) == 2
        assert json.loads((tmp_path / ".run.lock").read_text())["process"] == os.getpid()
