import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

from jaxflav.models.common import escape as e
from tests.models.common.points import call, check_gradients, finite_everywhere, propagates_nan

M_B, M_K, BOOST = 5.27941, 0.493677, 0.283733


def fraction(mass, length, radius, boost, **options):
    return e.escape_fraction(mass, length, radius, boost, m_B=M_B, m_K=M_K, **options)


@pytest.mark.parametrize(
    ("mass", "c_tau", "expected"),
    [
        (2.1, 1.0, "0.0699564"),
        (0.3, 0.05, "0.00180857"),
        (2.1, 65.0, "0.957308"),
        (1.0, 0.5, "0.1031981"),
    ],
)
def test_published_values(mass, c_tau, expected):
    np.testing.assert_allclose(call(fraction, mass, c_tau, 3.0, BOOST), float(expected), rtol=4e-6)


def path_of_cylinder(k, radius, forward, backward):
    """Where a straight line from the origin leaves a cylinder, by the two walls."""
    with np.errstate(divide="ignore"):
        barrel = radius / np.hypot(k[:, 0], k[:, 1])
        end = np.where(k[:, 2] > 0, forward, backward) / abs(k[:, 2])
    return np.minimum(barrel, end) * np.linalg.norm(k, axis=1)


@pytest.mark.parametrize("cylinder", [None, (1.9, 1.1)])
@pytest.mark.parametrize("moving", [False, True])
def test_against_thrown_decays(rng, cylinder, moving):
    """In three dimensions; with the momentum of B in the frame of the Upsilon(4S) the sheet states 1 %."""
    n, mass, c_tau, radius = 200_000, 2.1, 1.0, 1.3
    p = np.sqrt((M_B**2 - (mass + M_K) ** 2) * (M_B**2 - (mass - M_K) ** 2)) / (2 * M_B)

    def isotropic(size, cosines=None):
        c = rng.uniform(-1, 1, size) if cosines is None else cosines
        phi = rng.uniform(0, 2 * np.pi, size)
        return np.stack([np.sqrt(1 - c**2) * np.cos(phi), np.sqrt(1 - c**2) * np.sin(phi), c], axis=1)

    def boosted(k, energy, u):
        gamma = np.sqrt(1 + np.sum(u**2, axis=1))
        along = np.sum(k * u, axis=1)
        return k + u * (along / (gamma + 1) + energy)[:, None], gamma * energy + along

    k, energy = isotropic(n) * p, np.full(n, np.hypot(p, mass))
    if moving:
        cosines = 2 * rng.beta(2, 2, n) - 1  # sin^2
        k, energy = boosted(k, energy, isotropic(n, cosines) * 0.33 / M_B)
    k, _ = boosted(k, energy, np.tile([0.0, 0, BOOST], (n, 1)))
    path = np.full(n, radius) if cylinder is None else path_of_cylinder(k, radius, *cylinder)
    thrown = np.exp(-path * mass / (np.linalg.norm(k, axis=1) * c_tau))
    found = call(fraction, mass, c_tau, radius, BOOST, cylinder=cylinder)
    error = 4 * np.std(thrown) / np.sqrt(n)
    # the kink of a cylinder at its edge is averaged to 1e-3
    np.testing.assert_allclose(found, np.mean(thrown), atol=error, rtol=1e-2 if moving else 1e-3 if cylinder else 0)


def test_colliders():
    energies = {"SuperKEKB": (7.007, 4.002), "KEKB": (8.0, 3.5), "PEP-II": (9.0, 3.1)}
    for name, (high, low) in energies.items():
        np.testing.assert_allclose(e.boost(name), (high - low) / np.sqrt(4 * high * low), rtol=5e-3)
        assert e.radius(name, -9.0) < e.radius(name) < e.radius(name, 9.0)
    np.testing.assert_allclose([e.radius("SuperKEKB", x) for x in (-9.0, 0.0, 9.0)], [1.25, 2.275, 3.3])
    with pytest.raises(ValueError, match="unknown collider 'KEK': did you mean KEKB"):
        e.boost("KEK")


def test_radius_is_flat_for_a_normal_nuisance():
    density = lambda x: np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    moments = [quad(lambda x, n=n: float(e.radius("KEKB", x)) ** n * density(x), -8, 8)[0] for n in (1, 2)]
    np.testing.assert_allclose(moments, [(1.25 + 3.3) / 2, (3.3**3 - 1.25**3) / 3 / (3.3 - 1.25)], rtol=1e-7)


def test_decay_length_of_a_width():
    np.testing.assert_allclose(call(e.c_tau, 5.6e-7), 1.973269804e-16 / 5.6e-7)
    assert call(e.c_tau, 0.0) == np.inf
    assert np.isnan(call(e.c_tau, -1.0))
    check_gradients(lambda x: e.c_tau(x * 1e-16), (2.0,))


def test_what_is_measured():
    """The complete point of the axion-like particle: BR 1.69077e-5, BR_inv 0.149254, P 0.994118."""
    found = call(e.missing_branching_fraction, 1.69077e-05, 0.149254, 0.994118)
    np.testing.assert_allclose(found, 1.68231e-05, rtol=5e-6)
    np.testing.assert_allclose(call(fraction, 2.0, 450.079, 3.0, BOOST), 0.994118, rtol=1e-6)
    np.testing.assert_allclose(call(e.displaced_branching_fraction, 2.0, 0.5, 0.7, 0.1), 0.6)


def test_gradients():
    arguments = (2.1, 1.0, 2.3, BOOST)
    cylindrical = lambda *x: fraction(*x, cylinder=(1.9, 1.1))
    check_gradients(fraction, arguments)
    check_gradients(cylindrical, arguments, step=1e-6, rtol=1e-5)
    for mass, length in ((0.0, 1.0), (M_B - M_K, 1.0), (5.2, 1.0), (2.1, 0.0), (2.1, 1e-300), (2.1, 1e300)):
        assert finite_everywhere(fraction, mass, length, 2.3, 0.3)
        assert finite_everywhere(cylindrical, mass, length, 2.3, 0.3)
    assert call(fraction, 2.1, jnp.inf, 2.3, 0.3) == 1
    assert propagates_nan(fraction, *arguments)
    assert np.isnan(call(fraction, -2.1, 1.0, 2.3, 0.3))
