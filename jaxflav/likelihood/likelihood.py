"""A likelihood with physics parameters: a HistFactory model whose signal yields are predicted.

The parameter vector is [signal parameters, parameters of the HistFactory model]. Signal parameters are
couplings, signal strengths or branching fractions (unconstrained, perhaps bounded from below) and theory
nuisance parameters (independent standard normal). What is not fitted, such as the mass of a scan, is the
*context*: any pytree, handed through to the prediction.

Beside the bins, whose counts are Poisson, there may be measured quantities with normal errors that the signal predicts,
such as branching fractions; bins and measurements together are the *rows* of a likelihood.
"""

import abc

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PyTree

from jaxflav.io.errors import UnknownNameError
from jaxflav.likelihood.histfactory import (
    HistFactory,
    constraint_log_density,
    expected_and_jacobian,
    expected_events,
    poisson_log_density,
)
from jaxflav.likelihood.measurement import Measurements, log_densities, no_measurements


class AbstractSignal(eqx.Module):
    """Predicts the yields of the replaced samples, and what is measured; subclasses hold what stays the same.

    Attributes
    ----------
    names : tuple of str
        Names of the signal parameters.
    n_free : int
        How many of them, the first ones, are unconstrained; the others are standard normal.
    lower : tuple of float
        Lower bounds of the unconstrained ones.
    start : tuple of float
        Start values of all signal parameters.
    scale : tuple of float
        Typical sizes of all signal parameters, for algorithms that need a first step.
    """

    names: eqx.AbstractVar[tuple[str, ...]]
    n_free: eqx.AbstractVar[int]
    lower: eqx.AbstractVar[tuple[float, ...]]
    start: eqx.AbstractVar[tuple[float, ...]]
    scale: eqx.AbstractVar[tuple[float, ...]]

    def upper_bounds(self) -> tuple[float, ...]:
        """Upper bounds of the unconstrained parameters; none by default."""
        return (np.inf,) * self.n_free

    def prepare(self, context: PyTree) -> PyTree:
        """What depends on the context alone: a fit computes it once. Nothing, by default."""
        return context

    def prepare_many(self, contexts: PyTree) -> PyTree:
        """As ``prepare`` for contexts with a leading axis, which the result has, too."""
        return jax.lax.map(self.prepare, contexts)

    def predictor(self) -> "AbstractSignal":
        """What ``predict`` and ``curvature`` need of the signal; names and start values may be others."""
        return self

    @abc.abstractmethod
    def predict(self, parameters: Float[Array, " p"], prepared: PyTree) -> Float[Array, " signals"]:
        """Expected events of the replaced samples, bin after bin, then the measured quantities, if there are any.

        They are computed from what ``prepare`` returned.
        """

    def curvature(
        self, parameters: Float[Array, " p"], prepared: PyTree, weights: Float[Array, " signals"]
    ) -> Float[Array, "free free"] | None:
        """Second derivatives of the weighted sum of what ``predict`` gives by the unconstrained parameters.

        None where they vanish: the prediction is linear in these parameters. Where rates are quadratic in couplings
        they are what holds a coupling that the data want to be 0.
        """
        return None

    def yields(self, parameters: Float[Array, " p"], context: PyTree) -> Float[Array, " signals"]:
        """As ``predict``, at a context."""
        return self.predict(parameters, self.prepare(context))


class NoSignal(AbstractSignal):
    """No replaced sample: the HistFactory model as it was published."""

    names: tuple[str, ...] = eqx.field(static=True, default=())
    n_free: int = eqx.field(static=True, default=0)
    lower: tuple[float, ...] = eqx.field(static=True, default=())
    start: tuple[float, ...] = eqx.field(static=True, default=())
    scale: tuple[float, ...] = eqx.field(static=True, default=())

    def predict(self, parameters, prepared):
        """No yields."""
        return jnp.zeros(0)


class PreparedSignal(AbstractSignal):
    """A signal at one context, prepared; made by ``at_context``."""

    signal: AbstractSignal
    prepared: PyTree
    names: tuple[str, ...] = eqx.field(static=True)
    n_free: int = eqx.field(static=True)
    lower: tuple[float, ...] = eqx.field(static=True)
    start: tuple[float, ...] = eqx.field(static=True)
    scale: tuple[float, ...] = eqx.field(static=True)

    def upper_bounds(self):
        """As those of the signal."""
        return self.signal.upper_bounds()

    def predict(self, parameters, prepared):
        """Expected events at the context that the signal was prepared for; no other context counts."""
        return self.signal.predict(parameters, self.prepared)

    def curvature(self, parameters, prepared, weights):
        """As that of the signal."""
        return self.signal.curvature(parameters, self.prepared, weights)


