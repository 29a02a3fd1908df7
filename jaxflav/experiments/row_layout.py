"""Which rows of all decays, which tables and which measurements make one likelihood of several experiments."""

import jax.numpy as jnp
import numpy as np

from jaxflav.experiments.analysis import Analysis
from jaxflav.experiments.channels import (
    LongitudinalFraction,
    decays_of,
    n_rows,
)
from jaxflav.experiments.data_file import MeasuredBranchingFraction
from jaxflav.experiments.prospects import FL, Prospects
from jaxflav.experiments.recast_file import Recast
from jaxflav.likelihood.measurement import NormalMeasurement
from jaxflav.likelihood.merge import merge_tables
from jaxflav.likelihood.recast import NEW, SM

_MEASURED = MeasuredBranchingFraction | Prospects  # experiments with normal errors


def measurements_of(experiments, by_decay, standard_model):
    """Measurements by name; future ones are centred at the Standard Model, which their errors may be relative to."""
    channels = [c for group in by_decay for c in group]
    values = jnp.concatenate([p.constant for p in standard_model])
    first = dict(zip((c.name for c in channels), np.cumsum([0, *(n_rows(c.response) for c in channels)]), strict=False))
    result = {}
    for experiment in experiments:
        if isinstance(experiment, MeasuredBranchingFraction):
            result[experiment.name] = experiment.measurement
        elif isinstance(experiment, Prospects):
            for name, one, error in zip(decays_of(experiment), experiment.measurements, experiment.errors, strict=True):
                at = first[name]
                value = float(values[at] / values[at + 1] if one.observable.quantity == FL else values[at])
                result[name] = NormalMeasurement(value, error * value if one.relative else error)
    return result


def tables_of(experiments):
    """Tables of all that have bins; names begin with that of the experiment where there are several."""
    parts = [
        (e.name, e.tables() if isinstance(e, Recast) else e.tables.without(e.dropped))
        for e in experiments
        if not isinstance(e, _MEASURED)
    ]
    return parts[0][1] if len(experiments) == len(parts) == 1 else merge_tables(parts)


def row_layout(experiments, channels, by_decay, hypothesis):
    """Where in the rows of all decays each row of the likelihood is found, and which samples are replaced.

    Returns
    -------
    sm_rows, new_rows : tuples of int
        For each yield of a replaced sample and each measurement; what does not contribute points to a 0 at the end.
    replaced : list of (channel, sample)
    ratios : tuple of (row, row)
        As in ``Rows``.
    """
    first, total = {}, 0
    for channel in (c for group in by_decay for c in group):
        first[channel.name] = (total, total + n_rows(channel.response))
        total = first[channel.name][1]
    sm, new, replaced, ratios = [], [], [], []

    def add(rows, old, other):
        sm.extend(rows if old and hypothesis.adds_to_standard_model else [total] * len(rows))
        new.extend(rows if other else [total] * len(rows))

    measured = [isinstance(e, _MEASURED) for e in experiments]
    for i in np.argsort(measured, kind="stable"):
        experiment, rows = experiments[i], [list(range(*first[c.name])) for c in channels[i]]
        prefix = f"{experiment.name}/" if len(experiments) > 1 else ""
        if isinstance(experiment, Prospects):
            for channel, numbers in zip(channels[i], rows, strict=True):
                if isinstance(channel.response, LongitudinalFraction):
                    ratios.append((len(sm), numbers[1]))
                add(numbers[:1], True, True)
            continue
        if not isinstance(experiment, Recast):
            add(rows[0], True, True)
            if isinstance(experiment, Analysis):
                pairs = experiment.signal
                replaced += [(prefix + c, prefix + s) for c, s in pairs]
            continue
        for sample, old in ((SM, True), (NEW, False)):
            for channel, numbers in zip(experiment.channels, rows, strict=True):
                add(numbers, old, not old)
                replaced.append((prefix + channel.name, prefix + sample))
    return tuple(sm), tuple(new), replaced, tuple(ratios)
