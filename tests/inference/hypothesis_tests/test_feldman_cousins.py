import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm, poisson

from jaxflav.inference.hypothesis_tests.feldman_cousins import feldman_cousins
from jaxflav.io.errors import InputError
from tests.inference.profiling.test_plane import two_normals
from tests.inference.profiling.test_profile import counting

TABLE = {0: (0.0, 1.08), 2: (0.0, 3.04), 4: (0.0, 5.60), 7: (0.89, 9.53), 9: (1.88, 12.30)}
"""90 % intervals for n seen on a background of 3: physics/9711021, Table IV."""


def accepted_counts(mu, background, confidence):
    """Counts in the acceptance interval, by the construction of Feldman and Cousins."""
    n = np.arange(200)
    probability = poisson.pmf(n, mu + background)
    ratio = probability / poisson.pmf(n, np.maximum(n, background))
    order = np.argsort(-ratio, kind="stable")
    last = int(np.searchsorted(np.cumsum(probability[order]), confidence))
    return set(order[: last + 1].tolist())


@pytest.mark.parametrize("n", [0, 4, 7])
def test_poisson_with_background(n):
    points = np.linspace(0.25, 10, 14)
    result = feldman_cousins(counting(float(n), 3.0), ["mu"], points, 0.9, 600, 1)
    exact = np.array([n in accepted_counts(mu, 3.0, 0.9) for mu in points])
    clear = ~result.undecided
    assert clear.sum() >= 10
    np.testing.assert_array_equal(result.accepted[clear], exact[clear])


@pytest.mark.slow
@pytest.mark.parametrize("n", TABLE)
def test_table_of_the_paper(n):
    low, high = TABLE[n]
    inside = np.array([low + 0.4 if low else 0.0, (low + high) / 2, high - 0.6])
    outside = np.array([high + 0.6] + ([low - 0.4] if low else []))
    result = feldman_cousins(counting(float(n), 3.0), ["mu"], np.concatenate([inside, outside]), 0.9, 4000, 2)
    np.testing.assert_array_equal(result.accepted, [True] * 3 + [False] * len(outside))


def excess(mu, x):
    """Probability of what is more likely than x for a normal of mean mu >= 0 and width 1, minus 90 %."""
    log_ratio = -((x - mu) ** 2) / 2 if x >= 0 else x * mu - mu**2 / 2
    distance = np.sqrt(-2 * log_ratio)
    low = mu - distance if mu >= distance else (log_ratio + mu**2 / 2) / mu
    return norm.cdf(distance) - norm.cdf(low - mu) - 0.9


def test_bounded_gaussian():
    """A normal measurement of a mean >= 0, against the construction of the paper (Sect. IV B)."""
    base, width = 1e4, 100.0
    for x, low_bracket, high_bracket in ((-1.0, None, (0.3, 2.0)), (2.0, (0.1, 1.9), (2.1, 4.5))):
        high = brentq(excess, *high_bracket, args=(x,))
        low = 0.0 if low_bracket is None else brentq(excess, *low_bracket, args=(x,))
        inside, outside = [low + 0.25, high - 0.25], [high + 0.25] + ([low - 0.25] if low else [])
        points = width * np.array(inside + outside)
        result = feldman_cousins(counting(base + x * width, base), ["mu"], points, 0.9, 1500, 3)
        np.testing.assert_array_equal(result.accepted, [True] * 2 + [False] * len(outside))


def test_two_parameters():
    """Far from any bound the critical value is that of a chi-squared with two degrees of freedom."""
    points = np.array([[3.0, 8.0], [3.3, 8.5], [3.6, 9.0]])
    result = feldman_cousins(two_normals(), ["mu_one", "mu_two"], points, 0.9, 800, 5)
    np.testing.assert_array_equal(result.accepted, result.t < 4.605)
    expected = np.exp(-result.t / 2)
    np.testing.assert_allclose([p.value for p in result.p_values], expected, atol=0.06)


def test_seed_and_progress():
    seen = []
    one = feldman_cousins(counting(5.0, 3.0), ["mu"], np.array([1.0, 2.0]), 0.9, 50, 4, seen.append)
    two = feldman_cousins(counting(5.0, 3.0), ["mu"], np.array([1.0, 2.0]), 0.9, 50, 4)
    assert one.p_values == two.p_values
    assert sum(seen) == 2


def test_bad_input():
    problem = counting(5.0, 3.0)
    with pytest.raises(InputError, match="one or two of both"):
        feldman_cousins(problem, ["mu"], np.ones((2, 2)))
    with pytest.raises(InputError, match="expected one between 0 and 1"):
        feldman_cousins(problem, ["mu"], np.ones(2), 90)
    with pytest.raises(InputError, match="below its lower bound"):
        feldman_cousins(problem, ["mu"], np.array([-1.0]))
