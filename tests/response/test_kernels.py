"""Kernels against the published simulation, direct integration, and at all delicate points."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from jaxflav.io.errors import InputError
from jaxflav.response.efficiency import Efficiency
from jaxflav.response.kernels import (
    GaussianSmearing,
    InclusiveTagSmearing,
    NoSmearing,
    TabulatedSmearing,
    bin_shares,
)
from tests.helpers import assert_gradient

HEPDATA = Path(__file__).parents[1] / "data" / "hepdata_166082"
KINEMATICS = {"sqrt_s": 10.579, "m_parent": 5.27941, "m_daughter": 0.493677}
END = (5.27941 - 0.493677) ** 2
ITA_EDGES = np.array([-1.0, 4.0, 8.0, 25.0])
EVERYTHING = np.array([-np.inf, 0.0, 4.0, 8.0, 12.5, 22.0, np.inf])


jitted_shares = jax.jit(bin_shares)


def tabulated():
    rng = np.random.default_rng(1)
    return TabulatedSmearing(Efficiency(jnp.asarray(rng.normal(size=(6, 13))), 0.0, 22.9, (1.0,) * 6))


KERNELS = {
    "none": NoSmearing(),
    "gaussian": GaussianSmearing(0.3, 0.05),
    "box": InclusiveTagSmearing(**KINEMATICS),
    "folded box": InclusiveTagSmearing(**KINEMATICS, resolution=0.05),
    "tabulated": tabulated(),
}
CENTRE_AT_END = float(KERNELS["box"].box(jnp.asarray([END]))[0][0])


def published_shares():
    """Centres of the bins of generated q2, and shares of the three q2_rec bins in the simulation of Belle II."""
    rows = [np.loadtxt(HEPDATA / f"number_density_ita_reg{r}.csv", delimiter=",", ndmin=2)[:, 1:] for r in "AB"]
    stacked = np.vstack(rows)  # q2_rec is the fastest index
    in_bins = stacked.reshape(-1, 3, 100).sum(axis=0)[:, :80]  # simulated events are scarce beyond
    edges = np.linspace(0.0, 22.885, 101)
    return (edges[1:] + edges[:-1])[:80] / 2, in_bins / in_bins.sum(axis=0)


# the table of the box kernel and of the simulation at the generated q2 nearest to these, and how far they may differ
@pytest.mark.parametrize(
    ("q2", "box"),
    [
        (3.0, (0.824, 0.176, 0.000)),
        (3.5, (0.663, 0.337, 0.000)),
        (4.4, (0.355, 0.645, 0.000)),
        (5.0, (0.136, 0.864, 0.000)),
        (7.0, (0.000, 0.883, 0.117)),
        (7.5, (0.000, 0.690, 0.310)),
        (8.5, (0.000, 0.274, 0.726)),
        (9.0, (0.000, 0.048, 0.952)),
    ],
)
def test_box_against_published_joint_density(q2, box):
    centres, simulation = published_shares()
    nearest = int(np.argmin(np.abs(centres - q2)))
    at = centres[nearest]
    ours = np.asarray(bin_shares(KERNELS["box"], ITA_EDGES, [at]))[:, 0]
    np.testing.assert_allclose(ours, simulation[:, nearest], atol=0.03)
    # the values of the table are at the centres of the generated bins, up to rounding of q2 to 0.1
    np.testing.assert_allclose(ours, box, atol=0.04)


def test_box_is_the_decay_of_a_moving_meson(rng):
    """Kaon energies of isotropic decays, boosted with plain four-vectors."""
    m_b, m_k, sqrt_s = 5.27941, 0.493677, 10.579
    for q2 in (0.0, 4.4, 15.0):
        energy = (m_b**2 + m_k**2 - q2) / (2 * m_b)
        momentum = np.sqrt(energy**2 - m_k**2)
        cosine = (np.arange(200_000) + 0.5) / 100_000 - 1
        boosted = (sqrt_s / 2 * energy + np.sqrt(sqrt_s**2 / 4 - m_b**2) * momentum * cosine) / m_b
        reconstructed = sqrt_s**2 / 4 + m_k**2 - sqrt_s * boosted
        counts, _ = np.histogram(reconstructed, ITA_EDGES)
        ours = bin_shares(KERNELS["box"], ITA_EDGES, [q2])[:, 0]
        np.testing.assert_allclose(ours, counts / len(cosine), atol=2e-5)  # steps of the grid


@pytest.mark.parametrize("q2", [0.0, 3.0, 12.0, 22.5, END - 0.01, END - 1e-4, END - 1e-9, END])
@pytest.mark.parametrize("resolution", [0.01, 0.05, 0.5, 3.0])
def test_folded_box_against_integration(q2, resolution):
    kernel = InclusiveTagSmearing(**KINEMATICS, resolution=resolution)
    centre, width2 = (float(a[0]) for a in kernel.box(jnp.asarray([q2])))
    width = np.sqrt(width2)
    for edge in (centre - 2.5 * resolution, centre + 0.3 * resolution, centre + width, centre + 2 * width):
        average = norm.cdf(edge, centre, resolution)
        if width > 1e-6:
            points = np.clip([edge - resolution, edge, edge + resolution], centre - width, centre + width)
            integral, _ = quad(
                lambda c, edge=edge: norm.cdf(edge, c, resolution),
                centre - width,
                centre + width,
                points=points,
                epsabs=0,
                epsrel=1e-12,
                limit=200,
            )
            average = integral / (2 * width)
        ours = jitted_shares(kernel, [-np.inf, edge], [q2])[0, 0]
        np.testing.assert_allclose(ours, average, atol=2e-12)


@pytest.mark.parametrize("name", KERNELS)
def test_events_are_conserved(name):
    q2 = np.concatenate([np.linspace(0.0, END, 2001), [END - 1e-9, END, END + 1e-9, 24.0]])
    total = bin_shares(KERNELS[name], EVERYTHING, q2).sum(axis=0)
    np.testing.assert_allclose(total, 1.0, atol=1e-12)


@pytest.mark.parametrize("name", KERNELS)
def test_shares_and_derivatives_are_finite_at_every_delicate_point(name):
    kernel = KERNELS[name]
    edges = np.sort(np.append(EVERYTHING[:-2], [CENTRE_AT_END, np.inf]))
    points = [0.0, END, CENTRE_AT_END, *ITA_EDGES[1:], 22.885]
    q2 = jnp.asarray([p + d for p in points for d in (-1e-3, -1e-9, -1e-15, 0.0, 1e-15, 1e-9, 1e-3)])
    value, slope = jax.jvp(lambda x: bin_shares(kernel, edges, x), (q2,), (jnp.ones_like(q2),))
    assert np.all(np.isfinite(value)) & np.all(np.isfinite(slope))
    assert np.all(value > -1e-12)
    gradient = jax.grad(lambda x: bin_shares(kernel, edges, x)[1].sum())(q2)
    assert np.all(np.isfinite(gradient))


@pytest.mark.parametrize("name", ["gaussian", "folded box", "tabulated"])
@pytest.mark.parametrize("q2", [1e-3, 2.0, 4.0, 7.9999, 8.0, 12.5, 22.0])
def test_derivatives_of_smooth_kernels(name, q2):
    # the spline of the tabulated kernel has knots where a difference of fourth order is one of second order
    assert_gradient(
        jax.jit(lambda x: bin_shares(KERNELS[name], EVERYTHING, jnp.reshape(x, (1,)))[:, 0]), q2, step=1e-5, atol=1e-7
    )


@pytest.mark.parametrize("offset", [-1e-2, -1e-3, -3e-4, -1e-4])
def test_derivative_of_the_folded_box_near_the_end_point(offset):
    """It approaches the derivative at the end point: the shares depend on the squared width of the box."""
    kernel = InclusiveTagSmearing(**KINEMATICS, resolution=0.5)
    edges = np.array([-np.inf, CENTRE_AT_END, np.inf])
    assert_gradient(
        jax.jit(lambda x: bin_shares(kernel, edges, jnp.reshape(x, (1,)))[:, 0]), END + offset, step=1e-6, atol=1e-7
    )


def test_none_is_a_histogram(rng):
    q2 = rng.uniform(-2, 24, size=500)
    shares = bin_shares(KERNELS["none"], ITA_EDGES, q2)
    np.testing.assert_array_equal(shares.sum(axis=1), np.histogram(q2, ITA_EDGES)[0])
    np.testing.assert_array_equal(bin_shares(KERNELS["none"], ITA_EDGES, [4.0])[:, 0], [0, 1, 0])


def test_gaussian_against_scipy():
    q2 = np.array([0.0, 3.9, 4.0, 20.0])
    cumulative = norm.cdf(ITA_EDGES[:, None], q2 + 0.05, 0.3)
    np.testing.assert_allclose(bin_shares(KERNELS["gaussian"], ITA_EDGES, q2), np.diff(cumulative, axis=0), atol=1e-14)


def test_bad_kernels():
    with pytest.raises(InputError, match="expected a positive number"):
        GaussianSmearing(0.0)
    with pytest.raises(InputError, match="no pairs"):
        InclusiveTagSmearing(10.0, 5.28, 0.49)
    with pytest.raises(InputError, match="3 bins of q2_rec, but the joint density has 6"):
        bin_shares(KERNELS["tabulated"], ITA_EDGES, [1.0])


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=list(KERNELS))
def test_nan_is_in_no_bin_and_in_all(kernel):
    shares = jitted_shares(kernel, EVERYTHING, np.array([7.0, np.nan]))
    assert np.all(np.isfinite(shares[:, 0]))
    assert np.all(np.isnan(shares[:, 1]))
    # one bin that covers everything has a share of 1 without looking
    if not isinstance(kernel, TabulatedSmearing):
        assert np.all(np.isnan(jitted_shares(kernel, np.array([-np.inf, np.inf]), np.array([np.nan]))))
