"""The prediction of one or several experiments for a hypothesis beside the Standard Model.

Rates are quadratic forms in the coordinates of the couplings, and polynomials of degree two in the coefficients of the
form factors. At a mass these forms are found once, exactly, from the rates at a few points; couplings and form factors
then cost next to nothing. ``Signal.source`` says where the forms come from:

    constant    nothing that the spectra depend on varies: found when the likelihood is made
    held        the mass is held in every fit: found once for each mass, which is the context of the likelihood
    table       masses vary: piecewise polynomials in the mass, see ``mass_tables``
    direct      widths or lifetimes vary, too: found at every evaluation, and differentiated through
"""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PyTree

from jaxflav.experiments.channels import ORDER, Response, decay_rows, line_rows
from jaxflav.experiments.rows import Rows
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.hypotheses.hypothesis import AbstractHypothesis
from jaxflav.hypotheses.state import Line, Particles, State
from jaxflav.inputs.parameters import Parameters
from jaxflav.likelihood.likelihood import AbstractSignal
from jaxflav.numerics.piecewise import Piecewise
from jaxflav.numerics.quadratic import Quadratic, quadratic_of
from jaxflav.numerics.safe import safe_divide
from jaxflav.rates.decays import Decay, InvisibleDecay
from jaxflav.spectra.decays import spectrum
from jaxflav.spectra.spectrum import total

CONSTANT, HELD, TABLE, DIRECT = "constant", "held", "table", "direct"


class Forms(eqx.Module):
    """Makes the forms of one decay.

    Attributes
    ----------
    decay : Decay or InvisibleDecay
    form_factors : FormFactorSet or None
        None for a decay to nothing visible.
    responses : tuple of Response
        Of the channels of this decay.
    breaks : (n,) array
        Of ``breaks_of``.
    constants : Parameters
    """

    decay: Decay | InvisibleDecay
    form_factors: FormFactorSet | None
    responses: tuple[Response, ...]
    breaks: Float[Array, " n"]
    constants: Parameters

    @property
    def n_nuisances(self) -> int:
        """Number of form-factor nuisance parameters."""
        return 0 if self.form_factors is None else len(self.form_factors.mean)

    def __call__(self, particles: Particles | Line, unit: Float[Array, " k"]) -> Quadratic:
        """Rows of every product of two coordinates, (products * rows,), as polynomials in the nuisance parameters.

        Parameters
        ----------
        particles : Particles or Line
            Their coordinates do not matter, nor does their factor.
        unit : (k,) array
            Typical size of each coordinate, in which the products are counted.
        """
        n = self.n_nuisances
        if isinstance(particles, Line):
            rows = line_rows(self.responses, self.constants, particles.mass, particles.width, self.decay)
            return Quadratic(rows, jnp.zeros((len(rows), n)), jnp.zeros((len(rows), n, n)))
        points, products = _interpolation(len(unit))
        points, solve = jnp.asarray(points) * unit[None, :], jnp.asarray(np.linalg.inv(products))

        def rows(nuisances):
            def of(point):
                couplings = dataclasses.replace(particles.couplings, coordinates=point).total()
                one = eqx.tree_at(lambda p: p.couplings, particles, couplings)
                return decay_rows(
                    self.responses, self.breaks, self.constants, self.form_factors, nuisances, one, self.decay
                )

            return (solve @ jax.vmap(of)(points)).ravel()

        forms = quadratic_of(rows, n)
        return forms if particles.reference != self.decay.name else _normalised(forms)


def _normalised(forms):
    """Forms of a unit branching fraction at the mean form factors: the last row is the branching fraction."""
    unit = forms.constant[-1]
    return jax.tree.map(lambda part: safe_divide(part, jnp.broadcast_to(unit, part.shape)), forms)


