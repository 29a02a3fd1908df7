import jax
import numpy as np
import pytest
from scipy.integrate import quad

from jaxflav.inputs.parameters import load_parameters
from jaxflav.io.errors import InputError
from jaxflav.rates.decays import B_PLUS_TO_K_PLUS, B_PLUS_TO_KSTAR_PLUS, B_PLUS_TO_PI_PLUS, B_ZERO_TO_K_ZERO
from jaxflav.rates.tau_tree import b_to_tau, tau_to_meson
from jaxflav.spectra.tau_tree import has_tau_tree, tau_tree_branching_fraction, tau_tree_density
from tests.helpers import assert_nan

P = load_parameters()


def test_leptonic_decays_against_measurements():
    # PDG 2024: BR(tau -> K nu) = (6.96 +- 0.10)e-3, BR(tau -> K*(892) nu) = (1.20 +- 0.07) %,
    # BR(B -> tau nu) = (1.09 +- 0.24)e-4
    common = {"m_tau": P["m_tau"], "G_F": P["G_F"]}
    to_tau = b_to_tau(m_B=P["m_Bplus"], f_B=P["f_B"], V_ub=P["V_ub"], **common) * P["tau_Bplus"] / P["hbar"]
    np.testing.assert_allclose(to_tau, 1.09e-4, atol=0.24e-4)
    one = {"V_us": P["V_us"], **common}
    lifetime = P["tau_tau"] / P["hbar"]
    to_k = tau_to_meson(m_K=P["m_Kplus"], f_K=P["f_Kplus"], vector=False, **one) * lifetime
    np.testing.assert_allclose(to_k, 6.96e-3, atol=0.10e-3)
    to_kstar = tau_to_meson(m_K=P["m_Kstarplus"], f_K=P["f_Kstar"], vector=True, **one) * lifetime
    np.testing.assert_allclose(to_kstar, 1.20e-2, atol=0.07e-2)


def test_size():
    # about 6e-7 in the analysis of Belle II; arXiv:0908.1174: 12 % and 14 % of the total of K+ and K*+
    np.testing.assert_allclose(tau_tree_branching_fraction(P, B_PLUS_TO_K_PLUS), 6.1e-7, atol=0.4e-7)
    np.testing.assert_allclose(tau_tree_branching_fraction(P, B_PLUS_TO_KSTAR_PLUS), 1.05e-6, atol=0.1e-6)


@pytest.mark.parametrize("decay", [B_PLUS_TO_K_PLUS, B_PLUS_TO_KSTAR_PLUS])
def test_density_integrates_to_the_branching_fraction(decay):
    density = jax.jit(lambda q2: sum(jax.tree.leaves(tau_tree_density(P, decay, q2))))
    unit = float(tau_tree_branching_fraction(P, decay))
    found = quad(lambda q2: float(density(q2)) / unit, 0, 23, points=[18.4913597, 22.8], limit=200, epsabs=1e-6)[0]
    np.testing.assert_allclose(found, 1.0, rtol=1e-5)


def test_only_where_it_exists():
    assert has_tau_tree(B_PLUS_TO_K_PLUS)
    assert not has_tau_tree(B_ZERO_TO_K_ZERO)
    for decay in (B_ZERO_TO_K_ZERO, B_PLUS_TO_PI_PLUS):
        with pytest.raises(InputError, match="through a tau is for"):
            tau_tree_density(P, decay, 1.0)


@pytest.mark.parametrize("decay", [B_PLUS_TO_K_PLUS, B_PLUS_TO_KSTAR_PLUS])
def test_nan_gives_nan(decay):
    of_meson = ("m_Kplus", "f_Kplus") if decay is B_PLUS_TO_K_PLUS else ("m_Kstarplus", "f_Kstar")
    names = ("m_Bplus", "tau_Bplus", "m_tau", "tau_tau", "f_B", "G_F", "V_ub", "V_us", "hbar", *of_meson)

    def density(constants, q2):
        return tau_tree_density(P.replace(dict(zip(names, constants, strict=True))), decay, q2)

    for q2 in (-1.0, 7.0, 20.0):
        assert_nan(density, tuple(P[name] for name in names), q2)
