"""The No-U-Turn sampler of NumPyro on a posterior: vectorised chains, checkpoints, identical after any interruption.

Hoffman and Gelman, JMLR 15 (2014) 1593; Phan, Pradhan and Jankowiak, arXiv:1912.11554. The sampler works in whitened
coordinates, see ``jaxflav.inference.posteriors.posterior``, so that its mass matrix is the identity. Chains advance in
groups, the chains of a group in step with each other; groups are shared out among devices, which need nothing from each
other. After adaptation all chains take the geometric mean of their step sizes, so that no group waits for a slow chain.
Only this file and ``variational`` know NumPyro.
"""

import dataclasses
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

from jaxflav.inference.fitting.devices import require_threads
from jaxflav.inference.posteriors.modes import Modes
from jaxflav.inference.posteriors.posterior import Posterior, constrained, log_density
from jaxflav.inference.sampling.checkpoint import fingerprint_of, load_checkpoint, save_checkpoint
from jaxflav.inference.sampling.draws import Chains
from jaxflav.inference.sampling.settings import Settings
from jaxflav.io.errors import InputError
from jaxflav.numerics.precision import require_x64
from jaxflav.numerics.promotion import default_promotion

_CHAINS = "chains"  # axis of the mesh of devices
_SHRINK = (1.0, 0.5, 0.2, 0.0)  # scatter of the initial points, in standard deviations, until the density is finite


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
        shared out evenly, or the devices would wait for each other.
    """
    require_x64()
    settings = settings or Settings()
    if checkpoint is not None and checkpoint.exists() and not resume:
        raise InputError(f"checkpoint {checkpoint} exists already; resume that run, or give another place")
    devices = tuple(devices or jax.local_devices()[:1])
    group = _grouped(settings.chains, settings.group, len(devices))
    require_threads(devices)
    mesh = Mesh(np.array(devices), (_CHAINS,))
    centre, whitening = jnp.asarray(modes.u[0]), jnp.asarray(modes.whitening)
    points, which = _initial_points(posterior, modes, settings)
    keys = jax.random.split(jax.random.PRNGKey(settings.seed), settings.chains)
    total, rows = settings.warmup + settings.draws, None
    compiled = dataclasses.replace(settings, chains=1, draws=1, seed=0)  # what compilation depends on
    fingerprint = fingerprint_of(posterior, modes, settings)
    with default_promotion():
        state = _first(posterior, centre, whitening, jnp.asarray(points), keys, compiled)
        if checkpoint is not None and checkpoint.exists():
            state, rows = load_checkpoint(checkpoint, fingerprint, state)
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
                save_checkpoint(checkpoint, fingerprint, state, rows)
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
