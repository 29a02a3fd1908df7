"""Poisson terms of large counts, in which n ln(rate), rate and ln n! cancel, against numbers of 60 digits."""

from decimal import Decimal, localcontext

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.likelihood.histfactory import (
    build_histfactory,
    constraint_log_density,
    parameter_vector,
    poisson_log_density,
)
from jaxflav.likelihood.pyhf_json import parse_workspace
from tests.likelihood.workspaces import MU, _modifier, _workspace

PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494")


def log_factorial(n):
    """By Stirling's series, of which the first term left out is below 1e-24 for n >= 999."""
    inverse = [Decimal(1) / (12 * n), -1 / (360 * n**3), 1 / (1260 * n**5), -1 / (1680 * n**7)]
    return n * n.ln() - n + (2 * PI * n).ln() / 2 + sum(inverse)


def exact(count, rate):
    with localcontext() as context:
        context.prec = 60
        n, r = Decimal(count), Decimal(rate)
        return float(n * r.ln() - r - log_factorial(n))


@pytest.mark.parametrize("count", [999.0, 1001.0, 3e5, 1e9, 1e14])
@pytest.mark.parametrize("deviations", [0.0, 0.3, -2.0, 5.0])
def test_near_the_count(count, deviations):
    rate = count + deviations * np.sqrt(count)
    found = poisson_log_density(jnp.asarray([count]), jnp.asarray([rate]))[0]
    np.testing.assert_allclose(found, exact(count, rate), rtol=1e-12 if count < 1e3 else 1e-14)


@pytest.mark.parametrize("ratio", [1e-6, 0.5, 1.7, 1e5])
def test_far_from_the_count(ratio):
    found = poisson_log_density(jnp.asarray([1e14]), jnp.asarray([ratio * 1e14]))[0]
    np.testing.assert_allclose(found, exact(1e14, ratio * 1e14), rtol=1e-14)


def test_constraint_with_a_tiny_uncertainty():
    """A shapesys of 1e-7 has an auxiliary count of 1e14: the parameter is known to 1e-7."""
    samples = [("signal", [1.0], [MU]), ("background", [50.0], [_modifier("s", "shapesys", [50e-7])])]
    model = build_histfactory(parse_workspace(_workspace([("c", [55.0], samples)])))
    at = model.parameter_names.index("s[0]")
    count = float(model.rate[at])
    np.testing.assert_allclose(count, 1e14, rtol=1e-12)
    for pull in (-3.0, 0.4, 2.0):
        x = parameter_vector(model, {"s[0]": 1 + pull * 1e-7})
        # the rate is a float: its last digit is worth 2e-9 at 3 deviations
        np.testing.assert_allclose(constraint_log_density(model, x), exact(count, count * float(x[at])), rtol=1e-9)
        slope = jax.grad(constraint_log_density, argnums=1)(model, x)[at]
        np.testing.assert_allclose(slope, count / float(x[at]) - count, rtol=1e-6)
