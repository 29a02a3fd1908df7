import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.couplings.scalar import ScalarCouplings
from jaxflav.couplings.vector import VectorCouplings
from jaxflav.form_factors.b_to_v import BToVFormFactors
from jaxflav.form_factors.sets import BToPFormFactors
from jaxflav.models.common import mediators as m
from jaxflav.models.common.widths import scalar_to_fermions, vector_to_fermions
from jaxflav.numerics.quadrature import unit_interval
from jaxflav.rates.kinematics import Kinematics
from jaxflav.rates.three_body import pair_density
from jaxflav.rates.two_body import particle_rate
from tests.brute_force import phase_space
from tests.brute_force.dirac import GAMMA, GAMMA_5, IDENTITY, METRIC, bar, lower, spinor_u, spinor_v
from tests.brute_force.invisible import Current
from tests.models.common.points import check_gradients, finite_everywhere, propagates_nan

M_B, M_K, M_BOTTOM, M_S, M_PSI = 5.28, 0.7, 4.18, 0.3, 0.6
K = Kinematics(m_parent=M_B, m_daughter=M_K, m_heavy=M_BOTTOM, m_light=M_S)
TO_K = {"f_plus": 0.6, "f_0": 0.45, "f_T": 0.55}
TO_V = {"V": 0.7, "A_0": 0.8, "A_1": 0.4, "A_12": 0.3, "T_1": 0.5, "T_2": 0.6, "T_23": 0.9}
M, WIDTH, GV, GA = 1.9, 0.4, 0.3, -0.8


def mediated_vector(k1, m1, k2, m2):
    """Current of psi psibar behind the propagator of a massive vector in unitary gauge."""
    q = k1 + k2
    q2 = np.sum(q * lower(q), axis=-1)
    D = (q2 - M**2 + 1j * M * WIDTH)[:, None, None]
    matrices = GAMMA @ (GV * IDENTITY + GA * GAMMA_5)
    current = np.einsum("xsi,mij,xtj->xstm", bar(spinor_u(k1, m1)), matrices, spinor_v(k2, m2))
    propagator = -METRIC + np.einsum("xm,xn->xmn", q, q) / M**2
    array = np.einsum("xmn,xstn->xstm", propagator, lower(current)) / D[..., None]
    return {"h_V": Current("V", 0, array), "h_A": Current("A", 0, array)}


def mediated_scalar(k1, m1, k2, m2):
    q = k1 + k2
    D = (np.sum(q * lower(q), axis=-1) - M**2 + 1j * M * WIDTH)[:, None, None]
    array = np.einsum("xsi,ij,xtj->xst", bar(spinor_u(k1, m1)), GV * IDENTITY + 1j * GA * GAMMA_5, spinor_v(k2, m2)) / D
    return {"g_S": Current("S", 0, array), "g_P": Current("P", 0, array)}


def through(kind, values, q2):
    options = {"mass": jnp.asarray(M), "width": jnp.asarray(WIDTH), "kinematics": K}
    if kind == "vector":
        return m.fermions_through_vector(VectorCouplings(**values), GV, GA, q2, m_psi=M_PSI, **options)
    return m.fermions_through_scalar(ScalarCouplings(**values), GV, GA, q2, **options)


@pytest.mark.parametrize("kind", ["vector", "scalar"])
@pytest.mark.parametrize("q2", [2.0, 3.7, 11.0])
def test_densities_by_brute_force(kind, q2):
    names = ("h_V", "h_A") if kind == "vector" else ("g_S", "g_P")
    values = dict(zip(names, (0.7 - 0.2j, 0.4 + 0.9j), strict=True))
    current = mediated_vector if kind == "vector" else mediated_scalar
    arguments = (values, (M_PSI, M_PSI), q2, M_B, M_K, M_BOTTOM, M_S, 1.0)
    found = pair_density(through(kind, values, q2), M_PSI, q2, BToPFormFactors(**TO_K), K)
    expected = phase_space.three_body("pseudoscalar", current, *arguments, TO_K)
    np.testing.assert_allclose(found, np.sum(expected), rtol=1e-11)
    found = pair_density(through(kind, values, q2), M_PSI, q2, BToVFormFactors(*TO_V.values()), K)
    expected = phase_space.three_body("vector", current, *arguments, TO_V)
    np.testing.assert_allclose(found.longitudinal + found.transverse, np.sum(expected), rtol=1e-11)


@pytest.mark.parametrize("kind", ["vector", "scalar"])
@pytest.mark.parametrize("majorana", [False, True])
def test_narrow_width_gives_two_body_rate_times_branching_fraction(kind, majorana):
    width, psi = 1e-4, jnp.asarray(M_PSI)
    t, w = unit_interval(64)
    lower_, upper = 4 * M_PSI**2, (M_B - M_K) ** 2
    angles = np.arctan((np.array([lower_, upper]) - M**2) / (M * width))
    q2 = M**2 + M * width * np.tan(angles[0] + (angles[1] - angles[0]) * t)
    weights = w * (angles[1] - angles[0]) * ((q2 - M**2) ** 2 + (M * width) ** 2) / (M * width)
    options = {"mass": jnp.asarray(M), "width": jnp.asarray(width), "kinematics": K, "majorana": majorana}
    q2 = jnp.asarray(q2)
    if kind == "vector":
        quarks = VectorCouplings(h_V=1.0)
        pair = lambda s: m.fermions_through_vector(quarks, GV, GA, s, m_psi=psi, **options)
        part = vector_to_fermions(M, M_PSI, GV, GA, majorana=majorana)
    else:
        quarks = ScalarCouplings(g_S=1.0)
        pair = lambda s: m.fermions_through_scalar(quarks, GV, GA, s, **options)
        part = scalar_to_fermions(M, M_PSI, GV, GA, majorana=majorana)
    ff = BToPFormFactors(*(jnp.full_like(q2, x) for x in TO_K.values()))
    total = jnp.sum(weights * m.mediated_density(pair, psi, q2, ff, K))
    two = particle_rate(quarks, M, BToPFormFactors(**TO_K), K)
    np.testing.assert_allclose(total, two * part / width, rtol=2e-4)


def test_gradients_at_the_pole_and_without_width():
    check_gradients(m.inverse_propagator, (3.0, 1.9, 0.4))
    for width in (0.0, 1e-14, 0.4):
        assert finite_everywhere(m.inverse_propagator, M**2, M, width)
    assert propagates_nan(m.inverse_propagator, 3.0, 1.9, 0.4)
    assert jnp.isnan(m.inverse_propagator(jnp.asarray(3.0), jnp.asarray(1.9), jnp.asarray(-0.1)))

    def density(mass):
        options = {"mass": mass, "width": jnp.asarray(WIDTH), "kinematics": K, "m_psi": jnp.asarray(M_PSI)}
        pair = m.fermions_through_vector(VectorCouplings(h_V=1.0), GV, GA, jnp.asarray(4.0), **options)
        return pair_density(pair, M_PSI, 4.0, BToPFormFactors(**TO_K), K)

    check_gradients(density, (1.7,))
    assert np.isfinite(jax.grad(density)(jnp.asarray(2.0)))
