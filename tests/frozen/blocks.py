"""What is frozen: one function for each block of numbers, from the settings it was made with to values by name.

Settings and values speak of physics alone: experiments, families, couplings, masses, names of parameters. Only this
file knows the interface of the package; the numbers stay as they are when the interface changes.
"""

import functools
import zlib

import jax
import jax.numpy as jnp
import numpy as np

from jaxflav.couplings.families import make_couplings
from jaxflav.couplings.linear_combination import couplings_at
from jaxflav.experiments.analysis import load_analysis
from jaxflav.experiments.combination import combine
from jaxflav.experiments.loading import load_experiments, predictable
from jaxflav.experiments.one_experiment import one_experiment
from jaxflav.form_factors.files import load_form_factors
from jaxflav.hypotheses.neutrinos import neutrino_hypothesis
from jaxflav.hypotheses.rate import BranchingFraction, Strength, direction_of
from jaxflav.hypotheses.text import hypothesis_of
from jaxflav.inference.evidence.marginal import define_marginal, log_likelihoods
from jaxflav.inference.fitting.problem import define_problem, fit_held
from jaxflav.inference.hypothesis_tests.cls_limits import upper_limit
from jaxflav.inference.posteriors.priors import make_prior
from jaxflav.inference.profiling.profile import interval, profile
from jaxflav.inference.profiling.signal_strength import fit_signal_strength
from jaxflav.inputs.parameters import load_parameters
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood, NoSignal, at_context, log_likelihood
from jaxflav.observables.observable import find_decay
from jaxflav.rates.branching_fractions import coupling_from_branching_fraction, invisible_branching_fraction
from jaxflav.rates.decays import InvisibleDecay
from jaxflav.spectra.decays import spectrum
from jaxflav.spectra.spectrum import total
from jaxflav.studies.every_scenario import choose_scenarios, scan_scenarios
from jaxflav.studies.favoured_regions import favoured_regions
from jaxflav.studies.mass_scan import scan_masses

_OFFSET = 0.3  # of a nuisance parameter that starts at 0; a tenth of it, relative, for one that starts elsewhere

parameters, analysis_of = functools.cache(load_parameters), functools.cache(load_analysis)


@functools.cache
def form_factors(process="B -> K"):
    return load_form_factors("HPQCD2022+FLAG2021" if process == "B -> K" else "GRvDV2023", process)


def all_form_factors():
    return [form_factors(process) for process in ("B -> K", "B -> K*", "Bs -> phi")]


def several(names):
    """Experiments by name, without the channels that have no prediction."""
    return predictable(load_experiments(names), {one.process: one for one in all_form_factors()})[0]


@functools.cache
def alone(name, hypothesis, width=None):
    """Likelihood of one experiment for mu times the Standard Model and a branching fraction, or coefficients."""
    analysis = analysis_of(name)
    if hypothesis == "published":
        return Likelihood(build_histfactory(analysis.tables), NoSignal())
    if hypothesis == "neutrinos":
        varied = neutrino_hypothesis()
    elif hypothesis == "two-body":
        varied = BranchingFraction(analysis.decay.name, width=width)
    else:
        family, coupling = hypothesis.split()
        varied = BranchingFraction(analysis.decay.name, direction_of(make_couplings(family, {coupling: 1.0})))
    return one_experiment(analysis, parameters(), form_factors(), varied)


def hypothesis_for(settings):
    """Hypothesis of the settings of a block: couplings of a family, or the strength of a direction of them."""
    options = {key: settings[key] for key in ("chiral", "scale", "self_conjugate") if key in settings}
    varied = hypothesis_of(settings["family"], settings["couplings"], **options)
    if "direction" not in settings:
        return varied
    couplings = couplings_at(varied.directions(parameters()), jnp.asarray(settings["direction"]))
    return Strength(direction_of(couplings))


def likelihood_of(settings):
    """Likelihood of the settings of a block."""
    if "family" not in settings:
        (name,) = settings["experiments"]
        return alone(name, settings["hypothesis"], settings.get("width"))
    return combine(several(settings["experiments"]), parameters(), all_form_factors(), hypothesis_for(settings))


def full_name(name, settings):
    """Name of a parameter where several experiments may be together."""
    prefixed = "family" not in settings and name not in settings["points"][0] and "->" not in name
    return f"{settings['experiments'][0]}/{name}" if prefixed else name


def offset(name):
    """A number between -1 and 1 that depends on the name alone."""
    return 2.0 * (zlib.crc32(name.encode()) / 2**32) - 1.0


@jax.jit
def _value_and_slopes_at(likelihood, x, direction):
    value, by_parameter = jax.value_and_grad(log_likelihood, 1)(likelihood, x)
    return value, by_parameter, jnp.nan, by_parameter @ direction


