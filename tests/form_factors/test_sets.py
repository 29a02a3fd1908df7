import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.form_factors.files import form_factor_names, load_form_factors
from jaxflav.form_factors.sets import FormFactorSet, b_to_k
from tests.helpers import ROUNDING, CountedJit, assert_gradient

SETS = {name: load_form_factors(name) for name in form_factor_names()}
ZERO = jnp.zeros(8)
every_set = pytest.mark.parametrize("ff_set", SETS.values(), ids=list(SETS))


@every_set
def test_f0_equals_f_plus_at_zero_for_any_nuisances(ff_set, rng):
    for nuisances in (ZERO, jnp.asarray(rng.normal(size=8))):
        ff = b_to_k(ff_set, nuisances, jnp.asarray(0.0))
        # the two contractions may round the common coefficient differently
        np.testing.assert_allclose(ff.f_0, ff.f_plus, rtol=1e-15)


def test_the_two_sets_agree_within_their_errors():
    q2 = jnp.linspace(0.0, 22.0, 12)
    a, b = (np.stack(b_to_k(s, ZERO, q2)) for s in SETS.values())
    errors = np.stack([_errors(s, q2) for s in SETS.values()])
    assert np.all(np.abs(a - b) < np.sqrt((errors**2).sum(0)))


def _errors(ff_set, q2):
    jacobian = jax.jacfwd(lambda x: jnp.stack(b_to_k(ff_set, x, q2)))(ZERO)
    return np.sqrt((np.asarray(jacobian) ** 2).sum(-1))


@every_set
def test_whitening(ff_set, rng):
    np.testing.assert_allclose(ff_set.cholesky @ ff_set.cholesky.T, ff_set.covariance, rtol=1e-10)
    draws = jax.vmap(ff_set.coefficients)(jnp.asarray(rng.normal(size=(20000, 8))))
    sigma = np.sqrt(np.diag(ff_set.covariance))
    # 5 standard errors of a mean, and of an element of a correlation matrix, from 20000 draws
    np.testing.assert_allclose((draws.mean(0) - ff_set.mean) / sigma, 0, atol=5 / np.sqrt(20000))
    found = np.cov(draws.T) / np.outer(sigma, sigma)
    np.testing.assert_allclose(found, ff_set.covariance / np.outer(sigma, sigma), atol=5 * np.sqrt(2 / 20000))


@pytest.mark.parametrize("q2", [0.0, 4.41, 22.9])
def test_gradient_in_q2_and_nuisances(q2, rng):
    ff_set = SETS["GRvDV2023"]
    direction = jnp.asarray(rng.normal(size=8))
    assert_gradient(lambda t: jnp.stack(b_to_k(ff_set, direction, t)), q2)
    assert_gradient(lambda x: jnp.stack(b_to_k(ff_set, x * direction, jnp.asarray(q2))), 0.0)


def test_round_trip_and_one_trace():
    ff_set = SETS["GRvDV2023"]
    leaves, tree = jax.tree.flatten(ff_set)
    assert all(isinstance(leaf, jax.Array) for leaf in leaves)
    f = CountedJit(b_to_k)
    first = f(ff_set, ZERO, jnp.asarray(1.0))
    again = f(jax.tree.unflatten(tree, leaves), ZERO, jnp.asarray(1.0))
    assert first.f_plus == again.f_plus
    f(ff_set, ZERO + 1, jnp.asarray(2.0))
    assert f.traces == 1


def test_python_number_for_q2():
    assert b_to_k(SETS["GRvDV2023"], ZERO, 0).f_plus == 0.33196382


def made(**changes):
    arguments = {
        "name": "test",
        "process": "B -> K",
        "order": 0,
        "mean": [0.3, 0.3],
        "covariance": np.diag([0.01, 0.02]),
        "poles": {"f_plus": 5.4, "f_0": 5.6, "f_T": 5.4},
        "m_parent": 5.28,
        "m_daughter": 0.49,
        "sources": ["FLAG2021"],
    }
    return FormFactorSet(**{**arguments, **changes})


def test_order_zero_is_a_pole():
    ff = b_to_k(made(), jnp.asarray([1.0, 0.0]), 10.0)
    np.testing.assert_allclose(ff.f_plus, (0.3 + 0.1) / (1 - 10 / 5.4**2), rtol=ROUNDING)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mean": [0.3]}, "expected 2 coefficients"),
        ({"mean": [0.3, np.nan]}, "coefficients must be finite"),
        ({"covariance": np.eye(3)}, r"expected a covariance of shape \(2, 2\), found \(3, 3\)"),
        ({"covariance": [[1, np.nan], [np.nan, 1]]}, r"must be finite, found nan at \[0, 1\]"),
        ({"covariance": [[1, 0.2], [0.1, 1]]}, r"symmetric, found 0.2 at \[0, 1\] and 0.1"),
        ({"covariance": [[1, 1], [1, 1]]}, "positive definite"),
        ({"covariance": [[1, 2], [2, 1]]}, "positive definite, found the eigenvalue -1"),
        ({"covariance": [[0, 0], [0, 1]]}, "positive definite"),
        ({"poles": {"f_plus": 5.4}}, "expected poles of f_plus, f_0, f_T; found f_plus"),
        ({"m_parent": -5.0}, "positive and finite"),
        ({"process": "B -> D"}, "unknown process"),
    ],
)
def test_refused_sets(changes, message):
    with pytest.raises(ValueError, match=message):
        made(**changes)


def test_wrong_number_of_nuisances():
    with pytest.raises(ValueError, match=r"shape \(2,\); found the shape \(8,\)"):
        made().coefficients(ZERO)


def test_wrong_process():
    other = made()
    object.__setattr__(other, "process", "B -> K*")
    with pytest.raises(ValueError, match=r"expected form factors of B -> K, found test for B -> K\*"):
        b_to_k(other, jnp.zeros(2), 1.0)
