"""Functions that are compiled with less work on their code."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxflav.numerics.compilation import _OPTIONS, _known_options, compiled_quickly


@compiled_quickly
def work(x, power):
    return jnp.sum(jnp.exp(-x) ** power)


def test_alone_and_within_others():
    x, expected = np.array([0.3, 1.2]), np.exp(-0.6) + np.exp(-2.4)
    np.testing.assert_allclose(work(jnp.asarray(x), 2), expected, rtol=1e-14)
    np.testing.assert_allclose(jax.jit(lambda x: work(x, 2))(x), expected, rtol=1e-14)
    np.testing.assert_allclose(jax.jit(lambda y: work(jnp.asarray(x), 2) + y)(0.0), expected, rtol=1e-14)
    np.testing.assert_allclose(jax.grad(lambda x: work(x, 2))(x), -2 * np.exp(-2 * x), rtol=1e-14)
    np.testing.assert_allclose(jax.vmap(lambda x: work(x, 2))(x[:, None]), np.exp(-2 * x), rtol=1e-14)


def test_options_that_jaxlib_does_not_know_are_left_out(monkeypatch):
    monkeypatch.setitem(_OPTIONS, "xla_that_nobody_knows", 1)
    assert _known_options.__wrapped__().items() <= _OPTIONS.items() - {("xla_that_nobody_knows", 1)}
    assert _known_options.__wrapped__() != {}
