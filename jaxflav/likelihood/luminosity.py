"""A HistFactory model with more data, at the level of its tables."""

import dataclasses

import numpy as np

from jaxflav.likelihood.tables import Tables


def scale_luminosity(tables: Tables, factor: float, shrink: bool) -> Tables:
    """The model of ``factor`` times as much data.

    Observed and nominal events and the shifts of yields, which are in events, grow by the factor; relative effects
    stay.

    Parameters
    ----------
    tables : Tables
        Of the data as they are.
    factor : float
        Ratio of the luminosities.
    shrink : bool
        Whether all constraints, those of the statistics of the simulation included, become narrower by the square root
        of the factor: widths of normal ones, counts of Poisson ones and their expectations. Otherwise they stay as they
        are.
    """
    kind = np.array(tables.parameter_kind, dtype=object)
    events = ("observed", "nominal", "shape_down", "shape_up")
    changes = {name: getattr(tables, name) * factor for name in events}
    if shrink:
        changes["width"] = np.where(kind == "normal", tables.width / np.sqrt(factor), tables.width)
        for name in ("centre", "rate"):
            changes[name] = np.where(kind == "poisson", getattr(tables, name) * factor, getattr(tables, name))
    return dataclasses.replace(tables, **changes)
