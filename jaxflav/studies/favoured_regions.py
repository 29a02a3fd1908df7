"""Favoured regions: the plane of two couplings at one mass, for a combination and for each of its experiments."""

import dataclasses
from collections.abc import Callable, Sequence

import jax.numpy as jnp
import numpy as np

from jaxflav.experiments.channels import Experiment
from jaxflav.experiments.combination import InsensitiveError, combine
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.hypotheses.couplings import CouplingsHypothesis
from jaxflav.hypotheses.neutrinos import NeutrinoHypothesis
from jaxflav.inference.fitting.problem import Problem, define_problem, fit_held
from jaxflav.inference.fitting.result import STATUS_TEXT
from jaxflav.inference.profiling.plane import Plane, profile_plane
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError
from jaxflav.likelihood.likelihood import at_context

_DOUBLINGS = 60
_RISE = 11.83  # 3 sigma for two parameters
_MARGIN = 1.3


@dataclasses.dataclass(frozen=True)
class FavouredRegions:
    """Profile likelihoods in a plane of two couplings.

    Attributes
    ----------
    combined : Plane
        Of all experiments together.
    single : dict of name to Plane
        Of each experiment alone, if these were asked for; those that see neither coupling, or whose fits all fail, are
        missing.
    insensitive : tuple of str
        Those that see neither coupling.
    failed : dict of name to str
        Those whose fits fail, and why.
    t_standard_model : float
        -2 ln L(best)/L(Standard Model) of the combination, with mu = 1 in both; NaN for neutrinos, and where the fit
        of the Standard Model fails.
    """

    combined: Plane
    single: dict[str, Plane]
    insensitive: tuple[str, ...]
    failed: dict[str, str]
    t_standard_model: float


def coupling_problem(
    experiments: Sequence[Experiment],
    parameters: Parameters,
    form_factors: Sequence[FormFactorSet],
    hypothesis: CouplingsHypothesis | NeutrinoHypothesis,
    mass: float,
) -> Problem:
    """Problem of some couplings at one mass in GeV, beside the Standard Model, with all that the mass fixes prepared.

    Raises
    ------
    InputError
        If the mass is not finite, negative or beyond all thresholds, or as ``combine``.
    """
    likelihood = combine(experiments, parameters, form_factors, hypothesis)
    top = float(likelihood.signal.threshold)
    if not hypothesis.massive and mass != 0:
        raise InputError(f"mass {mass:g} GeV: neutrinos have none, leave it out")
    if hypothesis.massive and not 0 <= mass < top:
        raise InputError(f"mass {mass:g} GeV: expected one from 0 to below {top:.4f} GeV, where the decays end")
    held = {"mu": 1.0} if hypothesis.adds_to_standard_model else {}
    return define_problem(at_context(likelihood, jnp.asarray(float(mass))), held=held)


def coupling_range(problem: Problem, name: str) -> float:
    """Size of a coupling that leaves its 3 sigma region of two parameters inside, the others 0.

    Raises
    ------
    ArithmeticError
        If the likelihood does not fall, as the data do not see this coupling.
    """
    likelihood = problem.likelihood
    others = [n for n in likelihood.signal.names[: likelihood.signal.n_free] if n not in ("mu", name)]
    size = likelihood.signal.scale[likelihood.index(name)]
    factors = np.sqrt(2.0) ** np.arange(-_DOUBLINGS // 3, _DOUBLINGS)

    def minimum(factor):
        values = np.zeros((len(factor), 1 + len(others)))
        values[:, 0] = size * factor
        fits = fit_held(problem, [name, *others], values)
        return np.where(fits.converged, -2 * fits.log_likelihood, np.nan)

    curve, block = [], 16
    for first in range(0, len(factors), block):
        curve += list(minimum(factors[first : first + block]))
        above = np.array(curve) - np.nanmin(curve) > _RISE
        beyond = np.flatnonzero(above & (np.arange(len(curve)) > np.nanargmin(curve)))
        if len(beyond):
            return float(_MARGIN * size * factors[beyond[0]])
    raise ArithmeticError(f"the likelihood does not fall with {name}: give its range, or an experiment that sees it")


def favoured_regions(
    experiments: Sequence[Experiment],
    parameters: Parameters,
    form_factors: Sequence[FormFactorSet],
    hypothesis: CouplingsHypothesis | NeutrinoHypothesis,
    mass: float,
    ranges: Sequence[np.ndarray],
    single: bool = True,
    progress: Callable[[int], None] | None = None,
) -> FavouredRegions:
    """Profile likelihoods of two couplings at one mass, as in Figs. 6 to 10 of arXiv:2403.13887.

    Parameters
    ----------
    experiments, parameters, form_factors
        As for ``combine``.
    hypothesis : CouplingsHypothesis or NeutrinoHypothesis
        Of exactly two couplings.
    mass : float
        Of one new particle in GeV.
    ranges : two arrays
        Grids of the two couplings.
    single : bool
        Whether to profile each experiment alone, too.
    progress : callable, optional
        Called with the number of fits done.

    Raises
    ------
    InputError
        If there are not two couplings, or as ``coupling_problem`` and ``profile_plane``.
    ArithmeticError
        If no fit of the combination converges.
    """
    if len(hypothesis.couplings) != 2:
        raise InputError(f"a plane needs two couplings, found {', '.join(hypothesis.couplings)}")
    (x_name, y_name), (x, y) = hypothesis.couplings, ranges
    problem = coupling_problem(experiments, parameters, form_factors, hypothesis, mass)
    combined = profile_plane(problem, x_name, x, y_name, y, progress)
    planes, insensitive, failed = {}, [], {}
    for experiment in experiments if single else ():
        try:
            alone = coupling_problem((experiment,), parameters, form_factors, hypothesis, mass)
        except InsensitiveError:
            insensitive.append(experiment.name)
            continue
        try:
            planes[experiment.name] = profile_plane(alone, x_name, x, y_name, y, progress)
        except ArithmeticError as error:
            failed[experiment.name] = str(error)
    t = np.nan
    if hypothesis.adds_to_standard_model:
        nothing = fit_held(problem, hypothesis.couplings, np.zeros((1, 2)))
        if nothing.converged[0]:
            t = 2 * (float(nothing.log_likelihood[0]) - combined.log_likelihood)
        else:
            failed["Standard Model"] = STATUS_TEXT[int(nothing.status[0])]
    return FavouredRegions(combined, planes, tuple(insensitive), failed, t)
