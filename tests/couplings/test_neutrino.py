import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.couplings.neutrino import (
    NeutrinoCouplings,
    neutrino_couplings,
    neutrino_unit,
    sm_neutrino_couplings,
    sm_vector_coefficient,
)
from jaxflav.couplings.neutrino_names import from_eos, from_flavio, from_jms, to_flavio
from jaxflav.form_factors.files import load_form_factors
from jaxflav.inputs.parameters import load_parameters
from jaxflav.io.errors import InputError
from jaxflav.rates.decays import B_PLUS_TO_K_PLUS, B_ZERO_TO_KSTAR_ZERO
from jaxflav.spectra.decays import decay_density
from tests.helpers import ROUNDING, CountedJit

P = load_parameters()
NAMES = ("C_L", "C_R", "SLL", "SLR", "TLL", "SLL_bs", "SLR_bs", "TLL_bs")


def test_standard_model():
    c = sm_neutrino_couplings(P)
    # -1.469/0.23129, arXiv:2403.13887 after (B17)
    np.testing.assert_allclose(c.C_L, -1.469 / 0.23129 * np.eye(3), rtol=ROUNDING)
    assert all(np.all(getattr(c, name) == 0) for name in NAMES[1:])
    # 4 G_F/sqrt2 |lambda_t| alpha/(2 pi)
    np.testing.assert_allclose(c.unit, 4 * 1.16638e-5 / np.sqrt(2) * 0.0411 / 127.93 / 2 / np.pi, rtol=1e-5)
    ratio = sm_neutrino_couplings(P, "lambda_t_d").unit / c.unit
    np.testing.assert_allclose(ratio, P["lambda_t_d"] / P["lambda_t"], rtol=ROUNDING)


def test_shapes_names_and_symmetries(rng):
    matrix = rng.normal(size=(3, 3))
    for name in NAMES:
        with pytest.raises(InputError, match=rf"{name} must be a 3 x 3 matrix in flavour, found the shape \(3,\)"):
            NeutrinoCouplings(unit=1.0, **{name: np.ones(3)})
    for name in NAMES[2:]:
        sign, word = (-1, "antisymmetric") if name.startswith("T") else (1, "symmetric")
        with pytest.raises(InputError, match=f"{name} must be {word} in flavour"):
            NeutrinoCouplings(unit=1.0, **{name: matrix})
        c = NeutrinoCouplings(unit=1.0, **{name: matrix + sign * matrix.T})
        np.testing.assert_array_equal(getattr(c, name), matrix + sign * matrix.T)
    with pytest.raises(InputError, match="unknown neutrino coefficient 'C_X'"):
        NeutrinoCouplings(unit=1.0, C_X=matrix)


def test_one_trace(rng):
    f = CountedJit(lambda c: jnp.sum(jnp.abs(c.C_L)))
    for _ in range(2):
        f(neutrino_couplings(P, C_L=rng.normal(size=(3, 3))))
    assert f.traces == 1


def eos(q2, *, cVL=0.0, cVR=0.0, cSL=0.0, cSR=0.0, cTL=0.0, ff, m_B, m_K):
    """dBR/dq2 as EOS writes it for three diagonal flavours; unit of arXiv:2507.12393, here with alpha(m_Z)."""
    m_b, m_s, pi = float(P["m_b"]), float(P["m_s"]), np.pi
    lam = (m_B**2 + m_K**2 - q2) ** 2 - 4 * m_B**2 * m_K**2
    norm = (4 * P["G_F"] * P["alpha_mZ"] / (2 * pi)) ** 2 / 2 * P["lambda_t"] ** 2 * np.sqrt(lam) / (4 * pi * m_B) ** 3
    M = m_B + m_K
    if hasattr(ff, "f_plus"):
        vector = lam / 24 * ff.f_plus**2 * abs(cVL + cVR) ** 2
        scalar = q2 * ((m_B**2 - m_K**2) / (m_b - m_s)) ** 2 / 8 * ff.f_0**2 * abs(cSL + cSR) ** 2
        tensor = q2 * 2 / 3 * lam / M**2 * ff.f_T**2 * abs(cTL) ** 2
    else:
        vector = q2 * lam / 12 / M**2 * ff.V**2 * abs(cVL + cVR) ** 2
        vector += (8 * m_B**2 * m_K**2 / 3 * ff.A12**2 + q2 * M**2 / 12 * ff.A1**2) * abs(cVL - cVR) ** 2
        scalar = q2 * lam / 8 / (m_b + m_s) ** 2 * ff.A0**2 * abs(cSR - cSL) ** 2
        tensor = 32 * m_B**2 * m_K**2 / 3 / M**2 * q2 * ff.T23**2
        tensor = (tensor + (4 * lam * ff.T1**2 + 4 * (m_B**2 - m_K**2) ** 2 * ff.T2**2) / 3) * abs(cTL) ** 2
    return 3 * norm * (vector + scalar + tensor)


