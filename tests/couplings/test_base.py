import jax
import jax.numpy as jnp
import pytest

from jaxflav.couplings.scalar import ScalarCouplings
from jaxflav.couplings.vector import VectorCouplings
from tests.helpers import CountedJit


def test_defaults_are_zero_and_ten_tev():
    assert ScalarCouplings().g_S == 0
    v = VectorCouplings(h_T=1)
    assert (v.h_V, v.h_T, v.scale) == (0.0, 1.0, 1e4)


@pytest.mark.parametrize("couplings", [ScalarCouplings(g_S=1), VectorCouplings(h_V=1j, h_T=2, scale=1000)])
def test_leaves_are_arrays_and_round_trip(couplings):
    leaves, tree = jax.tree.flatten(couplings)
    assert all(isinstance(leaf, jax.Array) and leaf.dtype in (jnp.float64, jnp.complex128) for leaf in leaves)
    assert jax.tree.leaves(jax.tree.unflatten(tree, leaves)) == leaves


def test_unknown_names():
    with pytest.raises(ValueError, match="unknown coupling of VectorCouplings 'h_v': did you mean h_"):
        VectorCouplings(h_v=1.0)
    with pytest.raises(ValueError, match=r"unknown coupling of ScalarCouplings 'g_X'.*Known: g_A, g_P, g_S"):
        ScalarCouplings(g_X=1.0)


def test_frozen():
    with pytest.raises(AttributeError):
        ScalarCouplings().g_S = 1.0


def test_one_trace_for_all_values():
    f = CountedJit(lambda c: c.h_V + c.h_T)
    for value in (1, 2.0, jnp.asarray(3.0)):
        f(VectorCouplings(h_V=value))
    assert f.traces == 1


@pytest.mark.parametrize("scale", [0.0, -1e3, float("nan"), 1e3j])
def test_scale_is_positive(scale):
    with pytest.raises(ValueError, match="VectorCouplings: scale, Lambda in GeV, must be positive, found"):
        VectorCouplings(h_T=1.0, scale=scale)
