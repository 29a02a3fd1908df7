"""The No-U-Turn sampler of NumPyro on a posterior: vectorised chains, checkpoints, identical after any interruption.

Hoffman and Gelman, JMLR 15 (2014) 1593; Phan, Pradhan and Jankowiak, arXiv:1912.11554. The sampler works in whitened
coordinates, see ``jaxflav.inference.posterior``, so that its mass matrix is the identity. Chains advance in groups, the
chains of a group in step with each other; groups are shared out among devices, which need nothing from each other.
After adaptation all chains take the geometric mean of their step sizes, so that no group waits for a slow chain.
Only this file and ``variational`` know NumPyro.
"""

import dataclasses
import hashlib
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from numpyro.diagnostics import (
    effective_sample_size as effective_sample_size,
    hpdi as hpdi,
    split_gelman_rubin as split_gelman_rubin,
)
from numpyro.infer.hmc import hmc
from numpyro.infer.util import ParamInfo

from jaxflav.inference.modes import Modes
from jaxflav.inference.posterior import Posterior, constrained, log_density
from jaxflav.io.errors import DataFileError, InputError
from jaxflav.io.output import write_file
from jaxflav.numerics.precision import require_x64
from jaxflav.numerics.promotion import default_promotion

_CHAINS = "chains"  # axis of the mesh of devices
_SHRINK = (1.0, 0.5, 0.2, 0.0)  # scatter of the initial points, in standard deviations, until the density is finite


@dataclasses.dataclass(frozen=True)
class Settings:
    """How to sample.

    Attributes
    ----------
    chains, warmup, draws : int
        Number of chains, and their iterations: those that adapt, and those that count.
    seed : int
        Of all random numbers.
    target_accept : float
        Mean acceptance probability for which the step size is adapted.
    max_tree_depth : int
        At most 2^depth - 1 steps in an iteration.
    adapt_mass_matrix : bool
        Whether to adapt a diagonal mass matrix in the whitened coordinates; posteriors far from normal need it.
    group : int
        Chains that advance together, at most; the number of chains and devices does not change it. Large groups pay on
        a GPU, smaller ones, which fit into its caches, on a CPU.
    checkpoint_every : int
        Iterations between two checkpoints.
    """

    chains: int = 4
    warmup: int = 300
    draws: int = 1000
    seed: int = 0
    target_accept: float = 0.9
    max_tree_depth: int = 8
    adapt_mass_matrix: bool = False
    group: int = 16
    checkpoint_every: int = 100

    def __post_init__(self):
        """Check the numbers; raises ``InputError``."""
        for name, least in (
            ("chains", 1),
            ("warmup", 1),
            ("draws", 1),
            ("max_tree_depth", 1),
            ("group", 1),
            ("seed", 0),
        ):
            value = getattr(self, name)
            if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < least:
                raise InputError(f"number {name} is {value!r}, expected an integer of at least {least}")
        if not isinstance(self.checkpoint_every, int) or self.checkpoint_every < 1:
            raise InputError(f"checkpoint_every is {self.checkpoint_every!r}, expected at least 1 iteration")
        if not 0 < self.target_accept < 1:
            raise InputError(f"target_accept is {self.target_accept!r}, expected a number between 0 and 1, such as 0.9")


