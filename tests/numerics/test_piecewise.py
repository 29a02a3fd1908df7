import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.numerics.piecewise import fit_piecewise


def with_kink(x):
    """A root at 0, a kink at 0.3 and a step at 0.7."""
    return np.stack([np.sqrt(x), np.abs(x - 0.3), np.where(x < 0.7, np.sin(3 * x), 2.0)], axis=-1)


@pytest.fixture(scope="module")
def pieces():
    def smooth_at_the_root(u):
        return with_kink(u**2)

    return fit_piecewise(smooth_at_the_root, 0.0, 1.0, 1e-9, lambda size: size, np.sqrt([0.3, 0.7]))


def test_values_and_slopes(pieces):
    x = np.linspace(1e-4, 1, 1001)
    values, slopes = jax.vmap(lambda u: jax.jvp(pieces, (u,), (jnp.ones(()),)))(jnp.sqrt(jnp.asarray(x)))
    np.testing.assert_allclose(values, with_kink(x), atol=2e-9)
    smooth = np.abs(x[:, None] - np.array([0.3, 0.7])).min(axis=1) > 1e-6
    by_x = np.asarray(slopes) / (2 * np.sqrt(x))[:, None]
    expected = np.stack([0.5 / np.sqrt(x), np.sign(x - 0.3), np.where(x < 0.7, 3 * np.cos(3 * x), 0.0)], axis=-1)
    np.testing.assert_allclose(by_x[smooth], expected[smooth], rtol=1e-6, atol=1e-6)


def test_nan_stays_nan(pieces):
    assert np.all(np.isnan(pieces(jnp.asarray(np.nan))))


def test_what_polynomials_do_not_follow():
    with pytest.raises(ArithmeticError, match=r"too rough near 0\.30"):
        fit_piecewise(lambda x: (x > 0.3)[:, None] * 1.0, 0.0, 1.0, 1e-9, lambda size: size)
    with pytest.raises(ArithmeticError, match="not finite between"):
        fit_piecewise(lambda x: np.where(x < 0.5, np.nan, x)[:, None], 0.0, 1.0, 1e-9, lambda size: size)
    with pytest.raises(ArithmeticError, match="16 pieces"):
        fit_piecewise(lambda x: np.sin(60 * x)[:, None], 0.0, 1.0, 1e-9, lambda size: size, most=16)
