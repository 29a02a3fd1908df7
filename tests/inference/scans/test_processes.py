"""What an error does to a process that shares a scan."""

import os

import jax
import pytest

from jaxflav.inference.scans import processes
from jaxflav.io.errors import InputError


@pytest.mark.parametrize(
    ("options", "error", "expected"),
    [
        ({}, InputError("a name"), []),
        ({}, RuntimeError("a fault"), []),
        ({"end_on_error": True}, InputError("a name"), [(os._exit, 2)]),
        ({"end_on_error": True}, KeyboardInterrupt(), [(os._exit, 1)]),
    ],
)
def test_only_a_program_is_ended_by_an_error(monkeypatch, options, error, expected):
    """A notebook goes on after it; a program must not wait at exit for the others, which wait for it."""
    registered = []
    monkeypatch.setattr(jax.distributed, "initialize", lambda *arguments, **more: None)
    monkeypatch.setattr(processes.atexit, "register", lambda *call: registered.append(call))
    with pytest.raises(type(error)), processes.start_processes(**options):
        raise error
    assert registered == expected
