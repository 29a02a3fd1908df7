"""Experiments by name: built in, a directory of the user, or the original HEPData files; one or several."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from jaxflav.experiments.analysis import Analysis, load_analysis
from jaxflav.experiments.channels import (
    Experiment,
    decays_of,
    has_prediction,
)
from jaxflav.experiments.data_file import load_data
from jaxflav.experiments.hepdata import is_hepdata, load_hepdata
from jaxflav.experiments.prospects import Prospects
from jaxflav.experiments.recast_file import Recast
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.io.errors import InputError


def load_experiment(name: str | Path) -> Analysis:
    """Load a built-in analysis by name, a directory with ``analysis.yaml``, or one with the files of HEPData.

    Raises
    ------
    InputError
        If there is no such name or directory, or a file in it is malformed.
    """
    return load_hepdata(name) if is_hepdata(name) else load_analysis(name)


def load_experiments(names: Sequence[str]) -> tuple[Experiment, ...]:
    """Experiments by name or directory, each perhaps with a colon and the channels to keep: ``belle-2017:K+,K*0``.

    Raises
    ------
    InputError
        If there is none, one is given twice, or channels are asked of an experiment that has none to choose from.
    UnknownNameError
        If an experiment or channel is unknown.
    """
    loaded = []
    for text in names:
        name, colon, channels = text.partition(":")
        data = load_data(name)
        if colon:
            if not isinstance(data, Recast | Prospects):
                raise InputError(f"{text!r}: {name} has no channels to choose from; give its name alone")
            data = data.select(tuple(c.strip() for c in channels.split(",")))
        loaded.append(data)
    check_independent(loaded)
    return tuple(loaded)


def check_independent(experiments: Sequence[Experiment]) -> None:
    """Raise InputError if there are no experiments, or two of them have data in common."""
    if not experiments:
        raise InputError("expected at least one experiment, found none")
    names = [e.name for e in experiments]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"{', '.join(twice)} is given more than once; its data count once")
    public = [e for e in experiments if isinstance(e, Analysis)]
    for i, one in enumerate(public):
        for other in public[:i]:
            common = sorted(set(one.tables.channel_names) & set(other.tables.channel_names))
            if common and one.decay == other.decay:
                raise InputError(f"{other.name} and {one.name} both have the channel {common[0]}: give one of them")
    for future in (e for e in experiments if isinstance(e, Prospects)):
        for other in (e for e in experiments if not isinstance(e, Prospects)):
            common = sorted(set(future.decays) & set(decays_of(other).values()))
            if common and other.luminosity is not None and other.luminosity.running:
                raise InputError(
                    f"{future.name} and {other.name}, which goes on running, both have the future data of {common[0]}: "
                    f"choose the other channels of {future.name}, as in {future.name}:NAME,NAME"
                )


def predictable(
    experiments: Sequence[Experiment], form_factors: Mapping[str, FormFactorSet]
) -> tuple[tuple[Experiment, ...], tuple[str, ...]]:
    """Experiments without the channels whose decays have no prediction, and the names of these channels.

    Parameters
    ----------
    experiments : sequence of experiments
        Of ``load_experiments``.
    form_factors : mapping of process to FormFactorSet
        A decay to a meson has a prediction if there are form factors of its process.
    """
    kept, left_out = [], []
    for experiment in experiments:
        decays = decays_of(experiment)
        good = [name for name, decay in decays.items() if has_prediction(decay, form_factors)]
        left_out += [f"{name} ({decay})" for name, decay in decays.items() if name not in good]
        if len(good) == len(decays):
            kept.append(experiment)
        elif good:
            kept.append(experiment.select(tuple(name.partition(":")[2] for name in good)))
    return tuple(kept), tuple(left_out)