class Likelihood(eqx.Module):
    """A HistFactory model with a predicted signal; see the module's text for its parameter vector.

    Attributes
    ----------
    model : HistFactory
        Backgrounds, data and experimental nuisance parameters.
    signal : AbstractSignal
        Prediction of the replaced samples and of the measurements.
    measurements : Measurements
        Quantities with normal errors; none by default.
    """

    model: HistFactory
    signal: AbstractSignal
    measurements: Measurements = eqx.field(default_factory=no_measurements)

    @property
    def n_rows(self) -> int:
        """Number of bins and measurements."""
        return self.model.n_bins + self.measurements.mean.shape[0]

    @property
    def observed(self) -> Float[Array, " rows"]:
        """Counts of the bins, then measured values."""
        return jnp.concatenate([self.model.observed, self.measurements.mean])

    @property
    def normal_error(self) -> Float[Array, " rows"]:
        """Standard deviations of the measurements; 0 for bins, which are Poisson."""
        return jnp.concatenate([jnp.zeros(self.model.n_bins), self.measurements.error])

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names in the order of the parameter vector."""
        return self.signal.names + self.model.parameter_names

    @property
    def n_signal(self) -> int:
        """Number of signal parameters."""
        return len(self.signal.names)

    def index(self, name: str) -> int:
        """Position of a parameter in the vector.

        Raises
        ------
        InputError
            If there is no parameter of that name.
        """
        if name not in self.parameter_names:
            raise UnknownNameError("parameter", name, self.parameter_names)
        return self.parameter_names.index(name)

    def _with_signal(self, signal_values, column):
        return jnp.concatenate([jnp.asarray(signal_values, dtype=column.dtype), column])

    @property
    def start(self) -> Float[Array, " p"]:
        """Start values."""
        return self._with_signal(self.signal.start, self.model.start)

    @property
    def lower(self) -> Float[Array, " p"]:
        """Lower bounds: of the signal and of the model; minus infinity for theory nuisances.

        A parameter that multiplies the yield of a bin cannot be negative: the errors of the simulation are 100 % in
        some bins, and with an empty bin nothing else would hold the expectation above 0.
        """
        lower = self.signal.lower + (-np.inf,) * (self.n_signal - self.signal.n_free)
        return self._with_signal(lower, self.model.lower)

    @property
    def upper(self) -> Float[Array, " p"]:
        """Upper bounds; the constraint holds theory nuisances (infinity)."""
        theory = (np.inf,) * (self.n_signal - self.signal.n_free)
        return self._with_signal(self.signal.upper_bounds() + theory, self.model.upper)

    @property
    def centre(self) -> Float[Array, " p"]:
        """Auxiliary measurements: of the model, 0 for theory nuisances, without meaning where nothing constrains."""
        return self._with_signal((0.0,) * self.n_signal, self.model.centre)

    @property
    def fixed(self) -> Array:
        """Boolean: parameters held constant by the workspace."""
        return jnp.concatenate([jnp.zeros(self.n_signal, dtype=bool), self.model.fixed])


@eqx.filter_jit
def at_context(likelihood: Likelihood, context: PyTree) -> Likelihood:
    """The likelihood at one context, with all that depends on the context alone computed in advance."""
    s = likelihood.signal
    prepared = PreparedSignal(s, s.prepare(context), s.names, s.n_free, s.lower, s.start, s.scale)
    return Likelihood(likelihood.model, prepared, likelihood.measurements)


def with_observed(likelihood: Likelihood, observed: Float[Array, " rows"]) -> Likelihood:
    """The likelihood with other data, such as Asimov data, in place of ``likelihood.observed``."""
    n = likelihood.model.n_bins
    return eqx.tree_at(
        lambda one: (one.model.observed, one.measurements.mean), likelihood, (observed[:n], observed[n:])
    )


def expected(likelihood: Likelihood, parameters: Float[Array, " p"], context: PyTree = None) -> Float[Array, " rows"]:
    """Expectation of every row; parameters in the order of ``likelihood.parameter_names``."""
    k, n = likelihood.n_signal, len(likelihood.model.signal_bin)
    predicted = likelihood.signal.yields(parameters[:k], context)
    return jnp.concatenate([expected_events(likelihood.model, parameters[k:], predicted[:n]), predicted[n:]])


def constraint(
    likelihood: Likelihood, parameters: Float[Array, " p"], centre: Float[Array, " p"] | None = None
) -> Float[Array, ""]:
    """Log-density of all constraint terms: those of the model, and standard normal theory nuisances.

    The auxiliary measurements are ``likelihood.centre`` unless the caller gives others (toys, Asimov data).
    """
    k, free = likelihood.n_signal, likelihood.signal.n_free
    measured = likelihood.centre if centre is None else centre
    theory = parameters[free:k] - measured[free:k]
    normal = -0.5 * jnp.sum(theory**2) - 0.5 * np.log(2 * np.pi) * (k - free)
    return normal + constraint_log_density(likelihood.model, parameters[k:], measured[k:])


def log_likelihood(
    likelihood: Likelihood,
    parameters: Float[Array, " p"],
    context: PyTree = None,
    observed: Float[Array, " rows"] | None = None,
    centre: Float[Array, " p"] | None = None,
) -> Float[Array, ""]:
    """Log-density of data and constraint terms.

    Parameters
    ----------
    likelihood : Likelihood
        The likelihood.
    parameters : (p,) array
        In the order of ``likelihood.parameter_names``.
    context : pytree, optional
        What the signal needs beside its parameters, such as a mass.
    observed : (rows,) array, optional
        Counts and measured values to use instead of the data.
    centre : (p,) array, optional
        Auxiliary measurements to use instead of ``likelihood.centre``; a count for a Poisson constraint.
    """
    rows = expected(likelihood, parameters, context)
    return log_likelihood_of_rows(likelihood, rows, parameters, observed, centre)


def log_likelihood_of_rows(
    likelihood: Likelihood,
    rows: Float[Array, " rows"],
    parameters: Float[Array, " p"],
    observed: Float[Array, " rows"] | None = None,
    centre: Float[Array, " p"] | None = None,
) -> Float[Array, ""]:
    """As ``log_likelihood``, where the expectation of every row at these parameters is known."""
    data, n = likelihood.observed if observed is None else observed, likelihood.model.n_bins
    main = poisson_log_density(data[:n], rows[:n]).sum()
    measured = log_densities(data[n:], rows[n:], likelihood.measurements.error).sum()
    return main + measured + constraint(likelihood, parameters, centre)


class Linearisation(eqx.Module):
    """Expectation of every row with its derivatives, see ``linearise``.

    Attributes
    ----------
    expected : (rows,) array
        Events of the bins, then measured quantities, each in its unit.
    dense : (rows, dense) array
        Derivatives with respect to the signal parameters and the dense parameters of the model.
    local : (bins, locals) array
        Derivatives with respect to the local parameters of each bin; measurements have none.
    signal : (signals,) array
        Derivative of its row with respect to each prediction of the signal.
    """

    expected: Float[Array, " rows"]
    dense: Float[Array, "rows dense"]
    local: Float[Array, "bins locals"]
    signal: Float[Array, " signals"]


def linearise(likelihood: Likelihood, parameters: Float[Array, " p"], context: PyTree = None) -> Linearisation:
    """Expectation of every row with its derivatives, at parameters in the order of ``likelihood.parameter_names``."""
    k, n = likelihood.n_signal, len(likelihood.model.signal_bin)

    def signal_yields(signal_parameters):
        yields = likelihood.signal.yields(signal_parameters, context)
        return yields, yields

    by_parameter, yields = jax.jacfwd(signal_yields, has_aux=True)(parameters[:k])
    events, jacobian = expected_and_jacobian(likelihood.model, parameters[k:], yields[:n])
    by_signal = jnp.zeros((likelihood.model.n_bins, k))
    by_signal = by_signal.at[likelihood.model.signal_bin].add(jacobian.signal[:, None] * by_parameter[:n])
    dense = jnp.concatenate([by_signal, jacobian.dense], axis=1)
    measured = jnp.pad(by_parameter[n:], ((0, 0), (0, jacobian.dense.shape[1])))
    signal = jnp.concatenate([jacobian.signal, jnp.ones(len(yields) - n)])
    rows = jnp.concatenate([events, yields[n:]])
    return Linearisation(rows, jnp.concatenate([dense, measured]), jacobian.local, signal)
