"""Ranks of a calibration on disk, a line for each data set, so that an interruption loses at most one of them."""

import json
import os
from pathlib import Path

import numpy as np

from jaxflav.inference.checks.calibration import Outcome
from jaxflav.io.errors import DataFileError, InputError


class RankFile:
    """Outcomes of the data sets done so far; a new file if there is none.

    Parameters
    ----------
    path : Path
        Of the file.
    key : str
        Of the calibration, such as a digest of all that decides its ranks; the first line of the file.

    Attributes
    ----------
    finished : list of Outcome
        What the file held when it was opened; a last line that was cut off is removed from it.

    Raises
    ------
    DataFileError
        If the file is that of another calibration, or something else.
    InputError
        If it cannot be written.
    """

    def __init__(self, path: Path, key: str):
        self.path = path
        self.finished: list[Outcome] = []
        try:
            text = path.read_text() if path.exists() else ""
            whole = text[: text.rfind("\n") + 1]
            lines = whole.splitlines()
            if lines and lines[0] != key:
                raise DataFileError(
                    f"{path} belongs to another calibration: expected the same analysis file, data and options; give a "
                    "new directory"
                )
            for line in lines[1:]:
                value = json.loads(line)
                self.finished.append(value if isinstance(value, str) else np.array(value, dtype=int))
            with path.open("r+" if path.exists() else "w") as file:
                file.truncate(len(whole.encode()))
        except ValueError as error:
            raise DataFileError(f"{path}: cannot be read as ranks ({error}); give a new directory") from error
        except OSError as error:
            raise self._refused(error) from error
        if not lines:
            self._write(key)

    def append(self, outcome: Outcome) -> None:
        """Add the outcome of the next data set; raises ``InputError`` if the disk refuses."""
        self._write(json.dumps(outcome if isinstance(outcome, str) else outcome.tolist()))

    def _write(self, line):
        try:
            with self.path.open("a") as file:
                file.write(line + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise self._refused(error) from error

    def _refused(self, error):
        return InputError(f"{self.path}: cannot be written ({error.strerror}); free some space, and resume")
