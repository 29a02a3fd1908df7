"""What the tests of this folder share: constants of the published values, float arguments, gradients at thresholds."""

import jax
import jax.numpy as jnp
import numpy as np

from tests.helpers import assert_gradient

V, G_F, ALPHA_0 = 246.21965, 1.1663788e-5, 1 / 137.035999
M_E, M_MU, M_TAU = 0.51099895e-3, 0.1056583755, 1.77693


def call(function, *arguments, **options):
    """Value of a function of arrays for plain floats."""
    return np.asarray(function(*(jnp.asarray(x, float) for x in arguments), **options))


def check_gradients(function, arguments, **options):
    """Derivatives in every argument against finite differences."""
    values = [jnp.asarray(x, float) for x in arguments]
    for i, x in enumerate(arguments):
        assert_gradient(lambda y, i=i: function(*values[:i], y, *values[i + 1 :]), x, **options)


def finite_everywhere(function, *arguments):
    """Whether the value and the derivatives in every argument are finite."""
    values = [jnp.asarray(x, float) for x in arguments]
    value, slopes = jax.value_and_grad(function, argnums=tuple(range(len(values))))(*values)
    return bool(np.isfinite(value)) and bool(np.all(np.isfinite(np.asarray(slopes))))


def propagates_nan(function, *arguments):
    """Whether a NaN in any one argument gives NaN."""
    results = []
    for i in range(len(arguments)):
        values = [jnp.asarray(np.nan if j == i else x, float) for j, x in enumerate(arguments)]
        results.append(np.all(np.isnan(np.asarray(function(*values)))))
    return all(results)
