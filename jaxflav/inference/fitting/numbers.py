"""What a result is: numbers, all of them. What is returned as one passes through here, or through a fit's status."""

from collections.abc import Sequence

import numpy as np


def require_numbers(values: np.ndarray, names: str | Sequence[str], what: str) -> np.ndarray:
    """The values, if all of them are numbers; infinite ones are.

    Parameters
    ----------
    values : array
        Last axis along the parameters.
    names : str or sequence of str
        Names of the parameters, or of the only one.
    what : str
        What they are, for the message.

    Raises
    ------
    ArithmeticError
        If one is NaN: the message names its parameter.
    """
    values = np.asarray(values, dtype=float)
    if not np.any(np.isnan(values)):
        return values
    if not isinstance(names, str):
        bad = np.isnan(values).reshape(-1, values.shape[-1])
        # of a matrix with one bad parameter the other columns are NaN in one place
        names = names[int(np.argmax(bad.sum(axis=0)))]
    raise ArithmeticError(
        f"{what} of {names!r} is not a number, expected a finite one; look at the likelihood around the best fit, "
        "whose derivatives are not finite there, or hold the parameter"
    )