@dataclasses.dataclass(frozen=True)
class Chains:
    """Draws from a posterior.

    Attributes
    ----------
    names : tuple of p str
        Sampled quantities.
    draws : (chains, draws, p) array
        Their values.
    log_density : (chains, draws) array
        Log of the posterior density of the unbounded coordinates, up to its normalisation.
    diverging : (chains, draws) boolean array
        Whether the trajectory left the region where the integration of its equations is accurate.
    steps : (chains, draws) array
        Leapfrog steps.
    accept : (chains, draws) array
        Mean acceptance probability.
    step_size : (chains,) array
        After adaptation.
    warmup_steps : int
        Leapfrog steps spent on adaptation, all chains.
    max_tree_depth : int
        Of the settings.
    start_mode : (chains,) array
        Mode from which each chain started.
    with_prior : tuple of str
        Quantities that have a prior, in the order of ``names``; the others have constraint terms.
    k_hat : float
        Tail of the importance weights if the draws come from such, see ``jaxflav.inference.importance``.
    """

    names: tuple[str, ...]
    draws: np.ndarray
    log_density: np.ndarray
    diverging: np.ndarray
    steps: np.ndarray
    accept: np.ndarray
    step_size: np.ndarray
    warmup_steps: int
    max_tree_depth: int
    start_mode: np.ndarray
    with_prior: tuple[str, ...]
    k_hat: float = -np.inf

    @property
    def independent(self) -> bool:
        """Whether the draws come from weighted ones, not from a Markov chain, which takes steps."""
        return not self.steps.any()


def _kernel(posterior, centre, whitening):
    return hmc(lambda z: -log_density(posterior, centre + whitening @ z), algo="NUTS")


def _initialise(init_kernel, info, settings, key=None):
    return init_kernel(
        info,
        num_warmup=settings.warmup,
        step_size=len(info.z) ** -0.25,
        inverse_mass_matrix=jnp.ones_like(info.z),
        adapt_mass_matrix=settings.adapt_mass_matrix,
        target_accept_prob=settings.target_accept,
        max_tree_depth=settings.max_tree_depth,
        rng_key=jax.random.PRNGKey(0) if key is None else key,
    )


@eqx.filter_jit
def _densities(posterior, centre, whitening, z):
    return jax.vmap(lambda one: log_density(posterior, centre + whitening @ one))(z)


@eqx.filter_jit
def _first(posterior, centre, whitening, z, keys, settings):
    init_kernel, _ = _kernel(posterior, centre, whitening)

    def start(one, key):
        value, gradient = jax.value_and_grad(lambda z: -log_density(posterior, centre + whitening @ z))(one)
        return _initialise(init_kernel, ParamInfo(one, value, gradient), settings, key)

    return jax.vmap(start)(z, keys)


def _advance_group(posterior, centre, whitening, state, n, settings):
    """Take n iterations of the chains of a group; ``checkpoint_every`` rows, of which the first n are filled."""
    init_kernel, sample_kernel = _kernel(posterior, centre, whitening)

    def step(one):
        # the kernel knows its settings only after a call, whose result is not used
        _initialise(init_kernel, ParamInfo(one.z, one.potential_energy, one.z_grad), settings)
        new = sample_kernel(one)
        x, _ = constrained(posterior, centre + whitening @ new.z)
        return new, (x, -new.potential_energy, new.diverging, new.num_steps, new.accept_prob)

    def body(k, carry):
        state, rows = carry
        state, row = jax.vmap(step)(state)
        return state, jax.tree.map(lambda a, b: a.at[k].set(b), rows, row)

    shapes = jax.eval_shape(jax.vmap(step), state)[1]
    rows = jax.tree.map(lambda s: jnp.zeros((settings.checkpoint_every, *s.shape), s.dtype), shapes)
    return jax.lax.fori_loop(0, n, body, (state, rows))


@eqx.filter_jit
def _advance(posterior, centre, whitening, state, n, settings, mesh):
    """Take n iterations of every chain; the leading axes of the state are groups and chains, those of rows, too."""
    arrays, rest = eqx.partition(posterior, eqx.is_array)

    def groups(arrays, centre, whitening, n, state):
        whole = eqx.combine(arrays, rest)
        return jax.lax.map(lambda one: _advance_group(whole, centre, whitening, one, n, settings), state)

    same, split = PartitionSpec(), PartitionSpec(_CHAINS)
    return jax.shard_map(groups, mesh=mesh, in_specs=(same, same, same, same, split), out_specs=split, check_vma=False)(
        arrays, centre, whitening, n, state
    )


