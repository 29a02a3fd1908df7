"""Mass scans of every scenario of new particles, one coupling at a time, compared in one table."""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from jaxflav.couplings.families import make_couplings
from jaxflav.experiments.channels import Experiment
from jaxflav.experiments.combination import combine
from jaxflav.experiments.variants import with_direction
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.hypotheses.rate import Strength, direction_of
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.studies.mass_scan import MassScan, scan_masses

# couplings that B -> K + invisible is sensitive to, by family and by whether the particles of a pair are identical
_COUPLINGS = {
    ("scalar", False): ("g_S",),
    ("vector", False): ("h_V", "h_T"),
    ("scalar-pair", False): ("g_SS", "g_VV"),
    ("fermion-pair", False): ("f_VV", "f_VA", "f_SS", "f_SP", "f_TT"),
    ("fermion-pair", True): ("f_VA", "f_SS", "f_SP"),
    ("vector-pair", False): ("h_S",),
    ("gravitino-pair", False): (
        *("F_VV", "F_VA", "F_SS", "F_SP", "F_TT", "F_TtT"),
        *("F_TS", "F_TP", "F_TtS", "F_TtP"),
    ),
}


@dataclasses.dataclass(frozen=True)
class OneCoupling:
    """New particles with one coupling.

    Attributes
    ----------
    family : str
        One of ``couplings.families.FAMILIES``.
    coupling : str
        Such as ``f_VV``.
    self_conjugate : bool
        Whether the two particles of a pair are identical.
    """

    family: str
    coupling: str
    self_conjugate: bool = False

    @property
    def label(self) -> str:
        """``fermion-pair f_VV``, with ``identical`` behind if the particles are."""
        return f"{self.family} {self.coupling}" + (" identical" if self.self_conjugate else "")


SCENARIOS = tuple(OneCoupling(family, name, same) for (family, same), names in _COUPLINGS.items() for name in names)


@dataclasses.dataclass(frozen=True)
class ScenarioScan:
    """Mass scan of one scenario.

    Attributes
    ----------
    scenario : OneCoupling
        New particles and coupling.
    scan : MassScan
        Over the mass of one particle; its parameter is the square of the modulus of the coupling.
    """

    scenario: OneCoupling
    scan: MassScan

    @property
    def coupling(self) -> float:
        """Modulus of the coupling at the best mass."""
        return float(np.sqrt(self.scan.best.value))

    @property
    def coupling_interval_68(self) -> tuple[float, float]:
        """Where t has risen by 1 at the best mass."""
        low, high = np.sqrt(self.scan.best.value_interval_68)
        return float(low), float(high)

    @property
    def t_over_rescaled_sm(self) -> float:
        """t of the best mass minus t of the rescaled Standard Model; negative where the new particles fit better."""
        return self.scan.best.t - self.scan.t_rescaled_sm

    @property
    def viable(self) -> bool:
        """Whether the best mass fits better than the rescaled Standard Model, as arXiv:2403.13887 asks (Sect. IV)."""
        return self.t_over_rescaled_sm < 0

    @property
    def masses_better(self) -> tuple[float, float] | None:
        """First and last mass of the grid that fit better than the rescaled Standard Model, in GeV; None if none do."""
        better = self.scan.mass[self.scan.converged & (self.scan.t < self.scan.t_rescaled_sm)]
        return (float(better.min()), float(better.max())) if better.size else None


def choose_scenarios(texts: Sequence[str]) -> tuple[OneCoupling, ...]:
    """Scenarios by family (``fermion-pair``) or by label (``fermion-pair f_VV``); all of them if there is no text.

    Raises
    ------
    UnknownNameError
        If there is no such scenario.
    """
    chosen = []
    for text in texts:
        found = [s for s in SCENARIOS if text in (s.family, s.label)]
        if not found:
            raise UnknownNameError("scenario", text, dict.fromkeys(n for s in SCENARIOS for n in (s.family, s.label)))
        chosen += found
    return tuple(dict.fromkeys(chosen)) or SCENARIOS


def scan_scenarios(
    experiments: Sequence[Experiment],
    parameters: Parameters,
    form_factors: Sequence[FormFactorSet],
    scenarios: Sequence[OneCoupling] = SCENARIOS,
    points: int = 48,
    scale: float = 1e4,
    progress: Callable[[int], None] | None = None,
) -> tuple[ScenarioScan, ...]:
    """Profile the likelihood over the mass, scenario by scenario, as in Figs. 4 and 5 of arXiv:2403.13887.

    The couplings of a family share their compiled fits.

    Parameters
    ----------
    experiments, parameters, form_factors
        As for ``combine``.
    scenarios : sequence of OneCoupling
        Any; others can be made.
    points : int
        Masses of each scan, evenly between 0 and the threshold, without the ends: rates of longitudinal vectors and of
        spin 3/2 diverge for massless particles.
    scale : float
        Lambda in GeV.
    progress : callable, optional
        Called with the number of masses done.

    Raises
    ------
    InputError
        If there are fewer than two points, or as ``combine``.
    ArithmeticError
        If a fit of the Standard Model does not converge.
    """
    if points < 2:
        raise InputError(f"a scan of {points} masses has no minimum, expected at least 2")
    likelihoods, scans = {}, []
    for scenario in scenarios:
        key = scenario.family, scenario.self_conjugate
        same = scenario.self_conjugate
        couplings = make_couplings(scenario.family, {scenario.coupling: 1.0}, scale=scale, self_conjugate=same)
        direction = direction_of(couplings)
        if key not in likelihoods:
            likelihoods[key] = combine(experiments, parameters, form_factors, Strength(direction))
        likelihood = with_direction(likelihoods[key], direction)
        masses = float(likelihood.signal.threshold) * (np.arange(points) + 0.5) / points
        scans.append(ScenarioScan(scenario, scan_masses(likelihood, masses, progress)))
    return tuple(scans)