class Signal(AbstractSignal):
    """Rows of one or several experiments for mu times the Standard Model plus what a hypothesis adds.

    Its parameters are ``mu`` (unless the hypothesis contains the Standard Model), those of the hypothesis, without the
    mass if it is held, and theory nuisances, standard normal: CKM elements, X_t and decay constants as relative
    shifts, and the form factors of each process. A held mass is the context, in GeV.

    Attributes
    ----------
    hypothesis : AbstractHypothesis
    forms : tuple of Forms
        One for each decay.
    standard_model : tuple of Quadratic
        Rows of each decay in the Standard Model as polynomials in its form-factor nuisance parameters.
    unit : tuple of (k,) arrays
        For each set of particles the typical sizes of its coordinates.
    prepared : tuple of tuples of Quadratic, or of Piecewise, or None
        For each set of particles and each decay, if the source is ``constant`` or ``table``.
    threshold : scalar
        Mass in GeV from which on there is no new decay in any channel; 0 where no mass is a parameter.
    relative : (theory,) array
        Relative standard deviations of the constants that vary.
    rows : Rows
        Which row is found where.
    source : str
        As described above.
    """

    hypothesis: AbstractHypothesis
    forms: tuple[Forms, ...]
    standard_model: tuple[Quadratic, ...]
    unit: tuple[Float[Array, " k"], ...]
    prepared: tuple[tuple[Quadratic | Piecewise, ...], ...] | None
    threshold: Float[Array, ""]
    relative: Float[Array, " theory"]
    rows: Rows = eqx.field(static=True)
    source: str = eqx.field(static=True)
    names: tuple[str, ...] = eqx.field(static=True)
    n_free: int = eqx.field(static=True)
    lower: tuple[float, ...] = eqx.field(static=True)
    upper: tuple[float, ...] = eqx.field(static=True)
    start: tuple[float, ...] = eqx.field(static=True)
    scale: tuple[float, ...] = eqx.field(static=True)

    @property
    def first(self) -> int:
        """Number of parameters before those of the hypothesis: 1 if mu is one."""
        return int(self.hypothesis.adds_to_standard_model)

    @property
    def proportional_to(self) -> str | None:
        """Parameter that all new rates are proportional to; None if there is no such one."""
        return self.hypothesis.proportional_to

    def upper_bounds(self) -> tuple[float, ...]:
        """Those of the hypothesis, and the threshold for a free mass."""
        return self.upper

    def state(self, parameters: Float[Array, " p"], context: Float[Array, ""] | None = None) -> State:
        """What the hypothesis gives at signal parameters (p,), with couplings as coordinates along their directions."""
        constants = self.forms[0].constants if self.forms else None
        return self.hypothesis.at(constants, self._values(parameters, context))

    def _values(self, parameters, mass):
        """Values of the parameters of the hypothesis."""
        values = parameters[self.first : self.n_free]
        if self.source != HELD or not self.hypothesis.has_mass:
            return values
        return jnp.append(values, jnp.asarray(0.0 if mass is None else mass, float))

    def reference(self, mass: Float[Array, ""]) -> Float[Array, ""]:
        """Branching fraction of the couplings themselves at a mass in GeV, if the hypothesis is that of a pair."""
        (one,) = self.state(jnp.asarray(self.start), mass).particles
        return reference_rate(self.forms, self.forms[0].constants, eqx.tree_at(lambda p: p.mass, one, mass))

    def prepare(self, context: PyTree) -> PyTree:
        """The mass, and the forms there, if the mass is held."""
        if self.source != HELD:
            return context
        return context, self._forms(self.state(jnp.asarray(self.start), context))

    def prepare_many(self, contexts: Float[Array, " n"]) -> PyTree:
        """As ``prepare``, with a leading axis of masses; decays are compiled one by one, once for all luminosities."""
        if self.source != HELD:
            return contexts
        start = jnp.asarray(self.start)
        one = self.state(start, contexts[0])
        made = tuple(
            tuple(
                _at_masses(forms, self.hypothesis, i, unit, self._values(start, None), contexts) for forms in self.forms
            )
            for i, (_, unit) in enumerate(zip(one.particles, self.unit, strict=True))
        )
        return contexts, made

    def _forms(self, state):
        pairs = zip(state.particles, self.unit, strict=True)
        return tuple(tuple(forms(one, unit) for forms in self.forms) for one, unit in pairs)

    def _forms_at(self, state, prepared):
        if self.source == HELD:
            return prepared[1]
        if self.source == CONSTANT:
            return self.prepared
        if self.source == DIRECT:
            return self._forms(state)
        columns = zip(state.particles, self.prepared, strict=True)
        return tuple(tuple(table(one.mass) for table in tables) for one, tables in columns)

    def predictor(self) -> "Signal":
        """Without what ``prepare`` alone needs, and without names: fits of many hypotheses of a kind are then alike."""
        k = len(self.names)
        return dataclasses.replace(
            self,
            hypothesis=self.hypothesis.without_family(),
            forms=(),
            names=tuple(f"signal[{i}]" for i in range(k)),
            start=(0.0,) * k,
            scale=(1.0,) * k,
        )

    def predict(self, parameters: Float[Array, " p"], prepared: PyTree) -> Float[Array, " rows"]:
        """Expected events of the replaced samples, then measured quantities."""
        state = self.state(parameters, prepared[0] if self.source == HELD else None)
        shift = 1.0 + self.relative * parameters[self.n_free : self.n_free + self.relative.shape[0]]
        mu = parameters[0] if self.first else jnp.ones(())
        zero = jnp.zeros(1)
        nuisances = [parameters[a:b] for a, b in self.rows.slices]
        old = [
            mu * sm(x) * _product(shift, squares) ** 2
            for sm, x, (squares, _) in zip(self.standard_model, nuisances, self.rows.squares, strict=True)
        ]
        new = [jnp.zeros(n) for n in self.rows.sizes]
        for one, unit, forms in zip(state.particles, self.unit, self._forms_at(state, prepared), strict=True):
            products = one.factor * _products(_coordinates(one) / unit)
            for i, (form, x) in enumerate(zip(forms, nuisances, strict=True)):
                new[i] += products @ form(x).reshape(len(products), -1)
        new = [part * _product(shift, squares) ** 2 for part, (_, squares) in zip(new, self.rows.squares, strict=True)]
        old, new = (jnp.concatenate([*part, zero]) for part in (old, new))
        rows = old[np.array(self.rows.old)] + new[np.array(self.rows.new)]
        if not self.rows.ratios:
            return rows
        where, totals = (np.array(column) for column in zip(*self.rows.ratios, strict=True))
        beside = float(self.hypothesis.adds_to_standard_model)
        return rows.at[where].set(safe_divide(rows[where], beside * old[totals] + new[totals]))

    def curvature(self, parameters, prepared, weights):
        """Second derivatives by the free parameters; none where the rates are linear in them."""
        if self.source in (HELD, CONSTANT) and self.proportional_to is not None:
            return None
        free, rest = parameters[: self.n_free], parameters[self.n_free :]
        return jax.hessian(lambda x: weights @ self.predict(jnp.concatenate([x, rest]), prepared))(free)


