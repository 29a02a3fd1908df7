"""Figures that a command is asked for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jaxflav.io.errors import InputError
from jaxflav.io.output import check_new_file, write_file


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
