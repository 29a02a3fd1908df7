"""Built-in data of every kind against what was published, and a file of the user."""

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pyhf
import pytest
import yaml
from scipy.stats import poisson

from jaxflav.couplings.neutrino import sm_neutrino_couplings
from jaxflav.experiments.analysis import analysis_names, experiment_names, load_analysis
from jaxflav.experiments.data_file import check_data, load_data
from jaxflav.experiments.schema import DECAYS
from jaxflav.form_factors.files import load_form_factors
from jaxflav.inference.fitting.fisher_scoring import fit
from jaxflav.inference.profiling.signal_strength import fit_signal_strength
from jaxflav.inputs.parameters import load_parameters
from jaxflav.inputs.references import cite
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.likelihood.histfactory import build_histfactory, log_density
from jaxflav.likelihood.likelihood import Likelihood, NoSignal
from jaxflav.likelihood.measurement import upper_limit
from jaxflav.likelihood.recast import recast_likelihood
from jaxflav.numerics.quadrature import between_thresholds
from jaxflav.response.binned import binned_yields
from jaxflav.spectra.decays import spectrum
from jaxflav.spectra.spectrum import Spectrum, line, total
from tests.experiments.files import BINNED, write

P = load_parameters()
HEPDATA = Path(__file__).parents[1] / "data" / "hepdata_166082"


@pytest.mark.parametrize("name", experiment_names())
def test_every_built_in_file_is_sound_and_cited(name):
    found = check_data(name)
    assert found["name"] == name
    data = load_data(name)
    assert cite(data)
    path = Path(load_data.__code__.co_filename).parent / "data" / name / "analysis.yaml"
    for line_ in path.read_text().splitlines():
        if "source:" in line_:
            assert cite(yaml.safe_load("{source: " + line_.split("source:")[1].split(",")[0] + "}")["source"])


def test_names():
    assert analysis_names() == ("belle2-2025", "belle2-2025-hta", "belle2-2025-ita")
    assert {"babar-2013", "belle-2017", "belle-2013", "aleph-bs-invisible"} <= set(experiment_names())
    with pytest.raises(UnknownNameError, match="did you mean babar-2013"):
        load_data("babar-2014")
    with pytest.raises(InputError, match="read it with load_data, or choose one of belle2-2025"):
        load_analysis("babar-2013")


SM = sm_neutrino_couplings(P)


def sm_spectrum(decay):
    """Shape of the Standard Model where there are form factors, else flat in phase space; total 1e-5, 64 nodes."""
    known = DECAYS[decay]
    if known is not None and known.process in ("B -> K", "B -> K*"):
        form_factors = load_form_factors("GRvDV2023", known.process)
        sm = spectrum(P, form_factors, jnp.zeros(form_factors.mean.shape), SM, 0.0, known)
        return Spectrum(sm.q2, 1e-5 * sm.branching / total(sm))
    nodes, weights = between_thresholds(jnp.asarray(0.0), jnp.asarray(20.0), 64)
    return Spectrum(nodes, 1e-5 * weights / 20.0)


@pytest.mark.parametrize("name", ["babar-2013", "belle-2017", "belle-2013"])
def test_published_limits_of_counting_experiments(name):
    """The full chain: spectrum of the Standard Model, response, likelihood, profiled background, integral from 0 on."""
    recast = load_data(name)
    n, points = len(recast.channels), 81
    spectra = [sm_spectrum(d) for d in recast.decays]
    nothing = tuple(Spectrum(s.q2, 0.0 * s.branching) for s in spectra)
    likelihood = recast_likelihood(recast.tables(), recast.responses, nothing)
    limits = np.array([limit.value for limit in recast.limits])
    grid = np.linspace(0.0, 6.0, points)[None, :] * limits[:, None]  # branching fractions
    start = np.tile(np.array(likelihood.start), (n, points, 1))
    start[..., 0], start[..., 1] = 0.0, grid / 1e-5
    contexts = [  # new physics in one channel at a time
        tuple(Spectrum(s.q2, s.branching * float(i == j)) for j, s in enumerate(spectra)) for i in range(n)
    ]
    contexts = jax.tree.map(lambda *a: jnp.stack(a), *contexts)
    hold = jnp.zeros(start.shape[-1], dtype=bool).at[:2].set(True)
    one = lambda context, x: fit(likelihood, context, x, hold)
    result = jax.jit(jax.vmap(jax.vmap(one, (None, 0))))(contexts, jnp.asarray(start))
    assert np.all(result.converged)
    density = np.exp(result.log_likelihood - result.log_likelihood.max(axis=1, keepdims=True))
    steps = (density[:, 1:] + density[:, :-1]) / 2 * np.diff(grid, axis=1)
    share = np.cumsum(steps, axis=1) / steps.sum(axis=1, keepdims=True)
    ours = np.array([np.interp(0.9, np.append(0.0, s), g) for s, g in zip(share, grid, strict=True)])
    np.testing.assert_allclose(ours, limits, rtol=0.15)


