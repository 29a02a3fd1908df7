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

from jaxflav.couplings.neutrino_names import from_eos
from jaxflav.experiments.combined_signal import CombinedSignal
from jaxflav.experiments.neutrinos import NeutrinoSignal
from jaxflav.experiments.pair import PairSignal
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.inference.posterior import Posterior
from jaxflav.inference.prior_draws import BATCH, full_parameters
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError
from jaxflav.likelihood.likelihood import PreparedSignal
from jaxflav.numerics.safe import safe_divide
from jaxflav.observables.observable import Observable
from jaxflav.observables.scenario import Scenario
from jaxflav.observables.values import values
from jaxflav.rates.decays import Decay

_WITH_COUPLINGS = (NeutrinoSignal, PairSignal, CombinedSignal)


def signal_of(posterior: Posterior) -> eqx.Module:
    """Signal of a posterior, without what was prepared for its context."""
    signal = posterior.likelihood.signal
    return signal.signal if isinstance(signal, PreparedSignal) else signal


def has_observables(posterior: Posterior) -> bool:
    """Whether the scenario has couplings, which all decays have in common."""
    return isinstance(signal_of(posterior), _WITH_COUPLINGS)


def _new_physics(signal, inputs, parameters, mass):
    """Couplings at signal parameters (k,), the factor of their rates, and that of the Standard Model beside them."""
    one = jnp.ones(())
    if isinstance(signal, NeutrinoSignal):  # of B -> K, right-handed coefficients being 0
        return from_eos(inputs, cVL=parameters[0], cSL=parameters[1], cTL=parameters[2]), one, 0 * one
    if isinstance(signal, PairSignal):
        unit = signal.reference(mass)
        return signal.couplings, safe_divide(parameters[1], unit), parameters[0]
    first = int(signal.axes.adds_to_standard_model)
    mu = parameters[0] if first else 0 * one
    if signal.direction is not None:
        return signal.axes.at(inputs, signal.direction), parameters[first], mu
    return signal.axes.at(inputs, parameters[first : signal.n_free]), one, mu


def _inputs_at(signal, inputs, parameters):
    """Constants at the theory nuisances of a combination; the others have none."""
    if not isinstance(signal, CombinedSignal):
        return inputs
    first, n = signal.n_free, signal.relative.shape[0]
    shift = 1.0 + signal.relative * parameters[first : first + n]
    return inputs.replace({name: inputs[name] * shift[i] for i, name in enumerate(signal.names[first : first + n])})


def _places(signal, sets):
    """Positions of the form-factor nuisances of each process among the signal parameters; none where there are none."""
    places = {}
    for i, one in enumerate(sets):
        n, names = len(one.mean), signal.names
        found = [[f"form_factor[{one.process}][{k}]" for k in range(n)], [f"form_factor[{k}]" for k in range(n)]]
        for candidate in found[: 2 if i == 0 else 1]:
            if set(candidate) <= set(names):
                places[one.process] = np.array([names.index(name) for name in candidate])
    return places


@eqx.filter_jit
def _values(posterior, signal, asked, polarised, inputs, sets, draws, free):
    """Observables (n, m) at draws (n, p), with form factors (n, k) by process that the likelihood does not have.

    What is asked for are m rates, and the F_L whose positions among the m observables are given.
    """
    places, by_process = _places(signal, sets), {one.process: one for one in sets}
    at, n_rates = np.array(polarised, dtype=int), len(asked) - len(polarised)
    beside = isinstance(signal, PairSignal) or (isinstance(signal, CombinedSignal) and signal.axes.homogeneous)

    def one(draw, free):
        parameters = full_parameters(posterior, draw)[: len(signal.names)]
        mass = draw[-1] if posterior.free_context else posterior.context
        moved = _inputs_at(signal, inputs, parameters)
        nuisances = {p: parameters[places[p]] if p in places else free[p] for p in by_process}
        couplings, factor, mu = _new_physics(signal, moved, parameters, mass)
        new = values(asked, Scenario(couplings, mass, standard_model=False), moved, by_process, nuisances)
        old = values(asked, Scenario(), moved, by_process, nuisances) if beside else jnp.zeros_like(new)
        new_rate, old_rate = factor * new[:n_rates], mu * old[:n_rates]
        total = new_rate + old_rate
        longitudinal = new_rate[at] * new[n_rates:] + old_rate[at] * old[n_rates:]
        return total.at[at].set(safe_divide(longitudinal, total[at]))

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
    inputs: Parameters,
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
    inputs : Parameters
        Constants, those of the likelihood.
    form_factors : sequence of FormFactorSet
        One for each process of the decays; the first one is that of a likelihood of one experiment.
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
    sets = tuple(one for i, one in enumerate(sets) if i == 0 or one.process in needed)
    if isinstance(signal, CombinedSignal):  # what is prepared at a mass is not needed, and need not be compiled
        signal = eqx.tree_at(lambda s: (s.responses, s.standard_model, s.form_factors), signal, ((), (), ()))
    rng, places = np.random.default_rng(seed), _places(signal, sets)
    free = {s.process: rng.standard_normal((len(draws), len(s.mean))) for s in sets if s.process not in places}
    polarised = tuple(i for i, one in enumerate(observables) if one.quantity == "FL")
    asked = (*map(_rate_of, observables), *(observables[i] for i in polarised))
    light = eqx.tree_at(lambda p: p.likelihood, posterior, None)
    draws, done = np.asarray(draws, dtype=float), []
    for first in range(0, len(draws), BATCH):
        index = np.minimum(np.arange(first, first + BATCH), len(draws) - 1)
        batch = (jnp.asarray(draws[index]), {p: jnp.asarray(z[index]) for p, z in free.items()})
        found = np.asarray(_values(light, signal, asked, polarised, inputs, sets, *batch))
        done.append(found[: len(draws) - first])
    return np.concatenate(done)
