"""Convergence of chains, intervals of their draws, and the netCDF file that holds them.

Split R-hat and effective sample size: Gelman et al., Bayesian Data Analysis (2013), 11.4 and 11.5; the sample size is
that of the bulk, of rank-normalised draws: Vehtari et al., Bayesian Analysis 16 (2021) 667.
"""

import dataclasses
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import scipy

from jaxflav.inference.sampling.draws import Chains
from jaxflav.inference.sampling.importance import TRUSTED
from jaxflav.inference.sampling.nuts import effective_sample_size, hpdi, split_gelman_rubin
from jaxflav.io.errors import DataFileError, InputError
from jaxflav.io.output import write_file

R_HAT = 1.01
ENOUGH = 400  # effective draws, below which ends of intervals are uncertain
_DEEP = 0.05  # share of iterations that may end at the maximum tree depth
_LEAST = 4  # draws of a chain, for its halves to have a variance


@dataclasses.dataclass(frozen=True)
class Summary:
    """Posterior of each sampled quantity by itself; all arrays have the length p.

    Attributes
    ----------
    names : tuple of p str
    mean, deviation, median : (p,) arrays
    equal_tailed, highest_density : (p, 2) arrays
        Intervals of the probability ``level``: with equal probability on either side, and the shortest.
    level : float
    r_hat, effective : (p,) arrays
        Split R-hat, and effective number of draws; for independent draws NaN, and their number.
    divergences : int
        Draws after a trajectory that left the region of accuracy.
    warnings : tuple of str
        What speaks against the result, with advice.
    """

    names: tuple[str, ...]
    mean: np.ndarray
    deviation: np.ndarray
    median: np.ndarray
    equal_tailed: np.ndarray
    highest_density: np.ndarray
    level: float
    r_hat: np.ndarray
    effective: np.ndarray
    divergences: int
    warnings: tuple[str, ...]


def bulk_effective_sample_size(draws: np.ndarray) -> np.ndarray:
    """Effective number (p,) of draws (chains, n, p), from the normal scores of their ranks, chains split in halves."""
    half = draws.shape[1] // 2
    split = np.concatenate([draws[:, :half], draws[:, -half:]])
    ranks = scipy.stats.rankdata(split.reshape(-1, split.shape[-1]), axis=0)
    scores = scipy.stats.norm.ppf((ranks - 0.375) / (len(ranks) + 0.25)).reshape(split.shape)
    with np.errstate(invalid="ignore", divide="ignore"):  # chains that never moved
        inverse = 1 / np.asarray(effective_sample_size(scores))
    # draws that alternate around the mean would count without limit, or negatively: the limit of Vehtari et al.
    return 1 / np.maximum(inverse, 1 / (len(ranks) * np.log10(len(ranks))))


def summarise(chains: Chains, level: float = 0.95) -> Summary:
    """Intervals and diagnostics of all sampled quantities.

    Parameters
    ----------
    chains : Chains
        Draws.
    level : float
        Probability in the intervals.

    Raises
    ------
    InputError
        If the level is not between 0 and 1, or the chains are shorter than 4 draws.
    """
    if not 0 < level < 1:
        raise InputError(f"level is {level!r}, expected a probability between 0 and 1, such as 0.95")
    if chains.draws.shape[1] < _LEAST:
        raise InputError(f"{chains.draws.shape[1]} draws of each chain: expected at least {_LEAST} for diagnostics")
    flat = chains.draws.reshape(-1, len(chains.names))
    if chains.independent:
        r_hat, effective = np.full(flat.shape[1], np.nan), np.full(flat.shape[1], float(len(flat)))
        warnings = _warnings_of_weights(chains)
    else:
        with np.errstate(invalid="ignore", divide="ignore"):  # chains that never moved
            r_hat = np.asarray(split_gelman_rubin(chains.draws))
        effective = bulk_effective_sample_size(chains.draws)
        warnings = _warnings_of_chains(chains, r_hat, effective)
    return Summary(
        names=chains.names,
        mean=flat.mean(axis=0),
        deviation=flat.std(axis=0),
        median=np.median(flat, axis=0),
        equal_tailed=np.quantile(flat, [(1 - level) / 2, (1 + level) / 2], axis=0).T,
        highest_density=np.asarray(hpdi(flat, level)).T,
        level=level,
        r_hat=r_hat,
        effective=effective,
        divergences=int(chains.diverging.sum()),
        warnings=tuple(warnings),
    )


def _warnings_of_weights(chains):
    found, n = [], chains.log_density.size
    if n < ENOUGH:
        found.append(f"few draws: the weights are worth {n} of equal weight, below {ENOUGH}; take more draws")
    if chains.k_hat > TRUSTED:
        found.append(
            f"the nuisance parameters are far from normal: k-hat is {chains.k_hat:.2f}, above {TRUSTED}; their tails "
            "may be missing"
        )
    return found


