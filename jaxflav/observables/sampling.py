"""The same predictions by sampling the inputs: what is lost by linear propagation."""

from collections.abc import Iterable, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError
from jaxflav.observables.observable import Observable
from jaxflav.observables.prediction import PARTS, Prediction, Problem
from jaxflav.observables.scenario import Scenario

_BATCH = 64


def predict_by_sampling(
    observables: Sequence[Observable | str],
    scenario: Scenario,
    parameters: Parameters,
    key: PRNGKeyArray,
    form_factors: FormFactorSet | Iterable[FormFactorSet] | None = None,
    *,
    samples: int = 1000,
) -> Prediction:
    """Means and covariances of the observables over Gaussian inputs; arguments as for ``predict``.

    Each part of the uncertainty is sampled alone, with the other inputs at their central values, and then all
    together, each ``samples`` times.

    Raises
    ------
    InputError
        As ``predict``, or if there are fewer than 2 samples.
    """
    if samples < 2:
        raise InputError(f"expected at least 2 samples for a covariance, found {samples}")
    problem = Problem(observables, scenario, parameters, form_factors)
    drawn = []
    for part, part_key in zip((*PARTS, None), jax.random.split(key, len(PARTS) + 1), strict=True):
        move = part in ("form factors", None)
        sigma = sum(problem.sigma(p) for p in PARTS) if part is None else problem.sigma(part)
        drawn.append(_draw(problem, part_key, samples, jnp.asarray(float(move)), jnp.asarray(sigma)))
    covariances = [jnp.atleast_2d(jnp.cov(x, rowvar=False)) for x in drawn]
    mean = jnp.mean(drawn[-1], axis=0)
    return Prediction(problem.names, mean, jnp.stack(covariances[:-1]), covariances[-1], problem.sources)


@eqx.filter_jit
def _draw(problem, key, samples, move, sigma) -> Float[Array, "samples n"]:
    nuisances, nominal = problem.nominal

    def one(key):
        keys = jax.random.split(key, len(nuisances) + 1)
        moved = {
            process: move * jax.random.normal(k, zero.shape)
            for (process, zero), k in zip(nuisances.items(), keys[1:], strict=True)
        }
        return problem.value(moved, nominal + sigma * jax.random.normal(keys[0], nominal.shape))

    return jax.lax.map(one, jax.random.split(key, samples), batch_size=_BATCH)
