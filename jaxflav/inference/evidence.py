"""Evidence of a hypothesis, the integral of its likelihood over its prior, by methods that check each other.

Nested sampling integrates over the few parameters with a prior, with the nuisance parameters integrated in the normal
approximation; importance weights of draws of all parameters make that exact (``corrected``). The normal approximation
of the whole posterior, summed over its modes, is a quick look (``laplace_evidence``); bridge sampling takes the draws
of a Markov chain (``bridge_evidence``); a grid over one or two parameters sums by brute force (``grid_evidence``).

Densities of the constraint terms are normalised over the whole line, those of priors over their support: evidences of
different hypotheses for the same data can be compared.
"""

import dataclasses
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from jaxflav.inference.importance import effective_number, smoothed_log_weights
from jaxflav.inference.marginal import Marginal, at_theory, from_unit_cube, integral_at, log_likelihoods, n_threads
from jaxflav.inference.modes import Modes
from jaxflav.inference.nested import Nested
from jaxflav.inference.nuts import Chains, effective_sample_size
from jaxflav.inference.posterior import Posterior, constrained, log_densities, log_density, unconstrained
from jaxflav.inference.priors import Prior
from jaxflav.io.errors import InputError

VERDICTS = ((1.0, "not worth a mention"), (3.0, "positive"), (5.0, "strong"), (np.inf, "very strong"))
EACH = 4  # draws of the nuisance parameters at a point: their weights spread most, and they cost little there
_BRIDGE_STEPS = 1000
_BRIDGE_TOLERANCE = 1e-10


@dataclasses.dataclass(frozen=True)
class Evidence:
    """ln Z with its error.

    Attributes
    ----------
    log_evidence, error : float
        Value and standard deviation.
    method : str
        How it was found.
    k_hat : float
        Tail of the importance weights, see ``jaxflav.inference.importance``; -inf where there are none.
    """

    log_evidence: float
    error: float
    method: str
    k_hat: float = -np.inf


@dataclasses.dataclass(frozen=True)
class ExactDraws:
    """Draws of all parameters with weights that make them draws from the posterior.

    Attributes
    ----------
    names : tuple of p str
        Kept parameters, then nuisance parameters.
    draws : (n, p) array
        Their values.
    log_weight : (n,) array
        Smoothed, up to a common constant; ``EACH`` draws share a point of the kept parameters.
    k_hat : float
        Tail of the weights.
    effective : float
        Effective number of draws.
    log_correction, error : float
        Mean weight, as a logarithm: what the normal approximation of the nuisance parameters lacks in ln Z.
    """

    names: tuple[str, ...]
    draws: np.ndarray
    log_weight: np.ndarray
    k_hat: float
    effective: float
    log_correction: float
    error: float


def _draw(integrand, theory, integral, key):
    """Nuisance parameters (m,) from the normal approximation, and their log-weight."""
    dense, local = integrand.layout.arrays
    one, two = jax.random.split(key)
    of_dense = jax.random.normal(one, dense.shape)
    of_local = jnp.where(local < integrand.layout.size, jax.random.normal(two, local.shape), 0.0)
    posterior = at_theory(integrand, theory)
    u = integral.mode + integral.curvature.spread(of_dense, of_local)
    normal = -0.5 * (jnp.sum(of_dense**2) + jnp.sum(of_local**2) + integrand.layout.size * np.log(2 * np.pi))
    normal = normal + 0.5 * integral.curvature.log_determinant()
    return constrained(posterior, u)[0], log_density(posterior, u) - normal - integral.log_likelihood


_draws = eqx.filter_jit(eqx.filter_vmap(_draw, in_axes=(None, None, None, 0)))


