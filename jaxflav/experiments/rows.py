"""Which row of a likelihood is found where in the rows of all decays."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Rows:
    """Positions; static.

    Attributes
    ----------
    sizes : tuple of int
        Number of rows of each decay.
    slices : tuple of (int, int)
        For each decay the range of its form factors in the signal parameters.
    squares : tuple of (tuple of int, tuple of int)
        For each decay which of the varied constants multiply, squared, the rates of the Standard Model and new ones.
    old, new : tuples of int
        For each yield of a replaced sample and each measurement, where it is in the rows of all decays, Standard Model
        and new; what does not contribute points to a 0 at the end.
    ratios : tuple of (int, int)
        Rows of the prediction that are longitudinal branching fractions, and where in the rows of all decays the total
        one is found that each is divided by: F_L.
    """

    sizes: tuple[int, ...]
    slices: tuple[tuple[int, int], ...]
    squares: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]
    old: tuple[int, ...]
    new: tuple[int, ...]
    ratios: tuple[tuple[int, int], ...]
