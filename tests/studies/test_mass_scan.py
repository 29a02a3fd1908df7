import numpy as np
import pytest

from jaxflav.inference.fitting.result import STATUS_TEXT
from jaxflav.inference.profiling.signal_strength import fit_signal_strength
from jaxflav.inference.scans.status import BEYOND_THRESHOLD
from jaxflav.io.errors import InputError
from jaxflav.studies.mass_scan import check_masses, scan_masses


@pytest.fixture(scope="module")
def scan(two_body):
    return scan_masses(two_body, np.linspace(0.0, 4.75, 48))


def test_published_mass_and_branching_fraction(scan):
    """arXiv:2602.09666, same likelihood: 2.1 +0.2 -0.1 GeV, (9.2 +1.8 -3.4)e-6, 3.0 sigma."""
    best = scan.best
    assert 2.0 < best.mass < 2.3
    assert 9.2e-6 - 3.4e-6 < best.branching_fraction < 9.2e-6 + 1.8e-6
    low, high = best.interval_68
    assert low < best.mass < high
    assert best.interval_closed == (True, True)
    assert abs(best.significance - 3.0) < 1.0
    np.testing.assert_allclose(best.significance, np.sqrt(-best.t))


def test_best_mass_is_below_the_grid(scan):
    assert scan.best.t <= np.nanmin(scan.t) + 1e-9


def test_interval_is_where_t_has_risen_by_one(scan, two_body):
    ends = scan_masses(two_body, np.array(scan.best.interval_68))
    np.testing.assert_allclose(ends.t, scan.best.t + 1, atol=2e-3)


def test_new_particle_never_fits_worse(scan):
    assert np.all(scan.converged)
    assert np.nanmax(scan.t) <= 1e-8
    assert np.all(scan.branching_fraction >= 0)


def test_rescaled_standard_model_agrees_with_the_published_fit(scan, published):
    """Other form factors and their nuisances instead of the simulation's: the same strength to a few per cent."""
    strength = fit_signal_strength(published)
    np.testing.assert_allclose(scan.mu_rescaled_sm, strength.mu, rtol=0.05)
    np.testing.assert_allclose(-scan.t_rescaled_sm, strength.q1, rtol=0.05)


def test_two_thousand_random_masses(two_body, rng):
    masses = rng.uniform(0.0, 5.3, 2000)
    masses[:4] = 0.0, 1e-12, 4.785733 - 1e-9, 4.785733 + 1e-9
    scan = scan_masses(two_body, masses)
    below = masses < float(two_body.signal.threshold)
    np.testing.assert_array_equal(scan.converged, below)
    assert {scan.status[i] for i in np.flatnonzero(~below)} == {BEYOND_THRESHOLD}
    assert np.all(np.isnan(scan.t[~below]))
    assert np.nanmax(scan.t) <= 1e-8
    assert scan.iterations.max() < 50


def test_all_beyond_threshold(two_body):
    scan = scan_masses(two_body, np.array([5.0, 6.0]))
    assert scan.best is None
    assert not scan.converged.any()


def test_one_mass(two_body):
    scan = scan_masses(two_body, np.array([2.1]))
    assert scan.best.mass == 2.1
    assert scan.best.interval_closed == (False, False)


def test_order_of_masses_does_not_matter(two_body, scan):
    again = scan_masses(two_body, scan.mass[::-1])
    np.testing.assert_allclose(again.t[::-1], scan.t, atol=1e-9)
    np.testing.assert_allclose(again.best.mass, scan.best.mass, atol=1e-3)


@pytest.mark.parametrize(
    ("masses", "message"), [([], "no masses"), ([1.0, -0.1], "mass -0.1 GeV"), ([np.nan], "mass nan GeV")]
)
def test_bad_masses(masses, message):
    with pytest.raises(InputError, match=message):
        check_masses(masses)


def test_a_likelihood_without_new_particle(published):
    with pytest.raises(InputError, match="needs a likelihood with a new particle, found NoSignal"):
        scan_masses(published, np.array([1.0]))


def test_progress_counts_every_mass(two_body):
    seen = []
    scan_masses(two_body, np.linspace(0, 4, 21), seen.append)
    assert sum(seen) == 21


def test_every_status_has_a_text():
    assert sorted(STATUS_TEXT) == list(range(6))
    assert len(set(STATUS_TEXT.values())) == 6
