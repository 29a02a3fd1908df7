import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import dblquad

from jaxflav.io.errors import InputError
from jaxflav.response.binned import Binned, EfficiencyTable, binned_yields, flat_efficiency
from jaxflav.response.kernels import GaussianSmearing, InclusiveTagSmearing, NoSmearing
from jaxflav.spectra.spectrum import Spectrum, continuum, line
from tests.helpers import assert_gradient

EDGES = np.array([-1.0, 4.0, 8.0, 25.0])
TABLE = EfficiencyTable(np.array([1.0, 3.0, 7.0, 10.0, 20.0]), np.array([0.3, 0.25, 0.02, 0.0, 0.1]))


def binned(kernel, efficiency=TABLE):
    return Binned(jnp.asarray(3.87e8), efficiency, kernel, jnp.asarray(EDGES))


def spectrum_density(q2):
    return 1e-6 * (22.0 - q2) * np.exp(-q2 / 9)


def test_yields_against_the_double_integral():
    """Eqs. (6) and (7) of Bolton et al. as they stand, for a Gaussian kernel."""
    response = binned(GaussianSmearing(0.7))
    nodes, weights = response.nodes(22.0)
    ours = binned_yields(response, continuum(jnp.asarray(spectrum_density(nodes)), nodes, weights))

    table = jax.jit(lambda q2: TABLE(q2[None])[0])

    def integrand(rec, q2):
        return (
            spectrum_density(q2)
            * float(table(jnp.asarray(q2)))
            * np.exp(-(((rec - q2) / 0.7) ** 2) / 2)
            / (0.7 * np.sqrt(2 * np.pi))
        )

    theirs = 3.87e8 * dblquad(integrand, 0.0, 22.0, 4.0, 8.0, epsabs=0, epsrel=1e-5)[0]
    np.testing.assert_allclose(ours[1], theirs, rtol=1e-5)


def test_without_smearing_a_continuum_is_integrated_bin_by_bin():
    response = binned(NoSmearing(), flat_efficiency(0.5))
    nodes, weights = response.nodes(22.0)
    ours = binned_yields(response, continuum(jnp.asarray(22.0 - nodes), nodes, weights))
    integral = np.array([22 * 4 - 8, 22 * 4 - (64 - 16) / 2, (22 - 8) ** 2 / 2])
    np.testing.assert_allclose(ours, 3.87e8 * 0.5 * integral, rtol=1e-12)


def test_all_accepted_events_are_in_some_bin():
    response = binned(InclusiveTagSmearing(10.579, 5.27941, 0.493677))
    spectrum = Spectrum(np.linspace(2.5, 22.9, 50), np.full(50, 1e-6))
    accepted = 3.87e8 * jnp.sum(TABLE(spectrum.q2) * spectrum.branching)
    np.testing.assert_allclose(binned_yields(response, spectrum).sum(), accepted, rtol=1e-12)


def test_table_passes_through_its_points_and_stays_between_them():
    np.testing.assert_allclose(TABLE(TABLE.q2), TABLE.value, atol=1e-15)
    fine = np.asarray(TABLE(jnp.linspace(-2.0, 24.0, 5001)))
    assert fine.min() >= 0
    assert fine.max() <= 0.3
    np.testing.assert_allclose(TABLE(jnp.asarray([-5.0, 40.0])), [0.3, 0.1], rtol=1e-15)


@pytest.mark.parametrize("q2", [0.0, 1.0, 1.5, 3.0, 7.0, 10.0, 20.0, 21.0])
def test_derivative_of_the_table_at_its_points(q2):
    # the second derivative jumps there: a difference of fourth order is one of first order in the step
    assert_gradient(lambda x: TABLE(jnp.reshape(x, (1,))), q2, step=1e-7, atol=1e-7)


@pytest.mark.parametrize("q2", [0.0, 1.0, 4.0, 8.0, 22.9])
def test_derivative_of_the_yields_of_a_line(q2):
    # at 1 GeV^2 the slope is 0; events of order 100 over a step of 1e-7 round to 1e-7
    response = binned(InclusiveTagSmearing(10.579, 5.27941, 0.493677, resolution=0.05))
    assert_gradient(jax.jit(lambda x: binned_yields(response, line(x, 1e-6))), q2, step=1e-7, atol=1e-4)


def test_the_efficiency_may_be_any_function():
    response = binned(NoSmearing(), lambda q2: 0.1 * jnp.exp(-q2))
    np.testing.assert_allclose(binned_yields(response, line(jnp.asarray(2.0), 1e-6)), [38.7 * np.exp(-2), 0, 0])
    jitted = jax.jit(binned_yields)(binned(NoSmearing()), line(jnp.asarray(1.0), 1e-6))
    np.testing.assert_allclose(jitted, [387 * 0.3, 0, 0], rtol=1e-12)


@pytest.mark.parametrize(
    ("q2", "value", "message"),
    [
        ([1.0, 1.0], [0.1, 0.2], "must be finite and increase"),
        ([1.0, 2.0], [0.1], "as many points as values"),
        ([], [], "as many points as values"),
        ([1.0, 2.0], [0.1, 1.2], "between 0 and 1"),
        ([1.0, 2.0], [0.1, float("nan")], "between 0 and 1"),
    ],
)
def test_bad_efficiencies(q2, value, message):
    with pytest.raises(InputError, match=message):
        EfficiencyTable(np.array(q2), np.array(value))


def test_nan_has_no_efficiency():
    for table in (flat_efficiency(0.3), EfficiencyTable(np.array([0.0, 5.0, 20.0]), np.array([0.3, 0.2, 0.1]))):
        found = table(jnp.asarray([7.0, np.nan, -np.inf]))
        assert np.isfinite(found[0])
        assert np.isnan(found[1])
        assert found[2] == 0.3
