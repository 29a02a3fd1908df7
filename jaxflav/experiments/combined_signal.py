"""The prediction of a combination: rows of several experiments as polynomials in couplings and form factors."""

import dataclasses
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.experiments.channels import decay_rows
from jaxflav.experiments.hypotheses import Axes
from jaxflav.experiments.new_particle import MassSignal
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.inputs.parameters import Parameters
from jaxflav.numerics.quadratic import Quadratic, quadratic_of
from jaxflav.numerics.safe import safe_divide
from jaxflav.rates.decays import Decay, InvisibleDecay

STRENGTH = "strength"  # name of the parameter of a fixed direction of couplings


class CombinedSignal(MassSignal):
    """Rows of several experiments for mu times the Standard Model plus new physics with some couplings.

    Parameters of the signal: ``mu``, the couplings of ``axes`` (or ``strength``, see ``combine``), and theory
    nuisances, standard normal: CKM element, X_t and decay constants as relative shifts, and the form factors of each
    process. The context is the mass of one new particle in GeV. Rates are polynomials of degree two in couplings and
    form factors, so that a mass is prepared once, exactly, and couplings at that mass cost next to nothing.

    Attributes
    ----------
    inputs : Parameters
        Constants.
    form_factors : tuple of FormFactorSet or None
        Of each decay; None for a decay to nothing visible.
    axes : CouplingAxes or NeutrinoAxes
        Couplings.
    direction : (k,) array or None
        Couplings at ``strength`` = 1; None if the couplings themselves are parameters.
    standard_model : tuple of Quadratic
        Rows of each decay in the Standard Model as polynomials in its form-factor nuisance parameters.
    threshold : scalar
        Mass in GeV from which on there is no new decay in any channel; 0 for neutrinos.
    ratios : tuple of (row, row)
        Rows of the prediction that are longitudinal branching fractions, and where in the rows of all decays the total
        one is found that each is divided by: F_L.
    """

    inputs: Parameters
    form_factors: tuple[FormFactorSet | None, ...]
    responses: tuple[tuple[Any, ...], ...]
    breaks: tuple[Float[Array, " n"], ...]
    axes: Axes
    direction: Float[Array, " k"] | None
    unit: Float[Array, " k"]
    standard_model: tuple[Quadratic, ...]
    threshold: Float[Array, ""]
    relative: Float[Array, " theory"]
    decays: tuple[Decay | InvisibleDecay, ...]
    squares: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = eqx.field(static=True)
    slices: tuple[tuple[int, int], ...] = eqx.field(static=True)
    sm_rows: tuple[int, ...] = eqx.field(static=True)
    new_rows: tuple[int, ...] = eqx.field(static=True)
    ratios: tuple[tuple[int, int], ...] = eqx.field(static=True)
    names: tuple[str, ...] = eqx.field(static=True)
    n_free: int = eqx.field(static=True)
    lower: tuple[float, ...] = eqx.field(static=True)
    start: tuple[float, ...] = eqx.field(static=True)
    scale: tuple[float, ...] = eqx.field(static=True)

    @property
    def proportional_to(self) -> str | None:
        """``strength``, if there is one; rates are quadratic in couplings."""
        return None if self.direction is None else STRENGTH

    def _parts(self):
        columns = zip(self.decays, self.form_factors, self.responses, self.breaks, strict=True)
        return tuple(_Part(*column, self.inputs, self.axes, self.direction, self.unit) for column in columns)

    def prepare(self, context: Float[Array, ""]) -> tuple[Quadratic, ...]:
        """For each decay the rows of every monomial in the couplings, (monomials * rows,), at a mass in GeV."""
        return tuple(part(context) for part in self._parts())

    def prepare_many(self, contexts: Float[Array, " n"]) -> tuple[Quadratic, ...]:
        """As ``prepare``, with a leading axis of masses; decays are compiled one by one, once for all luminosities."""
        return tuple(_at_masses(part, contexts) for part in self._parts())

    def predictor(self) -> "CombinedSignal":
        """Without what ``prepare`` alone needs, and without names: fits of all hypotheses of a kind are then alike."""
        k = len(self.names)
        nothing = dict.fromkeys(("inputs", "form_factors", "responses", "breaks", "decays", "threshold"), None)
        return dataclasses.replace(
            self,
            **nothing,
            axes=_Kind(self.axes.homogeneous, self.axes.adds_to_standard_model),
            names=tuple(f"signal[{i}]" for i in range(k)),
            start=(0.0,) * k,
            scale=(1.0,) * k,
        )

    def predict(self, parameters: Float[Array, " p"], prepared: tuple[Quadratic, ...]) -> Float[Array, " rows"]:
        """Rows in the order that ``combine`` gave the experiments."""
        first, k = int(self.axes.adds_to_standard_model), self.n_free
        values = parameters[first:k]
        monomials = values if self.direction is not None else _monomials(values / self.unit, self.axes.homogeneous)
        shift = 1.0 + self.relative * parameters[k : k + self.relative.shape[0]]
        old, new = [], []
        for (a, b), sm, polynomial, (in_sm, in_new) in zip(
            self.slices, self.standard_model, prepared, self.squares, strict=True
        ):
            nuisances = parameters[a:b]
            rows = monomials @ polynomial(nuisances).reshape(len(monomials), -1)
            new.append(rows * _product(shift, in_new) ** 2)
            old.append(parameters[0] * sm(nuisances) * _product(shift, in_sm) ** 2)
        zero = jnp.zeros(1)
        old, new = (jnp.concatenate([*rows, zero]) for rows in (old, new))
        rows = old[np.array(self.sm_rows)] + new[np.array(self.new_rows)]
        if not self.ratios:
            return rows
        where, totals = (np.array(column) for column in zip(*self.ratios, strict=True))
        standard_model = float(self.axes.adds_to_standard_model)
        return rows.at[where].set(safe_divide(rows[where], standard_model * old[totals] + new[totals]))

    def curvature(self, parameters, prepared, weights):
        """Second derivatives by the couplings; none for a strength, which the rates are linear in."""
        if self.direction is not None:
            return None
        free, rest = parameters[: self.n_free], parameters[self.n_free :]
        return jax.hessian(lambda x: weights @ self.predict(jnp.concatenate([x, rest]), prepared))(free)


