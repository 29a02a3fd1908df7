"""The likelihood of few parameters, integrated over all others: what grids and nested sampling of a posterior need.

Parameters with a prior (couplings, branching fractions, the mass) are kept; those with a constraint term (experimental
nuisance parameters, form factors) are integrated in the normal approximation around their maximum,

    ln L(theta) = ln p(data, u | theta) + (m / 2) ln 2 pi - (1 / 2) ln det H,

in the unbounded coordinates u of ``jaxflav.inference.posteriors.posterior``, with H the exact curvature there (Tierney
and Kadane, J. Am. Stat. Assoc. 81 (1986) 82). How good that is, importance sampling tells: a normal draw of u with the
weight

    w = p(data, u | theta) / (q(u | theta) L(theta))

makes all results exact, and the spread of w says whether they can be trusted
(``jaxflav.inference.sampling.importance``).
"""

import dataclasses
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import scipy

from jaxflav.inference.evidence.arrowhead import Layout
from jaxflav.inference.evidence.integral import Integral, Integrand, at_theory, integrate
from jaxflav.inference.fitting.fisher_scoring import fit
from jaxflav.inference.fitting.problem import Problem, fit_held
from jaxflav.inference.posteriors.posterior import CONTEXT, define_posterior, unconstrained
from jaxflav.inference.posteriors.priors import Prior

_N_REFERENCES = 32
_N_NEAREST = 2  # references that are tried
_EDGE = 0.01  # references keep this prior probability from the ends


