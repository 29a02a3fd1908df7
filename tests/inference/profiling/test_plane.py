import dataclasses

import jax
import numpy as np
import pytest
from scipy.stats import chi2

from jaxflav.inference.fitting.fisher_scoring import fit
from jaxflav.inference.fitting.problem import define_problem, fit_held
from jaxflav.inference.fitting.result import NO_PROGRESS
from jaxflav.inference.profiling.contours import contour_level, contours
from jaxflav.inference.profiling.plane import Plane, profile_plane
from jaxflav.io.errors import InputError
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood, NoSignal
from jaxflav.likelihood.pyhf_json import parse_workspace
from tests.likelihood.workspaces import _workspace


def plane_of(function, nx=121, ny=101):
    x, y = np.linspace(-3, 3, nx), np.linspace(-2, 2, ny)
    q = function(*np.meshgrid(x, y))
    return Plane("a", "b", x, y, q, (0.0, 0.0), 0.0, np.isfinite(q))


def area(loop):
    x, y = loop[:-1].T
    return abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2


def two_normals():
    """Two independent bins, each with its own strength: q is a sum of two Poisson terms."""
    channels = []
    for name, seen in (("one", 400.0), ("two", 900.0)):
        strength = {"name": f"mu_{name}", "type": "normfactor", "data": None}
        channels.append((name, [seen], [("signal", [100.0], [strength]), ("background", [100.0], [])]))
    workspace = _workspace(channels, poi="mu_one")
    return define_problem(Likelihood(build_histfactory(parse_workspace(workspace)), NoSignal()))


def test_profile_plane_by_hand():
    problem = two_normals()
    x, y = np.linspace(2, 4, 9), np.linspace(6, 10, 7)
    plane = profile_plane(problem, "mu_one", x, "mu_two", y)

    def q(mu, n):
        nu = 100 * mu + 100
        return 2 * (nu - n - n * np.log(nu / n))

    np.testing.assert_allclose(plane.q, q(x, 400)[None, :] + q(y, 900)[:, None], atol=1e-7)
    np.testing.assert_allclose(plane.best, (3.0, 8.0), atol=1e-5)
    swapped = profile_plane(problem, "mu_two", y, "mu_one", x)
    np.testing.assert_allclose(swapped.q.T, plane.q, atol=1e-8)


def test_a_plane_survives_a_free_fit_that_fails(monkeypatch):
    """Its best point is then the best one of the grid, and a remark says so."""

    def failing(problem, names=(), *arguments, **options):
        fits = fit_held(problem, names, *arguments, **options)
        if names:
            return fits
        return dataclasses.replace(fits, status=np.full_like(fits.status, NO_PROGRESS))

    monkeypatch.setattr("jaxflav.inference.profiling.plane.fit_held", failing)
    x, y = np.linspace(2, 4, 9), np.linspace(6, 10, 7)
    plane = profile_plane(two_normals(), "mu_one", x, "mu_two", y)
    assert plane.best == (x[4], y[3])
    assert "no step lowers the objective" in plane.remark
    np.testing.assert_allclose(plane.q.min(), 0.0, atol=1e-12)


@pytest.mark.slow
def test_mass_plane_against_single_fits(two_body):
    problem = define_problem(two_body, held={"mu": 1.0})
    masses, values = np.linspace(1.9, 2.3, 5), np.linspace(0, 1.6e-5, 4)
    plane = profile_plane(problem, "mass", masses, "branching_fraction", values)
    assert 2.0 < plane.best[0] < 2.3
    np.testing.assert_allclose(plane.best[1], 8.6e-6, rtol=0.05)
    k = two_body.index("branching_fraction")
    fixed = problem.fixed.copy()
    fixed[k] = True
    alone = jax.jit(fit)(two_body, masses[3], two_body.start.at[k].set(values[2]), fixed)
    np.testing.assert_allclose(plane.q[2, 3], 2 * (plane.log_likelihood - alone.log_likelihood), atol=1e-7)
    np.testing.assert_allclose(plane.q[0], plane.q[0, 0], atol=1e-7)  # without branching fraction no mass
    assert plane.q.min() >= -1e-8


def test_levels():
    np.testing.assert_allclose(contour_level(0.95), 5.991, atol=1e-3)
    np.testing.assert_allclose(contour_level(sigma=1), 2.296, atol=1e-3)
    np.testing.assert_allclose(chi2.cdf(contour_level(0.68), 2), 0.68)


def test_ellipse():
    (region,) = contours(plane_of(lambda x, y: x**2 / 0.49 + (y - 0.5) ** 2 / 0.25), 2.0)
    assert not region.cut
    assert region.holes == ()
    np.testing.assert_array_equal(region.outer[0], region.outer[-1])
    np.testing.assert_allclose(area(region.outer), np.pi * 2.0 * 0.7 * 0.5, rtol=0.01)


def test_two_pieces_and_a_ring():
    pieces = contours(plane_of(lambda x, y: ((x**2 - 2.25) ** 2 + y**2) * 4), 1.0)
    assert len(pieces) == 2
    assert {np.sign(p.outer[:, 0].mean()) for p in pieces} == {-1.0, 1.0}
    (ring,) = contours(plane_of(lambda x, y: (np.hypot(x, y) - 1.2) ** 2 * 25), 1.0)
    assert len(ring.holes) == 1
    np.testing.assert_allclose(area(ring.outer) - area(ring.holes[0]), np.pi * (1.4**2 - 1.0**2), rtol=0.01)


def test_region_that_leaves_the_grid_or_meets_failed_fits_is_cut():
    (edge,) = contours(plane_of(lambda x, y: (x - 3) ** 2 + y**2), 1.0)
    assert edge.cut
    np.testing.assert_array_equal(edge.outer[0], edge.outer[-1])
    np.testing.assert_allclose(area(edge.outer), np.pi / 2, rtol=0.01)
    (failed,) = contours(plane_of(lambda x, y: np.where(x > 0.31, np.nan, x**2 + y**2)), 1.0)
    assert failed.cut
    assert contours(plane_of(lambda x, y: 5 + x**2 + y**2), 1.0) == ()


def test_bad_input(two_body):
    problem = define_problem(two_body, held={"mu": 1.0})
    grid = np.array([1.0, 2.0])
    with pytest.raises(InputError, match="two different ones"):
        profile_plane(problem, "mass", grid, "mass", grid)
    with pytest.raises(InputError, match="below the threshold"):
        profile_plane(problem, "mass", np.array([1.0, 5.0]), "branching_fraction", grid)
    with pytest.raises(InputError, match="expected at least 2"):
        profile_plane(problem, "mass", np.array([1.0]), "branching_fraction", grid)
    with pytest.raises(InputError, match="needs a likelihood with a new particle"):
        profile_plane(two_normals(), "mass", grid, "mu_one", grid)
    with pytest.raises(InputError, match="one of them"):
        contour_level()
    with pytest.raises(InputError, match="expected one between 0 and 1"):
        contour_level(95)
