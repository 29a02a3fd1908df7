"""What the commands share: options, error messages, progress."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from jaxflav.io.errors import InputError
from jaxflav.io.output import check_new_file, write_file


def value_grid(text: str, option: str, example: str, unit: str = "") -> np.ndarray:
    """Grid of values from LO:HI:N, or LO:HI:N:log for equal ratios.

    Parameters
    ----------
    text : str
        What the user gave.
    option, example : str
        Name of the option and an example of it, for the message.
    unit : str
        Unit of the values, for the message.

    Raises
    ------
    InputError
        If it is not of this form, the range is empty or not finite, N is smaller than 2, or the ratio has no meaning.
    """
    form = f"{option} must be LO:HI:N, such as {example}"
    text, equal_ratios = text.removesuffix(":log"), text.endswith(":log")
    try:
        low, high, n = text.split(":")
        low, high, n = float(low), float(high), int(n)
    except ValueError:
        raise InputError(f"{form}; found {text!r}") from None
    if not (np.isfinite(low) and np.isfinite(high)):
        raise InputError(f"{form}; values must be finite, found {text!r}")
    if high <= low:
        raise InputError(f"{form}; the range from {low:g} to {high:g}{unit} has no width, HI must be above LO")
    if n < 2:
        raise InputError(f"{form}; N is {n}, expected at least 2")
    if equal_ratios and low <= 0:
        raise InputError(f"{option} {text}:log needs values above 0, found {low:g}")
    return np.geomspace(low, high, n) if equal_ratios else np.linspace(low, high, n)


def mass_grid(text: str) -> np.ndarray:
    """Grid of masses in GeV from LO:HI:N.

    Raises
    ------
    InputError
        If it is not of this form, the range is empty or negative, or N is smaller than 2.
    """
    masses = value_grid(text, "--mass", "0:4.7:48 (GeV, GeV, number of points)", " GeV")
    if masses[0] < 0:
        raise InputError(f"--mass {text}: masses must be finite and >= 0")
    return masses


def progress_bar(total: int, what: str, unit: str = "mass", done: int = 0) -> tqdm:
    """Progress bar on standard error, silent where that is not a terminal; some of the work may be done already."""
    return tqdm(total=total, desc=what, unit=unit, file=sys.stderr, disable=None, leave=False, initial=done)


@contextlib.contextmanager
def nested_progress(name: str) -> Iterator[Callable[[float], None]]:
    """Function that shows what is left of ln Z on standard error, silent where that is not a terminal."""
    with tqdm(desc=name, unit=" draws", file=sys.stderr, disable=None, leave=False) as bar:

        def report(left):
            bar.update()
            bar.set_postfix_str(f"{left:.2g} of ln Z left", refresh=False)

        yield report


def figure_writer(path: Path, load: Callable[[], Callable[..., Any]], option: str = "--plot") -> Callable[..., None]:
    """Function that draws and saves a figure; asks for matplotlib, and checks the format, before any work is done.

    Parameters
    ----------
    path : Path
        Of the figure.
    load : callable
        Imports the function that draws and returns it.
    option : str
        What asked for the figure, for messages.

    Raises
    ------
    InputError
        If matplotlib is missing, the format unknown, or the file cannot be written.
    """
    try:
        from matplotlib.backend_bases import FigureCanvasBase

        draw = load()
    except ImportError:
        raise InputError(f"{option} needs matplotlib: pip install 'jaxflav[plot]'") from None
    known = FigureCanvasBase.get_supported_filetypes()
    if path.suffix.lstrip(".").lower() not in known:
        raise InputError(f"{option} {path}: unknown format {path.suffix!r}, expected one of {', '.join(sorted(known))}")
    check_new_file(path)
    return lambda *args: write_file(path, lambda p: draw(*args).savefig(p, dpi=200))
