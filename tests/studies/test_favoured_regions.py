"""Planes of two couplings of counting experiments, against fits by SciPy of the same log-density."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize

from jaxflav.couplings.fermion_pair import FermionPairCouplings
from jaxflav.experiments.combination import combine
from jaxflav.experiments.loading import load_experiments
from jaxflav.form_factors.files import load_form_factors
from jaxflav.hypotheses.rate import Strength, direction_of
from jaxflav.hypotheses.text import hypothesis_of
from jaxflav.inference.fitting.masses import check_plane_masses
from jaxflav.inference.fitting.problem import define_problem, fit_held
from jaxflav.inputs.parameters import load_parameters
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.likelihood.likelihood import log_likelihood
from jaxflav.studies.every_scenario import OneCoupling, ScenarioScan, choose_scenarios, scan_scenarios
from jaxflav.studies.favoured_regions import coupling_problem, coupling_range, favoured_regions
from jaxflav.studies.mass_scan import scan_masses

MASS = 0.6
GRIDS = np.linspace(-3.0, 3.0, 7), np.linspace(-2.0, 2.0, 5)


@pytest.fixture(scope="module")
def theory():
    sets = [load_form_factors("HPQCD2022+FLAG2021"), load_form_factors("GRvDV2023", "B -> K*")]
    return load_parameters(), sets


@pytest.fixture(scope="module")
def axes():
    return hypothesis_of("fermion-pair", ["f_VV", "f_AV"])


@pytest.fixture(scope="module")
def experiments():
    return load_experiments(("babar-2013:K+,K*0", "belle-2017:K+"))


@pytest.fixture(scope="module")
def problem(experiments, theory, axes):
    return coupling_problem(experiments, *theory, axes, MASS)


@pytest.fixture(scope="module")
def regions(experiments, theory, axes):
    return favoured_regions(experiments, *theory, axes, MASS, GRIDS)


def test_against_scipy(regions, problem):
    likelihood = problem.likelihood
    objective = jax.jit(jax.value_and_grad(lambda x: -log_likelihood(likelihood, x)))
    index = [likelihood.index(name) for name in ("f_VV", "f_AV")]
    free = ~problem.fixed
    free[index] = False

    def minimum(couplings):
        x = problem.start.copy()
        x[index] = couplings

        def of_free(values):
            full = x.copy()
            full[free] = values
            value, gradient = objective(jnp.asarray(full))
            return float(value), np.asarray(gradient)[free]

        return minimize(of_free, x[free], jac=True, method="BFGS", options={"gtol": 1e-7}).fun

    points = [(6, 2), (0, 4), (4, 3)]
    theirs = np.array([minimum((GRIDS[0][i], GRIDS[1][j])) for i, j in points])
    ours = np.array([regions.combined.q[j, i] for i, j in points]) / 2 - regions.combined.log_likelihood
    np.testing.assert_allclose(ours, theirs, atol=1e-7)


def test_rates_do_not_know_the_signs_of_single_couplings(regions):
    for plane in (regions.combined, *regions.single.values()):
        assert plane.converged.all()
        np.testing.assert_allclose(plane.q, plane.q[::-1], atol=1e-8)
        np.testing.assert_allclose(plane.q, plane.q[:, ::-1], atol=1e-8)
        assert plane.q.min() >= -1e-8


def test_each_experiment_sees_what_its_decays_do(regions):
    assert list(regions.single) == ["babar-2013", "belle-2017"]
    assert np.ptp(regions.single["belle-2017"].q, axis=0).max() < 1e-7  # K+ does not see f_AV
    assert np.ptp(regions.single["babar-2013"].q, axis=0).min() > 0.1
    assert regions.insensitive == ()


def test_the_origin_is_the_standard_model(regions):
    assert regions.t_standard_model == pytest.approx(-regions.combined.q[2, 3], abs=1e-8)


def test_range_holds_three_sigma(problem):
    end = coupling_range(problem, "f_AV")
    names = ["f_AV", "f_VV"]
    fits = fit_held(problem, names, np.array([[0.0, 0.0], [end, 0.0], [0.5 * end, 0.0]]))
    q = -2 * (fits.log_likelihood - fits.log_likelihood[0])
    assert q[1] > 11.83 > q[2]


@pytest.mark.parametrize("mass", [-0.1, 2.4, np.nan])
def test_masses_without_decay(mass, experiments, theory, axes):
    with pytest.raises(InputError, match=r"expected one from 0 to below 2\.3929 GeV"):
        coupling_problem(experiments, *theory, axes, mass)


def test_neutrinos_have_no_mass_and_are_no_axis(experiments, theory):
    neutrinos = hypothesis_of("neutrinos", ["cVR"])
    with pytest.raises(InputError, match="neutrinos have none"):
        coupling_problem(experiments, *theory, neutrinos, 0.5)
    with pytest.raises(InputError, match="needs a likelihood with a new particle"):
        check_plane_masses(define_problem(combine(experiments, *theory, neutrinos)), [1.0])


def test_a_plane_has_two_couplings(experiments, theory):
    with pytest.raises(InputError, match="a plane needs two couplings, found f_VV"):
        favoured_regions(experiments, *theory, hypothesis_of("fermion-pair", ["f_VV"]), MASS, GRIDS)


@pytest.fixture(scope="module")
def scans(experiments, theory):
    chosen = tuple(OneCoupling("fermion-pair", name) for name in ("f_VV", "f_AV"))
    return scan_scenarios(experiments, *theory, chosen, points=6)


@pytest.mark.slow
def test_scan_over_mass_agrees_with_the_plane(scans, problem, experiments, theory, axes):
    """The strength is the square of the coupling; t is that of the couplings themselves, at the same mass."""
    likelihood = combine(experiments, *theory, Strength(direction_of(FermionPairCouplings(f_VV=1.0))))
    scan = scan_masses(likelihood, np.array([MASS, 2.5]))
    fits = fit_held(problem, ["f_AV"], np.zeros((1, 1)))
    nothing = fit_held(problem, ["f_VV", "f_AV"], np.zeros((1, 2)))
    assert scan.t[0] == pytest.approx(float(-2 * (fits.log_likelihood - nothing.log_likelihood)[0]), abs=1e-7)
    assert np.sqrt(scan.value[0]) == pytest.approx(abs(fits.parameters[0, 1]), rel=1e-4)
    assert scan.converged.tolist() == [True, False]
    with pytest.raises(InputError, match="strength, not a branching fraction"):
        scan.branching_fraction  # noqa: B018
    with pytest.raises(InputError, match="needs a likelihood with a new particle"):
        scan_masses(problem.likelihood, np.array([MASS]))


def test_scans_of_two_couplings(scans):
    first, second = scans
    assert isinstance(first, ScenarioScan)
    assert first.scenario.label == "fermion-pair f_VV"
    np.testing.assert_allclose(first.scan.mass, 2.3929 * (np.arange(6) + 0.5) / 6, rtol=1e-4)
    assert first.scan.t_rescaled_sm == pytest.approx(second.scan.t_rescaled_sm, abs=1e-9)
    assert not np.allclose(first.scan.t, second.scan.t, atol=0.01)
    low, high = first.coupling_interval_68
    assert low <= first.coupling < high
    assert first.viable == (first.scan.best.t < first.scan.t_rescaled_sm)


def test_choice_of_scenarios():
    assert len(choose_scenarios(["fermion-pair", "fermion-pair f_VV"])) == 8
    assert choose_scenarios([])[0].label == "scalar g_S"
    with pytest.raises(UnknownNameError, match="did you mean fermion-pair"):
        choose_scenarios(["fermion-pairs"])


def test_a_scan_needs_masses(experiments, theory):
    with pytest.raises(InputError, match="no minimum"):
        scan_scenarios(experiments, *theory, points=1)


def test_a_coupling_that_the_data_do_not_see(theory, axes):
    """K+ alone does not see f_AV: free fits from all sides end at one height, and f_AV stays near where it was."""
    problem = coupling_problem(load_experiments(("belle-2017:K+",)), *theory, axes, MASS)
    k, blind = (problem.likelihood.index(name) for name in ("f_VV", "f_AV"))
    starts = np.tile(problem.start, (16, 1))
    starts[:, k] = np.linspace(-3.0, 3.0, 16)
    starts[:, blind] = np.resize([0.0, 1e-160, 1e-9, 3.0, -40.0], 16)
    fits = fit_held(problem, contexts=np.full(16, MASS), starts=starts)
    assert np.all(fits.converged)
    assert np.all(np.isfinite(fits.decrement))
    np.testing.assert_allclose(fits.log_likelihood, fits.log_likelihood[0], atol=1e-8)
    assert np.all(np.abs(fits.parameters[:, blind] - starts[:, blind]) < 1e-3)
    noise = 1e-15 * np.random.default_rng(0).standard_normal(starts.shape)
    again = fit_held(problem, contexts=np.full(16, MASS), starts=starts * (1 + noise))
    np.testing.assert_array_equal(again.status, fits.status)
