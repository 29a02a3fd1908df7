"""Norms pass only maxima; where they do not tell, the exact curvature decides, for the same result."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxflav.inference.fitting.batch import fit_many
from jaxflav.inference.fitting.fisher_scoring import fit
from jaxflav.inference.fitting.result import CONVERGED, UNCHECKED
from tests.inference.fitting.test_maximum import EVEN, by_scan, counting, even_norm

unchecked = jax.jit(lambda likelihood, fixed: fit(likelihood, fixed=fixed, check=False))


def named(likelihood, name):
    return np.array([one == name for one in likelihood.parameter_names])


def test_a_usual_end_is_known_without_the_exact_curvature():
    likelihood = counting(even_norm(1.1, 0.9), observed=56.0)
    result = unchecked(likelihood, jnp.zeros(likelihood.start.shape, dtype=bool))
    assert result.status == CONVERGED
    assert result.converged


def test_a_saddle_is_not_taken_for_a_maximum_without_a_look():
    """The slope vanishes at the nominal value of an effect that is the same up and down; 90 are seen, 55 expected."""
    likelihood = counting(EVEN["normsys"])
    result = unchecked(likelihood, jnp.asarray(named(likelihood, "mu")))
    assert result.status == UNCHECKED
    assert not result.converged


def test_a_batch_of_saddles_and_maxima():
    """Right values: ln L over the pull, by SciPy; below 50 + 5 mu events the start is the maximum."""
    likelihood = counting(EVEN["normsys"])
    k = likelihood.index("mu")
    held = named(likelihood, "mu")
    values = np.array([0.0, 4.0, 7.9, 8.0, 9.0, 12.0])
    starts = np.tile(np.array(likelihood.start), (len(values), 1))
    starts[:, k] = values
    fits = fit_many(likelihood, np.zeros(len(values)), starts, held)
    assert np.all(fits.status == CONVERGED)
    np.testing.assert_allclose(fits.log_likelihood, [by_scan(mu, "normsys") for mu in values], atol=1e-6)
    direct = jax.jit(fit)(likelihood, start=jnp.asarray(starts[0]), fixed=jnp.asarray(held))
    np.testing.assert_allclose(direct.log_likelihood, fits.log_likelihood[0], atol=1e-9)