# Combined limits of the abstracts, which no efficiency here was made from; B0 and B+ have one decay rate.
@pytest.mark.parametrize(
    ("name", "channels", "published"),
    [
        ("babar-2013", ("K+", "K0"), 3.2e-5),
        ("babar-2013", ("K*+", "K*0"), 7.9e-5),
        ("belle-2017", ("K+", "K0"), 1.6e-5),
        ("belle-2017", ("K*+", "K*0"), 2.7e-5),
    ],
)
def test_combined_limits_of_charged_and_neutral_modes(name, channels, published):
    recast = load_data(name).select(channels)
    tau = float(P["tau_B0"] / P["tau_Bplus"])
    lines = [line(jnp.asarray(4.0), 1e-5 * (tau if d.startswith("B0") else 1.0)) for d in recast.decays]
    grid = np.linspace(0.0, 2e-4, 801)
    logs = np.zeros_like(grid)
    pull, weight = np.polynomial.hermite_e.hermegauss(30)
    for channel, response, spectrum_ in zip(recast.channels, recast.responses, lines, strict=True):
        (background,) = channel.backgrounds
        events = background.events[0] * (1 + np.sqrt(background.covariance[0, 0]) * pull)
        signal = grid / 1e-5 * float(binned_yields(response, spectrum_)[0])
        logs += np.log(poisson.pmf(channel.observed[0], signal[:, None] + np.maximum(events, 0.0)) @ weight)
    share = np.cumsum(np.exp(logs - logs.max()))
    np.testing.assert_allclose(np.interp(0.9, share / share[-1], grid), published, rtol=0.15)


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("aleph-bs-invisible", 5.4e-4),
        ("aleph-b0-invisible", 1.3e-4),
        ("babar-2012-b0-invisible", 2.4e-5),
        ("belle2-2025-xs", 3.2e-4),
    ],
)
def test_published_upper_limits(name, published):
    data = load_data(name)
    assert data.limits[0].value == published
    np.testing.assert_allclose(upper_limit(data.measurement, 0.9), published, rtol=1e-12)


# arXiv:2311.14647, section XI: 5.4 +- 1.0 +- 1.1 and 2.2 +1.8 -1.7 +1.6 -1.1, errors of both kinds in quadrature
@pytest.mark.parametrize(
    ("name", "mu", "down", "up"), [("belle2-2025-ita", 5.4, 1.49, 1.49), ("belle2-2025-hta", 2.2, 2.02, 2.41)]
)
def test_one_tag_alone(name, mu, down, up):
    strength = fit_signal_strength(Likelihood(build_histfactory(load_analysis(name).tables), NoSignal()))
    assert abs(strength.mu - mu) < 0.15
    np.testing.assert_allclose(strength.mu - strength.interval_68[0], down, rtol=0.15)
    np.testing.assert_allclose(strength.interval_68[1] - strength.mu, up, rtol=0.15)


@pytest.mark.parametrize("name", ["belle2-2025-ita", "belle2-2025-hta"])
def test_one_tag_is_the_pruned_workspace_of_pyhf(name, rng):
    analysis = load_analysis(name)
    ours = build_histfactory(analysis.tables)
    pyhf.set_backend("numpy")
    whole = pyhf.Workspace(json.loads((HEPDATA / "combined_likelihood.json").read_text()))
    workspace = whole.prune(channels=[c for c in whole.channels if c not in analysis.tables.channel_names])
    model = workspace.model()
    assert set(ours.parameter_names) == set(model.config.par_names)
    order = [ours.parameter_names.index(n) for n in model.config.par_names]
    for _ in range(3):
        x = np.array(ours.start) + 0.05 * rng.normal(size=ours.n_parameters) * np.where(ours.normal, ours.width, 1.0)
        x = np.where(np.array(ours.start) == 1.0, np.abs(x), x)
        theirs = model.logpdf(x[order], workspace.data(model))[0]
        np.testing.assert_allclose(log_density(ours, jnp.asarray(x)), theirs, rtol=1e-9)
    rows = sum(len(analysis.tables.cells_of(*pair)) for pair in analysis.signal)
    assert analysis.density.yields.shape == (rows, 100)
    np.testing.assert_allclose(analysis.density.total, analysis.nominal, rtol=1e-4)


def test_a_recast_of_the_user(tmp_path):
    recast = load_data(write(tmp_path, BINNED))
    assert recast.tables().channel_bins == (3,)
    response = recast.responses[0]
    events = binned_yields(response, line(jnp.asarray(9.0), 1e-5))
    np.testing.assert_allclose(events.sum(), 3.87e8 * 1e-5 * response.efficiency(jnp.asarray([9.0]))[0], rtol=1e-6)
    likelihood = recast_likelihood(recast.tables(), recast.responses, (sm_spectrum("B+ -> K+"),))
    names = ("mine/n_mesons", "mine/charged", "mine/K/charged[0]", "mine/K/mixed[2]")
    assert set(names) <= set(likelihood.parameter_names)
    assert jax.jit(fit)(likelihood, (line(jnp.asarray(4.4), jnp.asarray(1e-5)),)).converged
    assert check_data(tmp_path / "analysis.yaml")["bins"] == {"K": 3}


def test_selected_channels():
    recast = load_data("babar-2013").select(("K*0", "K+"))
    assert [c.name for c in recast.channels] == ["K+", "K*0"]
    assert recast.decays == ("B+ -> K+", "B0 -> K*0")
    with pytest.raises(UnknownNameError, match="unknown channel of babar-2013 'K0S'"):
        load_data("babar-2013").select(("K0S",))
