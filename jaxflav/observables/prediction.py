"""Predictions with their covariance, split by where it comes from."""

from collections.abc import Iterable, Mapping, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.form_factors.files import load_form_factors
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.numerics.compilation import compiled_quickly
from jaxflav.observables.observable import Observable, parse_observable
from jaxflav.observables.scenario import Scenario
from jaxflav.observables.values import values
from jaxflav.rates.decays import Decay

PARTS = ("form factors", "CKM", "X_t", "other")
_CKM = ("lambda_t", "V_cb", "lambda_t_d", "V_ub", "V_us")
DEFAULT_SETS = {"B -> K": "HPQCD2022+FLAG2021", "B -> K*": "GRvDV2023", "Bs -> phi": "GRvDV2023"}


class Prediction(eqx.Module):
    """Central values of observables and their covariance.

    Attributes
    ----------
    names
        Tuple of n names.
    central
        Shape (n,).
    covariances
        Shape (4, n, n), one matrix for each of ``parts``: "form factors", "CKM", "X_t" and "other".
    total
        Shape (n, n). The sum of the four, up to the noise of samples if it was made by sampling.
    sources
        Reference keys of the inputs, for ``jaxflav.cite``.
    """

    names: tuple[str, ...] = eqx.field(static=True)
    central: Float[Array, " n"]
    covariances: Float[Array, "parts n n"]
    total: Float[Array, "n n"]
    sources: tuple[str, ...] = eqx.field(static=True)
    parts: tuple[str, ...] = eqx.field(static=True, default=PARTS)

    def covariance(self, part: str | None = None) -> Float[Array, "n n"]:
        """Covariance of shape (n, n), in all or of one part; raises ``UnknownNameError`` for another name."""
        if part is None:
            return self.total
        if part not in self.parts:
            raise UnknownNameError("part of the uncertainty", part, self.parts)
        return self.covariances[self.parts.index(part)]

    def errors_of(self, part: str | None = None) -> Float[Array, " n"]:
        """Standard deviations of shape (n,), in all or of one part."""
        return jnp.sqrt(jnp.diagonal(self.covariance(part)))

    @property
    def errors(self) -> Float[Array, " n"]:
        """Total standard deviations, shape (n,)."""
        return self.errors_of()


def predict(
    observables: Sequence[Observable | str],
    scenario: Scenario,
    parameters: Parameters,
    form_factors: FormFactorSet | Iterable[FormFactorSet] | None = None,
) -> Prediction:
    """Predictions with their covariance by linear propagation through the Jacobian.

    Parameters
    ----------
    observables
        ``Observable`` or text for ``parse_observable``.
    scenario
        What the B decays into.
    parameters
        Inputs; their uncertainties are taken as independent of each other, also those of the CKM elements.
    form_factors
        Sets to use. A process without one has the built-in default: HPQCD 2022 with FLAG 2021 for B -> K, GRvDV 2023
        for B -> K* and B_s -> phi. Sets of different processes are independent.

    Raises
    ------
    InputError
        If there is no observable, a limit of q2 is beyond the end point, or there is no form-factor set for one of the
        decays.
    """
    problem = Problem(observables, scenario, parameters, form_factors)
    central, jacobians = _linearised(problem)
    covariances = []
    for part in PARTS:
        by_nuisances, by_parameters = jacobians
        of_part = [by_parameters * jnp.asarray(problem.sigma(part))[None]]
        of_part += [J for J in by_nuisances.values() if part == "form factors"]
        covariances.append(sum(J @ J.T for J in of_part))
    covariances = jnp.stack(covariances)
    return Prediction(problem.names, central, covariances, jnp.sum(covariances, axis=0), problem.sources)


class Problem(eqx.Module):
    """Observables, scenario and inputs, checked and complete: what is differentiated and sampled."""

    observables: tuple[Observable, ...]
    scenario: Scenario
    parameters: Parameters
    ff_sets: dict[str, FormFactorSet]

    def __init__(self, observables, scenario, parameters, form_factors):
        if isinstance(observables, Observable | str):
            observables = [observables]
        self.observables = tuple(parse_observable(o) if isinstance(o, str) else o for o in observables)
        if not self.observables:
            raise InputError("expected at least one observable, such as 'BR(B+ -> K+)'; found none")
        self.scenario, self.parameters = scenario, parameters
        _check_windows(self.observables, parameters)
        given = [form_factors] if isinstance(form_factors, FormFactorSet) else list(form_factors or ())
        by_process = {ff_set.process: ff_set for ff_set in given}
        if len(by_process) < len(given):
            raise InputError(f"expected one form-factor set a process, found {', '.join(s.process for s in given)}")
        processes = sorted({o.decay.process for o in self.observables if isinstance(o.decay, Decay)})
        self.ff_sets = {process: _find_set(process, by_process) for process in processes}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the observables."""
        return tuple(observable.name for observable in self.observables)

    @property
    def sources(self) -> tuple[str, ...]:
        """Reference keys, sorted."""
        methods = ("Kamenik:2009kc",) if self.scenario.tau_tree else ()
        of_form_factors = (s for ff_set in self.ff_sets.values() for s in ff_set.sources)
        return tuple(sorted({*self.parameters.sources, *of_form_factors, *methods}))

    @property
    def nominal(self) -> tuple[dict[str, Float[Array, " k"]], Float[Array, " p"]]:
        """Nuisance parameters of the form factors by process, and values of the parameters."""
        return {p: jnp.zeros(s.mean.shape) for p, s in self.ff_sets.items()}, self.parameters.values

    def sigma(self, part: str) -> np.ndarray:
        """Standard deviations of the parameters, 0 for those that do not belong to the part; shape (p,)."""
        named = {"CKM": _CKM, "X_t": ("X_t",), "form factors": ()}
        others = {name for names in named.values() for name in names}
        chosen = [name in named[part] if part in named else name not in others for name in self.parameters.names]
        return np.where(chosen, self.parameters.uncertainties, 0.0)

    def value(self, nuisances: Mapping[str, Float[Array, " k"]], parameters: Float[Array, " p"]) -> Float[Array, " n"]:
        """Values of the observables at nuisance parameters and values of the parameters."""
        moved = eqx.tree_at(lambda p: p.values, self.parameters, parameters)
        return values(self.observables, self.scenario, moved, self.ff_sets, nuisances)


def _check_windows(observables, parameters):
    """Raise InputError if a finite limit of q2 is beyond the end point of its decay; traced values are not checked."""
    ends = {}
    for observable in observables:
        decay, high = observable.decay, observable.bin[1]
        if not isinstance(decay, Decay) or isinstance(high, jax.core.Tracer):
            continue
        if decay.name not in ends:
            m_B, m_K = decay.masses(parameters)
            ends[decay.name] = (m_B - m_K) ** 2
        end = ends[decay.name]
        if not isinstance(end, jax.core.Tracer) and np.isfinite(high) and float(high) > float(end):
            raise InputError(
                f"{observable.name}: q2 = {float(high):g} GeV^2 is beyond the end point of {decay.name}, "
                f"{float(end):.4f} GeV^2; give a smaller limit, or inf for the end point"
            )


def _find_set(process, given):
    if process in given:
        return given[process]
    if process not in DEFAULT_SETS:
        raise InputError(f"no form factors of {process} are built in: give a set, load_form_factors('FILE.yaml')")
    return load_form_factors(DEFAULT_SETS[process], process)


@compiled_quickly
def _linearised(problem):
    def twice(*x):
        value = problem.value(*x)
        return value, value

    jacobians, central = jax.jacfwd(twice, argnums=(0, 1), has_aux=True)(*problem.nominal)
    return central, jacobians
