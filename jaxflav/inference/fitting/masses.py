"""The mass as an axis: its name, and what values it may have."""

import numpy as np

from jaxflav.inference.fitting.problem import Problem
from jaxflav.io.errors import InputError

MASS = "mass"  # name of the axis that is the context, in GeV


def check_plane_masses(problem: Problem, masses: np.ndarray) -> np.ndarray:
    """Masses of an axis, as an array of floats in GeV.

    Raises
    ------
    InputError
        If the signal has no mass, or a mass is negative, not finite, or not below the threshold.
    """
    signal = problem.likelihood.signal
    top = float(getattr(signal, "threshold", 0.0))
    if not top:
        raise InputError(f"an axis 'mass' needs a likelihood with a new particle, found {type(signal).__name__}")
    masses = np.atleast_1d(np.asarray(masses, dtype=float))
    if masses.size == 0 or not np.all((masses >= 0) & (masses < top)):
        raise InputError(f"masses must be from 0 to below the threshold, {top:.4f} GeV; found {masses.tolist()}")
    return masses
