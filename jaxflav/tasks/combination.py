"""Experiments by name with what their prediction needs, and how results describe it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jaxflav.experiments.channels import Experiment, decays_of
from jaxflav.experiments.loading import load_experiment, load_experiments, predictable
from jaxflav.experiments.schema import DECAYS
from jaxflav.experiments.thresholds import mass_threshold
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.inputs.parameters import Parameters, load_parameters
from jaxflav.io.data_files import record_data_files
from jaxflav.io.errors import InputError
from jaxflav.io.provenance import made_by
from jaxflav.rates.decays import Decay
from jaxflav.tasks.form_factors import form_factors_of


@dataclass(frozen=True)
class Combination:
    """Experiments with what their prediction needs.

    Attributes
    ----------
    experiments : tuple of experiments
        With predictable channels only.
    left_out : tuple of str
        Channels without prediction.
    form_factors : list of FormFactorSet
        One per process.
    parameters : Parameters or None
        Constants; None where none enters.
    data : mapping of name to sha256
        Of the files of all of these.
    """

    experiments: tuple[Experiment, ...]
    left_out: tuple[str, ...]
    form_factors: list[FormFactorSet]
    parameters: Parameters | None
    data: Mapping[str, str]

    def threshold(self, massive: int) -> float:
        """Mass in GeV of one new particle where all decays end; ``massive`` of the invisible ones have it."""
        decays = [DECAYS[name] for e in self.experiments for name in decays_of(e).values()]
        return mass_threshold(self.parameters, decays, massive)

    @property
    def title(self) -> str:
        """Names of the experiments."""
        return ", ".join(e.name for e in self.experiments)

    @property
    def figure_title(self) -> str:
        """Title of one experiment with its form factors; names of several."""
        if len(self.experiments) > 1:
            return self.title
        sets = "".join(f"\nform factors {one.name}" for one in self.form_factors[:1])
        return f"{self.experiments[0].title}{sets}"

    @property
    def notes(self) -> list[str]:
        """A line for every channel that is left out."""
        return [f"left out, without prediction: {name}" for name in self.left_out]

    def description(self, seed: int | None = None) -> dict[str, Any]:
        """What a results directory says of the experiments, the theory and the program, and of a seed, if any."""
        sets, experiments = self.form_factors, self.experiments
        constants = () if self.parameters is None else self.parameters.sources
        sources = {s for e in experiments for s in e.sources}.union(constants, *(f.sources for f in sets))
        return {
            **made_by(self.data, seed),
            "experiments": {e.name: {"title": e.title, "licence": e.licence} for e in experiments},
            "left_out": self.left_out,
            "form_factors": [f"{one.name} ({one.process})" for one in sets],
            "inputs": {} if self.parameters is None else self.parameters.flatten(),
            "cite": sorted(sources),
        }


def load_combination(
    names: Sequence[str], form_factors: Sequence[str], constants: Parameters | None = None
) -> Combination:
    """Experiments by name, their form factors, and the constants.

    Parameters
    ----------
    names : sequence of str
        As for ``load_experiments``.
    form_factors : sequence of str
        Names or files, in place of the defaults.
    constants : Parameters, optional
        In place of those that come with jaxflav.

    Raises
    ------
    InputError
        If no channel has a prediction, or as ``load_experiments``.
    """
    with record_data_files() as data:
        loaded = load_experiments(names)
        decays = [DECAYS[name] for e in loaded for name in decays_of(e).values()]
        sets = form_factors_of(form_factors, [d.process for d in decays if isinstance(d, Decay)])
        parameters = load_parameters() if constants is None else constants
    experiments, left_out = predictable(loaded, {one.process: one for one in sets})
    if not experiments:
        raise InputError(f"no channel has a prediction: {', '.join(left_out)}; choose other experiments")
    return Combination(experiments, left_out, sets, parameters, data)


def load_published(names: Sequence[str]) -> Combination:
    """One public likelihood, as it was published: neither form factors nor constants enter."""
    with record_data_files() as data:
        experiment = load_experiment(names[0])
    return Combination((experiment,), (), [], None, data)
