import jax
import numpy as np
import pytest

from jaxflav.form_factors.processes import find_process
from jaxflav.inputs.parameters import load_parameters
from jaxflav.rates.decays import (
    ALL_DECAYS,
    B_PLUS_TO_K_PLUS,
    B_PLUS_TO_PI_PLUS,
    B_PLUS_TO_RHO_PLUS,
    B_S_TO_INVISIBLE,
    B_S_TO_PHI,
    B_ZERO_TO_K_ZERO,
    B_ZERO_TO_KSTAR_ZERO,
    B_ZERO_TO_PI_ZERO,
    B_ZERO_TO_RHO_ZERO,
)
from tests.helpers import CountedJit

P = load_parameters()


def test_masses_and_lifetimes():
    assert B_PLUS_TO_K_PLUS.masses(P) == (P["m_Bplus"], P["m_Kplus"])
    assert B_ZERO_TO_K_ZERO.masses(P) == (P["m_B0"], P["m_K0"])
    # a rate of hbar/tau is a branching fraction of 1: hbar = 6.582119569e-25 GeV s
    np.testing.assert_allclose(B_PLUS_TO_K_PLUS.branching_fraction(P, 6.582119569e-25 / 1.638e-12), 1, rtol=1e-15)
    assert B_ZERO_TO_K_ZERO.branching_fraction(P, P["hbar"] / P["tau_B0"]) == 1


def test_a_decay_is_an_argument_without_leaves():
    assert jax.tree.leaves(B_PLUS_TO_K_PLUS) == []
    f = CountedJit(lambda d, p: d.masses(p)[0])
    assert f(B_PLUS_TO_K_PLUS, P) == P["m_Bplus"]
    assert f(B_ZERO_TO_K_ZERO, P) == P["m_B0"]
    assert f(B_ZERO_TO_K_ZERO, P.replace(m_B0=1)) == 1
    assert f.traces == 2


@pytest.mark.parametrize("decay", [decay for decay in ALL_DECAYS if decay is not B_S_TO_INVISIBLE])
def test_names_of_every_decay_are_known(decay):
    k = decay.kinematics(P)
    assert k.m_parent > k.m_daughter > 0.13
    assert k.m_heavy > 4 > k.m_light > 0
    assert decay.branching_fraction(P, P["hbar"] / P[decay.lifetime]) == decay.content
    assert 0.005 < P[decay.ckm] < 0.05
    find_process(decay.process)


def test_quarks_and_spectators_fit():
    assert B_PLUS_TO_PI_PLUS.kinematics(P).m_light == P["m_d"]
    assert B_PLUS_TO_RHO_PLUS.ckm == "lambda_t_d"
    assert B_S_TO_PHI.masses(P) == (P["m_Bs"], P["m_phi"])
    assert B_ZERO_TO_KSTAR_ZERO.masses(P) == (P["m_B0"], P["m_Kstar0"])
    assert B_S_TO_INVISIBLE.kinematics(P).m_parent == P["m_Bs"]
    assert P[B_S_TO_INVISIBLE.decay_constant] == 0.2303
    assert B_S_TO_INVISIBLE.branching_fraction(P, P["hbar"] / P["tau_Bs"]) == 1


@pytest.mark.parametrize(
    ("neutral", "charged"), [(B_ZERO_TO_PI_ZERO, B_PLUS_TO_PI_PLUS), (B_ZERO_TO_RHO_ZERO, B_PLUS_TO_RHO_PLUS)]
)
def test_half_of_a_neutral_pion_and_rho(neutral, charged):
    assert (neutral.process, neutral.m_quark, neutral.ckm) == (charged.process, charged.m_quark, charged.ckm)
    assert neutral.masses(P)[0] == P["m_B0"]
    ratio = neutral.branching_fraction(P, 1e-19) / charged.branching_fraction(P, 1e-19)
    np.testing.assert_allclose(ratio, 0.5 * 1.517 / 1.638, rtol=1e-15)


def test_names_are_different():
    assert len({decay.name for decay in ALL_DECAYS}) == len(ALL_DECAYS) == 10