def _advance_all(common, state, n, settings, mesh, group):
    """As ``_advance`` for a state with one axis of chains; rows (n, chains) on the host."""
    chains = len(state.i)
    grouped = jax.tree.map(lambda a: a.reshape(-1, group, *a.shape[1:]), state)
    grouped = jax.device_put(grouped, NamedSharding(mesh, PartitionSpec(_CHAINS)))
    grouped, rows = jax.device_get(_advance(*common, grouped, jnp.asarray(n), settings, mesh))
    state = jax.tree.map(lambda a: jnp.asarray(a.reshape(-1, *a.shape[2:])), grouped)
    # (groups, rows, chains of a group) to (rows, chains)
    return state, [np.moveaxis(a[:, :n], 0, 1).reshape(n, chains, *a.shape[3:]) for a in rows]


def _grouped(chains, group, devices):
    """Chains of a group: as many as ``group`` allows, the same for any number of devices that divides the chains."""
    size = max(g for g in range(1, min(group, chains) + 1) if chains % g == 0)
    if (chains // size) % devices:
        raise InputError(
            f"{chains} chains in groups of {size} cannot be shared out among {devices} devices; give a number "
            f"of chains that is a multiple of {devices}, or smaller groups"
        )
    return size


def _pooled(state):
    """The state with the geometric mean of the step sizes in every chain."""
    step_size = state.adapt_state.step_size
    mean = jnp.full_like(step_size, np.exp(np.log(np.asarray(step_size)).mean()))
    return state._replace(adapt_state=state.adapt_state._replace(step_size=mean))


def _initial_points(posterior, modes, settings):
    """Points (chains, d) around the modes, each in proportion to its weight, as the normal approximation has them."""
    rng = np.random.default_rng(settings.seed)
    share = (np.arange(settings.chains) + 0.5) / settings.chains
    which = np.minimum(np.searchsorted(np.cumsum(modes.weight), share), len(modes.u) - 1)
    centres = np.linalg.solve(modes.whitening, (modes.u - modes.u[0]).T).T[which]
    scatter = rng.standard_normal(centres.shape)
    points, ready = centres.copy(), np.zeros(settings.chains, dtype=bool)
    for size in _SHRINK:
        trial = np.where(ready[:, None], points, centres + size * scatter)
        finite = np.isfinite(np.asarray(_densities(posterior, modes.u[0], modes.whitening, trial)))
        points, ready = np.where((finite & ~ready)[:, None], trial, points), ready | finite
    return points, which


def _fingerprint(posterior, modes, settings):
    """What a run depends on, as a digest; a longer run with the same start may continue a shorter one."""
    digest = hashlib.sha256()
    for leaf in jax.tree.leaves((eqx.filter(posterior, eqx.is_array), modes.u[0], modes.whitening)):
        digest.update(np.ascontiguousarray(leaf).tobytes())
    plain = dataclasses.replace(settings, draws=1)
    digest.update(repr((plain, posterior.names, posterior.priors)).encode())
    return digest.hexdigest()


def _save(path, fingerprint, state, rows):
    arrays = {f"state_{k}": np.asarray(leaf) for k, leaf in enumerate(jax.tree.leaves(state))}
    arrays |= {f"rows_{k}": a for k, a in enumerate(rows)}
    buffer = io.BytesIO()
    np.savez(buffer, fingerprint=np.array(fingerprint), **arrays)
    write_file(path, lambda file: file.write_bytes(buffer.getvalue()))


def _load(path, fingerprint, state):
    """State and rows of a checkpoint."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DataFileError(f"checkpoint {path}: cannot be read ({error}); remove it and start again") from error
    if str(arrays.get("fingerprint")) != fingerprint:
        raise InputError(
            f"checkpoint {path} is of another run (other data, priors, seed or settings); give the options of that run "
            "(only the number of draws may grow), or sample into a new place"
        )
    leaves, structure = jax.tree.flatten(state)
    state = structure.unflatten([jnp.asarray(arrays[f"state_{k}"]) for k in range(len(leaves))])
    return state, [arrays[f"rows_{k}"] for k in range(5)]


def sample(
    posterior: Posterior,
    modes: Modes,
    settings: Settings | None = None,
    *,
    checkpoint: Path | None = None,
    resume: bool = False,
    progress: Callable[[int], None] | None = None,
    devices: Sequence[jax.Device] | None = None,
) -> Chains:
    """Draw from a posterior; the same settings give the same draws, bit for bit, on any devices of one kind.

    Parameters
    ----------
    posterior : Posterior
        The posterior.
    modes : Modes
        Of ``find_modes``; chains start from them in proportion to their weights.
    settings : Settings, optional
        How to sample.
    checkpoint : Path, optional
        File that holds the state of all chains and their draws, rewritten every ``checkpoint_every`` iterations.
    resume : bool
        Continue from the checkpoint if it exists.
    progress : callable, optional
        Called with the number of iterations done.
    devices : sequence of Device, optional
        Among which the groups of chains are shared out; the default one otherwise.

    Raises
    ------
    InputError
        If the checkpoint is of another run, or exists though the run is not resumed; if the groups of chains cannot be
        shared out evenly.
    """
    require_x64()
    settings = settings or Settings()
    if checkpoint is not None and checkpoint.exists() and not resume:
        raise InputError(f"checkpoint {checkpoint} exists already; resume that run, or give another place")
    devices = tuple(devices or jax.local_devices()[:1])
    group = _grouped(settings.chains, settings.group, len(devices))
    mesh = Mesh(np.array(devices), (_CHAINS,))
    centre, whitening = jnp.asarray(modes.u[0]), jnp.asarray(modes.whitening)
    points, which = _initial_points(posterior, modes, settings)
    keys = jax.random.split(jax.random.PRNGKey(settings.seed), settings.chains)
    total, rows = settings.warmup + settings.draws, None
    compiled = dataclasses.replace(settings, chains=1, draws=1, seed=0)  # what compilation depends on
    fingerprint = _fingerprint(posterior, modes, settings)
    with default_promotion():
        state = _first(posterior, centre, whitening, jnp.asarray(points), keys, compiled)
        if checkpoint is not None and checkpoint.exists():
            state, rows = _load(checkpoint, fingerprint, state)
            if progress is not None:
                progress(min(len(rows[0]), total))
        done = 0 if rows is None else len(rows[0])
        common = jax.device_put((posterior, centre, whitening), NamedSharding(mesh, PartitionSpec()))
        while done < total:
            # the grid of checkpoints does not depend on where a run was interrupted
            n = min(settings.checkpoint_every - done % settings.checkpoint_every, total - done)
            adapting = min(max(settings.warmup - done, 0), n)
            for part in (adapting, n - adapting):
                if part > 0:
                    state, new = _advance_all(common, state, part, compiled, mesh, group)
                    rows = new if rows is None else [np.concatenate(pair) for pair in zip(rows, new, strict=True)]
                    done += part
                    state = _pooled(state) if done == settings.warmup else state
            if checkpoint is not None:
                _save(checkpoint, fingerprint, state, rows)
            if progress is not None:
                progress(n)
    draws, density, diverging, steps, accept = (np.swapaxes(a[settings.warmup : total], 0, 1) for a in rows)
    return Chains(
        names=posterior.names,
        draws=draws,
        log_density=density,
        diverging=diverging,
        steps=steps,
        accept=accept,
        step_size=np.asarray(state.adapt_state.step_size),
        warmup_steps=int(rows[3][: settings.warmup].sum()),
        max_tree_depth=settings.max_tree_depth,
        start_mode=which,
        with_prior=tuple(posterior.names[k] for k in sorted(k for k, _ in posterior.priors)),
    )
