import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.form_factors.b_to_v import b_to_v, end_point_relations
from jaxflav.form_factors.files import load_form_factors
from jaxflav.form_factors.sets import b_to_k, b_to_p
from jaxflav.inputs.parameters import load_parameters
from jaxflav.io.errors import InputError
from tests.helpers import ROUNDING, CountedJit, assert_gradient

P = load_parameters()
SETS = {process: load_form_factors("GRvDV2023", process) for process in ("B -> K*", "Bs -> phi")}
ZERO = jnp.zeros(19)
MASSES = {"B -> K*": (P["m_B0"], P["m_Kstar0"]), "Bs -> phi": (P["m_Bs"], P["m_phi"])}
every_process = pytest.mark.parametrize("process", SETS)


@every_process
def test_relations_at_zero_for_any_nuisances(process, rng):
    ff_set = SETS[process]
    M, m = ff_set.m_parent, ff_set.m_daughter
    for nuisances in (ZERO, jnp.asarray(rng.normal(size=19))):
        ff = b_to_v(ff_set, nuisances, 0.0)
        np.testing.assert_allclose(ff.A12, ff.A0 * (M**2 - m**2) / (8 * M * m), rtol=ROUNDING)
        np.testing.assert_allclose(ff.T2, ff.T1, rtol=ROUNDING)


def test_against_plain_floats():
    q2, M, m = 7.0, 5.279, 0.896
    tp, tm = (M + m) ** 2, (M - m) ** 2
    t0 = tp * (1 - (1 - tm / tp) ** 0.5)

    def z(t):
        return ((tp - t) ** 0.5 - (tp - t0) ** 0.5) / ((tp - t) ** 0.5 + (tp - t0) ** 0.5)

    # published coefficients of V and T23
    ff = b_to_v(SETS["B -> K*"], ZERO, q2)
    for found, a, pole in (
        (ff.V, (0.36280141, -1.08931588, 2.80292123), 5.415),
        (ff.T23, (0.62123502, 0.97330702, 1.82128227), 5.829),
        (ff.A0, (0.34213768, -1.14740932, 2.37275841), 5.366),
    ):
        x = z(q2) - z(0)
        np.testing.assert_allclose(found, (a[0] + a[1] * x + a[2] * x**2) / (1 - q2 / pole**2), rtol=ROUNDING)


@every_process
def test_end_point_relations_hold_within_the_errors_of_the_sets(process):
    def ratios(nuisances):
        return jnp.stack(end_point_relations(SETS[process], nuisances, *MASSES[process]))

    errors = np.linalg.norm(jax.jacfwd(ratios)(ZERO), axis=1)
    # K*: 0.94 +- 0.10 and 0.94 +- 0.06; phi: 0.99 +- 0.06 and 0.99 +- 0.07
    assert np.all(np.abs(ratios(ZERO) - 1) < errors)
    assert np.all(errors < 0.11)
    assert np.any(np.abs(ratios(ZERO) - 1) > 1e-3)


@every_process
@pytest.mark.parametrize("q2", [0.0, 4.41, 19.0])
def test_gradient_in_q2_and_nuisances(process, q2, rng):
    direction = jnp.asarray(rng.normal(size=19))
    assert_gradient(lambda t: jnp.stack(b_to_v(SETS[process], direction, t)), q2)
    assert_gradient(lambda x: jnp.stack(b_to_v(SETS[process], x * direction, q2)), 0.0)


def test_shapes_and_one_trace():
    f = CountedJit(b_to_v)
    for q2 in (jnp.ones((2, 3)), jnp.zeros((2, 3))):
        assert f(SETS["B -> K*"], ZERO, q2).A12.shape == (2, 3)
    assert f.traces == 1


def test_wrong_final_state():
    b_to_k_set = load_form_factors("GRvDV2023")
    with pytest.raises(InputError, match="expected form factors of B -> vector meson, found GRvDV2023 for B -> K"):
        b_to_v(b_to_k_set, jnp.zeros(8), 1.0)
    for function in (b_to_p, b_to_k):
        with pytest.raises(InputError, match=r"found GRvDV2023 for B -> K\*"):
            function(SETS["B -> K*"], ZERO, 1.0)
    assert b_to_p(b_to_k_set, jnp.zeros(8), 1.0) == b_to_k(b_to_k_set, jnp.zeros(8), 1.0)
