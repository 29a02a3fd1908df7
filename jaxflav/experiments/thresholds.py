"""The largest mass that a new particle can have in the decays of a combination, and masses checked against it."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError
from jaxflav.rates.decays import Decay, InvisibleDecay

_LIKE_MEV = 50.0  # GeV: above it a number that makes sense in MeV is taken for one


def mass_threshold(parameters: Parameters, decays: Iterable[Decay | InvisibleDecay], massive: int) -> float:
    """Mass in GeV of one new particle at which the last of some decays ends; 0 where nothing has a mass.

    Parameters
    ----------
    parameters : Parameters
        Constants.
    decays : iterable of Decay or InvisibleDecay
        A single particle is not produced in an ``InvisibleDecay``.
    massive : int
        How many of the invisible particles have the mass.
    """
    if not massive:
        return 0.0
    ends = [0.0]
    for decay in decays:
        if isinstance(decay, InvisibleDecay):
            ends.append(float(parameters[decay.m_parent]) if massive == 2 else 0.0)
        else:
            m_B, m_K = decay.masses(parameters)
            ends.append(float(m_B - m_K))
    return max(ends) / massive


def check_below_threshold(masses: ArrayLike, threshold: float, what: str = "mass", partly: bool = False) -> None:
    """Check masses before anything is computed with them.

    Parameters
    ----------
    masses : float or (n,) array
        In GeV.
    threshold : float
        Of ``mass_threshold``.
    what : str
        Option or key that gave the masses, for messages.
    partly : bool
        Whether some of them may be beyond the threshold, if they do not look like MeV.

    Raises
    ------
    InputError
        If a mass is negative or not finite, or not below the threshold, with what was probably meant.
    """
    masses = np.atleast_1d(np.asarray(masses, dtype=float))
    low, high = float(np.min(masses)), float(np.max(masses))
    like_mev = _LIKE_MEV <= high < 1e3 * threshold
    beyond = low if partly and not like_mev else high
    if low >= 0 and beyond < threshold and np.isfinite(high):
        return
    hint = f"; masses are in GeV: did you mean {high / 1e3:g}?" if like_mev else ", where the decays end"
    found = beyond if low >= 0 else low
    raise InputError(f"{what} {found:g} GeV: expected one from 0 to below the threshold, {threshold:.4f} GeV{hint}")
