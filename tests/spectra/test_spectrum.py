import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.spectra.spectrum import Spectrum, combine, continuum, line, total
from tests.helpers import CountedJit


def test_continuum_is_density_times_weight():
    s = continuum(jnp.asarray([1.0, 2.0]), jnp.asarray([3.0, 4.0]), jnp.asarray([0.5, 0.25]))
    np.testing.assert_array_equal(s.q2, [3, 4])
    np.testing.assert_array_equal(s.branching, [0.5, 0.5])


def test_sum_of_a_line_and_a_continuum():
    s = combine(line(4.41, 1e-5), Spectrum([1, 2], [1e-6, 2e-6]))
    np.testing.assert_array_equal(s.q2, [4.41, 1, 2])
    np.testing.assert_allclose(total(s), 1.3e-5, rtol=1e-15)
    np.testing.assert_allclose(jnp.sum(s.branching * s.q2**2), 4.41**2 * 1e-5 + 9e-6, rtol=1e-15)


def test_round_trip_and_one_trace():
    s = Spectrum([1, 2], [3, 4])
    leaves, tree = jax.tree.flatten(s)
    assert all(leaf.dtype == jnp.float64 for leaf in leaves)
    assert total(jax.tree.unflatten(tree, leaves)) == 7
    f = CountedJit(lambda a, b: total(combine(a, b)))
    assert f(s, line(1.0, 2)) == 9
    assert f(Spectrum([0.0, 1.0], [1.0, 1.0]), line(jnp.asarray(3.0), 3.0)) == 5
    assert f.traces == 1


def test_refused():
    with pytest.raises(ValueError, match=r"found \(2,\) and \(3,\)"):
        Spectrum([1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match=r"found \(\) and \(\)"):
        Spectrum(1.0, 2.0)
    with pytest.raises(ValueError, match="at least one spectrum"):
        combine()
