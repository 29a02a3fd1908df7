"""One signal, four ways to its rates: they agree, and with hypotheses that say the same in other words."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.experiments.combination import combine, load_experiments
from jaxflav.experiments.variants import with_free_mass
from jaxflav.form_factors.files import load_form_factors
from jaxflav.hypotheses.rate import BranchingFraction
from jaxflav.hypotheses.text import hypothesis_of
from jaxflav.hypotheses.user import hypothesis
from jaxflav.inputs.parameters import load_parameters
from jaxflav.io.errors import InputError
from jaxflav.likelihood.likelihood import log_likelihood
from tests.helpers import assert_gradient

MASSES = (0.1, 0.4, 1.37, 2.3, 2.3927, 2.5)  # of a pair, the last ones close to and beyond the threshold
value = jax.jit(log_likelihood)


@pytest.fixture(scope="module")
def theory():
    return load_parameters(), [load_form_factors("HPQCD2022+FLAG2021")]


@pytest.fixture(scope="module")
def experiments():
    return load_experiments(["babar-2013:K+"])


@pytest.fixture(scope="module")
def pair(experiments, theory):
    return combine(experiments, *theory, hypothesis_of("fermion-pair", ["f_VV", "f_VA"]))


@pytest.fixture(scope="module")
def free(pair, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield with_free_mass(pair)


def somewhere(likelihood, rng):
    x = np.array(likelihood.start)
    x[: likelihood.signal.n_free] *= rng.uniform(0.5, 2.0, likelihood.signal.n_free)
    x[likelihood.signal.n_free :] += 0.3 * rng.normal(size=len(x) - likelihood.signal.n_free)
    return x


def with_mass(likelihood, x, mass):
    return jnp.asarray(np.insert(x, likelihood.index("mass"), mass))


def test_a_free_mass_is_a_parameter(pair, free):
    assert free.signal.names[:4] == ("mu", "f_VV", "f_VA", "mass")
    assert free.signal.n_free == pair.signal.n_free + 1
    k = free.index("mass")
    assert (float(free.lower[k]), float(free.upper[k])) == (0.0, float(pair.signal.threshold))


def test_tables_are_the_rates(pair, free, rng):
    direct = with_free_mass(pair, tables=False)
    for mass in MASSES:
        x = somewhere(pair, rng)
        held = value(pair, jnp.asarray(x), jnp.asarray(mass))
        y = with_mass(free, x, mass)
        np.testing.assert_allclose(value(free, y), held, rtol=0, atol=1e-6)
        np.testing.assert_allclose(value(direct, y), held, rtol=1e-13)


def test_slopes_of_tables(pair, free, rng):
    slope, by_context = jax.jit(jax.grad(log_likelihood, argnums=1)), jax.jit(jax.grad(log_likelihood, argnums=2))
    for mass in MASSES:
        x = somewhere(pair, rng)
        found = slope(free, with_mass(free, x, mass))
        assert np.all(np.isfinite(found))
        expected = by_context(pair, jnp.asarray(x), jnp.asarray(mass))
        np.testing.assert_allclose(found[free.index("mass")], expected, rtol=1e-5, atol=1e-5)


def test_impossible_masses_are_no_numbers(pair, free, rng):
    x = somewhere(pair, rng)
    for mass in (np.nan, -0.4):
        assert np.isnan(value(free, with_mass(free, x, mass)))


def test_a_table_is_kept_and_a_broken_one_is_made_anew(pair, theory, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = with_free_mass(pair)
    (file,) = (tmp_path / "jaxflav" / "tables").iterdir()
    before = file.stat().st_mtime_ns
    with_free_mass(pair)
    assert file.stat().st_mtime_ns == before
    file.write_bytes(file.read_bytes()[:1000])
    again = with_free_mass(pair)
    for a, b in zip(jax.tree.leaves(first.signal.prepared), jax.tree.leaves(again.signal.prepared), strict=True):
        np.testing.assert_array_equal(a, b)


def mixing(g, theta, mass):
    return {"f_VV": g * jnp.cos(theta), "f_VA": g * jnp.sin(theta), "mass": mass}


ANGLES = {"g": (0.0, 10.0, 2.0), "theta": (0.0, 6.0, 0.4), "mass": (0.0, 2.3, 0.6)}


def test_a_function_of_the_user_is_the_built_in_hypothesis(pair, experiments, theory, rng):
    ours = combine(experiments, *theory, hypothesis(mixing, ANGLES))
    assert ours.signal.source == "held"
    x = somewhere(pair, rng)
    y = x.copy()
    y[1], y[2] = np.hypot(x[1], x[2]), np.arctan2(x[2], x[1])
    for mass in MASSES[:-1]:
        held = value(pair, jnp.asarray(x), jnp.asarray(mass))
        np.testing.assert_allclose(value(ours, jnp.asarray(y), jnp.asarray(mass)), held, rtol=1e-12)


def dark_vector(g, epsilon, mass):
    return {"h_V": 1e-8 * g * epsilon, "mass": 2 * mass, "width": 0.05 * g**2 * mass, "invisible_fraction": 1 - epsilon}


def moving_line(g, shift):
    return {"h_V": 1e-8 * g, "mass": 2.0 + shift * g, "c_tau": 0.1 * g}


@pytest.mark.parametrize(
    ("function", "parameters", "source"),
    [
        (dark_vector, {"g": (0, 2, 0.8), "epsilon": (0, 1, 0.3), "mass": (0.1, 2, 0.9)}, "direct"),
        (moving_line, {"g": (0, 2, 0.8), "shift": (-1, 1, 0.3)}, "direct"),
        (
            lambda g, shift: {"h_V": 1e-8 * g, "mass": 2.0 + shift * g},
            {"g": (0, 2, 0.8), "shift": (-1, 1, 0.3)},
            "table",
        ),
        (lambda g: {"h_V": 1e-8 * g, "mass": 2.0}, {"g": (0, 2, 0.8)}, "constant"),
    ],
)
def test_gradients_of_functions(function, parameters, source, experiments, theory, rng, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    likelihood = combine(experiments, *theory, hypothesis(function, parameters))
    assert likelihood.signal.source == source
    x = jnp.asarray(likelihood.start)
    for i in range(1, likelihood.signal.n_free):
        assert_gradient(lambda t, i=i: value(likelihood, x.at[i].add(t)), 0.0, step=1e-4)


def test_two_sets_of_particles_add(experiments, theory, rng):
    def both(a, b):
        return [{"h_V": 1e-8 * a, "mass": 2.0}, {"f_VV": b, "mass": 0.5}]

    def rows(function, parameters, values):
        likelihood = combine(experiments, *theory, hypothesis(function, parameters))
        x = likelihood.start.at[0].set(0.0).at[1 : 1 + len(values)].set(jnp.asarray(values))
        return likelihood.signal.yields(x[: likelihood.n_signal], None)

    bounds = (0.0, 10.0, 1.0)
    together = rows(both, {"a": bounds, "b": bounds}, [1.2, 0.7])
    line = rows(lambda a: {"h_V": 1e-8 * a, "mass": 2.0}, {"a": bounds}, [1.2])
    continuum = rows(lambda b: {"f_VV": b, "mass": 0.5}, {"b": bounds}, [0.7])
    np.testing.assert_allclose(together, line + continuum, rtol=1e-12)


def test_what_has_no_free_mass(experiments, theory):
    likelihood = combine(experiments, *theory, hypothesis_of("neutrinos", ["cVL"]))
    with pytest.raises(InputError, match="no new particle with a mass"):
        with_free_mass(likelihood)


def test_a_start_beyond_the_threshold(pair):
    with pytest.raises(InputError, match=r"mass 3 GeV: expected a start between 0 and the threshold 2\.3929 GeV"):
        with_free_mass(pair, 3.0)


def test_one_branching_fraction_of_several_decays(theory):
    with pytest.raises(InputError, match=r"says nothing about B0 -> K0"):
        combine(load_experiments(["babar-2013:K+,K0"]), *theory, BranchingFraction("B+ -> K+"))
