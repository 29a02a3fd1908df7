import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

from jaxflav.experiments.analysis import load_analysis
from jaxflav.response.efficiency import build_efficiency, efficiency, yields
from jaxflav.response.number_density import NumberDensity
from jaxflav.response.smoothing import effective_weight
from jaxflav.spectra.spectrum import Spectrum, combine, line
from tests.helpers import assert_gradient


@pytest.fixture(scope="module")
def analysis():
    return load_analysis("belle2-2025")


@pytest.fixture(scope="module")
def response(analysis):
    return analysis.response()


def test_spectrum_of_the_simulation_returns_the_nominal_yields(analysis, response):
    q2, weights = response.nodes
    spectrum = Spectrum(q2, weights * analysis.simulated(q2))
    np.testing.assert_allclose(yields(response, spectrum), analysis.nominal, rtol=1e-12)


@pytest.mark.slow
def test_nominal_yields_by_adaptive_quadrature(analysis, response):
    for row in (0, 8, 17):
        integrand = lambda q2, row=row: float(
            efficiency(response, jnp.asarray([q2]))[row, 0] * analysis.simulated(np.asarray(q2))
        )
        value, _ = quad(integrand, 0.0, response.q2_max, limit=400, epsrel=1e-8)
        # four nodes between knots, against the exponential of a cubic
        np.testing.assert_allclose(value, analysis.nominal[row], rtol=1e-6)


def test_efficiency_follows_the_published_density(analysis, response):
    """Chi-squared of the smooth curve against the simulated counts, bin by bin: no structure is smoothed away."""
    q2, weights = response.nodes
    exposure = (weights * analysis.simulated(q2)).reshape(-1, 4)
    curve = np.asarray(efficiency(response, jnp.asarray(q2))).reshape(response.n_bins, -1, 4)
    fitted = (curve * exposure).sum(axis=-1)
    for row, smooth in zip(analysis.density.yields, fitted, strict=True):
        weight = effective_weight(row)
        many = smooth / weight > 20
        chi2 = np.sum((row[many] - smooth[many]) ** 2 / (smooth[many] * weight))
        assert chi2 < 1.6 * many.sum()


@pytest.mark.parametrize("q2", [0.1, 0.22885, 4.0, 4.5770, 8.0, 15.3, 22.6])
def test_slope_in_q2_on_and_off_bin_edges(response, q2):
    assert_gradient(lambda v: efficiency(response, jnp.atleast_1d(v))[:, 0], q2, step=1e-6, rtol=1e-5)


def test_slope_is_continuous_at_bin_edges(response):
    slope = jax.jacfwd(lambda v: efficiency(response, v[None])[:, 0])
    for edge in np.linspace(0, 22.885, 101)[1:-1:9]:
        np.testing.assert_allclose(slope(jnp.asarray(edge - 1e-10)), slope(jnp.asarray(edge + 1e-10)), rtol=1e-5)


def test_positive_and_finite_everywhere(response):
    q2 = jnp.asarray([-5.0, 0.0, 22.885, 22.9, 40.0, 1e9])
    value = efficiency(response, q2)
    assert np.all(np.isfinite(value))
    assert np.all(np.asarray(value) > 0)
    assert np.all(np.isfinite(jax.jacfwd(lambda v: efficiency(response, v))(q2)))


def test_yields_add_up(response):
    a, b = line(2.0, 1e-6), line(9.0, 3e-6)
    together = yields(response, combine(a, b))
    np.testing.assert_allclose(together, yields(response, a) + yields(response, b), rtol=1e-12)


def test_a_known_efficiency_is_recovered(rng):
    """Poisson counts from a smooth curve: the fit is within the statistical error, and better than the counts."""
    edges = np.linspace(0, 10, 51)
    truth = lambda q2: 1e6 * np.exp(-(((q2 - 4) / 3) ** 2))
    spectrum = lambda q2: np.full_like(q2, 1e-4)
    centres = (edges[1:] + edges[:-1]) / 2
    mean = truth(centres) * 1e-4 * 0.2
    counts = rng.poisson(50 * mean) / 50.0
    response = build_efficiency(NumberDensity(edges, counts[None], np.zeros(1)), spectrum, counts.sum()[None])
    smooth = np.asarray(efficiency(response, jnp.asarray(centres)))[0] * 1e-4 * 0.2
    well_known = mean > 1
    error = np.sqrt(mean / 50)[well_known]
    pull = (smooth - mean)[well_known] / error
    raw = (counts - mean)[well_known] / error
    assert np.sqrt(np.mean(pull**2)) < 0.6 * np.sqrt(np.mean(raw**2))


def test_effective_weight_of_weighted_counts(rng):
    mean = 400 * np.exp(-np.linspace(0, 3, 400))
    # the median of 400 correlated squares is known to 10 %
    np.testing.assert_allclose(effective_weight(0.02 * rng.poisson(mean)), 0.02, rtol=0.3)