@jax.jit
def _value_and_slopes(likelihood, x, mass, direction):
    value, (by_parameter, by_mass) = jax.value_and_grad(log_likelihood, (1, 2))(likelihood, x, mass)
    return value, by_parameter, by_mass, by_parameter @ direction


def log_likelihood_at_points(settings):
    """ln L and its gradient at points of the signal parameters and the mass.

    All other parameters are where their names put them. The gradient by them is given along these offsets.
    """
    likelihood, named = likelihood_of(settings), settings["points"][0]
    names = [full_name(name, settings) for name in likelihood.parameter_names]
    start, moved = np.array(likelihood.start), np.array([name not in named for name in names])
    z = _OFFSET * np.array([offset(name) for name in names])
    direction = np.where(moved & ~np.asarray(likelihood.fixed), np.where(start == 0, z, 0.1 * z * start), 0.0)
    theory = [name for name in names if name.startswith("form_factor[") or name in ("lambda_t", "X_t", "f_Bs")]
    shown = [*(name for name in named if name != "mass"), *theory]
    found = {"log_likelihood": [], "along_offsets": [], "gradient": {name: [] for name in shown}}
    by_mass = "mass" in named and settings.get("slope_in_mass", True)
    if by_mass:
        found["gradient"]["mass"] = []
    for point in settings["points"]:
        x = start + direction
        for name, value in point.items():
            if name != "mass":
                x[names.index(name)] = value
        mass = jnp.asarray(float(point.get("mass", 0.0)))
        if settings.get("slope_in_mass", True):
            parts = _value_and_slopes(likelihood, jnp.asarray(x), mass, jnp.asarray(direction))
        else:
            parts = _value_and_slopes_at(at_context(likelihood, mass), jnp.asarray(x), jnp.asarray(direction))
        value, by_parameter, slope_in_mass, along = parts
        found["log_likelihood"].append(float(value))
        found["along_offsets"].append(float(along))
        for name in shown:
            found["gradient"][name].append(float(by_parameter[names.index(name)]))
        if by_mass:
            found["gradient"]["mass"].append(float(slope_in_mass))
    return found


def branching_fractions(settings):
    """Branching fractions of every scenario at coupling 1, by decay, at shares of its threshold in B -> K."""
    constants, found = parameters(), {}
    distance = float(constants["m_Bplus"] - constants["m_Kplus"])
    for scenario in choose_scenarios([]):
        couplings = make_couplings(scenario.family, {scenario.coupling: 1.0}, self_conjugate=scenario.self_conjugate)
        top = distance / 2 if scenario.family.endswith("-pair") else distance
        decays = [d for d in settings["decays"] if scenario.family.endswith("-pair") or not d.startswith("Bs ->")]
        rows = []
        for share in settings["shares_of_threshold"]:
            rows.append(_fractions(decays, couplings, share * top))
        found[scenario.label] = dict(zip(decays, np.transpose(rows).tolist(), strict=True))
    return found


@jax.jit
def _total(constants, ff_set, couplings, mass, decay):
    if isinstance(decay, InvisibleDecay):
        return invisible_branching_fraction(constants, couplings, mass, decay)
    return total(spectrum(constants, ff_set, jnp.zeros(ff_set.mean.shape), couplings, mass, decay))


def _fractions(names, couplings, mass):
    decays, at = [find_decay(name) for name in names], jnp.asarray(float(mass))
    sets = [None if isinstance(decay, InvisibleDecay) else form_factors(decay.process) for decay in decays]
    pairs = zip(decays, sets, strict=True)
    return [float(_total(parameters(), ff_set, couplings, at, decay)) for decay, ff_set in pairs]


def mass_scan(settings):
    """t(m) of one experiment, branching fractions, and the couplings that give them."""
    likelihood = alone(settings["experiments"][0], settings["hypothesis"], settings.get("width"))
    scan = scan_masses(likelihood, np.array(settings["mass"]))
    theory = scan.parameters[:, 2 : likelihood.n_signal]
    couplings = {}
    for name in settings.get("couplings", ()):
        decay = analysis_of(settings["experiments"][0]).decay

        def one(z, mass, branching, name=name, decay=decay):
            return coupling_from_branching_fraction(
                name, parameters(), form_factors(), z, mass, branching, decay, scale=settings["scale"]
            )

        couplings[name] = np.asarray(jax.vmap(one)(theory, scan.mass, scan.branching_fraction)).tolist()
    return {**_scan_content(scan), "branching_fraction": scan.branching_fraction.tolist(), "coupling": couplings}


def _scan_content(scan):
    best = scan.best
    return {
        "t": scan.t.tolist(),
        "best": {
            "mass": best.mass,
            "mass_interval_68": list(best.interval_68),
            "mass_interval_closed": list(best.interval_closed),
            "t": best.t,
            "value": best.value,
            "value_interval_68": list(best.value_interval_68),
        },
        "t_rescaled_sm": scan.t_rescaled_sm,
        "mu_rescaled_sm": scan.mu_rescaled_sm,
        "log_likelihood_sm": scan.log_likelihood_sm,
    }


