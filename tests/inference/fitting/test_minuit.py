import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.inference.fitting.fisher_scoring import fit
from jaxflav.inference.fitting.minuit import fit_with_minuit
from jaxflav.io.errors import InputError

pytest.importorskip("iminuit")
jitted = jax.jit(fit)


@pytest.mark.parametrize("mass", [0.7, 2.1])
def test_same_minimum_of_the_mass_scan(two_body, mass):
    hold = jnp.zeros(two_body.start.shape, dtype=bool).at[two_body.index("mu")].set(True)
    ours = jitted(two_body, jnp.asarray(mass), fixed=hold)
    theirs = fit_with_minuit(two_body, jnp.asarray(mass), fixed=hold)
    assert theirs.converged
    # twice this is the difference in t
    assert ours.log_likelihood > theirs.log_likelihood - 1e-8
    np.testing.assert_allclose(ours.log_likelihood, theirs.log_likelihood, atol=5e-5)
    k = two_body.index("branching_fraction")
    np.testing.assert_allclose(ours.parameters[k], theirs.parameters[k], rtol=0.01)


def test_without_iminuit(two_body, monkeypatch):
    monkeypatch.setitem(sys.modules, "iminuit", None)
    with pytest.raises(InputError, match=r"pip install 'jaxflav\[minuit\]'"):
        fit_with_minuit(two_body, jnp.asarray(2.1))
