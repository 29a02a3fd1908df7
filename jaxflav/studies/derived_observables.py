"""Observables at the draws of a posterior: branching fractions, F_L and spectra of all modes from one set of couplings.

Rates of the Standard Model, times mu where it is a parameter, and of the new particles are computed with the same
masses, couplings, form factors and CKM elements as in the likelihood. Form factors of processes that the likelihood
does not have are drawn from their own covariance; constants that it holds are held here, too.
"""

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.experiments.signal import Signal, reference_rate
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.hypotheses.rate import BranchingFraction
from jaxflav.inference.posteriors.posterior import Posterior
from jaxflav.inference.posteriors.prior_draws import BATCH, full_parameters
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError
from jaxflav.likelihood.likelihood import PreparedSignal
from jaxflav.numerics.safe import safe_divide
from jaxflav.observables.observable import Observable
from jaxflav.observables.scenario import Scenario
from jaxflav.observables.values import values
from jaxflav.rates.decays import Decay


def signal_of(posterior: Posterior) -> eqx.Module:
    """Signal of a posterior, without what was prepared for its context."""
    signal = posterior.likelihood.signal
    return signal.signal if isinstance(signal, PreparedSignal) else signal


def has_observables(posterior: Posterior) -> bool:
    """Whether the hypothesis has couplings, which all decays have in common."""
    signal = signal_of(posterior)
    if not isinstance(signal, Signal) or not signal.unit:
        return False
    hypothesis = signal.hypothesis
    return not (isinstance(hypothesis, BranchingFraction) and hypothesis.direction is None)


def _new_physics(signal, constants, parameters, mass):
    """Couplings of each set of particles, with masses and the factors of their rates, and mu of the Standard Model."""
    state = signal.state(parameters, mass)
    found = []
    for one in state.particles:
        factor = one.factor
        if one.reference is not None:
            factor = safe_divide(factor, reference_rate(signal.forms, constants, one))
        scenario = Scenario(
            one.couplings.total(), one.mass, width=one.width, visibility=one.visibility, standard_model=False
        )
        found.append((scenario, factor))
    return found, parameters[0] if signal.first else jnp.zeros(())


def _constants_at(signal, constants, parameters):
    """Constants at the theory nuisances of the likelihood."""
    first, n = signal.n_free, signal.relative.shape[0]
    shift = 1.0 + signal.relative * parameters[first : first + n]
    names = signal.names[first : first + n]
    return constants.replace({name: constants[name] * shift[i] for i, name in enumerate(names)})


def _places(signal, sets):
    """Positions of the form-factor nuisances of each process among the signal parameters; none where there are none."""
    places = {}
    for one in sets:
        names = [f"form_factor[{one.process}][{k}]" for k in range(len(one.mean))]
        if set(names) <= set(signal.names):
            places[one.process] = np.array([signal.names.index(name) for name in names])
    return places


@eqx.filter_jit
def _values(posterior, signal, asked, polarised, constants, sets, draws, free):
    """Observables (n, m) at draws (n, p), with form factors (n, k) by process that the likelihood does not have.

    What is asked for are m rates, and the F_L whose positions among the m observables are given.
    """
    places, by_process = _places(signal, sets), {one.process: one for one in sets}
    at, n_rates = np.array(polarised, dtype=int), len(asked) - len(polarised)

    def one(draw, free):
        parameters = full_parameters(posterior, draw)[: len(signal.names)]
        mass = draw[-1] if posterior.free_context else posterior.context
        moved = _constants_at(signal, constants, parameters)
        nuisances = {p: parameters[places[p]] if p in places else free[p] for p in by_process}
        new, mu = _new_physics(signal, moved, parameters, mass)
        parts = [(factor, values(asked, scenario, moved, by_process, nuisances)) for scenario, factor in new]
        if signal.first:
            parts.append((mu, values(asked, Scenario(), moved, by_process, nuisances)))
        rates = sum(factor * found[:n_rates] for factor, found in parts)
        longitudinal = sum(factor * found[:n_rates][at] * found[n_rates:] for factor, found in parts)
        return rates.at[at].set(safe_divide(longitudinal, rates[at]))

    return jax.vmap(one)(draws, free)


def _rate_of(observable):
    low, high = (float(x) for x in observable.bin)
    if observable.is_point:
        return Observable("BR", observable.decay, q2=low)
    return Observable("BR", observable.decay, (low, high))


def derived_observables(
    posterior: Posterior,
    draws: Float[Array, "n p"],
    observables: Sequence[Observable],
    constants: Parameters,
    form_factors: Sequence[FormFactorSet],
    seed: int = 0,
) -> np.ndarray:
    """Observables (n, m) at draws (n, p) of the sampled quantities.

    Parameters
    ----------
    posterior : Posterior
        Of neutrino coefficients, a pair, or couplings of a combination.
    draws : (n, p) array
        ``thinned`` chains, or ``prior_draws``.
    observables : sequence of Observable
        Branching fractions and F_L, in bins or at points.
    constants : Parameters
        Constants, those of the likelihood.
    form_factors : sequence of FormFactorSet
        One for each process of the decays.
    seed : int
        Of the form factors that the likelihood does not have.

    Raises
    ------
    InputError
        If the likelihood has no couplings, an observable is another quantity, or there are no form factors for it.
    """
    signal, sets = signal_of(posterior), tuple(form_factors)
    if not has_observables(posterior):
        raise InputError(
            f"{type(signal).__name__} has no couplings, which would relate decays; take the scenario neutrinos, pair "
            "or couplings for observables"
        )
    known = {one.process for one in sets}
    for one in observables:
        if one.quantity not in ("BR", "FL"):
            raise InputError(f"{one.name}: expected branching fractions and F_L")
        if isinstance(one.decay, Decay) and one.decay.process not in known:
            raise InputError(f"{one.name}: no form factors of {one.decay.process}; there are some of {sorted(known)}")
    needed = {one.decay.process for one in observables if isinstance(one.decay, Decay)}
    sets = tuple(one for one in sets if one.process in needed)
    # what is prepared at a mass is not needed, and need not be compiled
    signal = eqx.tree_at(lambda s: (s.standard_model, s.prepared), signal, ((), None), is_leaf=lambda x: x is None)
    rng, places = np.random.default_rng(seed), _places(signal, sets)
    free = {s.process: rng.standard_normal((len(draws), len(s.mean))) for s in sets if s.process not in places}
    polarised = tuple(i for i, one in enumerate(observables) if one.quantity == "FL")
    asked = (*map(_rate_of, observables), *(observables[i] for i in polarised))
    light = eqx.tree_at(lambda p: p.likelihood, posterior, None)
    draws, done = np.asarray(draws, dtype=float), []
    for first in range(0, len(draws), BATCH):
        index = np.minimum(np.arange(first, first + BATCH), len(draws) - 1)
        batch = (jnp.asarray(draws[index]), {p: jnp.asarray(z[index]) for p, z in free.items()})
        found = np.asarray(_values(light, signal, asked, polarised, constants, sets, *batch))
        done.append(found[: len(draws) - first])
    return np.concatenate(done)
