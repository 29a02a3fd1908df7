"""Combinations against their parts, against direct rates, and against the likelihoods of one experiment."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.couplings.fermion_pair import FermionPairCouplings
from jaxflav.experiments.analysis import load_analysis
from jaxflav.experiments.channels import TotalRate, decay_rows
from jaxflav.experiments.combination import combine, load_experiments, predictable
from jaxflav.experiments.one_experiment import one_experiment
from jaxflav.form_factors.files import load_form_factors
from jaxflav.hypotheses.neutrinos import neutrino_hypothesis
from jaxflav.hypotheses.rate import BranchingFraction, Strength, direction_of
from jaxflav.hypotheses.state import Particles
from jaxflav.hypotheses.text import hypothesis_of
from jaxflav.inference.problem import define_problem, fit_held
from jaxflav.inputs.parameters import load_parameters
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.likelihood.likelihood import at_context, expected, log_likelihood
from jaxflav.observables import predict
from jaxflav.observables.scenario import Scenario
from jaxflav.rates.decays import B_PLUS_TO_K_PLUS
from tests.helpers import ROUNDING, CountedJit, assert_gradient

# one compilation for all likelihoods of the same shape
rows_at = jax.jit(expected)
value_at = jax.jit(log_likelihood)

COUNTING = ("babar-2013:K+,K*0", "belle-2017:K+,K*0", "aleph-bs-invisible")
MASS = 0.6


@pytest.fixture(scope="module")
def parameters():
    return load_parameters()


@pytest.fixture(scope="module")
def sets():
    return [load_form_factors("HPQCD2022+FLAG2021"), load_form_factors("GRvDV2023", "B -> K*")]


@pytest.fixture(scope="module")
def axes():
    return hypothesis_of("fermion-pair", ["f_VV", "f_AV", "im(f_VV)", "f_PS"])


@pytest.fixture(scope="module")
def combined(parameters, sets, axes):
    return combine(load_experiments(COUNTING), parameters, sets, axes)


def somewhere(likelihood, rng):
    x = np.array(likelihood.start)
    free = likelihood.signal.n_free
    x[1:free] = [1.3, -0.7, 0.4, 3.0]
    x[free:] += 0.3 * rng.normal(size=len(x) - free) * np.where(x[free:] == 0, 1.0, 0.1)
    return jnp.asarray(x)


def test_rows_against_direct_rates(combined, parameters, sets, rng):
    """Polynomials in complex couplings, form factors and theory nuisances against rates, with both integrated anew."""
    x = somewhere(combined, rng)
    rows = rows_at(combined, x, jnp.asarray(MASS))
    named = dict(zip(combined.parameter_names, np.asarray(x), strict=True))
    couplings = FermionPairCouplings(f_VV=1.3 + 0.4j, f_AV=-0.7 + 0j, f_PS=3.0 + 0j)
    constants = parameters
    for name in ("lambda_t", "X_t", "f_Bs"):
        k = parameters.index(name)
        constants = constants.replace(**{name: constants[name] + named[name] * parameters.uncertainties[k]})
    new = predict(
        ["BR(B+ -> K+)", "BR(B0 -> K*0)", "BR(Bs -> invisible)"],
        Scenario(couplings, MASS),
        constants,
        shifted(sets, named),
    )
    efficiency = [
        channel.efficiency.value[0] * channel.n_mesons
        for e in load_experiments(COUNTING[:2])
        for channel in e.responses
    ]
    fraction = np.asarray(new.central)
    backgrounds = [
        float(named.get(f"{n}/background[0]", 0.0))
        for n in ("babar-2013/K+", "babar-2013/K*0", "belle-2017/K+", "belle-2017/K*0")
    ]
    channels = [c for e in load_experiments(COUNTING[:2]) for c in e.channels]
    for i, (channel, pull) in enumerate(zip(channels, backgrounds, strict=True)):
        sample = channel.backgrounds[0]
        events = sample.events[0] * (1 + np.sqrt(sample.covariance[0, 0]) * pull)
        np.testing.assert_allclose(rows[i], efficiency[i] * fraction[i % 2] + events, rtol=1e-8)
    np.testing.assert_allclose(rows[-1], fraction[2], rtol=1e-10)


def shifted(sets, named):
    """Sets whose mean is where the nuisance parameters point."""
    import equinox as eqx

    moved = []
    for one in sets:
        z = jnp.asarray([named[f"form_factor[{one.process}][{i}]"] for i in range(len(one.mean))])
        moved.append(eqx.tree_at(lambda s: s.mean, one, one.coefficients(z)))
    return moved


def test_parts_add_up(parameters, sets, axes, combined, rng):
    x = somewhere(combined, rng)
    named = dict(zip(combined.parameter_names, np.asarray(x), strict=True))
    total, theory = 0.0, 0.0
    for name in COUNTING[:2]:
        part = combine(load_experiments([name]), parameters, sets, hypothesis_of("fermion-pair", ["f_VV", "f_AV"]))
        values = jnp.asarray([named[n] for n in part.parameter_names])
        total += value_at(part, values, jnp.asarray(MASS))
        shared = [v for n, v in named.items() if n in part.signal.names[part.signal.n_free :]]
        theory = np.sum(-0.5 * np.array(shared) ** 2 - 0.5 * np.log(2 * np.pi))
    real = hypothesis_of("fermion-pair", ["f_VV", "f_AV"])
    both = combine(load_experiments(COUNTING[:2]), parameters, sets, real)
    values = jnp.asarray([named[n] for n in both.parameter_names])
    np.testing.assert_allclose(value_at(both, values, jnp.asarray(MASS)), total - theory, rtol=1e-12)
    # a branching fraction adds its normal density, and the theory nuisance of its decay constant
    assert "f_Bs" in combined.parameter_names
    assert "f_Bs" not in both.parameter_names


def test_gradient_by_couplings_nuisances_and_mass(combined, rng):
    x = somewhere(combined, rng)
    direction = jnp.asarray(rng.normal(size=len(x)) * 0.01)
    fixed = at_context(combined, jnp.asarray(MASS))
    assert_gradient(lambda t: value_at(fixed, x + t * direction), 0.0)
    by_mass = jax.jit(lambda m: jax.jvp(lambda n: log_likelihood(combined, x, n), (m,), (jnp.ones(()),)))
    step = 1e-3
    steps = [by_mass(jnp.asarray(MASS + k * step))[0] for k in (-2, -1, 1, 2)]
    numerical = (steps[0] - 8 * steps[1] + 8 * steps[2] - steps[3]) / (12 * step)
    np.testing.assert_allclose(by_mass(jnp.asarray(MASS))[1], numerical, rtol=1e-6)
    for mass in (0.0, 1.9, 2.2, 2.6835, 3.0):  # between and beyond the thresholds of K*, K and B_s
        assert np.all(np.isfinite(by_mass(jnp.asarray(mass))))


def test_strength_is_the_square_of_a_coupling(parameters, sets, combined):
    experiments = load_experiments(COUNTING)
    amplitude = combine(experiments, parameters, sets, hypothesis_of("fermion-pair", ["f_VV"]))
    strength = combine(experiments, parameters, sets, Strength(direction_of(FermionPairCouplings(f_VV=1.0))))
    x = amplitude.start.at[1].set(1.7)
    y = strength.start.at[1].set(1.7**2)
    mass = jnp.asarray(MASS)
    np.testing.assert_allclose(rows_at(strength, y, mass), rows_at(amplitude, x, mass), rtol=ROUNDING)


def test_against_the_likelihood_of_one_experiment(parameters, sets):
    """Belle II alone: a branching fraction for the square of a coupling, and constants held."""
    analysis = load_analysis("belle2-2025-hta")
    pair = one_experiment(
        analysis, parameters, sets[0], BranchingFraction("B+ -> K+", direction_of(FermionPairCouplings(f_VV=1.0)))
    )
    ours = combine((analysis,), parameters, sets[:1], Strength(direction_of(FermionPairCouplings(f_VV=1.0))))
    mass = jnp.asarray(MASS)
    per_unit = float(jax.jit(lambda m: pair.signal.reference(m))(mass))
    for mu, strength in ((1.0, 0.0), (0.0, 2.0), (1.5, 3.0)):
        x = pair.start.at[0].set(mu).at[1].set(strength * per_unit).at[2].set(0.5)
        y = ours.start.at[0].set(mu).at[1].set(strength).at[ours.index("form_factor[B -> K][0]")].set(0.5)
        np.testing.assert_allclose(rows_at(ours, y, mass), rows_at(pair, x, mass), rtol=ROUNDING)


def test_neutrinos_against_the_likelihood_of_one_experiment(parameters, sets):
    analysis = load_analysis("belle2-2025-hta")
    theirs = one_experiment(analysis, parameters, sets[0], neutrino_hypothesis())
    ours = combine((analysis,), parameters, sets[:1], hypothesis_of("neutrinos", ["cVL", "cVR", "cSL", "cTL"]))
    x = theirs.start.at[:4].set(jnp.asarray([9.0, 3.0, 2.0, 0.4]))
    y = ours.start.at[:4].set(jnp.asarray([6.0, 3.0, -3.0, 2.0]))
    y = y.at[ours.index("form_factor[B -> K][0]")].set(0.4)
    np.testing.assert_allclose(rows_at(ours, y, jnp.asarray(0.0)), rows_at(theirs, x, None), rtol=ROUNDING)


def test_line_moves_with_its_mass(parameters, sets):
    axes = hypothesis_of("scalar", ["g_S", "g_P"])
    likelihood = combine(load_experiments(COUNTING[:2]), parameters, sets, axes)
    assert float(likelihood.signal.threshold) == pytest.approx(5.27941 - 0.493677, abs=1e-6)
    x = likelihood.start
    assert_gradient(lambda m: value_at(likelihood, x, m), 2.1)


def test_a_coupling_that_nothing_is_seen_of(parameters, sets, combined):
    """The best value of a coupling may be 0, where the rate is stationary: the fit must get there."""
    axes = hypothesis_of("fermion-pair", ["f_AV"])
    likelihood = at_context(
        combine(load_experiments(["belle-2017:K*0"]), parameters, sets[1:], axes), jnp.asarray(MASS)
    )
    fits = fit_held(define_problem(likelihood, held={"mu": 1.0}))
    assert fits.converged.all()
    assert fits.iterations[0] < 30
    assert abs(fits.parameters[0, 1]) < 1e-3 * likelihood.signal.scale[1]  # fewer events than background were seen


def test_nothing_is_compiled_again_for_other_masses(combined):
    counted = CountedJit(lambda likelihood, x, mass: log_likelihood(likelihood, x, mass))
    for mass in (0.1, 0.5, 3.0):
        counted(combined, combined.start, jnp.asarray(mass))
    assert counted.traces == 1


def test_channels_without_prediction_are_named(parameters, sets):
    experiments = load_experiments(["belle-2017", "belle2-2025-xs", "babar-2012-b0-invisible"])
    kept, left_out = predictable(experiments, {one.process: one for one in sets})
    assert [e.name for e in kept] == ["belle-2017"]
    assert len(kept[0].channels) == 4
    assert "belle-2017:pi+ (B+ -> pi+)" in left_out
    assert "babar-2012-b0-invisible (B0 -> invisible)" in left_out
    with pytest.raises(InputError, match=r"no prediction for belle-2017:pi\+ \(B\+ -> pi\+\)"):
        combine(experiments, parameters, sets, hypothesis_of("fermion-pair", ["f_VV"]))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "at least one experiment"),
        (["babar-2013", "babar-2013"], "more than once"),
        (["belle2-2025", "belle2-2025-hta"], "both have the channel"),
        (["belle2-2025:K+"], "no channels to choose from"),
    ],
)
def test_experiments_that_do_not_go_together(names, message):
    with pytest.raises(InputError, match=message):
        load_experiments(names)


def test_unknown_names():
    with pytest.raises(UnknownNameError, match="babar"):
        load_experiments(["babar-2031"])
    with pytest.raises(UnknownNameError, match="channel of belle-2017"):
        load_experiments(["belle-2017:K+,Kstar"])


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("fermion-pair", []), {}, "one or more different"),
        (("fermion-pair", ["f_VV", "f_VV"]), {}, "one or more different"),
        (("fermions", ["f_VV"]), {}, "fermion-pair"),
        (("fermion-pair", ["g_S"]), {}, "coupling of fermion-pair"),
        (("fermion-pair", ["f_VV"]), {"self_conjugate": True}, "vanishes"),
        (("scalar", ["g_S"]), {"self_conjugate": True}, "no pair"),
        (("neutrinos", ["f_VV"]), {}, "cVL"),
        (("neutrinos", ["cVL"]), {"chiral": True}, "no other basis"),
        (("mixed-pair", ["V_LL"]), {"chiral": True}, "no chiral basis"),
    ],
)
def test_couplings_that_cannot_be_varied(arguments, options, message):
    with pytest.raises(InputError, match=message):
        hypothesis_of(*arguments, **options)


def test_insensitive_couplings_and_one_branching_fraction(parameters, sets):
    experiments = load_experiments(["belle-2017:K+"])
    with pytest.raises(InputError, match="no channel is sensitive to f_AV, f_AA: the decays are B"):
        combine(experiments, parameters, sets, hypothesis_of("fermion-pair", ["f_AV", "f_AA"]))
    with pytest.raises(InputError, match=r"branching fraction of B0 -> K0 says nothing about B\+ -> K\+"):
        combine(experiments, parameters, sets, BranchingFraction("B0 -> K0"))
    with pytest.raises(InputError, match="one set for each process"):
        combine(experiments, parameters, [sets[0], sets[0]], hypothesis_of("fermion-pair", ["f_VV"]))


def test_chiral_basis_is_that_of_the_rates(parameters, sets):
    """V_LL alone is f_VV = -f_VA = -f_AV = f_AA, up to signs that no rate of massless particles shows."""
    hypothesis = hypothesis_of("fermion-pair", ["V_LL"], chiral=True)
    (particles,) = hypothesis.at(parameters, jnp.asarray([1.0, MASS])).particles
    chiral = particles.couplings.total()
    assert abs(float(chiral.f_VV)) == pytest.approx(0.25)
    where, theory = ((TotalRate(),), jnp.zeros(0)), (parameters, sets[0], jnp.zeros(len(sets[0].mean)))
    rows, expected_rows = (
        decay_rows(*where, *theory, Particles(couplings, MASS), B_PLUS_TO_K_PLUS)
        for couplings in (chiral, FermionPairCouplings(f_VV=chiral.f_VV, f_VA=chiral.f_VA))
    )
    np.testing.assert_allclose(rows, expected_rows, rtol=ROUNDING)


def test_nan_is_not_the_standard_model(combined, rng):
    x = somewhere(combined, rng)
    for mass in (MASS, 3.0):
        assert np.isfinite(value_at(combined, x, jnp.asarray(mass)))
        # mu, couplings, theory, form factors, nuisance parameters of the models
        for i in (0, 1, combined.signal.n_free, combined.n_signal - 1, len(x) - 1):
            assert np.isnan(value_at(combined, x.at[i].set(np.nan), jnp.asarray(mass))), combined.parameter_names[i]
    for mass in (np.nan, -MASS):
        assert np.isnan(value_at(combined, x, jnp.asarray(mass)))
