import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.special import kve

from jaxflav.models.common import cosmology as c
from jaxflav.models.common.boltzmann import boltzmann_density
from jaxflav.models.common.numbers import numbers, table
from jaxflav.models.common.relic_density import freeze_out, relic_density
from jaxflav.models.common.thermal_averages import heavier_channel, narrow_average
from tests.helpers import CountedJit, finite_difference

CM3 = 1.16733e-17  # of 1 GeV^-2 c
CONSTANT = 2.2e-26 / CM3


def constant(solver, m, average, **options):
    return solver(lambda T: average * jnp.ones_like(T), m, self_conjugate=True, **options)


def p_wave(solver, m, b):
    return solver(lambda T: b * 6 * T / m, m, self_conjugate=True)


def resonance(solver, m, M, width):
    return solver(lambda T: narrow_average(m, T, M, width, 1.0, spin=1), m, self_conjugate=False)


def jitted(solver, kind):
    """Logarithm of the density and its gradient, as functions of the logarithms of all arguments, compiled once."""
    return jax.jit(jax.value_and_grad(lambda x: jnp.log(kind(solver, *jnp.exp(x)))))


GRADIENTS = {
    solver: {kind: jitted(solver, kind) for kind in (constant, p_wave, resonance)}
    for solver in (relic_density, boltzmann_density)
}


def omega(solver, kind, *values):
    return np.exp(GRADIENTS[solver][kind](jnp.log(jnp.asarray(values, float)))[0])


def narrow_by_scipy(m, T, M, width):
    return (
        3 * M**2 * width * 2 * np.pi**2 / (4 * m**4 * T) * kve(1, M / T) / kve(2, m / T) ** 2 * np.exp((2 * m - M) / T)
    )


def by_radau(m, average, species):
    """Stiff integration of ln Y in ln x."""
    t = table("degrees_of_freedom.yaml").columns
    at = lambda name, T: np.interp(np.log(T), np.log(t["temperature"]), t[name])

    def log_equilibrium(x):
        return np.log(45 / (4 * np.pi**4) * 2 * x**2 * kve(2, x) / at("h_eff", m / x)) - x

    def slope(log_x, log_y):
        x = np.exp(log_x)
        strength = np.sqrt(np.pi / 45) * 1.22089e19 * m * at("root_g_star", m / x) * average(m / x) / x
        return -strength * (np.exp(log_y) - np.exp(2 * log_equilibrium(x) - log_y))

    edges = np.log([2.0, 6e4])
    found = solve_ivp(slope, edges, [log_equilibrium(2.0)], method="Radau", rtol=1e-7, atol=1e-9)
    assert found.success
    return species * 2.7424e8 * m * np.exp(found.y[0, -1])


def test_rate_equation_against_stiff_integration():
    expected = by_radau(10.0, lambda T: CONSTANT, 1)
    np.testing.assert_allclose(omega(boltzmann_density, constant, 10.0, CONSTANT), expected, rtol=1e-4)
    expected = by_radau(0.95, lambda T: narrow_by_scipy(0.95, T, 2.1, 1e-10), 2)
    np.testing.assert_allclose(omega(boltzmann_density, resonance, 0.95, 2.1, 1e-10), expected, rtol=2e-4)


@pytest.mark.parametrize(
    ("m", "published", "digits"), [(1.0, 0.22586, 3e-4), (10.0, 0.1241, 1e-4), (100.0, 0.11099, 1e-4)]
)
def test_published_s_waves(m, published, digits):
    """The value at 1 GeV is 0.22591 by the rate equation: the last digits are not reproduced."""
    np.testing.assert_allclose(omega(boltzmann_density, constant, m, CONSTANT), published, rtol=digits)
    np.testing.assert_allclose(omega(relic_density, constant, m, CONSTANT), published, rtol=5e-3)


def test_p_wave_by_stiff_integration():
    expected = by_radau(10.0, lambda T: 1e-8 * 6 * T / 10.0, 1)
    np.testing.assert_allclose(omega(relic_density, p_wave, 10.0, 1e-8), expected, rtol=1e-2)


def test_published_resonance():
    np.testing.assert_allclose(omega(boltzmann_density, resonance, 0.95, 2.1, 1e-10), 0.6669, rtol=2e-4)


def test_complete_point_of_the_top_partner():
    """Its widths into X, leptons, hadrons and neutrinos in GeV; what counts is BR(X X) times that into the rest."""
    X, rest = 5.59871e-07, 4.37369e-10 + 4.79626e-10 + 4.46206e-13
    found = omega(boltzmann_density, resonance, 0.95, 2.1, X * rest / (X + rest))
    np.testing.assert_allclose(found, 0.113337, rtol=1.5e-4)


@pytest.mark.parametrize(("m", "accuracy"), [(0.8, 0.12), (0.95, 0.03), (1.04, 5e-3)])
def test_root_through_the_resonance(m, accuracy):
    exact, found = (omega(solver, resonance, m, 2.1, 1e-10) for solver in (boltzmann_density, relic_density))
    np.testing.assert_allclose(found, exact, rtol=accuracy)


