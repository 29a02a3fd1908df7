"""Posterior of mu and the nuisance parameters of Belle II: ours, and NumPyro's NUTS on pyhf's JAX log-density.

The same posterior: a flat prior of mu between its bounds, bounded parameters of the rival by the transform of NumPyro
for them. Warm-up counts for both, compilation for neither; ours includes the search for the mode. Ours uses all devices
of JAX, which are the cores of a CPU, the rival, a single chain, one.
"""

import dataclasses
import os
import time

import jax
import jax.numpy as jnp
import numpy as np
import pyhf
from numpyro.distributions import biject_to, constraints
from numpyro.infer import MCMC, NUTS

from benchmarks import belle2, harness
from jaxflav.inference.fitting.devices import split_processor
from jaxflav.inference.fitting.problem import define_problem
from jaxflav.inference.posteriors.modes import find_modes
from jaxflav.inference.posteriors.posterior import define_posterior
from jaxflav.inference.posteriors.priors import Uniform
from jaxflav.inference.sampling.diagnostics import bulk_effective_sample_size, summarise
from jaxflav.inference.sampling.nuts import sample
from jaxflav.inference.sampling.settings import Settings
from jaxflav.numerics.precision import enable_x64

MU = (0.0, 10.0)
OURS = Settings(chains=32, warmup=150, draws=600, checkpoint_every=750, max_tree_depth=5)
RIVAL = (1000, 1000)  # warm-up and draws of one chain


def ours(likelihood):
    """Draws of ours with the time they took."""
    problem = define_problem(likelihood)
    posterior = define_posterior(problem, {"mu": Uniform(*MU)})
    modes = find_modes(posterior, problem)
    devices = jax.devices()
    sample(posterior, modes, dataclasses.replace(OURS, draws=1), devices=devices)
    start = time.perf_counter()
    modes = find_modes(posterior, problem)
    chains = sample(posterior, modes, OURS, devices=devices)
    return chains, time.perf_counter() - start


def rival():
    """Draws (1, n, p) of the rival with the time they took."""
    model, data = belle2.in_pyhf(pyhf.optimize.scipy_optimizer())
    low = np.full(len(model.config.par_names), -np.inf)
    for k, (bound, _) in enumerate(model.config.suggested_bounds()):
        low[k] = max(bound, 0.0) if bound >= 0 else -np.inf
    k = model.config.par_names.index("mu")
    above = np.flatnonzero(np.isfinite(low) & (np.arange(low.size) != k))
    interval, positive = biject_to(constraints.interval(*MU)), biject_to(constraints.positive)

    def place(u):
        x = u.at[k].set(interval(u[k])).at[above].set(positive(u[above]))
        jacobian = interval.log_abs_det_jacobian(u[k], x[k])
        return x, jacobian + positive.log_abs_det_jacobian(u[above], x[above]).sum()

    def potential(u):
        x, jacobian = place(u)
        return -model.logpdf(x, data)[0] - jacobian

    x = jnp.asarray(model.config.suggested_init())
    u = x.at[k].set(interval.inv(x[k])).at[above].set(positive.inv(x[above]))
    sampler = MCMC(NUTS(potential_fn=potential), num_warmup=RIVAL[0], num_samples=RIVAL[1], progress_bar=False)
    sampler.run(jax.random.PRNGKey(1), init_params=u, extra_fields=("num_steps",))  # compiles
    start = time.perf_counter()
    sampler.run(jax.random.PRNGKey(2), init_params=u, extra_fields=("num_steps",))
    draws = jax.vmap(lambda u: place(u)[0])(sampler.get_samples())
    took = time.perf_counter() - start
    return np.asarray(draws)[None], took, np.asarray(sampler.get_extra_fields()["num_steps"]), model.config.par_names


def main():
    enable_x64()
    split_processor(len(os.sched_getaffinity(0)))
    harness.header()
    likelihood = belle2.published()
    chains, mine = ours(likelihood)
    summary = summarise(chains)
    rate = summary.effective.min() / mine
    print(
        f"ours, {len(jax.devices())} device(s): {OURS.chains} x {OURS.draws} draws in {mine:.1f} s, "
        f"{chains.steps.mean():.1f} steps, "
        f"{summary.divergences} divergences, R-hat <= {summary.r_hat.max():.4f}, effective >= "
        f"{summary.effective.min():.0f} ({summary.names[summary.effective.argmin()]}), {rate:.1f} per second",
        flush=True,
    )
    draws, theirs, steps, names = rival()
    effective = bulk_effective_sample_size(draws)
    slow = effective.min() / theirs
    print(
        f"rival, 1 device: {draws.shape[1]} draws in {theirs:.1f} s, {steps.mean():.1f} steps, "
        f"effective >= {effective.min():.0f}, {slow:.2f} per second"
    )
    for name in ("mu", "mu_bkg_ssbar"):
        k, j = summary.names.index(name), names.index(name)
        values, theirs_of = draws[0, :, j], effective[j]
        error = np.hypot(summary.deviation[k] / summary.effective[k] ** 0.5, values.std() / theirs_of**0.5)
        print(
            f"{name}: {summary.mean[k]:.3f} +- {summary.deviation[k]:.3f}, rival {values.mean():.3f} +- "
            f"{values.std():.3f}; means differ by {(summary.mean[k] - values.mean()) / error:.1f} Monte Carlo errors, "
            f"deviations by {(summary.deviation[k] - values.std()) / (error / 2**0.5):.1f}"
        )
    print(f"minimum effective draws per second: ratio {rate / slow:.1f}   (asked for: 50)")


if __name__ == "__main__":
    main()
