"""Experiments by name with what their prediction needs, and how results describe it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jaxflav.couplings.families import coupling_names, make_couplings
from jaxflav.experiments.channels import Experiment, decays_of
from jaxflav.experiments.combination import combine, load_experiments, predictable
from jaxflav.experiments.schema import DECAYS
from jaxflav.experiments.thresholds import mass_threshold
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.hypotheses.rate import Strength, direction_of
from jaxflav.inputs.parameters import Parameters, load_parameters
from jaxflav.io.data_files import record_data_files
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.io.provenance import made_by
from jaxflav.likelihood.likelihood import Likelihood
from jaxflav.tasks.defaults import SCALE
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
    parameters : Parameters
        Constants.
    data : mapping of name to sha256
        Of the files of all of these.
    """

    experiments: tuple[Experiment, ...]
    left_out: tuple[str, ...]
    form_factors: list[FormFactorSet]
    parameters: Parameters
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
    def notes(self) -> list[str]:
        """A line for every channel that is left out."""
        return [f"left out, without prediction: {name}" for name in self.left_out]

    def description(self, seed: int | None = None) -> dict[str, Any]:
        """What a results directory says of the experiments, the theory and the program, and of a seed, if any."""
        sets, experiments = self.form_factors, self.experiments
        sources = {s for e in experiments for s in e.sources}.union(self.parameters.sources, *(f.sources for f in sets))
        return {
            **made_by(self.data, seed),
            "experiments": {e.name: {"title": e.title, "licence": e.licence} for e in experiments},
            "left_out": self.left_out,
            "form_factors": [f"{one.name} ({one.process})" for one in sets],
            "inputs": self.parameters.flatten(),
            "cite": sorted(sources),
        }


def load_combination(names: Sequence[str], form_factors: Sequence[str]) -> Combination:
    """Experiments by name, their form factors, and the constants.

    Raises
    ------
    InputError
        If no channel has a prediction, or as ``load_experiments``.
    """
    with record_data_files() as data:
        sets, parameters = form_factors_of(form_factors), load_parameters()
        loaded = load_experiments(names)
    experiments, left_out = predictable(loaded, {one.process: one for one in sets})
    if not experiments:
        raise InputError(f"no channel has a prediction: {', '.join(left_out)}; choose other experiments")
    return Combination(experiments, left_out, sets, parameters, data)


def one_coupling_likelihood(
    combination: Combination, families: Sequence[str], coupling: str, self_conjugate: bool = False
) -> Likelihood:
    """Likelihood whose parameter ``strength`` is the squared modulus of one coupling, for Lambda = 10 TeV.

    Parameters
    ----------
    combination : Combination
        The experiments.
    families : sequence of str
        Where to look for the coupling.
    coupling : str
        Its name.
    self_conjugate : bool
        Whether the particles of a pair are identical.

    Raises
    ------
    UnknownNameError
        If none of the families has the coupling.
    InputError
        As ``combine`` and ``make_couplings``.
    """
    known = {name: family for family in reversed(families) for name in coupling_names(family)}
    if coupling not in known:
        raise UnknownNameError("coupling", coupling, known)
    couplings = make_couplings(known[coupling], {coupling: 1.0}, scale=SCALE, self_conjugate=self_conjugate)
    hypothesis = Strength(direction_of(couplings))
    return combine(combination.experiments, combination.parameters, combination.form_factors, hypothesis)
