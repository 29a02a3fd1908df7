"""A recast against the same model written by hand, in pyhf and with scipy.stats."""

import jax
import jax.numpy as jnp
import numpy as np
import pyhf
import pytest
from scipy.stats import multivariate_normal, norm, poisson

from jaxflav.inference.fitting.fisher_scoring import fit
from jaxflav.io.errors import InputError
from jaxflav.likelihood.likelihood import log_likelihood
from jaxflav.likelihood.recast import (
    Background,
    Channel,
    efficiency_covariance,
    recast_likelihood,
    recast_tables,
    whitening,
)
from jaxflav.response.binned import Binned, EfficiencyTable, binned_yields, flat_efficiency
from jaxflav.response.kernels import GaussianSmearing, NoSmearing
from jaxflav.spectra.spectrum import Spectrum, line
from tests.helpers import assert_gradient

EDGES = jnp.asarray([-5.0, 4.0, 8.0, 30.0])
RESPONSE = Binned(jnp.asarray(4e8), flat_efficiency(0.05), GaussianSmearing(1.0), EDGES)
SPECTRUM = Spectrum([1.0, 5.0, 9.0, 15.0], [1e-6, 1e-6, 1e-6, 2e-6])
OBSERVED = np.array([60.0, 45.0, 110.0])
COVARIANCE = np.array([[0.04, 0.012, 0.0], [0.012, 0.03, -0.006], [0.0, -0.006, 0.01]])
MIXED = Background("mixed", np.array([20.0, 11.0, 40.0]), 0.2, "lumi", COVARIANCE)
QQ = Background("qq", np.array([5.0, 7.0, 12.0]), 0.0, "none", np.diag([0.09, 0.04, 0.0]))


def channel(**changes):
    content = {
        "name": "K",
        "observed": OBSERVED,
        "backgrounds": (MIXED, QQ),
        "sm_covariance": COVARIANCE / 4,
        "new_covariance": np.full((3, 3), 0.01),
        "scales": (("n_mesons", 0.02),),
    }
    return Channel(**{**content, **changes})


@pytest.fixture(scope="module")
def likelihood():
    return recast_likelihood(recast_tables((channel(),), "mine"), (RESPONSE,), (SPECTRUM,))


def points(likelihood, rng, n):
    x = np.tile(np.array(likelihood.start), (n, 1)) + 0.4 * rng.normal(size=(n, len(likelihood.start)))
    x[:, 0], x[:, 1] = rng.uniform(0, 2, n), rng.uniform(0, 3e-6, n)
    x[:, likelihood.index("lumi")] = rng.uniform(0.6, 1.4, n)
    return x


def histosys(name, nominal, root, scales=()):
    modifiers = [
        {
            "name": f"mine/K/{name}[{k}]",
            "type": "histosys",
            "data": {"lo_data": list(nominal * (1 - root[:, k])), "hi_data": list(nominal * (1 + root[:, k]))},
        }
        for k in range(root.shape[1])
    ]
    for scale, width in scales:
        data = {"lo_data": list(nominal * (1 - width)), "hi_data": list(nominal * (1 + width))}
        modifiers.append({"name": scale, "type": "histosys", "data": data})
    return modifiers


