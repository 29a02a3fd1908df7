"""Exceptions that name what was found, what was expected and what to do."""

from collections.abc import Iterable
from difflib import get_close_matches


class DataFileError(ValueError):
    """A data file is missing, unreadable, or does not have the documented content."""


class UnknownNameError(ValueError):
    """A name is not one of the known ones; the message lists those and the closest match."""

    def __init__(self, kind: str, found: object, known: Iterable[str]):
        known = sorted(known)
        close = get_close_matches(str(found), known, n=3)
        hint = f"did you mean {' or '.join(close)}? " if close else ""
        super().__init__(f"unknown {kind} {found!r}: {hint}Known: {', '.join(known)}")
