"""The normal density that is nearest to a posterior, by NumPyro's stochastic variational inference."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import optax
from numpyro.distributions import ImproperUniform, constraints
from numpyro.infer import SVI, Trace_ELBO
from numpyro.infer.autoguide import AutoMultivariateNormal
from numpyro.infer.initialization import init_to_value

from jaxflav.inference.posteriors.posterior import Posterior, log_density
from jaxflav.numerics.promotion import default_promotion

_STEPS = 1500  # of the optimiser
_RATE = 0.004  # its first step, in standard deviations
_PARTICLES = 16  # draws for one estimate of the gradient


def nearest_normal(
    posterior: Posterior, centre: np.ndarray, whitening: np.ndarray, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Mean (p,) and lower factor (p, p) of the normal density of z, with the coordinates u = centre + whitening z.

    It minimises the Kullback-Leibler divergence from it to the posterior: Kucukelbir et al., JMLR 18 (2017) 14, with a
    full covariance.

    Parameters
    ----------
    posterior : Posterior
        The posterior.
    centre : (p,) array
        Where z is 0, such as a mode.
    whitening : (p, p) array
        Makes the posterior nearly standard normal in z.
    seed : int
        Of the estimates of the gradient.
    """
    with default_promotion():
        values = _optimise(posterior, jnp.asarray(centre), jnp.asarray(whitening), jax.random.PRNGKey(seed))
    return np.asarray(values["auto_loc"]), np.asarray(values["auto_scale_tril"])


@eqx.filter_jit
def _optimise(posterior, centre, whitening, key):
    p = centre.size

    def model():
        z = numpyro.sample("z", ImproperUniform(constraints.real_vector, (), (p,)))
        density = log_density(posterior, centre + whitening @ z)
        # where the likelihood is zero there is no slope either
        numpyro.factor("density", jnp.where(jnp.isfinite(density), density, 0.0))

    guide = AutoMultivariateNormal(model, init_loc_fn=init_to_value(values={"z": jnp.zeros(p)}), init_scale=1.0)
    optimiser = optax.adam(optax.linear_schedule(_RATE, 0.0, _STEPS))
    svi = SVI(model, guide, optimiser, Trace_ELBO(num_particles=_PARTICLES))
    state, _ = jax.lax.scan(lambda state, _: svi.stable_update(state), svi.init(key), None, length=_STEPS)
    return svi.get_params(state)