def exact_draws(
    marginal: Marginal, theory: np.ndarray, seed: int = 0, log_proposal: np.ndarray | None = None
) -> ExactDraws:
    """Draws of all parameters, ``EACH`` at each draw of the kept ones.

    Parameters
    ----------
    marginal : Marginal
        The likelihood.
    theory : (n, k) array
        Draws of equal weight from the posterior of the kept parameters, such as ``equal_draws`` gives.
    seed : int
        Of the nuisance parameters.
    log_proposal : (n,) array, optional
        Log of the density that the draws have in place of the integrated likelihood.

    Raises
    ------
    ArithmeticError
        As ``integral_at``.
    """

    def at(row, keys):
        integral = integral_at(marginal, row)
        values, weights = _draws(marginal.integrand, jnp.asarray(row), integral, keys)
        rows = np.concatenate([np.broadcast_to(row, (EACH, len(row))), values], axis=1)
        return rows, np.asarray(weights), float(integral.log_likelihood)

    keys = jax.random.split(jax.random.PRNGKey(seed), (len(theory), EACH))
    with ThreadPoolExecutor(n_threads()) as pool:
        rows, weights, heights = zip(*pool.map(at, theory, keys), strict=True)
    raw = np.array(weights)
    if log_proposal is not None:
        raw += (np.array(heights) - log_proposal)[:, None]
    smooth, k_hat = smoothed_log_weights(raw.ravel())
    largest = smooth.max()
    w = np.exp(smooth - largest).reshape(-1, EACH).mean(axis=1)  # those of one point are not independent
    return ExactDraws(
        names=marginal.names + marginal.integrand.nuisance.names,
        draws=np.concatenate(rows),
        log_weight=smooth,
        k_hat=k_hat,
        effective=effective_number(smooth),
        log_correction=float(np.log(w.mean()) + largest),
        error=float(w.std() / w.mean() / np.sqrt(len(w))),
    )


def corrected(nested: Nested, draws: ExactDraws) -> Evidence:
    """Evidence of nested sampling with that of the nuisance parameters made exact."""
    error = float(np.hypot(nested.error, draws.error))
    return Evidence(nested.log_evidence + draws.log_correction, error, "nested sampling", draws.k_hat)


def log_prior_mass(posterior: Posterior) -> float:
    """Log of the probability that the priors have within the support of the posterior."""
    low, high = np.asarray(posterior.low), np.asarray(posterior.high)
    return float(sum(np.log(prior.cumulative(high[k]) - prior.cumulative(low[k])) for k, prior in posterior.priors))


def laplace_evidence(posterior: Posterior, modes: Modes) -> Evidence:
    """Evidence of normal densities at the modes; its error is not known."""
    n = modes.u.shape[1]
    volume = n / 2 * np.log(2 * np.pi) + np.linalg.slogdet(modes.whitening)[1]
    # weights are shares of the sum of the modes, the first of which has this volume
    value = modes.log_density[0] + volume - np.log(modes.weight[0]) - log_prior_mass(posterior)
    return Evidence(float(value), np.nan, "normal approximation")


def bridge_evidence(posterior: Posterior, chains: Chains, seed: int = 0) -> Evidence:
    """Evidence from draws of a Markov chain by bridge sampling between the posterior and a normal density.

    The normal density has the moments of the first half of each chain, the second half is used; the optimal bridge of
    Meng and Wong, Statistica Sinica 6 (1996) 831, and the error of Fruehwirth-Schnatter, Econometrics J. 7 (2004) 143.

    Parameters
    ----------
    posterior : Posterior
        Whose draws they are, of one mode.
    chains : Chains
        Draws.
    seed : int
        Of the draws from the normal density.

    Raises
    ------
    ArithmeticError
        If the iteration for the bridge does not converge.
    """
    u = unconstrained(posterior, chains.draws)
    half = u.shape[1] // 2
    first, second = u[:, :half].reshape(-1, u.shape[-1]), u[:, half:]
    mean, factor = first.mean(axis=0), np.linalg.cholesky(np.cov(first, rowvar=False))
    normal = np.random.default_rng(seed).standard_normal((second[..., 0].size, u.shape[-1]))
    other = mean + normal @ factor.T

    def log_normal(rows):
        z = np.linalg.solve(factor, (rows - mean).T)
        return -0.5 * (z**2).sum(axis=0) - len(mean) / 2 * np.log(2 * np.pi) - np.log(np.diagonal(factor)).sum()

    ours = second.reshape(-1, u.shape[-1])
    of_chain = log_densities(posterior, ours) - log_normal(ours)
    of_normal = log_densities(posterior, other) - log_normal(other)
    effective = float(np.min(effective_sample_size(of_chain.reshape(len(u), -1))))
    share = effective / (effective + len(other))
    value, change = np.median(of_chain), np.inf
    for _ in range(_BRIDGE_STEPS):
        above = np.exp(of_normal - value) / (share * np.exp(of_normal - value) + 1 - share)
        below = 1 / (share * np.exp(of_chain - value) + 1 - share)
        change = np.log(above.mean() / below.mean())
        value = value + change
        if abs(change) < _BRIDGE_TOLERANCE:
            break
    if not abs(change) < _BRIDGE_TOLERANCE:
        raise ArithmeticError("bridge sampling did not converge: the draws are too few, or far from normal")
    variance = above.var() / above.mean() ** 2 / len(other) + below.var() / below.mean() ** 2 / effective
    return Evidence(float(value - log_prior_mass(posterior)), float(np.sqrt(variance)), "bridge sampling")


