import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

from jaxflav.io.errors import InputError
from jaxflav.spectra.visibility import Visibility, escape_probability, missing_alone, missing_pair
from tests.helpers import ROUNDING, assert_gradient, assert_nan

M_B, M_K = 5.279, 0.494


def kaon_momentum(q2):
    return np.sqrt(((M_B - M_K) ** 2 - q2) * ((M_B + M_K) ** 2 - q2)) / (2 * M_B)


def test_escape_by_sampling_flight_distances(rng):
    mass, momentum, c_tau, length = 0.6, 2.0, 0.4, 1.5
    flights = rng.exponential(momentum / mass * c_tau, 400_000)
    found = escape_probability(jnp.asarray(mass), jnp.asarray(momentum), jnp.asarray(c_tau), jnp.asarray(length))
    np.testing.assert_allclose(found, np.mean(flights > length), atol=4 * np.sqrt(0.25 / 400_000))


@pytest.mark.parametrize(
    ("mass", "momentum", "c_tau", "expected"),
    [
        (0.6, 2.0, 0.0, 0.0),
        (0.6, 2.0, 1e-300, 0.0),
        (0.6, 2.0, np.inf, 1.0),
        (0.6, 2.0, 1e300, 1.0),
        (0.6, 0.0, 1.0, 0.0),
        (0.6, 0.0, np.inf, 0.0),
        (0.0, 2.0, 1.0, 1.0),
    ],
)
def test_limits_have_finite_derivatives(mass, momentum, c_tau, expected):
    arguments = [jnp.asarray(x) for x in (mass, momentum, c_tau, 1.0)]
    assert escape_probability(*arguments) == expected
    assert np.all(np.isfinite(jax.grad(escape_probability, argnums=(0, 1, 2, 3))(*arguments)))


def test_gradients():
    for i, x in enumerate((0.6, 2.0, 0.5, 1.5)):

        def f(value, i=i):
            arguments = [jnp.asarray(a) for a in (0.6, 2.0, 0.5, 1.5)]
            arguments[i] = value
            return escape_probability(*arguments)

        assert_gradient(f, x)


@pytest.mark.parametrize("boost", [0.0, 0.28])
@pytest.mark.parametrize("c_tau", [0.05, 0.5, 20.0])
def test_averages_against_sampled_decays(rng, boost, c_tau):
    """Momenta of the chain, boosted one by one as four-vectors."""
    n, q2, mass, length, invisible = 200_000, 7.0, 0.6, 1.2, 0.2
    p = kaon_momentum(q2)

    def directions():
        c, phi = rng.uniform(-1, 1, n), rng.uniform(0, 2 * np.pi, n)
        s = np.sqrt(1 - c**2)
        return np.stack([s * np.cos(phi), s * np.sin(phi), c], axis=1)

    def boosted(momentum, m, u):
        """Seen from the frame in which the system moves with gamma beta u, (n, 3)."""
        energy = np.sqrt(m**2 + np.sum(momentum**2, axis=1))
        gb2 = np.sum(u**2, axis=1)
        along = np.sum(momentum * u, axis=1)
        gamma = np.sqrt(1 + gb2)
        return momentum + u * (along / (gamma + 1) + energy)[:, None]

    def missed(momentum, m):
        r = np.linalg.norm(momentum, axis=1)
        escape = np.exp(-length * m / (r * c_tau))
        return invisible + (1 - invisible) * escape

    z = np.tile([0.0, 0, boost], (n, 1))
    pair = directions() * p
    x = directions() * np.sqrt(q2 / 4 - mass**2)
    both = [boosted(boosted(s * x, mass, pair / np.sqrt(q2)), mass, z) for s in (1, -1)]
    expected = missed(both[0], mass) * missed(both[1], mass)
    v = Visibility(invisible_fraction=invisible, c_tau=c_tau, length=length, boost=boost)
    m = jnp.asarray(mass)
    found = missing_pair(v, (m, m), jnp.asarray(q2), jnp.asarray(p))
    np.testing.assert_allclose(found, expected.mean(), atol=4 * expected.std() / np.sqrt(n) + 1e-4)
    # one unstable particle of a pair: sterile with active neutrino
    k = (q2 - mass**2) / (2 * np.sqrt(q2))
    x = boosted(boosted(directions() * k, mass, pair / np.sqrt(q2)), mass, z)
    one = missed(x, mass)
    found = missing_pair(v, (m, jnp.zeros(())), jnp.asarray(q2), jnp.asarray(p))
    np.testing.assert_allclose(found, one.mean(), atol=4 * one.std() / np.sqrt(n) + 1e-4)
    # a single particle
    single = missed(boosted(directions() * p, np.sqrt(q2), z), np.sqrt(q2))
    found = missing_alone(v, jnp.sqrt(jnp.asarray(q2)), jnp.asarray(p))
    np.testing.assert_allclose(found, single.mean(), atol=4 * single.std() / np.sqrt(n) + 1e-5)


