"""Nested sampling of the kept parameters of an integrated likelihood: evidence, and draws from every mode.

Skilling, Bayesian Analysis 1 (2006) 833, by dynesty (Speagle, MNRAS 493 (2020) 3132): with the nuisance parameters
integrated out few dimensions are left, in which uniform draws from bounding ellipsoids need the fewest evaluations of
a likelihood of milliseconds. This is the only file that knows dynesty.
"""

import dataclasses
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from jaxflav.inference.evidence.marginal import Marginal, from_unit_cube, log_likelihood_at, n_threads
from jaxflav.inference.sampling.importance import resample
from jaxflav.io.errors import InputError

_ENLARGE = 1.5  # volume of the bounding ellipsoids
_QUEUE = 4  # proposals made together, whatever the number of cores: the draws depend on it


@dataclasses.dataclass(frozen=True)
class NestedSettings:
    """How to sample.

    Attributes
    ----------
    live : int
        Live points.
    tolerance : float
        Part of ln Z that may be left at the end.
    seed : int
        Of all random numbers.
    """

    live: int = 400
    tolerance: float = 0.02
    seed: int = 0

    def __post_init__(self):
        """Check the numbers; raises ``InputError``."""
        if not isinstance(self.live, int) or self.live < 50:
            raise InputError(f"number of live points is {self.live!r}, expected an integer of at least 50")
        if not 0 < self.tolerance < 1:
            raise InputError(f"tolerance of ln Z is {self.tolerance!r}, expected a number between 0 and 1, as 0.02")
        if not isinstance(self.seed, int) or self.seed < 0:
            raise InputError(f"seed is {self.seed!r}, expected an integer of at least 0")


@dataclasses.dataclass(frozen=True)
class Nested:
    """Weighted draws of the kept parameters, and the evidence of the integrated likelihood.

    Attributes
    ----------
    names : tuple of k str
        Kept parameters.
    theory : (n, k) array
        Draws.
    log_likelihood : (n,) array
        Integrated log-likelihood.
    log_weight : (n,) array
        Log of the weights, which sum to 1.
    log_evidence, error : float
        ln Z, and its standard deviation from the random volumes.
    evaluations : int
        Of the likelihood.
    """

    names: tuple[str, ...]
    theory: np.ndarray
    log_likelihood: np.ndarray
    log_weight: np.ndarray
    log_evidence: float
    error: float
    evaluations: int


def nested_sample(
    marginal: Marginal, settings: NestedSettings | None = None, progress: Callable[[float], None] | None = None
) -> Nested:
    """Sample the kept parameters; the same settings give the same draws on one machine.

    Parameters
    ----------
    marginal : Marginal
        Of ``define_marginal``.
    settings : NestedSettings, optional
        How to sample.
    progress : callable, optional
        Called with the part of ln Z that is left.

    Raises
    ------
    InputError
        If dynesty is not installed.
    ArithmeticError
        If the nuisance parameters cannot be integrated somewhere in the prior.
    """
    settings = settings or NestedSettings()
    k = len(marginal.names)
    if k == 0:
        value = log_likelihood_at(marginal, np.zeros(0))
        return Nested((), np.zeros((1, 0)), np.array([value]), np.zeros(1), value, 0.0, 1)
    dynesty = _dynesty()

    def report(results, *_args, **_kwargs):
        if progress is not None and np.isfinite(results.delta_logz):
            progress(float(results.delta_logz))

    with ThreadPoolExecutor(n_threads()) as pool:
        sampler = dynesty.NestedSampler(
            lambda theory: log_likelihood_at(marginal, theory),
            lambda unit: from_unit_cube(marginal, unit),
            k,
            nlive=settings.live,
            rstate=np.random.default_rng(settings.seed),
            pool=pool,
            queue_size=_QUEUE,
            # bounding ellipsoids pay off as soon as two of five draws from the whole prior are refused
            first_update={"min_ncall": settings.live, "min_eff": 60.0},
            # a fixed margin around the ellipsoids: that of a bootstrap is many times larger where there are few points
            bootstrap=0,
            enlarge=_ENLARGE,
        )
        sampler.run_nested(dlogz=settings.tolerance, print_func=report)
    results = sampler.results
    return Nested(
        names=marginal.names,
        theory=results.samples,
        log_likelihood=results.logl,
        log_weight=np.log(np.maximum(results.importance_weights(), np.finfo(float).tiny)),
        log_evidence=float(results.logz[-1]),
        error=float(results.logzerr[-1]),
        evaluations=int(np.sum(results.ncall)),
    )


def _dynesty():
    try:
        import dynesty
    except ImportError as error:
        raise InputError('nested sampling needs dynesty: pip install "jaxflav[nested]"') from error
    return dynesty


def equal_draws(nested: Nested, n: int, seed: int = 0) -> np.ndarray:
    """Draws (n, k) of equal weight: each weighted one as often as systematic resampling gives it."""
    return nested.theory[resample(nested.log_weight, n, np.random.default_rng(seed))]