@dataclasses.dataclass(frozen=True)
class Grid:
    """Integrated likelihood on a grid of the kept parameters, uniform in their prior probability.

    Attributes
    ----------
    names : tuple of k str
    axes : tuple of k (n,) arrays
        Values, at the middle of cells of equal prior probability.
    log_likelihood : (n, ..., n) array
    evidence : Evidence
        Its mean.
    """

    names: tuple[str, ...]
    axes: tuple[np.ndarray, ...]
    log_likelihood: np.ndarray
    evidence: Evidence

    def marginal(self, name: str) -> np.ndarray:
        """Posterior probability (n,) of each value of a parameter."""
        weight = np.exp(self.log_likelihood - self.log_likelihood.max())
        k = self.names.index(name)
        weight = weight.sum(axis=tuple(j for j in range(len(self.names)) if j != k))
        return weight / weight.sum()


def grid_evidence(marginal: Marginal, n: int) -> Grid:
    """Sum over a grid of n values of each of one or two kept parameters.

    Parameters
    ----------
    marginal : Marginal
        The likelihood.
    n : int
        Values of each parameter.

    Raises
    ------
    InputError
        If there are more than two parameters, or none.
    """
    k = len(marginal.names)
    if not 1 <= k <= 2:
        raise InputError(f"a grid needs one or two parameters with a prior, found {k}; take nested sampling")
    unit = (np.arange(n) + 0.5) / n
    cells = np.stack(np.meshgrid(*[unit] * k, indexing="ij"), axis=-1)
    values = log_likelihoods(marginal, from_unit_cube(marginal, cells.reshape(-1, k))).reshape((n,) * k)
    mean = np.log(np.mean(np.exp(values - values.max()))) + values.max()
    diagonal = from_unit_cube(marginal, np.repeat(unit[:, None], k, axis=1))
    return Grid(marginal.names, tuple(diagonal.T), values, Evidence(float(mean), np.nan, "grid"))


def verdict(log_bayes_factor: float) -> str:
    """What a Bayes factor says, by the scale of Kass and Raftery, J. Am. Stat. Assoc. 90 (1995) 773."""
    return next(text for end, text in VERDICTS if abs(log_bayes_factor) < end)


def other_prior(nested: Nested, marginal: Marginal, priors: Mapping[str, Prior]) -> tuple[float, float]:
    """Change of ln Z for other priors within the support of those sampled, by weighting the draws again.

    Parameters
    ----------
    nested : Nested
        Draws.
    marginal : Marginal
        Whose priors they have.
    priors : mapping of name to Prior
        New priors of some parameters; what they have beyond the support is cut off.

    Returns
    -------
    change : float
        Of ln Z.
    effective : float
        Effective number of draws that it rests on.

    Raises
    ------
    InputError
        If a new prior has no support where the old one has.
    """
    log_ratio = np.zeros(len(nested.theory))
    for name, prior in priors.items():
        k = nested.names.index(name)
        x, old, low, high = nested.theory[:, k], marginal.priors[k], marginal.low[k], marginal.high[k]
        a, b = max(low, prior.low), min(high, prior.high)
        if a >= b:
            raise InputError(
                f"prior of {name!r} from {prior.low:g} to {prior.high:g}: expected some of {low:g}, {high:g}"
            )
        inside = (x >= a) & (x <= b)
        x = np.where(inside, x, (a + b) / 2)
        new_mass, old_mass = (
            np.log(p.cumulative(v) - p.cumulative(w)) for p, w, v in ((prior, a, b), (old, low, high))
        )
        ratio = np.asarray(prior.log_density(jnp.asarray(x)) - old.log_density(jnp.asarray(x))) - new_mass + old_mass
        log_ratio += np.where(inside, ratio, -np.inf)
    log_weight = nested.log_weight + log_ratio
    finite = np.isfinite(log_weight)
    if not finite.any():
        return -np.inf, 0.0
    shift = log_weight[finite].max()
    return float(np.log(np.exp(log_weight[finite] - shift).sum()) + shift), effective_number(log_weight[finite])
