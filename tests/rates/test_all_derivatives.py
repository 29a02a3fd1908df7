"""Derivatives of every channel in everything at once: parameters, form-factor coefficients, couplings, masses, q2."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from jaxflav.couplings import MixedPairCouplings, NeutrinoCouplings, sm_neutrino_couplings
from jaxflav.form_factors import load_form_factors
from jaxflav.inputs.parameters import load_parameters
from jaxflav.rates import (
    B_PLUS_TO_K_PLUS,
    B_S_TO_INVISIBLE,
    B_S_TO_PHI,
    B_ZERO_TO_KSTAR_ZERO,
    PolarisedRate,
    invisible_branching_fraction,
    two_body_branching_fraction,
    two_body_by_helicity,
)
from jaxflav.spectra import decay_density
from tests.rates.points import PAIRS, SINGLES, random_couplings

P = load_parameters()
STANDARD_MODEL = "nu nubar of the Standard Model"
KINDS = {**PAIRS, **SINGLES, "nuN": MixedPairCouplings, "nunu": NeutrinoCouplings, STANDARD_MODEL: None}
DECAYS = (B_PLUS_TO_K_PLUS, B_ZERO_TO_KSTAR_ZERO)
CHANNELS = [
    *((decay, kind) for decay in DECAYS for kind in KINDS),
    (B_S_TO_PHI, "VV"),
    *((B_S_TO_INVISIBLE, kind) for kind in (*PAIRS, "nuN")),
]
# couplings to K are among those to K*
SLOW = [channel for channel in CHANNELS if channel[0] is B_PLUS_TO_K_PLUS and channel[1] in PAIRS]
every_channel = pytest.mark.parametrize(
    ("decay", "kind"),
    [pytest.param(*c, id=f"{c[0].name} {c[1]}", marks=[pytest.mark.slow] * (c in SLOW)) for c in CHANNELS],
)


def random(kind, rng):
    """Couplings with no part that is 0, such that every one contributes."""
    if kind == STANDARD_MODEL:
        return None
    family = KINDS[kind]
    fields = [field.name for field in dataclasses.fields(family)]
    if family is MixedPairCouplings:
        values = {n: rng.normal(size=3) + 1j * rng.normal(size=3) for n in fields}
        # an element has one of the two
        return family(**values | {"T_L": values["T_L"] * [1, 0, 0], "T_R": values["T_R"] * [0, 1, 1]})
    if family is NeutrinoCouplings:
        names = [name for name in fields if name not in ("unit", "ckm")]
        values = {name: rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3)) for name in names}
        values |= {name: values[name] + values[name].T for name in names if name.startswith("S")}
        # the diagonal of an antisymmetric matrix is 0
        values |= {name: values[name] - values[name].T for name in names if name.startswith("T")}
        return family(unit=1.0, **values)
    values = random_couplings(family, rng)
    # else they would be lost beside the others
    small = {"h_V": 1e-3, "h_A": 1e-3} if kind == "V" else {}
    return family(**{name: x * small.get(name, 1.0) for name, x in values.items()}, scale=10.0)


def parts(tree):
    """Real arrays only: complex ones as pairs."""
    return jax.tree.map(lambda x: (jnp.real(x), jnp.imag(x)) if jnp.iscomplexobj(x) else x, tree)


class Channel:
    """The rate as a function of one array x of all inputs."""

    def __init__(self, decay, kind, rng):
        self.decay, self.couplings = decay, random(kind, rng)
        self.is_line = kind in SINGLES
        self.ff_set = None if decay is B_S_TO_INVISIBLE else load_form_factors("GRvDV2023", decay.process)
        mass = 2.1 if self.is_line else 0.6
        mean = None if self.ff_set is None else self.ff_set.mean
        tree = (P.values, mean, self.couplings, jnp.asarray(mass), jnp.asarray(7.0))
        self.x, self.unravel = ravel_pytree(parts(tree))

    def function(self, x):
        values, mean, numbers, mass, q2 = self.unravel(x)
        parameters = eqx.tree_at(lambda p: p.values, P, values)
        if self.couplings is None:
            couplings = sm_neutrino_couplings(parameters)
        else:
            is_pair = lambda leaf: isinstance(leaf, tuple)
            leaves = [jax.lax.complex(*y) if is_pair(y) else y for y in jax.tree.leaves(numbers, is_leaf=is_pair)]
            couplings = jax.tree.unflatten(jax.tree.structure(self.couplings), leaves)
        if self.ff_set is None:
            return invisible_branching_fraction(parameters, couplings, mass, self.decay)
        ff_set = eqx.tree_at(lambda s: s.mean, self.ff_set, mean)
        arguments = parameters, ff_set, jnp.zeros(mean.shape), couplings, mass, self.decay
        if not self.is_line:
            rate = decay_density(*arguments, q2)
        elif self.decay.process == "B -> K":
            rate = two_body_branching_fraction(*arguments)
        else:
            rate = two_body_by_helicity(*arguments)
        # both helicities, with different weights
        return rate.longitudinal + 0.7 * rate.transverse if isinstance(rate, PolarisedRate) else rate

    def thresholds(self):
        """Pairs of mass and q2 at and beyond every threshold, and whether the decay is closed there."""
        if self.ff_set is None:
            end = float(P["m_Bs"]) / (1 if isinstance(self.couplings, MixedPairCouplings) else 2)
            return [(m, 7.0, m >= end) for m in (0.0, end - 1e-9, end, end + 1e-9, 6.0)]
        m_B, m_K = self.decay.masses(P)
        end = float(m_B - m_K)
        if self.is_line:
            return [(m, 7.0, m >= end) for m in (0.0, end - 1e-9, end, end + 1e-9, 5.366, 5.829, 8.0)]
        massive = {MixedPairCouplings: 1, NeutrinoCouplings: 0, type(None): 0}.get(type(self.couplings), 2)
        q2_max = float((m_B - m_K) ** 2)
        points = [(0.6, q2_max + d) for d in (-1e-9, 0.0, 1e-9)] + [(0.0, 0.0), (0.0, 7.0), (0.6, -1.0), (3.0, 40.0)]
        points += [(0.6, (0.6 * massive) ** 2 + d) for d in (-1e-9, 0.0, 1e-9)] + [(0.6, 5.829**2)]
        return [(m, s, s < 0 or s < (massive * m) ** 2 or s >= q2_max) for m, s in points]


@every_channel
def test_derivatives_in_everything(decay, kind, rng):
    channel = Channel(decay, kind, rng)

    # one compiled function for all: a second one would take longer than all calls
    @jax.jit
    def derivatives(x, direction):
        """Value, gradient and Hessian times a direction."""
        (value, gradient), (_, product) = jax.jvp(jax.value_and_grad(channel.function), (x,), (direction,))
        return value, gradient, product

    x = np.asarray(channel.x)
    directions = rng.uniform(0.5, 1.5, (3, x.size)) * rng.choice([-1, 1], (3, x.size)) * x
    value, gradient, _ = derivatives(x, directions[0])
    assert value > 0
    # fourth order, with relative steps: truncation and rounding are both near 1e-12
    steps, step = np.array([-2, -1, 1, 2]), 1e-3
    moved = x + step * steps[:, None, None] * np.diag(x)
    f = np.reshape([derivatives(y, directions[0])[0] for y in moved.reshape(-1, x.size)], (4, -1)) / value
    expected = (f[0] - 8 * f[1] + 8 * f[2] - f[3]) / (12 * step)
    np.testing.assert_allclose(gradient * x / value, expected, rtol=1e-8, atol=1e-9)
    for direction in directions:
        product = derivatives(x, direction)[2] * x / value
        g = [derivatives(x + step * k * direction, direction)[1] * x / value for k in steps]
        expected = (g[0] - 8 * g[1] + 8 * g[2] - g[3]) / (12 * step)
        np.testing.assert_allclose(product, expected, rtol=1e-7, atol=1e-7 * np.max(np.abs(expected)))
    # a sum of each row of the Hessian, which is not finite if one term is not
    everywhere = jnp.asarray(rng.uniform(0.5, 1.5, x.shape))
    for mass, q2, closed in channel.thresholds():
        result = np.concatenate(
            [np.ravel(y) for y in derivatives(channel.x.at[-2:].set(jnp.asarray([mass, q2])), everywhere)]
        )
        assert np.all(np.isfinite(result)), (mass, q2)
        assert np.all(result == 0) or not closed, (mass, q2)


def contributing(decay, kind, rng):
    """Numbers of parameters, coefficients and real parts of couplings in which the rate has a slope."""
    channel = Channel(decay, kind, rng)
    gradient = channel.unravel(jax.jit(jax.grad(channel.function))(channel.x))
    return [int(np.sum(ravel_pytree(g)[0] != 0)) for g in gradient]


def test_what_the_slopes_are_in(rng):
    # B -> K* psi psibar: two mesons, two quarks, lifetime and hbar; 19 coefficients; f_SS and f_SP do nothing,
    # the other eight couplings and Lambda do
    assert contributing(B_ZERO_TO_KSTAR_ZERO, "psipsi", rng) == [6, 19, 17, 1, 1]
    # B -> K nu nubar: two mesons, lifetime and hbar, and G_F, alpha, sin2, X_t, lambda_t; f_+ only
    assert contributing(B_PLUS_TO_K_PLUS, STANDARD_MODEL, rng) == [9, 3, 0, 0, 1]
