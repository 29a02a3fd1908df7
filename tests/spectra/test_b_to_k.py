import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

from jaxflav.couplings.scalar import ScalarCouplings
from jaxflav.couplings.vector import VectorCouplings
from jaxflav.form_factors.files import form_factor_names, load_form_factors
from jaxflav.inputs.parameters import load_parameters
from jaxflav.numerics.quadrature import between_thresholds
from jaxflav.rates.branching_fractions import two_body_branching_fraction
from jaxflav.rates.decays import B_PLUS_TO_K_PLUS, B_ZERO_TO_K_ZERO
from jaxflav.spectra.b_to_k import sm_neutrino_density, sm_neutrinos
from jaxflav.spectra.decays import two_body_line
from jaxflav.spectra.spectrum import combine, total
from tests.helpers import ROUNDING, CountedJit, assert_gradient

P = load_parameters()
SETS = {name: load_form_factors(name) for name in form_factor_names()}
FF = SETS["GRvDV2023"]
ZERO = jnp.zeros(8)


def sm(decay=B_PLUS_TO_K_PLUS, ff_set=FF, nuisances=ZERO, parameters=P):
    return total(sm_neutrinos(parameters, ff_set, nuisances, decay))


@pytest.mark.parametrize("decay", [B_PLUS_TO_K_PLUS, B_ZERO_TO_K_ZERO])
def test_default_rule_against_adaptive_quadrature(decay):
    m_B, m_K = (float(m) for m in decay.masses(P))
    density = jax.jit(lambda q2: sm_neutrino_density(P, FF, ZERO, decay, q2))
    expected = quad(lambda x: float(density(x)) * 1e6, 0, (m_B - m_K) ** 2, epsabs=0, epsrel=1e-11)[0]
    # quad's own error with the root at the end point
    np.testing.assert_allclose(sm(decay) * 1e6, expected, rtol=1e-9)


def test_rule_of_the_caller():
    nodes, weights = between_thresholds(jnp.asarray(0.0), jnp.asarray((5.27941 - 0.493677) ** 2), 32)
    s = sm_neutrinos(P, FF, ZERO, B_PLUS_TO_K_PLUS, nodes, weights)
    np.testing.assert_array_equal(s.q2, nodes)
    np.testing.assert_allclose(total(s), sm(), rtol=ROUNDING)
    for one in ({"q2_nodes": nodes}, {"weights": weights}):
        with pytest.raises(ValueError, match="give both q2_nodes and weights"):
            sm_neutrinos(P, FF, ZERO, B_PLUS_TO_K_PLUS, **one)


@pytest.mark.parametrize("ff_set", SETS.values(), ids=list(SETS))
def test_published_branching_fraction(ff_set):
    # short distance, 2025, authors of PRD 110 055001: (4.90 +- 0.17 (form factors) +- 0.25 (other)) 1e-6
    np.testing.assert_allclose(sm(ff_set=ff_set), 4.90e-6, atol=np.hypot(0.17, 0.25) * 1e-6)
    spread = jnp.linalg.norm(jax.grad(lambda x: sm(ff_set=ff_set, nuisances=x))(ZERO))
    np.testing.assert_allclose(spread, 0.17e-6, rtol=0.05)


def test_neutral_mode_and_scaling():
    # masses change the ratio of rates by less than 1 %
    np.testing.assert_allclose(sm(B_ZERO_TO_K_ZERO) / sm(), 1.517 / 1.638, rtol=0.01)
    for name, power in (("G_F", 2), ("alpha_mZ", 2), ("lambda_t", 2), ("X_t", 2), ("sin2_theta_w", -2)):
        ratio = sm(parameters=P.replace({name: 2 * P[name]})) / sm()
        np.testing.assert_allclose(ratio, 2.0**power, rtol=ROUNDING)


def test_gradient_in_nuisances_and_masses(rng):
    direction = jnp.asarray(rng.normal(size=8))
    assert_gradient(lambda x: sm(nuisances=x * direction) * 1e6, 0.2)
    assert_gradient(lambda m: sm(parameters=P.replace(m_Bplus=m)) * 1e6, 5.28)
    assert_gradient(lambda m: sm(parameters=P.replace(m_Kplus=m)) * 1e6, 0.49)


@pytest.mark.parametrize("couplings", [ScalarCouplings(g_S=1.3e-8), VectorCouplings(h_V=7e-9, h_T=1e-5j)])
def test_line(couplings):
    s = two_body_line(P, FF, ZERO, couplings, 2.1, B_PLUS_TO_K_PLUS)
    expected = two_body_branching_fraction(P, FF, ZERO, couplings, 2.1, B_PLUS_TO_K_PLUS)
    assert (s.q2.shape, s.branching.shape) == ((1,), (1,))
    np.testing.assert_allclose(s.q2[0], 4.41, rtol=1e-15)
    assert s.branching[0] == expected > 5e-6
    closed = two_body_line(P, FF, ZERO, couplings, 5.0, B_PLUS_TO_K_PLUS)
    assert total(closed) == 0


def test_standard_model_plus_line_is_one_trace():
    @CountedJit
    def f(parameters, ff_set, nuisances, couplings, mass, decay):
        arguments = (parameters, ff_set, nuisances)
        return total(combine(sm_neutrinos(*arguments, decay), two_body_line(*arguments, couplings, mass, decay)))

    for mass in (0.5, 2.1, 6.0):
        couplings = ScalarCouplings(g_S=mass * 1e-8)
        found = f(P.replace(m_b=4.1), FF, ZERO + mass / 10, couplings, jnp.asarray(mass), B_PLUS_TO_K_PLUS)
        assert found >= sm(nuisances=ZERO + mass / 10) * (1 - ROUNDING)
    assert f.traces == 1