def _warnings_of_chains(chains, r_hat, effective):
    found = []
    bad = np.flatnonzero(~(r_hat < R_HAT))
    if bad.size:
        worst = bad[np.argmax(np.nan_to_num(r_hat[bad], nan=np.inf))]
        text = f"chains disagree: R-hat is {r_hat[worst]:.3f} for {chains.names[worst]!r}, above {R_HAT} for {bad.size}"
        found.append(f"{text} quantities; take more draws or a longer warm-up")
        if len(np.unique(chains.start_mode)) > 1:
            found.append(
                "chains from different modes disagree: the weights of the modes are those of the chains, not of the "
                "posterior; sample each mode with a prior around it, or compare on a grid"
            )
    few = np.flatnonzero(~(effective > ENOUGH))
    if few.size:
        worst = few[np.argmin(np.nan_to_num(effective[few], nan=0.0))]
        found.append(
            f"few effective draws: {effective[worst]:.0f} for {chains.names[worst]!r}, below {ENOUGH} for {few.size} "
            "quantities; take more draws"
        )
    n = int(chains.diverging.sum())
    if n:
        found.append(
            f"{n} of {chains.diverging.size} iterations diverged: the posterior may have regions that were not "
            "reached; raise the target acceptance, such as to 0.95"
        )
    deep = np.mean(chains.steps >= 2**chains.max_tree_depth - 1)
    if deep > _DEEP:
        found.append(f"{deep:.0%} of iterations ended at the maximum tree depth; raise it or adapt the mass matrix")
    return found


def write_chains(path: Path, chains: Chains, attributes: Mapping[str, Any] | None = None) -> None:
    """Write draws as netCDF with the groups ``posterior`` and ``sample_stats``, which ArviZ opens.

    Parameters
    ----------
    path : Path
        Of the file, replaced when the new one is complete.
    chains : Chains
        Draws.
    attributes : mapping, optional
        Texts and numbers that describe the run.

    Raises
    ------
    InputError
        If the disk refuses.
    """
    import xarray  # costs half a second, which other commands need not wait for

    both = ("chain", "draw")
    n_chains, n_draws = chains.log_density.shape
    at = {"chain": np.arange(n_chains), "draw": np.arange(n_draws)}
    stats = {
        "lp": chains.log_density,
        "diverging": chains.diverging,
        "n_steps": chains.steps,
        "tree_depth": np.ceil(np.log2(chains.steps + 1)).astype(int),
        "acceptance_rate": chains.accept,
        "step_size": np.broadcast_to(chains.step_size[:, None], chains.log_density.shape),
    }
    statistics = xarray.Dataset(
        {name: (both, value) for name, value in stats.items()} | {"start_mode": ("chain", chains.start_mode)},
        coords=at,
        attrs={"warmup_steps": chains.warmup_steps, "max_tree_depth": chains.max_tree_depth, "k_hat": chains.k_hat},
    )
    posterior = xarray.Dataset(
        {
            name.replace("/", "|"): (
                both,
                chains.draws[..., k],
                {"name": name, "prior": int(name in chains.with_prior)},
            )
            for k, name in enumerate(chains.names)  # a slash would name a group
        },
        coords=at,
        attrs={"inference_library": "numpyro", **(attributes or {})},
    )
    tree = xarray.DataTree.from_dict({"posterior": posterior, "sample_stats": statistics})
    write_file(path, lambda file: tree.to_netcdf(file, engine="h5netcdf"))


def read_chains(path: Path) -> Chains:
    """Draws from a file of ``write_chains``.

    Raises
    ------
    DataFileError
        If it cannot be read or is something else.
    """
    import xarray

    try:
        content = io.BytesIO(path.read_bytes())
        with xarray.open_datatree(content, engine="h5netcdf") as tree:
            tree = tree.load()
        posterior, stats = tree["posterior"].to_dataset(), tree["sample_stats"].to_dataset()
        variables = list(posterior.data_vars.values())
        return Chains(
            names=tuple(str(v.attrs["name"]) for v in variables),
            draws=np.stack([v.transpose("chain", "draw").to_numpy() for v in variables], axis=-1),
            log_density=stats["lp"].to_numpy(),
            diverging=stats["diverging"].to_numpy().astype(bool),
            steps=stats["n_steps"].to_numpy(),
            accept=stats["acceptance_rate"].to_numpy(),
            step_size=stats["step_size"].to_numpy()[:, 0],
            warmup_steps=int(stats.attrs["warmup_steps"]),
            max_tree_depth=int(stats.attrs["max_tree_depth"]),
            start_mode=stats["start_mode"].to_numpy(),
            with_prior=tuple(str(v.attrs["name"]) for v in variables if v.attrs["prior"]),
            k_hat=float(stats.attrs["k_hat"]),
        )
    except (OSError, KeyError, ValueError) as error:
        raise DataFileError(f"{path}: cannot be read as draws of a posterior ({error}); sample again") from error
