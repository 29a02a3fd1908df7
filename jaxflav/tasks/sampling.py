"""Draws from a posterior: the choice of the method, and what they say."""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np

from jaxflav.inference.evidence.grid_posterior import VALUES, grid_posterior
from jaxflav.inference.evidence.marginal import define_marginal
from jaxflav.inference.evidence.nested import NestedSettings, nested_sample
from jaxflav.inference.evidence.nested_posterior import nested_posterior
from jaxflav.inference.fitting.problem import Problem
from jaxflav.inference.posteriors.modes import find_modes
from jaxflav.inference.posteriors.posterior import Posterior, define_posterior
from jaxflav.inference.posteriors.priors import Prior
from jaxflav.inference.sampling import nuts
from jaxflav.inference.sampling.diagnostics import Summary, summarise
from jaxflav.inference.sampling.quick_looks import laplace_draws, variational_draws
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.tasks.analysis_file import METHODS
from jaxflav.tasks.problem import LoadedProblem
from jaxflav.tasks.result import Result

_LOOKS = {"laplace": laplace_draws, "variational": variational_draws}


@dataclasses.dataclass(frozen=True)
class Method:
    """How to draw.

    Attributes
    ----------
    name : str
        One of ``METHODS``.
    settings : Settings
        Of the chains; the number of draws and the seed are those of every method.
    nested : NestedSettings
    values : int
        Of each parameter on a grid.
    """

    name: str = METHODS[0]
    settings: nuts.Settings = dataclasses.field(default_factory=nuts.Settings)
    nested: NestedSettings = dataclasses.field(default_factory=NestedSettings)
    values: int = VALUES

    def __post_init__(self):
        """Check the name; raises ``UnknownNameError``."""
        if self.name not in METHODS:
            raise UnknownNameError("method of sampling", self.name, METHODS)