class _Kind(eqx.Module):
    """What predictions need to know of the couplings once the rates are prepared."""

    homogeneous: bool = eqx.field(static=True)
    adds_to_standard_model: bool = eqx.field(static=True)


class _Part(eqx.Module):
    """Prepares the rows of one decay."""

    decay: Decay | InvisibleDecay
    form_factors: FormFactorSet | None
    responses: tuple[Any, ...]
    breaks: Float[Array, " n"]
    inputs: Parameters
    axes: Axes
    direction: Float[Array, " k"] | None
    unit: Float[Array, " k"]

    def __call__(self, mass):
        if self.direction is not None:
            points, solve = self.direction[None, :], jnp.ones((1, 1))
        else:
            points, monomials = _interpolation(len(self.unit), self.axes.homogeneous)
            points, solve = jnp.asarray(points) * self.unit[None, :], jnp.asarray(np.linalg.inv(monomials))
        couplings = jax.vmap(lambda values: self.axes.at(self.inputs, values))(points)
        fixed = self.responses, self.breaks, self.inputs, self.form_factors

        def rows(nuisances):
            def of(one):
                return decay_rows(*fixed, nuisances, one, mass, self.decay, self.axes.massive)

            return (solve @ jax.vmap(of)(couplings)).ravel()

        return quadratic_of(rows, 0 if self.form_factors is None else len(self.form_factors.mean))


@eqx.filter_jit
def _at_masses(part, masses):
    return jax.lax.map(part, masses)


def _product(shift, index):
    return jnp.prod(shift[np.array(index, dtype=int)])


def _monomials(u, homogeneous, concatenate=jnp.concatenate):
    """All products u_a u_b with a <= b; with linear and constant terms if the polynomial has them."""
    a, b = np.triu_indices(len(u))
    squares = u[a] * u[b]
    return squares if homogeneous else concatenate([np.ones(1), u, squares])


def _interpolation(k, homogeneous):
    """Points (n, k) that fix the coefficients of all monomials, and the monomials there (n, n)."""
    one = np.eye(k)
    a, b = np.triu_indices(k, 1)
    points = np.concatenate([one, one[a] + one[b]])
    if not homogeneous:
        points = np.concatenate([np.zeros((1, k)), -one, points])
    return points, np.stack([_monomials(p, homogeneous, np.concatenate) for p in points])
