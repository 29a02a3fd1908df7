import jax.numpy as jnp
import numpy as np

from jaxflav.numerics.quadratic import quadratic_of
from tests.helpers import ROUNDING


def test_a_quadratic_function_is_reproduced_exactly(rng):
    a, b, c = rng.normal(size=(4, 3, 3)), rng.normal(size=(4, 3)), rng.normal(size=4)

    def function(x):
        return jnp.einsum("rij,i,j->r", a, x, x) + b @ x + c

    polynomial = quadratic_of(function, 3)
    for x in rng.normal(size=(5, 3)) * 10:
        np.testing.assert_allclose(polynomial(jnp.asarray(x)), function(jnp.asarray(x)), rtol=ROUNDING, atol=1e-10)