def test_alone_in_a_moving_frame_against_quad():
    mass, p, boost = 2.1, 1.5, 0.28
    energy, gamma = np.hypot(mass, p), np.hypot(1, boost)

    def probability(cosine):
        lab = np.sqrt((gamma * energy + boost * p * cosine) ** 2 - mass**2)
        return np.exp(-1.0 * mass / (lab * 0.7)) / 2

    v = Visibility(c_tau=0.7, length=1.0, boost=boost)
    found = missing_alone(v, jnp.asarray(mass), jnp.asarray(p))
    np.testing.assert_allclose(found, quad(probability, -1, 1)[0], rtol=1e-9)
    at_rest = missing_alone(Visibility(c_tau=0.7), jnp.asarray(mass), jnp.asarray(p))
    np.testing.assert_allclose(at_rest, np.exp(-mass / (p * 0.7)), rtol=ROUNDING)


@pytest.mark.parametrize("c_tau", [0.0, 1e-300, 0.3, 1e300, np.inf])
def test_pair_is_differentiable_everywhere(c_tau):
    def f(c_tau, mass, q2, boost):
        v = Visibility(c_tau=c_tau, length=1.0, boost=boost)
        return missing_pair(v, (mass, mass), q2, jnp.asarray(1.0))

    for q2 in (1.0, 1.44, 7.0):
        for mass in (0.0, 0.6):
            for boost in (0.0, 0.28):
                arguments = [jnp.asarray(x) for x in (c_tau, mass, q2, boost)]
                assert 0 <= float(f(*arguments)) <= 1 + 1e-12
                assert np.all(np.isfinite(jax.grad(f, argnums=(0, 1, 2, 3))(*arguments)))
    if c_tau == 0.3:
        assert_gradient(lambda c: f(c, jnp.asarray(0.6), jnp.asarray(7.0), jnp.asarray(0.1)), 0.3)
    else:
        assert f(*(jnp.asarray(x) for x in (c_tau, 0.6, 7.0, 0.0))) == pytest.approx(0.0 if c_tau < 1 else 1.0)


@pytest.mark.parametrize("bad", [{"c_tau": -1.0}, {"invisible_fraction": 1.2}, {"length": np.nan}, {"boost": [0, 1]}])
def test_bad_numbers(bad):
    with pytest.raises(InputError, match=next(iter(bad))):
        Visibility(**bad)


def test_nan_gives_nan():
    for momentum, c_tau in ((2.0, 0.5), (2.0, 0.0), (0.0, 0.5)):
        assert_nan(escape_probability, 0.6, momentum, c_tau, 1.5)
    v = Visibility(invisible_fraction=0.2, c_tau=0.5, length=1.2, boost=0.28)
    assert_nan(missing_alone, v, 0.6, 2.0)
    for masses in ((0.6, 0.6), (0.6, 0.0)):
        assert_nan(lambda v, first, q2, p, second=masses[1]: missing_pair(v, (first, second), q2, p), v, 0.6, 7.0, 1.5)
