"""Exceptions for bad input: what was found, what was expected, what to do.

The command line prints them on one line, without a traceback; all are ``ValueError`` for the user of the library.
"""

from collections.abc import Iterable
from difflib import get_close_matches

_SHOWN = 20


class InputError(ValueError):
    """Bad input by the user: a file, a name, a number."""


class DataFileError(InputError):
    """A data file is missing, unreadable, or does not have the documented content."""


class LostProcessError(RuntimeError):
    """Another process that shares the work is gone."""


class UnknownNameError(InputError):
    """A name is not one of the known ones; the message lists those and the closest match."""

    def __init__(self, kind: str, found: object, known: Iterable[str]):
        known = sorted(known)
        close = get_close_matches(str(found), known, n=3)
        hint = f"did you mean {' or '.join(close)}? " if close else ""
        more = f", ... ({len(known)} in all)" if len(known) > _SHOWN else ""
        super().__init__(f"unknown {kind} {found!r}: {hint}Known: {', '.join(known[:_SHOWN])}{more}")