@dataclasses.dataclass(frozen=True)
class Marginal:
    """A likelihood to be integrated over its nuisance parameters; made by ``define_marginal``.

    Attributes
    ----------
    integrand : Integrand
        The likelihood.
    names : tuple of k str
        Kept parameters, and the mass last if it is free.
    priors : tuple of k Prior
        Their priors.
    low, high : tuples of k float
        Their support.
    references, modes : (r, k), (r, m) arrays
        Points from whose maxima others are searched for.
    """

    integrand: Integrand
    names: tuple[str, ...]
    priors: tuple[Prior, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    references: np.ndarray
    modes: np.ndarray


def define_marginal(problem: Problem, priors: Mapping[str, Prior]) -> Marginal:
    """What is left when the nuisance parameters of a problem are integrated out.

    Parameters
    ----------
    problem : Problem
        Likelihood, context, and the parameters that are held.
    priors : mapping of name to Prior
        As for ``define_posterior``.

    Raises
    ------
    InputError
        As ``define_posterior``.
    ArithmeticError
        If the nuisance parameters cannot be fitted at any point of the prior.
    """
    posterior = define_posterior(problem, priors)
    kept = sorted(k for k, _ in posterior.priors)
    names = tuple(posterior.names[k] for k in kept)
    index = np.array([problem.likelihood.index(name) for name in names if name != CONTEXT], dtype=int)
    fixed = problem.fixed.copy()
    fixed[index] = True
    nuisance = define_posterior(dataclasses.replace(problem, fixed=fixed), {})
    if posterior.free_context:
        nuisance = eqx.tree_at(lambda one: one.likelihood, nuisance, problem.likelihood)
    placed = dict(posterior.priors)
    marginal = Marginal(
        integrand=Integrand(nuisance, jnp.asarray(index), posterior.free_context, _layout(nuisance)),
        names=names,
        priors=tuple(placed[k] for k in kept),
        low=tuple(float(posterior.low[k]) for k in kept),
        high=tuple(float(posterior.high[k]) for k in kept),
        references=np.zeros((0, len(names))),
        modes=np.zeros((0, len(nuisance.names))),
    )
    return _with_references(marginal, problem)


def _layout(nuisance):
    model, k = nuisance.likelihood.model, nuisance.likelihood.n_signal
    moving = np.asarray(nuisance.moving)
    size = len(moving)
    place = np.full(k + model.n_parameters + 1, size)
    place[moving] = np.arange(size)
    local_index = np.asarray(model.local_index)
    local = place[np.where(local_index < 0, -1, local_index + k)]
    dense = tuple(int(i) for i in np.flatnonzero(moving < k + model.n_dense))
    return Layout(size, dense, tuple(tuple(int(i) for i in row) for row in local))


def from_unit_cube(marginal: Marginal, unit: np.ndarray) -> np.ndarray:
    """Kept parameters (..., k) at cumulative prior probabilities (..., k), within their support."""
    unit = np.asarray(unit)
    columns = []
    for j, (prior, low, high) in enumerate(zip(marginal.priors, marginal.low, marginal.high, strict=True)):
        columns.append(np.clip(prior.between(unit[..., j], low, high), low, high))
    return np.stack(columns, axis=-1) if columns else np.zeros((*unit.shape[:-1], 0))


def to_unit_cube(marginal: Marginal, theory: np.ndarray) -> np.ndarray:
    """Cumulative prior probabilities (..., k) within the support."""
    theory, columns = np.asarray(theory), []
    for j, (prior, low, high) in enumerate(zip(marginal.priors, marginal.low, marginal.high, strict=True)):
        below, above = prior.cumulative(low), prior.cumulative(high)
        columns.append((prior.cumulative(theory[..., j]) - below) / (above - below))
    return np.stack(columns, axis=-1) if columns else np.zeros((*theory.shape[:-1], 0))


_integrate = eqx.filter_jit(integrate)


def log_likelihoods(
    marginal: Marginal, theory: np.ndarray, progress: Callable[[int], None] | None = None
) -> np.ndarray:
    """Integrated log-likelihood at many points, spread over the cores.

    Parameters
    ----------
    marginal : Marginal
        The likelihood.
    theory : (n, k) array
        Kept parameters.
    progress : callable, optional
        Called with the number of points done.

    Returns
    -------
    (n,) array

    Raises
    ------
    ArithmeticError
        If the maximum over the nuisance parameters is not found at one of the points.
    """

    def at(row):
        value = log_likelihood_at(marginal, row)
        if progress is not None:
            progress(1)
        return value

    with ThreadPoolExecutor(n_threads()) as pool:
        return np.array(list(pool.map(at, np.asarray(theory))))


def n_threads() -> int:
    """Number of points that are computed at the same time."""
    return os.cpu_count() or 1


def log_likelihood_at(marginal: Marginal, theory: np.ndarray) -> float:
    """Integrated log-likelihood at one point (k,); raises ``ArithmeticError`` if the maximum is not found."""
    return float(integral_at(marginal, theory).log_likelihood)


def integral_at(marginal: Marginal, theory: np.ndarray) -> Integral:
    """Integral at one point (k,), from the nearest references or, if that fails, from a fit of the nuisance parameters.

    Raises
    ------
    ArithmeticError
        If the maximum over the nuisance parameters is not found.
    """
    distance = to_unit_cube(marginal, marginal.references) - to_unit_cube(marginal, theory)
    nearest = np.argsort((distance**2).sum(axis=1), kind="stable")[:_N_NEAREST]
    for start in (*marginal.modes[nearest], None):
        start = _fitted(marginal.integrand, theory) if start is None else start
        found = _integrate(marginal.integrand, jnp.asarray(theory), jnp.asarray(start))
        if np.isfinite(float(found.log_likelihood)):
            return found
    point = ", ".join(f"{name} = {value:g}" for name, value in zip(marginal.names, theory, strict=True))
    raise ArithmeticError(
        f"the maximum over the nuisance parameters was not found at {point}; expected a likelihood that holds them "
        "there; narrow the prior"
    )


@eqx.filter_jit
def _fit(integrand, theory):
    posterior = at_theory(integrand, theory)
    fixed = jnp.ones(posterior.start.shape, dtype=bool).at[posterior.moving].set(False)
    return fit(posterior.likelihood, None, posterior.start, fixed, check=False).parameters  # a start, no more


def _fitted(integrand, theory):
    """Coordinates of the nuisance parameters at their best fit, or near it."""
    parameters = np.asarray(_fit(integrand, jnp.asarray(theory)))
    return unconstrained(integrand.nuisance, parameters[np.asarray(integrand.nuisance.moving)], start=True)


def _with_references(marginal, problem):
    """References spread over the prior, each from the best fit of the nuisance parameters there."""
    integrand, k, t = marginal.integrand, len(marginal.names), marginal.integrand.index.shape[0]
    cube = scipy.stats.qmc.Sobol(k, scramble=False).random(_N_REFERENCES) if k else np.zeros((1, 0))
    theory = from_unit_cube(marginal, np.clip(cube, _EDGE, 1 - _EDGE))
    contexts = theory[:, t] if integrand.free_context else np.full(len(theory), problem.context)
    fits = fit_held(problem, marginal.names[:t], theory[:, :t], contexts=contexts)
    moving = np.asarray(integrand.nuisance.moving)
    starts = unconstrained(integrand.nuisance, fits.parameters[:, moving], start=True)
    found = [_integrate(integrand, jnp.asarray(a), jnp.asarray(b)) for a, b in zip(theory, starts, strict=True)]
    good = np.array([bool(one.converged) for one in found])
    if not good.any():
        raise ArithmeticError(
            "the nuisance parameters have no maximum at any point of the prior: the likelihood is zero there, or "
            "does not hold them; narrow the prior, or hold the parameters that the data do not constrain"
        )
    modes = np.array([one.mode for one in found])[good]
    return dataclasses.replace(marginal, references=theory[good], modes=modes)
