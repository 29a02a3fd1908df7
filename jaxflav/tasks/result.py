"""What all results have in common: plain values, tables, and how a number with its error is written."""

import abc
import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from jaxflav.io.errors import InputError
from jaxflav.io.output import plain


class Result(abc.ABC):
    """Base of the result classes, which are frozen dataclasses and say what their table is."""

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain values: lists for arrays, None for numbers that are not finite."""
        return {field.name: _plain(getattr(self, field.name)) for field in dataclasses.fields(self)}

    @abc.abstractmethod
    def columns(self) -> Mapping[str, Any]:
        """Columns of the table by name, of one length."""

    def to_dataframe(self):
        """The table as a pandas DataFrame.

        Raises
        ------
        InputError
            If pandas is not installed.
        """
        try:
            import pandas
        except ImportError:
            raise InputError("a DataFrame needs pandas: pip install pandas, or take to_dict()") from None
        return pandas.DataFrame({name: np.asarray(column) for name, column in self.columns().items()})


def _plain(value):
    if isinstance(value, Result):
        return value.to_dict()
    if dataclasses.is_dataclass(value):
        return plain(dataclasses.asdict(value))
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return plain(value)


@dataclasses.dataclass(frozen=True)
class Quantity:
    """A derived quantity.

    Attributes
    ----------
    name : str
        Such as ``BR(B+ -> K+ + new)``.
    value, error : float
        The error is NaN where the fit gives none, as on a bound.
    """

    name: str
    value: float
    error: float

    def __str__(self):
        return f"{self.name} = {with_error(self.value, self.error)}"


def with_error(value: float, error: float) -> str:
    """A number with its error to two digits: ``(8.61 +- 2.48)e-06``; the number alone where there is no error."""
    if not (math.isfinite(error) and error > 0 and math.isfinite(value)):
        return f"{value:.4g}"
    exponent = math.floor(math.log10(max(abs(value), error)))
    scale = 10.0**exponent if not -3 <= exponent <= 3 else 1.0
    digits = max(0, 1 - math.floor(math.log10(error / scale)))
    text = f"{value / scale:.{digits}f} +- {error / scale:.{digits}f}"
    return text if scale == 1.0 else f"({text})e{exponent:+03d}"
