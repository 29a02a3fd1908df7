import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

from jaxflav.models.common import meson_mixing as x
from tests.models.common.points import G_F, call, check_gradients

M_W, LAMBDA = 80.369, 0.0411


def sm():
    return call(x.standard_model_coefficient, LAMBDA, M_W, G_F)


def test_standard_model():
    np.testing.assert_allclose(sm(), 7.3e-11, rtol=5e-3)
    # 1.31e-3 (4 G_F/sqrt2) lambda_t^2 of arXiv:1909.11087 is the same in its convention, C = 4 G_F/sqrt2 lambda_t^2 R
    np.testing.assert_allclose(sm(), 1.31e-3 * 4 * G_F / np.sqrt(2) * LAMBDA**2, rtol=2e-2)


def test_inami_lim_function():
    """S_0 in closed form, arXiv:hep-ph/9512380, at m_t(m_t) = 163 GeV."""
    t = (163 / M_W) ** 2
    closed = (4 * t - 11 * t**2 + t**3) / (4 * (1 - t) ** 2) - 3 * t**3 * np.log(t) / (2 * (1 - t) ** 3)
    np.testing.assert_allclose(closed, 2.31, rtol=1e-2)


@pytest.mark.parametrize("new", [0.4e-11, -2e-10, 5e-11 * np.exp(1.1j)])
def test_ratio_by_diagonalisation(new):
    """The masses of B_s and its antiparticle, mixed by M_12 proportional to the coefficient."""

    def splitting(coefficient):
        masses = np.linalg.eigvalsh(np.array([[1.0, coefficient * 1e9], [np.conj(coefficient) * 1e9, 1.0]]))
        return masses[1] - masses[0]

    expected = splitting(sm() + new) / splitting(sm())
    found = x.mass_difference_ratio(jnp.asarray(new), jnp.asarray(sm(), jnp.asarray(new).dtype))
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_vector_by_its_square():
    """-(1/(2 M^2)) J J of the real current J = sbar gamma (g_L P_L + g_R P_R) b: the square of a sum."""
    LL, RR, LR = x.vector_coefficients(jnp.asarray(0.3), jnp.asarray(-0.2), jnp.asarray(1e3))
    for L, R in ((1.0, 0.0), (0.0, 1.0), (0.7, 1.9)):
        np.testing.assert_allclose(LL * L**2 + RR * R**2 + LR * L * R, (0.3 * L - 0.2 * R) ** 2 / 2e6, rtol=1e-12)


# what each component of the leptoquark has of the coupling of down quarks, by its charge
COMPONENTS = {"S1": {"1/3": 1.0}, "S3": {"1/3": 1.0, "4/3": np.sqrt(2)}, "R2~": {"-1/3": 1.0, "2/3": 1.0}}


@pytest.mark.parametrize("name", COMPONENTS)
def test_box_of_a_leptoquark_at_zero_momentum(name):
    """Two scalars of one charge and two massless leptons: int d^4k/(2 pi)^4 k^mu k^nu/(k^4 (k^2 - M^2)^2), rotated.

    It is 1/(64 pi^2 M^2) of g^mu nu; the two diagrams over the four contractions of the operator are a factor of 1/2.
    """
    M = 2.0
    radial = quad(lambda k: k**3 * k**2 / (k**4 * (k**2 + M**2) ** 2) / 4, 0, np.inf)[0]
    box = 2 * np.pi**2 * radial / (2 * np.pi) ** 4  # with the solid angle of four dimensions
    n = sum(c**4 for c in COMPONENTS[name].values())
    found = x.leptoquark_coefficient(name, jnp.asarray(0.1), jnp.asarray(M))
    np.testing.assert_allclose(found, n * 0.1**2 * box / 2, rtol=1e-9)


def test_leptoquarks_without_a_box():
    with pytest.raises(ValueError, match="unknown scalar leptoquark with a box 'U1'"):
        x.leptoquark_coefficient("U1", jnp.asarray(0.1), jnp.asarray(1e3))


def test_gradients():
    check_gradients(lambda r: x.mass_difference_ratio(r, jnp.asarray(1.0)), (0.3,))
    check_gradients(lambda y, m: x.leptoquark_coefficient("S1", y, m), (0.3, 2.0))
    assert jax.grad(x.mass_difference_ratio)(-1.0, 1.0) == 0
    assert np.isnan(x.mass_difference_ratio(jnp.asarray(np.nan), jnp.asarray(1.0)))
    assert np.isnan(call(lambda y, m: x.leptoquark_coefficient("S1", y, m), 0.1, -2.0))