@pytest.mark.parametrize("decay", [B_PLUS_TO_K_PLUS, B_ZERO_TO_KSTAR_ZERO])
@pytest.mark.parametrize(
    "coefficients", [{"cVL": 6.613}, {"cVL": 6.6, "cVR": -2.0}, {"cSL": 3.0, "cSR": 1.0 + 2j}, {"cTL": 8.21}]
)
def test_eos(decay, coefficients):
    from jaxflav.form_factors.b_to_v import b_to_v
    from jaxflav.form_factors.sets import b_to_p

    ff_set, q2 = load_form_factors("GRvDV2023", decay.process), 9.0
    zero = jnp.zeros(ff_set.mean.shape)
    ff = (b_to_p if decay.process == "B -> K" else b_to_v)(ff_set, zero, q2)
    m_B, m_K = (float(m) for m in decay.masses(P))
    found = decay_density(P, ff_set, zero, from_eos(P, **coefficients, alpha=P["alpha_mZ"]), 0.0, decay, q2)
    found = found.total if decay.process == "B -> K*" else found
    expected = decay.branching_fraction(P, eos(q2, **coefficients, ff=ff, m_B=m_B, m_K=m_K))
    np.testing.assert_allclose(found, expected, rtol=ROUNDING)


def test_eos_standard_model_has_the_opposite_sign():
    standard_model = -sm_vector_coefficient(P)
    same_alpha = from_eos(P, cVL=standard_model, alpha=P["alpha_mZ"])
    np.testing.assert_allclose(same_alpha.C_L, sm_neutrino_couplings(P).C_L, rtol=ROUNDING)
    # with the alpha of EOS its value is the Standard Model, within the digits of sin^2(theta_w) and alpha
    np.testing.assert_allclose(from_eos(P, cVL=6.613).C_L, sm_neutrino_couplings(P).C_L, rtol=3e-3)
    np.testing.assert_allclose(
        from_eos(P, cSL=1.0).SLL, from_eos(P, cVL=1.0).C_L * float(neutrino_unit(P)), rtol=ROUNDING
    )


def test_flavio_names():
    c = from_flavio(P, {"CL_bsnumunutau": 1 + 2j, "CR_bsnuenue": 3.0})
    expected = np.array(sm_neutrino_couplings(P).C_L)
    # (nubar_tau ... nu_mu)
    expected[2, 1] += 1 + 2j
    np.testing.assert_array_equal(c.C_L, expected)
    assert c.C_R[0, 0] == 3
    # -6.5 in flavio, with other electroweak inputs
    np.testing.assert_allclose(c.C_L[0, 0], -6.5, rtol=0.03)
    assert np.all(from_flavio(P, {}, add_standard_model=False).C_L == 0)
    with pytest.raises(InputError, match="unknown Wilson coefficient 'CL_bsnunu'"):
        from_flavio(P, {"CL_bsnunu": 1.0})


def test_flavio_round_trip(rng):
    C_L, C_R = rng.normal(size=(2, 3, 3)) + 1j * rng.normal(size=(2, 3, 3))
    c = neutrino_couplings(P, C_L=C_L, C_R=C_R)
    again = from_flavio(P, to_flavio(P, c))
    np.testing.assert_allclose(again.C_L, C_L, rtol=ROUNDING)
    np.testing.assert_allclose(again.C_R, C_R, rtol=ROUNDING)
    assert len(to_flavio(P, c)) == 18


def test_jms():
    # lambda_t is negative in the phase convention of the PDG: a positive coefficient adds to the Standard Model
    value = 1e-9
    c = from_jms(P, {"VnudLL_1123": value, "VnudLR_2323": 1j * value}, lambda_t=-0.0411)
    new = c.C_L - sm_neutrino_couplings(P).C_L
    np.testing.assert_allclose(new[0, 0], -value / neutrino_unit(P), rtol=ROUNDING)
    np.testing.assert_allclose(c.C_R[1, 2], -1j * value / float(neutrino_unit(P)), rtol=ROUNDING)
    assert np.abs(c.C_L[0, 0]) > np.abs(c.C_L[1, 1])
    assert np.count_nonzero(new) == np.count_nonzero(c.C_R) == 1
    with pytest.raises(InputError, match="unknown Wilson coefficient 'VnudLL_1113'"):
        from_jms(P, {"VnudLL_1113": value}, -0.0411)
