import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import chi2, norm, poisson

from jaxflav.io.errors import InputError
from jaxflav.likelihood.counting import effective_efficiency, signal_limit


@pytest.mark.parametrize("observed", [0, 1, 6])
def test_without_background_it_is_the_classical_limit(observed):
    np.testing.assert_allclose(signal_limit(observed, 0.0, 0.0, 0.9), chi2.isf(0.1, 2 * (observed + 1)) / 2, rtol=1e-9)


def test_without_uncertainty_it_is_the_cls_limit():
    limit = signal_limit(6, 2.9, 0.0, 0.9)
    np.testing.assert_allclose(poisson.cdf(6, limit + 2.9) / poisson.cdf(6, 2.9), 0.1, rtol=1e-8)


def test_against_a_double_integral():
    """The Poisson likelihood averaged over the background and integrated over the signal, by brute force."""
    observed, background, error = 9, 7.7, 1.5

    def averaged(signal):
        integrand = lambda b: poisson.pmf(observed, signal + b) * norm.pdf(b, background, error)
        return quad(integrand, 0.0, background + 8 * error, points=[background])[0]

    limit = signal_limit(observed, background, error, 0.9)
    share = quad(averaged, 0.0, limit)[0] / quad(averaged, 0.0, 60.0)[0]
    np.testing.assert_allclose(share, 0.9, rtol=1e-5)


def test_effective_efficiency():
    assert effective_efficiency(10.0, 1e8, 1e-5) == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((-1, 1, 1, 0.9), "at least 0"), ((1, float("nan"), 1, 0.9), "finite"), ((1, 1, 1, 1.0), "between 0 and 1")],
)
def test_bad_numbers(arguments, message):
    with pytest.raises(InputError, match=message):
        signal_limit(*arguments)
