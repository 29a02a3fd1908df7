"""Rows of the channels of one decay against a fine rule of their own, whatever else is in the combination."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxflav as jf
from jaxflav.experiments.channels import decay_rows, rows_of
from jaxflav.numerics.quadrature import piecewise
from jaxflav.response.efficiency import Efficiency
from jaxflav.spectra.decays import decay_density
from jaxflav.spectra.spectrum import Spectrum

MASSES = np.array([0.05, 0.6, 1.9, 2.35])


@pytest.fixture(scope="module")
def forms():
    """Of B+ -> K+ in Belle II and BaBar, with the particles of a pair."""
    signal = jf.load("belle2-2025", "babar-2013:K+", hypothesis="fermion-pair: f_VV", mass=0.6).likelihood.signal
    (one,) = signal.hypothesis.at(signal.forms[0].constants, jnp.asarray([1.0, 0.6])).particles
    one = dataclasses.replace(one, couplings=dataclasses.replace(one.couplings, coordinates=jnp.ones(1)).total())
    return signal.forms[0], one


def rows(forms, responses, one):
    nuisances = jnp.zeros(forms.n_nuisances)
    at = jax.jit(
        jax.vmap(
            lambda mass: decay_rows(
                responses,
                forms.breaks,
                forms.constants,
                forms.form_factors,
                nuisances,
                dataclasses.replace(one, mass=mass),
                forms.decay,
            )
        )
    )
    return np.asarray(at(jnp.asarray(MASSES)))


def on_a_fine_rule(forms, response, one, mass):
    """In x of q2 = threshold + x^2, with 40 nodes between edges, knots and, towards the threshold, halves of them."""
    m_B, m_K = (float(m) for m in forms.decay.masses(forms.constants))
    lower, upper = (2 * mass) ** 2, (m_B - m_K) ** 2
    points = [*np.asarray(forms.breaks), *(response.knots if isinstance(response, Efficiency) else ())]
    points += [lower + (upper - lower) * 0.5**k for k in range(20)]
    points += [upper - (upper - lower) * 0.5**k for k in range(20)]
    edges = np.unique(np.sqrt(np.clip(points, lower, upper) - lower))
    x, weights = piecewise(np.concatenate([[0.0], edges[edges > 1e-12]]), 40)
    q2 = jnp.asarray(lower + x**2)
    inputs = forms.constants, forms.form_factors, jnp.zeros(forms.n_nuisances), one.couplings
    density = decay_density(*inputs, jnp.asarray(mass), forms.decay, q2)
    return np.asarray(rows_of(response, Spectrum(q2, density * weights * 2 * x)))


def test_rows_of_a_pair(forms):
    """A rule for all of q2, or for parts between edges of other experiments, was off by 3 % of the largest bin."""
    forms, one = forms
    together = rows(forms, forms.responses, one)
    expected = [
        np.concatenate([on_a_fine_rule(forms, response, one, mass) for response in forms.responses]) for mass in MASSES
    ]
    for found, right in zip(together, expected, strict=True):
        np.testing.assert_allclose(found, right, rtol=2e-6, atol=2e-7 * right.max())


def test_rows_do_not_depend_on_other_experiments(forms):
    forms, one = forms
    together = rows(forms, forms.responses, one)
    ends = np.cumsum([0, *(response.n_bins for response in forms.responses)])
    for i, response in enumerate(forms.responses):
        alone = rows(forms, (response,), one)
        part = together[:, ends[i] : ends[i + 1]]
        np.testing.assert_allclose(alone, part, rtol=2e-6, atol=2e-7 * part.max())