def scenarios(settings):
    """t(m) of every scenario, one coupling at a time: coupling squared, and the branching fraction at the best mass."""
    experiments = several(settings["experiments"])
    found = {}
    scans = scan_scenarios(
        experiments,
        parameters(),
        all_form_factors(),
        choose_scenarios(settings["scenarios"]),
        settings["points"],
        settings["scale"],
    )
    for one in scans:
        s = one.scenario
        couplings = make_couplings(s.family, {s.coupling: one.coupling}, self_conjugate=s.self_conjugate)
        fractions = _fractions(settings["decays"], couplings, one.scan.best.mass)
        found[s.label] = {
            **_scan_content(one.scan),
            "mass": one.scan.mass.tolist(),
            "coupling_squared": one.scan.value.tolist(),
            "coupling_interval_68": list(one.coupling_interval_68),
            "branching_fraction": dict(zip(settings["decays"], fractions, strict=True)),
            "viable": one.viable,
        }
    return found


def limits(settings):
    """Upper limits by CLs on the branching fraction, mu held at 1."""
    likelihood = alone(settings["experiments"][0], settings["hypothesis"])
    found = {"observed": [], "expected": [], "best": [], "error": [], "effective_events": []}
    for mass in settings["mass"]:
        limit = upper_limit(define_problem(likelihood, mass, {"mu": 1.0}), "branching_fraction", settings["confidence"])
        for name, values in found.items():
            values.append(np.asarray(getattr(limit, name)).tolist())
    return found


def plane(settings):
    """2 ln L(best) - 2 ln L of two couplings, rows by y, of all experiments together and perhaps of each alone."""
    hypothesis = hypothesis_for(settings)
    grids = [np.array(settings["grids"][name]) for name in settings["couplings"]]
    regions = favoured_regions(
        several(settings["experiments"]),
        parameters(),
        all_form_factors(),
        hypothesis,
        settings["mass"],
        grids,
        settings["single"],
    )
    planes = {"together": regions.combined, **regions.single}
    found = {
        name: {"q": one.q.tolist(), "best": list(one.best), "log_likelihood": one.log_likelihood}
        for name, one in planes.items()
    }
    if hypothesis.adds_to_standard_model:
        found["t_standard_model"] = regions.t_standard_model
    return {**found, "insensitive": list(regions.insensitive)}


def neutrinos(settings):
    """Fit, intervals and profiles of the Wilson coefficients of B -> K nu nubar."""
    likelihood = alone(settings["experiments"][0], "neutrinos")
    problem = define_problem(likelihood)
    best = fit_held(problem)
    names = list(settings["profiles"])
    found = {
        "log_likelihood": float(best.log_likelihood[0]),
        "best": {name: float(best.parameters[0, likelihood.index(name)]) for name in names},
    }
    for name, values in settings["profiles"].items():
        curve = profile(problem, name, np.array(values))
        span = interval(problem, name)
        found[name] = {"q": curve.q.tolist(), "interval_68": [span.low, span.high], "closed": list(span.closed)}
    pair = names[:2]
    grid = np.array([[x, y] for y in settings["profiles"][pair[1]] for x in settings["profiles"][pair[0]]])
    fits = fit_held(problem, pair, grid)
    q = 2 * (best.log_likelihood[0] - np.where(fits.converged, fits.log_likelihood, np.nan))
    return {**found, "plane": q.reshape(len(settings["profiles"][pair[1]]), -1).tolist()}


def signal_strength(settings):
    """Signal strength of the published likelihood."""
    found = fit_signal_strength(alone(settings["experiments"][0], "published"))
    names = ("mu", "mu_error", "q0", "q1", "log_likelihood")
    return {name: getattr(found, name) for name in names} | {"interval_68": list(found.interval_68)}


def _posterior(settings):
    likelihood = alone(settings["experiments"][0], settings["hypothesis"])
    priors = {name: make_prior(kind, numbers) for name, (kind, *numbers) in settings["priors"].items()}
    problem = define_problem(likelihood, settings.get("mass", 0.0), settings.get("held"))
    return problem, priors


def marginal_likelihood(settings):
    """ln of the likelihood integrated over all nuisance parameters, at values of those with a prior."""
    problem, priors = _posterior(settings)
    marginal = define_marginal(problem, priors)
    rows = np.array([[point[name] for name in marginal.names] for point in settings["points"]])
    return {"log_likelihood": log_likelihoods(marginal, rows).tolist()}


BLOCKS = {
    "log_likelihood": log_likelihood_at_points,
    "branching_fractions": branching_fractions,
    "mass_scan": mass_scan,
    "scenarios": scenarios,
    "limits": limits,
    "plane": plane,
    "neutrinos": neutrinos,
    "signal_strength": signal_strength,
    "marginal_likelihood": marginal_likelihood,
}
