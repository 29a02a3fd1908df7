"""Value and gradient of the Belle II log-density: ours batched, pyhf's jitted JAX point by point and batched."""

import jax
import jax.numpy as jnp
import numpy as np
import pyhf

from benchmarks import belle2, harness
from jaxflav.likelihood.likelihood import log_likelihood
from jaxflav.numerics.precision import enable_x64

BATCH = 256


def main():
    enable_x64()
    harness.header()
    likelihood = belle2.published()
    model, data = belle2.in_pyhf(pyhf.optimize.scipy_optimizer())
    order = np.array([likelihood.parameter_names.index(name) for name in model.config.par_names])
    points = belle2.random_points(likelihood, BATCH)
    theirs = points[:, order]

    one = jax.jit(jax.value_and_grad(log_likelihood, argnums=1))
    ours = jax.jit(jax.vmap(jax.value_and_grad(log_likelihood, argnums=1), in_axes=(None, 0)))
    rival = jax.value_and_grad(lambda p: model.logpdf(p, data)[0])
    single, batched = jax.jit(rival), jax.jit(jax.vmap(rival))
    value, gradient = single(theirs[0])
    mine, my_gradient = one(likelihood, points[0])
    assert jnp.allclose(value, mine, rtol=1e-9)
    assert jnp.allclose(gradient, my_gradient[order], rtol=1e-6, atol=1e-6)

    harness.compare(
        f"value and gradient, ours x {BATCH}, pyhf x 1",
        lambda: ours(likelihood, points),
        lambda: [single(p) for p in theirs[:64]][-1],
        15,
        BATCH,
        64,
        target=30,
    )
    harness.compare(
        f"value and gradient, both x {BATCH}",
        lambda: ours(likelihood, points),
        lambda: batched(theirs),
        9,
        BATCH,
        BATCH,
    )
    harness.compare("value and gradient, both x 1", lambda: one(likelihood, points[0]), lambda: single(theirs[0]), 101)


if __name__ == "__main__":
    main()
