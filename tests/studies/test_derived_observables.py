"""Observables at draws against predictions of the same couplings."""

import numpy as np
import pytest

from jaxflav.couplings.families import make_couplings, neutrino_function
from jaxflav.experiments.combination import combine
from jaxflav.experiments.loading import load_experiments
from jaxflav.experiments.one_experiment import one_experiment
from jaxflav.form_factors.files import load_form_factors
from jaxflav.hypotheses.rate import BranchingFraction, direction_of
from jaxflav.hypotheses.text import hypothesis_of
from jaxflav.inference.fitting.problem import define_problem
from jaxflav.inference.posteriors.posterior import define_posterior
from jaxflav.inference.posteriors.priors import Uniform
from jaxflav.inputs.parameters import load_parameters
from jaxflav.io.errors import InputError
from jaxflav.observables.observable import parse_observable
from jaxflav.observables.prediction import predict
from jaxflav.observables.scenario import Scenario
from jaxflav.studies.derived_observables import derived_observables, has_observables
from tests.inference.small_line import small_problem

NAMES = ("BR(B+ -> K+)", "BR(B0 -> K*0)", "FL(B0 -> K*0)[2, 8]", "dBR/dq2(B+ -> K+)(5)", "BR(B0 -> K*0)[2, 8]")
RATES = [0, 1, 3, 4]
OBSERVABLES = [parse_observable(name) for name in NAMES]
INTEGRATION = 1e-6  # quadratures of other orders


@pytest.fixture(scope="module")
def inputs():
    return load_parameters()


@pytest.fixture(scope="module")
def sets():
    return [load_form_factors("HPQCD2022+FLAG2021"), load_form_factors("GRvDV2023", "B -> K*")]


def nominal(posterior, **values):
    """One draw (1, p) with all nuisance parameters at 0."""
    draw = np.array(posterior.start)[np.asarray(posterior.moving)]
    draw = np.append(draw, 0.0) if posterior.free_context else draw
    for name, value in values.items():
        draw[posterior.names.index(name)] = value
    return draw[None]


@pytest.fixture(scope="module")
def combined(inputs, sets):
    """Two couplings, and the mass, of two searches with normal errors: no likelihood is smaller."""
    experiments = load_experiments(["babar-2013:K+,K*0"])
    likelihood = combine(experiments, inputs, sets, hypothesis_of("fermion-pair", ["f_VV", "f_AV"]))
    priors = {name: Uniform(0.0, 5.0) for name in ("f_VV", "f_AV", "mu")}
    return define_posterior(define_problem(likelihood, 0.5), {**priors, "mass": Uniform(0.0, 2.0)})


def test_couplings_of_a_combination(combined, inputs, sets):
    """mu multiplies the Standard Model, and F_L is that of the sum."""
    couplings = make_couplings("fermion-pair", {"f_VV": 1.5, "f_AV": 0.7})
    scenarios = Scenario(), Scenario(couplings, 0.6, standard_model=False)
    parts = np.array([predict(NAMES, scenario, inputs, sets).central for scenario in scenarios])
    for mu in (1.0, 3.0):
        draw = nominal(combined, f_VV=1.5, f_AV=0.7, mu=mu, mass=0.6)
        found = derived_observables(combined, draw, OBSERVABLES, inputs, sets)[0]
        weights = np.array([mu, 1.0])
        np.testing.assert_allclose(found[RATES], (weights @ parts)[RATES], rtol=INTEGRATION)
        longitudinal = weights @ (parts[:, 2] * parts[:, 4]) / (weights @ parts[:, 4])
        np.testing.assert_allclose(found[2], longitudinal, rtol=INTEGRATION)


def test_nuisances_move_the_predictions(combined, inputs, sets):
    """As the errors of ``predict`` say: |V_tb V_ts| moves the Standard Model, form factors all."""
    base = {"f_VV": 0.0, "f_AV": 0.0, "mu": 1.0, "mass": 0.6}
    up, at = (
        derived_observables(combined, nominal(combined, **base, **more), OBSERVABLES, inputs, sets)[0]
        for more in ({"lambda_t": 1.0}, {})
    )
    i = inputs.index("lambda_t")
    relative = inputs.uncertainties[i] / float(inputs.values[i])
    np.testing.assert_allclose((up / at)[RATES], (1 + relative) ** 2, rtol=INTEGRATION)
    assert up[2] == pytest.approx(at[2])
    moved = nominal(combined, **base, **{"form_factor[B -> K][0]": 1.0})
    changed = derived_observables(combined, moved, OBSERVABLES, inputs, sets)[0]
    assert abs(changed[0] / at[0] - 1) > 1e-3
    np.testing.assert_allclose(changed[[1, 2, 4]], at[[1, 2, 4]], rtol=INTEGRATION)


@pytest.mark.slow
def test_pair_has_its_branching_fraction(belle2, inputs, sets):
    likelihood = one_experiment(
        belle2,
        inputs,
        sets[0],
        BranchingFraction("B+ -> K+", direction_of(make_couplings("fermion-pair", {"f_VV": 1.0}))),
    )
    priors = {"branching_fraction": Uniform(0.0, 1e-4)}
    posterior = define_posterior(define_problem(likelihood, 0.6, {"mu": 1.0}), priors)
    draws = np.repeat(nominal(posterior, branching_fraction=1e-5), 70, axis=0)
    found = derived_observables(posterior, draws, OBSERVABLES, inputs, sets, seed=3)
    unit = float(likelihood.signal.reference(0.6))
    couplings = make_couplings("fermion-pair", {"f_VV": (1e-5 / unit) ** 0.5})
    reference = predict(NAMES, Scenario(couplings, 0.6), inputs, sets)
    np.testing.assert_allclose(found[:, 0], float(reference.central[0]), rtol=INTEGRATION)
    # B -> K* form factors are not in the likelihood, and spread as their covariance says
    error = float(reference.errors_of("form factors")[1])
    assert abs(found[:, 1].mean() - float(reference.central[1])) < 5 * error / np.sqrt(70) + 0.05 * error
    assert 0.6 < found[:, 1].std() / error < 1.5


def test_neutrino_coefficients(inputs, sets):
    likelihood = combine(
        load_experiments(["babar-2013:K+"]), inputs, sets[:1], hypothesis_of("neutrinos", ["cVL", "cSL"])
    )
    priors = {name: Uniform(0.0, 20.0) for name in ("cVL", "cSL")}
    posterior = define_posterior(define_problem(likelihood), priors)
    found = derived_observables(posterior, nominal(posterior, cVL=9.0, cSL=2.0), OBSERVABLES[:1], inputs, sets)[0]
    scenario = Scenario(neutrino_function({"cVL": 9.0, "cSL": 2.0}))
    np.testing.assert_allclose(found, predict(NAMES[:1], scenario, inputs, sets).central, rtol=INTEGRATION)


def test_what_cannot_be_is_told(combined, inputs, sets):
    line = define_posterior(small_problem(), {"strength": Uniform(0.0, 5.0)})
    assert not has_observables(line)
    assert has_observables(combined)
    with pytest.raises(InputError, match="has no couplings"):
        derived_observables(line, np.zeros((1, 4)), OBSERVABLES, inputs, sets)
    with pytest.raises(InputError, match="expected branching fractions and F_L"):
        derived_observables(combined, nominal(combined), [parse_observable("R(B+ -> K+)")], inputs, sets)
    with pytest.raises(InputError, match="no form factors of Bs -> phi"):
        derived_observables(combined, nominal(combined), [parse_observable("BR(Bs -> phi)")], inputs, sets)
