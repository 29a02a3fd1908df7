import jax
import numpy as np

from jaxflav import load_parameters
from jaxflav.rates.decays import B_PLUS_TO_K_PLUS, B_ZERO_TO_K_ZERO

P = load_parameters()


def test_masses_and_lifetimes():
    assert B_PLUS_TO_K_PLUS.masses(P) == (P["m_Bplus"], P["m_Kplus"])
    assert B_ZERO_TO_K_ZERO.masses(P) == (P["m_B0"], P["m_K0"])
    # a rate of hbar/tau is a branching fraction of 1: hbar = 6.582119569e-25 GeV s
    np.testing.assert_allclose(B_PLUS_TO_K_PLUS.branching_fraction(P, 6.582119569e-25 / 1.638e-12), 1, rtol=1e-15)
    assert B_ZERO_TO_K_ZERO.branching_fraction(P, P["hbar"] / P["tau_B0"]) == 1


def test_a_decay_is_an_argument_without_leaves():
    assert jax.tree.leaves(B_PLUS_TO_K_PLUS) == []
    f = jax.jit(lambda d, p: d.masses(p)[0])
    assert f(B_PLUS_TO_K_PLUS, P) == P["m_Bplus"]
    assert f(B_ZERO_TO_K_ZERO, P) == P["m_B0"]
    assert f(B_ZERO_TO_K_ZERO, P.replace(m_B0=1)) == 1
    assert f._cache_size() == 2