def reference_rate(forms: tuple[Forms, ...], constants: Parameters, particles: Particles) -> Float[Array, ""]:
    """Branching fraction of couplings in the decay that a factor refers to, at the mean form factors."""
    (of_decay,) = (part for part in forms if part.decay.name == particles.reference)
    nuisances = jnp.zeros(of_decay.n_nuisances)
    at = (particles.couplings.total(), particles.mass, of_decay.decay)
    return total(spectrum(constants, of_decay.form_factors, nuisances, *at, order=ORDER))


@eqx.filter_jit
def _at_masses(forms, hypothesis, i, unit, values, masses):
    def at(mass):
        filled = values.at[-1].set(mass) if hypothesis.has_mass else values
        return forms(hypothesis.at(forms.constants, filled).particles[i], unit)

    return jax.lax.map(at, masses)


def _coordinates(one):
    return jnp.ones(1) if isinstance(one, Line) else one.couplings.coordinates


def _product(shift, index):
    return jnp.prod(shift[np.array(index, dtype=int)])


def _products(u):
    """All products u_a u_b with a <= b."""
    a, b = np.triu_indices(len(u))
    return u[a] * u[b]


def _interpolation(k):
    """Points (n, k) that fix the coefficients of all products, and the products there (n, n)."""
    one = np.eye(k)
    a, b = np.triu_indices(k, 1)
    points = np.concatenate([one, one[a] + one[b]])
    return points, np.stack([_products(p) for p in points])