def test_log_density_against_pyhf(likelihood, rng):
    """Linear signal, background normalisation and correlated shifts, written as a pyhf workspace by hand."""
    context = line(jnp.asarray(4.4), jnp.asarray(1.0))
    s_sm, s_new = (np.asarray(binned_yields(RESPONSE, s)) for s in (SPECTRUM, context))
    scales = [("n_mesons", 0.02)]
    samples = [
        ("sm", s_sm, [{"name": "mu", "type": "normfactor", "data": None}], COVARIANCE / 4, scales),
        ("new", s_new, [{"name": "strength", "type": "normfactor", "data": None}], np.full((3, 3), 0.01), scales),
        ("mixed", MIXED.events, [{"name": "lumi", "type": "lumi", "data": None}], COVARIANCE, []),
        ("qq", QQ.events, [], QQ.covariance, []),
    ]
    config = [
        {"name": "lumi", "auxdata": [1.0], "sigmas": [0.2], "inits": [1.0], "bounds": [[-5.0, 5.0]]},
        {"name": "mu", "inits": [1.0], "bounds": [[-5.0, 5.0]]},
    ]
    spec = {
        "channels": [
            {
                "name": "K",
                "samples": [
                    {"name": n, "data": list(y), "modifiers": mods + histosys(n, y, whitening(c), s)}
                    for n, y, mods, c, s in samples
                ],
            }
        ],
        "observations": [{"name": "K", "data": list(OBSERVED)}],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": config}}],
        "version": "1.0.0",
    }
    pyhf.set_backend("numpy")
    workspace = pyhf.Workspace(spec)
    model = workspace.model()
    data = workspace.data(model)
    order = [likelihood.parameter_names.index(name) for name in model.config.par_names]
    assert sorted(order) == list(range(len(likelihood.parameter_names)))
    for x in points(likelihood, rng, 20):
        theirs = float(model.logpdf(x[order], data)[0])
        np.testing.assert_allclose(log_likelihood(likelihood, jnp.asarray(x), (context,)), theirs, rtol=1e-9)


def test_log_density_against_equation_9(likelihood, rng):
    """Eq. (9) with theta itself: Poisson times multivariate normal times normal; the determinant is a constant."""
    new = line(jnp.asarray(6.0), jnp.asarray(1.0))
    s_sm, s_new = (np.asarray(binned_yields(RESPONSE, s)) for s in (SPECTRUM, new))
    names = likelihood.parameter_names

    def by_hand(x):
        value = dict(zip(names, x, strict=True))
        total = 0.0

        def theta(component, covariance):
            nonlocal total
            z = [value[name] for name in names if name.startswith(f"mine/K/{component}[")]
            root = whitening(covariance)
            shift = root @ np.array(z)
            used = np.flatnonzero(np.diagonal(covariance) > 0)
            sub = covariance[np.ix_(used, used)]
            total += multivariate_normal.logpdf(shift[used], np.zeros(len(used)), sub, allow_singular=True)
            return 1 + shift

        common = 0.02 * value["n_mesons"]
        expected = value["mu"] * s_sm * (theta("sm", COVARIANCE / 4) + common)
        expected += value["strength"] * s_new * (theta("new", np.full((3, 3), 0.01)) + common)
        expected += value["lumi"] * theta("mixed", COVARIANCE) * MIXED.events + theta("qq", QQ.covariance) * QQ.events
        total += norm.logpdf(value["lumi"], 1, 0.2) + norm.logpdf(value["n_mesons"])
        return total + poisson.logpmf(OBSERVED, expected).sum()

    ours, theirs = [], []
    for x in points(likelihood, rng, 10):
        ours.append(float(log_likelihood(likelihood, jnp.asarray(x), (new,))))
        theirs.append(by_hand(x))
    np.testing.assert_allclose(np.diff(ours), np.diff(theirs), rtol=1e-9)


def test_fit_as_it_is(likelihood):
    """The fit of any HistFactory model takes the recast: without systematics, the best strength is a root."""
    plain = channel(
        observed=np.array([60.0, 18.0, 52.0]),
        backgrounds=tuple(Background(b.name, b.events, 0.0, "", np.zeros((3, 3))) for b in (MIXED, QQ)),
        sm_covariance=np.zeros((3, 3)),
        new_covariance=np.zeros((3, 3)),
        scales=(),
    )
    narrow = Binned(jnp.asarray(4e8), flat_efficiency(0.05), NoSmearing(), EDGES)
    nothing = Spectrum([1.0], [0.0])
    simple = recast_likelihood(recast_tables((plain,), "mine"), (narrow,), (nothing,))
    assert simple.parameter_names == ("mu", "strength")
    result = jax.jit(fit)(simple, (line(jnp.asarray(2.0), jnp.asarray(1e-6)),), fixed=jnp.asarray([True, False]))
    assert result.converged
    np.testing.assert_allclose(result.parameters[1], (60 - 25) / 20, rtol=1e-6)
    full = jax.jit(fit)(likelihood, (line(jnp.asarray(4.4), jnp.asarray(1e-6)),))
    assert full.converged


