"""Grids of values from the command line."""

import numpy as np

from jaxflav.io.errors import InputError


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
