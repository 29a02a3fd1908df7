"""What follows from fitted parameters: the branching fraction of each decay of the data, and moduli of couplings."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.experiments.channels import TotalRate, decay_rows
from jaxflav.experiments.signal import Signal, reference_rate
from jaxflav.hypotheses.rate import BranchingFraction, Strength
from jaxflav.hypotheses.state import Line
from jaxflav.numerics.safe import safe_divide, safe_sqrt
from jaxflav.rates.branching_fractions import coupling_from_branching_fraction
from jaxflav.rates.decays import Decay
from jaxflav.tasks.defaults import SCALE
from jaxflav.tasks.result import Quantity

_OF_LINE = ("g_S", "h_V", "h_T")  # couplings of one particle that a decay to a pseudoscalar meson sees


def rate_names(signal: Signal) -> tuple[str, ...]:
    """Names of the branching fractions of ``new_rates``: of new particles alone, or with the Standard Model's."""
    what = "new" if signal.hypothesis.adds_to_standard_model else "neutrinos"
    return tuple(f"BR({forms.decay.name} + {what})" for forms in signal.forms)


def new_rates(signal: Signal, parameters: Float[Array, " p"], mass: Float[Array, ""]) -> Float[Array, " decays"]:
    """Branching fraction of each decay of the data into what the hypothesis adds.

    Parameters
    ----------
    signal : Signal
        Of ``combine``.
    parameters : (p,) array
        Its parameters, theory nuisances included.
    mass : scalar
        In GeV, where it is held.
    """
    state = signal.state(parameters, mass)
    shift = 1.0 + signal.relative * parameters[signal.n_free : signal.n_free + signal.relative.shape[0]]
    rates = []
    for forms, (a, b), (_, squares) in zip(signal.forms, signal.rows.slices, signal.rows.squares, strict=True):
        rate = sum((_fraction(forms, one, parameters[a:b]) for one in state.particles), jnp.zeros(()))
        rates.append(rate * jnp.prod(shift[np.array(squares, dtype=int)]) ** 2)
    return jnp.stack(rates)


def _fraction(forms, one, nuisances):
    if isinstance(one, Line):
        return one.branching_fraction
    bare = eqx.tree_at(lambda p: p.couplings, one, one.couplings.total())
    where = (TotalRate(),), jnp.zeros(0)
    rate = decay_rows(*where, forms.constants, forms.form_factors, nuisances, bare, forms.decay)[0]
    if one.reference is not None:
        rate = safe_divide(rate, reference_rate((forms,), forms.constants, one))
    return one.factor * rate


def coupling_names(signal: Signal) -> tuple[str, ...]:
    """Names of the moduli of ``moduli``: of the one coupling of a direction, or of those that give a line."""
    hypothesis = signal.hypothesis
    if not isinstance(hypothesis, Strength | BranchingFraction):
        return ()
    if hypothesis.direction is not None:
        names = [f.name for f in dataclasses.fields(hypothesis.direction) if not f.metadata.get("static")]
        found = [n for n in names if n != "scale" and np.any(np.asarray(getattr(hypothesis.direction, n)) != 0)]
        return (f"|{found[0]}|",) if len(found) == 1 else ()
    decays = [forms.decay for forms in signal.forms]
    seen = len(decays) == 1 and isinstance(decays[0], Decay) and decays[0].process == "B -> K"
    return tuple(f"|{name}|" for name in _OF_LINE) if seen else ()


def moduli(signal: Signal, parameters: Float[Array, " p"], mass: Float[Array, ""]) -> Float[Array, " n"]:
    """Moduli of couplings, for Lambda = 10 TeV, that give a strength or a branching fraction, each one alone.

    A strength is the square of its coupling. The branching fraction of a pair is that at the mean form factors; that of
    a line is at the form factors of ``parameters``.
    """
    names = coupling_names(signal)
    if not names:
        return jnp.zeros(0)
    (one,) = signal.state(parameters, mass).particles
    if isinstance(one, Line):
        (forms,), ((a, b),) = signal.forms, signal.rows.slices
        inputs = forms.constants, forms.form_factors, parameters[a:b], one.mass, one.factor, forms.decay
        return jnp.stack([coupling_from_branching_fraction(name[1:-1], *inputs, scale=SCALE) for name in names])
    size = _size_of(signal.hypothesis.direction)
    if one.reference is None:
        return size * safe_sqrt(one.factor)[None]
    return size * safe_sqrt(safe_divide(one.factor, reference_rate(signal.forms, signal.forms[0].constants, one)))[None]


def _size_of(direction):
    """Modulus of the only coupling of a direction."""
    names = [f.name for f in dataclasses.fields(direction) if not f.metadata.get("static") and f.name != "scale"]
    return max(float(np.max(np.abs(np.asarray(getattr(direction, n))))) for n in names)


@eqx.filter_jit
def _values(signal, parameters, mass):
    def both(x):
        values = jnp.concatenate([new_rates(signal, x, mass), moduli(signal, x, mass)])
        return values, values

    slopes, values = jax.jacfwd(both, has_aux=True)(parameters)
    return values, slopes


def derived_quantities(
    likelihood, parameters: np.ndarray, context: float, covariance: np.ndarray
) -> tuple[Quantity, ...]:
    """Branching fractions and moduli of couplings with their errors, by linear propagation.

    Parameters
    ----------
    likelihood : Likelihood
        Of ``combine``; others have no derived quantities.
    parameters : (p,) array
    context : float
        The mass in GeV, where it is held.
    covariance : (p, p) array
        Of the parameters, 0 for those that are held; NaN where it is not known.
    """
    signal = likelihood.signal
    if not isinstance(signal, Signal) or not signal.hypothesis.shapes(signal.forms[0].constants):
        return ()
    n = likelihood.n_signal
    values, slopes = (np.asarray(a) for a in _values(signal, jnp.asarray(parameters[:n]), jnp.asarray(context)))
    block = covariance[:n, :n]
    errors = np.sqrt(np.maximum(np.einsum("ki,ij,kj->k", slopes, block, slopes), 0.0))
    names = (*rate_names(signal), *coupling_names(signal))
    return tuple(
        Quantity(name, float(value), float(error) if error > 0 else np.nan)
        for name, value, error in zip(names, values, errors, strict=True)
    )
