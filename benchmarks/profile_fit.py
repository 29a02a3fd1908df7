"""One profile fit of the Belle II likelihood, mu held at 2, 231 nuisance parameters: ours, pyhf+SciPy, pyhf+Minuit."""

import jax
import jax.numpy as jnp
import numpy as np
import pyhf

from benchmarks import belle2, harness
from jaxflav.inference.fitting.fisher_scoring import fit
from jaxflav.numerics.precision import enable_x64

BATCH, MU = 16, 2.0


def main():
    enable_x64()
    harness.header()
    likelihood = belle2.published()
    k = likelihood.index("mu")
    start = likelihood.start.at[k].set(MU)
    hold = jnp.zeros(start.shape, dtype=bool).at[k].set(True)
    one = jax.jit(fit)
    batch = jax.jit(jax.vmap(lambda model, s: fit(model, start=s, fixed=hold), in_axes=(None, 0)))
    strengths = jnp.linspace(0.0, 8.0, BATCH)
    starts = jnp.tile(start, (BATCH, 1)).at[:, k].set(strengths)
    ours = one(likelihood, start=start, fixed=hold)
    assert ours.converged
    for name, optimizer, rounds, target in (
        ("SciPy", pyhf.optimize.scipy_optimizer(), 5, 2000),
        ("Minuit", pyhf.optimize.minuit_optimizer(), 3, 20_000),
    ):
        model, data = belle2.in_pyhf(optimizer)

        def rival(model=model, data=data):
            return pyhf.infer.mle.fixed_poi_fit(MU, data, model, return_fitted_val=True)[1]

        gap = float(rival()) / 2 + float(ours.log_likelihood)
        print(f"# -ln L of pyhf+{name} minus ours: {gap:.1e}")
        assert gap > -1e-6
        harness.compare(
            f"profile fit, ours x 1, pyhf+JAX+{name}",
            lambda: one(likelihood, start=start, fixed=hold),
            rival,
            rounds,
            target=target,
        )
        harness.compare(
            f"profile fit, ours x {BATCH}, pyhf+JAX+{name}",
            lambda: batch(likelihood, starts),
            rival,
            rounds,
            BATCH,
            target=target,
        )
    fits = batch(likelihood, starts)
    assert np.all(fits.converged)
    print(f"# ours: {int(fits.iterations.min())} to {int(fits.iterations.max())} iterations")


if __name__ == "__main__":
    main()