def test_derivative_in_the_mass(likelihood, rng):
    x = jnp.asarray(points(likelihood, rng, 1)[0]).at[1].set(2.0)
    value = jax.jit(lambda m: log_likelihood(likelihood, x, (line(m**2, jnp.asarray(1e-6)),)))
    for mass in (0.0, 1.3, 2.0, np.sqrt(8.0)):
        assert_gradient(value, mass, step=1e-4)


def test_channels_share_what_has_the_same_name():
    two = recast_tables((channel(), channel(name="Kstar")), "mine")
    assert two.channel_bins == (3, 3)
    assert two.parameter_names.count("n_mesons") == 1
    assert two.parameter_names.count("lumi") == 1
    likelihood = recast_likelihood(two, (RESPONSE, RESPONSE), (SPECTRUM, SPECTRUM))
    x = likelihood.start
    spectra = (line(jnp.asarray(2.0), jnp.asarray(1e-6)), line(jnp.asarray(9.0), jnp.asarray(2e-6)))
    moved = likelihood.signal.yields(jnp.asarray([0.0, 1.0]), spectra)
    expected = np.concatenate([binned_yields(RESPONSE, s) for s in spectra])
    np.testing.assert_allclose(moved[6:], expected)
    assert np.isfinite(log_likelihood(likelihood, x, spectra))


def test_whitening():
    singular = np.outer([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    for covariance in (COVARIANCE, singular, np.diag([1.0, 0.0, 4.0]), np.zeros((2, 2))):
        root = whitening(covariance)
        np.testing.assert_allclose(root @ root.T, covariance, atol=1e-12)
    assert whitening(singular).shape == (3, 1)
    assert whitening(np.zeros((2, 2))).shape == (2, 0)


def test_covariance_of_the_efficiency_by_simulation(rng):
    """Toys of the table, as the reference makes them; the smearing correlates neighbouring bins."""
    q2, value = np.array([0.0, 6.0, 12.0, 20.0]), np.array([0.1, 0.08, 0.05, 0.03])
    response = Binned(jnp.asarray(4e8), EfficiencyTable(q2, value), GaussianSmearing(2.0), EDGES)
    spread = np.diag((0.02 * value) ** 2)
    ours = efficiency_covariance(response, SPECTRUM, spread)
    toys = []
    compute = jax.jit(lambda v: binned_yields(Binned(response.n_mesons, v, response.kernel, EDGES), SPECTRUM))
    for _ in range(1500):
        toys.append(np.asarray(compute(EfficiencyTable(q2, value * (1 + 0.02 * rng.normal(size=4))))))
    toys = np.array(toys) / np.asarray(binned_yields(response, SPECTRUM))
    # 1500 toys: 2 % on a standard deviation, 4 % on a variance
    np.testing.assert_allclose(ours, np.cov(toys.T), atol=0.12 * ours.max())
    assert ours[0, 1] > 0.05 * ours[0, 0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sm_covariance": np.array([[1.0, 2.0], [2.0, 1.0]])}, "no negative eigenvalues"),
        ({"sm_covariance": np.array([[1.0, 0.2], [0.1, 1.0]])}, "must be symmetric"),
        ({"sm_covariance": np.ones((2, 3))}, "expected a square matrix"),
        ({"new_covariance": np.eye(2)}, "'new' has 3 bins and a covariance of 2; the data have 3"),
        ({"observed": np.array([1.0, -2.0, 3.0])}, "negative entries"),
        ({"backgrounds": (MIXED, MIXED)}, "two samples have the same name"),
    ],
)
def test_bad_channels(changes, message):
    with pytest.raises(InputError, match=message):
        recast_tables((channel(**changes),), "mine", "file.yaml")


def test_responses_must_fit():
    tables = recast_tables((channel(),), "mine")
    with pytest.raises(InputError, match="one response and one spectrum per channel"):
        recast_likelihood(tables, (), ())
    with pytest.raises(InputError, match="two channels have the same name"):
        recast_tables((channel(), channel()), "mine")
