"""Finite differences, tolerances with their reasons, and files shared by the tests."""

import functools
import re
from importlib.resources import files

import jax
import numpy as np

# rounding in a sum of a few hundred terms of one sign
ROUNDING = 1e-12
# central differences of fourth order with the step below: truncation and rounding are both near 1e-11
DERIVATIVE = 1e-6


def finite_difference(function, x, step=1e-4):
    """Derivative of a scalar or array function of one float, by a central difference of fourth order.

    The step is relative to max(1, |x|); give a smaller one near a point where the function is not smooth.
    """
    h = step * max(1.0, abs(float(x)))
    f = [np.asarray(function(x + k * h), dtype=float) for k in (-2, -1, 1, 2)]
    return (f[0] - 8 * f[1] + 8 * f[2] - f[3]) / (12 * h)


def assert_gradient(function, x, step=1e-4, rtol=DERIVATIVE, atol=1e-9):
    """Forward-mode derivative of ``function`` at the float x against finite differences."""
    _, derivative = jax.jvp(function, (jax.numpy.asarray(x),), (jax.numpy.asarray(1.0),))
    expected = finite_difference(function, x, step)
    scale = np.max(np.abs(expected), initial=0.0)
    np.testing.assert_allclose(np.asarray(derivative), expected, rtol=rtol, atol=atol * max(scale, 1.0))


class CountedJit:
    """``jax.jit`` of a function that counts how often it is traced; unlike the size of a cache, nothing evicts it."""

    def __init__(self, function, **options):
        self.traces = 0

        @functools.wraps(function)
        def counted(*args, **kwargs):
            self.traces += 1
            return function(*args, **kwargs)

        self._jitted = jax.jit(counted, **options)

    def __call__(self, *args, **kwargs):
        return self._jitted(*args, **kwargs)


def light_meson_files(folder):
    """Form-factor files of a user for B -> pi and B -> rho, by process; here with the numbers of kaons."""
    data, paths = files("jaxflav.form_factors") / "data", {}
    for light, strange in (("pi", "k"), ("rho", "kstar")):
        text = (data / f"grvdv2023_b_to_{strange}.yaml").read_text(encoding="utf-8")
        path = paths[f"B -> {light}"] = folder / f"{light}.yaml"
        path.write_text(re.sub("^process: .*", f"process: B -> {light}", text, flags=re.M), encoding="utf-8")
    return paths


def with_nan(tree):
    """The tree with NaN for one of its numbers, for each of them; of larger arrays for the first and the last."""
    leaves, structure = jax.tree.flatten(tree)
    for i, leaf in enumerate(leaves):
        for j in sorted({0, leaf.size - 1}) if leaf.size else ():
            bad = leaf.copy().ravel()
            bad[j] = np.nan
            yield i, structure.unflatten([*leaves[:i], bad.reshape(leaf.shape), *leaves[i + 1 :]])


def assert_nan(function, *arguments):
    """All results of a function are numbers, and all are NaN for NaN in any number of any argument; compiled once."""
    compiled = jax.jit(function)
    arguments = [jax.tree.map(np.asarray, argument) for argument in arguments]
    assert not any(np.any(np.isnan(x)) for x in jax.tree.leaves(compiled(*arguments)))
    for position, argument in enumerate(arguments):
        assert jax.tree.leaves(argument)
        for leaf, bad in with_nan(argument):
            found = compiled(*arguments[:position], bad, *arguments[position + 1 :])
            assert all(np.all(np.isnan(x)) for x in jax.tree.leaves(found)), (position, leaf, found)