def draw(
    problem: Problem,
    posterior: Posterior,
    priors: Mapping[str, Prior],
    method: Method,
    *,
    progress: Callable[[int], None] | None = None,
    left: Callable[[float], None] | None = None,
    checkpoint: Path | None = None,
    resume: bool = False,
    devices: list[jax.Device] | None = None,
) -> tuple[nuts.Chains, dict[str, Any]]:
    """Draws of the quantities of a posterior, and how they were made.

    Parameters
    ----------
    problem, posterior, priors
        As ``define_posterior`` takes and gives them.
    method : Method
        What is done.
    progress : callable, optional
        Called with the number of iterations of the chains.
    left : callable, optional
        Called with what is left of ln Z by nested sampling.
    checkpoint, resume, devices
        Of the chains; see ``jaxflav.inference.sampling.nuts``.
    """
    settings = method.settings
    if method.name in ("nested", "grid"):
        return _by_integration(problem, posterior, priors, method, left)
    modes = find_modes(posterior, problem)
    found = {"modes": {"log_density": modes.log_density, "weight": modes.weight}}
    if method.name in _LOOKS:
        chains = _LOOKS[method.name](posterior, modes, settings.draws, settings.seed)
        how = {"settings": {"draws": settings.draws, "seed": settings.seed}, "k_hat": chains.k_hat}
        return chains, how | found
    if devices:  # chains of one group advance together: every device needs a group
        group = min(settings.group, max(1, settings.chains // len(devices)))
        settings = dataclasses.replace(settings, group=group)
    options = {"checkpoint": checkpoint, "resume": resume, "devices": devices}
    chains = nuts.sample(posterior, modes, settings, progress=progress, **options)
    return chains, {"settings": dataclasses.asdict(settings)} | found


def _by_integration(problem, posterior, priors, method, left):
    """Independent draws by nested sampling or on a grid, and how they were made."""
    marginal, draws, seed = define_marginal(problem, priors), method.settings.draws, method.settings.seed
    if method.name == "nested":
        nested = nested_sample(marginal, method.nested, left)
        chains, evidence = nested_posterior(marginal, posterior, nested, draws, seed)
        settings = dataclasses.asdict(method.nested)
    else:
        chains, evidence = grid_posterior(problem, marginal, posterior, method.values, draws, seed)
        settings = {"values": method.values, "seed": seed}
    how = {"settings": {**settings, "draws": draws}}
    return chains, how | {"log_evidence": evidence.log_evidence, "error": evidence.error, "k_hat": evidence.k_hat}


@dataclasses.dataclass(frozen=True)
class Draws(Result):
    """Draws from a posterior.

    Attributes
    ----------
    chains : Chains
        All sampled quantities, nuisance parameters included.
    summary : Summary
        Means, intervals and diagnostics.
    method : str
    how : mapping
        Settings, modes, evidence.
    """

    chains: nuts.Chains
    summary: Summary
    method: str
    how: Mapping[str, Any]

    @property
    def shown(self) -> tuple[str, ...]:
        """Quantities with a prior; the others have constraint terms."""
        return self.chains.with_prior

    def __getitem__(self, name: str) -> np.ndarray:
        """Draws (chains, draws) of one quantity."""
        if name not in self.chains.names:
            raise UnknownNameError("sampled quantity", name, self.chains.names)
        return self.chains.draws[..., self.chains.names.index(name)]

    def columns(self):
        """One row for each quantity with a prior."""
        s, rows = self.summary, [self.summary.names.index(name) for name in self.shown]
        columns = {"mean": s.mean, "deviation": s.deviation, "median": s.median}
        columns |= {
            "low": s.equal_tailed[:, 0],
            "high": s.equal_tailed[:, 1],
            "r_hat": s.r_hat,
            "effective": s.effective,
        }
        return {"parameter": self.shown, **{name: column[rows] for name, column in columns.items()}}

    def to_dict(self):
        """The summary of the quantities with a prior, and how the draws were made."""
        columns = {name: np.asarray(column).tolist() for name, column in self.columns().items()}
        return {**columns, "level": self.summary.level, "warnings": list(self.summary.warnings), "method": self.method}

    def to_xarray(self):
        """All draws as an xarray Dataset with the dimensions chain and draw."""
        import xarray

        draws, both = self.chains.draws, ("chain", "draw")
        return xarray.Dataset(
            {name: (both, draws[..., k]) for k, name in enumerate(self.chains.names)},
            coords={name: np.arange(size) for name, size in zip(both, draws.shape, strict=False)},
            attrs={"method": self.method, "k_hat": self.chains.k_hat},
        )

    def __str__(self):
        level, lines = 100 * self.summary.level, []
        for i, name in enumerate(self.shown):
            row = {key: column[i] for key, column in self.columns().items()}
            lines.append(
                f"{name} = {row['mean']:.4g} +- {row['deviation']:.2g}, {level:g} % from {row['low']:.4g} to "
                f"{row['high']:.4g}"
            )
        return "\n".join([*lines, *(f"warning: {warning}" for warning in self.summary.warnings)])


def sample(
    problem: LoadedProblem,
    priors: Mapping[str, Prior] | None = None,
    *,
    method: str = METHODS[0],
    live: int = NestedSettings().live,
    values: int = VALUES,
    seed: int | None = None,
    **settings: Any,
) -> Draws:
    """Draws from the posterior of a problem.

    Parameters
    ----------
    problem : LoadedProblem
        Of ``load``.
    priors : mapping of name to Prior, optional
        In place of those that were given to ``load``: one for every free parameter without constraint.
    method : str
        ``nuts``, the No-U-Turn sampler; ``nested`` sampling, which weighs several modes, or a ``grid``, both with the
        evidence; or the quick looks ``laplace`` and ``variational``.
    live : int
        Points of nested sampling.
    values : int
        Of each parameter on a grid.
    seed : int, optional
        That of the problem by default.
    **settings
        ``draws``, ``chains``, ``warmup`` and what else ``jaxflav.inference.sampling.settings.Settings`` has.

    Raises
    ------
    InputError
        If a free parameter has no prior, a name or a setting is unknown.
    """
    known = [field.name for field in dataclasses.fields(nuts.Settings) if field.name != "seed"]
    for name in settings:
        if name not in known:
            raise UnknownNameError("setting of sample", name, (*known, "method", "live", "values", "seed"))
    priors = problem.task.priors if priors is None else priors
    if not priors and problem.free:
        raise InputError(f"give a prior for {', '.join(problem.free)}: load(..., priors={{'{problem.free[0]}': ...}})")
    seed = problem.task.settings.seed if seed is None else seed
    chosen = Method(method, nuts.Settings(**settings, seed=seed), NestedSettings(live=live, seed=seed), values)
    posterior = define_posterior(problem, priors)
    chains, how = draw(problem, posterior, priors, chosen)
    return Draws(chains, summarise(chains), method, how)