@pytest.mark.parametrize(
    ("m", "width"),
    [(0.88, 5.36e-8), (0.90, 1.58e-8), (0.95, 8.53e-10), (1.0, 4.88e-11), (1.02, 1.41e-11), (1.04, 2.83e-12)],
)
def test_widths_for_the_observed_density(m, width):
    """The table of the U(1)' model, by the rate equation and by the root in the accuracy of both."""
    np.testing.assert_allclose(omega(boltzmann_density, resonance, m, 2.1, width), 0.12, rtol=1e-2)
    np.testing.assert_allclose(omega(relic_density, resonance, m, 2.1, width), 0.12, rtol=7e-2)


CASES = [
    (relic_density, constant, (10.0, CONSTANT)),
    (relic_density, p_wave, (10.0, 1e-8)),
    (relic_density, resonance, (0.95, 2.1, 8e-10)),
    (boltzmann_density, resonance, (0.95, 2.1, 8e-10)),
]


@pytest.mark.parametrize(("solver", "kind", "point"), CASES)
def test_gradients(solver, kind, point):
    """The table of degrees of freedom has kinks, so the step is short."""
    logarithms, function = np.log(point), GRADIENTS[solver][kind]
    _, found = function(jnp.asarray(logarithms))
    for slope, unit in zip(found, np.eye(len(point)), strict=True):
        along = lambda y, unit=unit: function(jnp.asarray(logarithms + y * unit))[0]
        np.testing.assert_allclose(slope, finite_difference(along, 0.0, step=1e-5), rtol=1e-4, atol=1e-6)


def test_scalar_below_its_channels():
    """Kaons and eta, C_ss = 0.1/TeV and m = 0.7 GeV: 0.1774 with the degrees of freedom of an ideal gas of hadrons.

    With those of the table it is 1 % lower; C_ss for the observed density is 0.122/TeV in both.
    """
    B0, m = 2.5374065, 0.7

    def average(T, C):
        kaons, eta = (heavier_channel(m / T, (M / m) ** 2) for M in (0.49564, 0.54786))
        return (B0 * C) ** 2 * (2 * kaons + (4 / 3) ** 2 / 2 * eta) / (64 * jnp.pi * m**2)

    def density(C):
        return relic_density(jnp.vectorize(lambda T: average(T, C)), m, self_conjugate=True, degrees=1.0)

    function = jax.jit(density)
    np.testing.assert_allclose(average(jnp.asarray(m / 20), 1e-4), 2.307105e-9, rtol=3e-7)
    np.testing.assert_allclose(function(1e-4), 0.1774, rtol=1.5e-2)
    np.testing.assert_allclose(function(1.22e-4), 0.12, rtol=1e-2)


def test_no_freeze_out_gives_no_number():
    for average in (1e-25, 0.0, np.nan):
        assert np.isnan(omega(relic_density, constant, 10.0, average))
    assert np.isnan(omega(relic_density, constant, np.nan, CONSTANT))
    assert np.isnan(omega(boltzmann_density, constant, 10.0, np.nan))


def test_one_trace_and_maps():
    function = CountedJit(jax.vmap(lambda m: freeze_out(lambda T: CONSTANT * jnp.ones_like(T), m)))
    found = function(jnp.asarray([1.0, 10.0, 100.0]))
    assert 19 < found[0] < found[1] < found[2] < 30
    assert np.isnan(function(jnp.asarray([1.0, np.nan, 100.0]))).tolist() == [False, True, False]
    assert function.traces == 1


def test_cosmology():
    M = numbers("cosmology.yaml")
    hbar_c, c_light = 1.973269804e-14, 2.99792458e10  # GeV cm, cm/s
    np.testing.assert_allclose(M["cm2"].value, hbar_c**2, rtol=1e-5)
    np.testing.assert_allclose(M["cm3_per_s"].value, hbar_c**2 * c_light, rtol=1e-5)
    # rho_c/h^2 = 1.05368e-5 GeV/cm^3 and s_0 = 2891 cm^-3
    np.testing.assert_allclose(M["density_per_yield"].value, 2891 / 1.05368e-5, rtol=1e-3)
    for T, root, h in ((0.1, 4.67508, 17.3825), (1e-5, 3.2995, 10.6366), (1e5, 10.3358, 106.78)):
        np.testing.assert_allclose([c.root_g_star(T), c.h_eff(T)], [root, h], rtol=1e-12)
    # g_*^(1/2) = h/g^(1/2) (1 + d ln h/d ln T/3) between two rows
    T = 0.6
    slope = jax.grad(lambda y: jnp.log(c.h_eff(jnp.exp(y))))(np.log(T))
    np.testing.assert_allclose(c.root_g_star(T), c.h_eff(T) / np.sqrt(c.g_eff(T)) * (1 + slope / 3), rtol=1e-2)
    expected = np.log(45 / (4 * np.pi**4) * 2 * 400 * kve(2, 20.0) / np.interp(np.log(0.05), *_rows())) - 20
    np.testing.assert_allclose(c.log_equilibrium_yield(20.0, 1.0, 2.0), expected, rtol=1e-12)


def _rows():
    t = table("degrees_of_freedom.yaml").columns
    return np.log(t["temperature"]), t["h_eff"]
