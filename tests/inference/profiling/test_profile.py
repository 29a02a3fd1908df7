import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.inference.fitting.problem import define_problem
from jaxflav.inference.profiling.profile import interval, profile
from jaxflav.io.errors import InputError
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood, NoSignal, log_likelihood
from jaxflav.likelihood.pyhf_json import parse_workspace
from tests.likelihood.workspaces import STATERROR, _workspace


@pytest.fixture(scope="module")
def small():
    return define_problem(Likelihood(build_histfactory(parse_workspace(STATERROR)), NoSignal()))


def counting(observed, background):
    mu = {"name": "mu", "type": "normfactor", "data": None}
    channel = ("only", [observed], [("signal", [1.0], [mu]), ("background", [background], [])])
    return define_problem(Likelihood(build_histfactory(parse_workspace(_workspace([channel]))), NoSignal()))


@pytest.mark.parametrize("sigma", [1, 2])
def test_against_minos(small, sigma):
    iminuit = pytest.importorskip("iminuit")
    likelihood = small.likelihood
    objective = jax.jit(lambda x: -log_likelihood(likelihood, x))
    slope = jax.jit(jax.grad(objective))
    minuit = iminuit.Minuit(
        lambda x: float(objective(jnp.asarray(x))),
        np.array(small.start),
        grad=lambda x: np.asarray(slope(jnp.asarray(x))),
        name=likelihood.parameter_names,
    )
    minuit.errordef = minuit.LIKELIHOOD
    minuit.limits["mu"] = (0, None)
    minuit.migrad()
    for name in ("mu", likelihood.parameter_names[-1]):
        minuit.minos(name, cl=sigma)
        ours = interval(small, name, sigma**2)
        theirs = minuit.merrors[name]
        value = minuit.values[name]
        assert ours.level == sigma**2
        scale = theirs.upper
        # MINOS stops within 1 % of a standard deviation
        if ours.closed[0]:
            np.testing.assert_allclose(ours.low, value + theirs.lower, atol=0.01 * scale)
        np.testing.assert_allclose(ours.high, value + theirs.upper, atol=0.01 * scale)


def test_poisson_profile_by_hand():
    """q(mu) = 2 (nu - n - n ln(nu/n)), and it rises by 1 where that is 1."""
    problem = counting(9.0, 5.0)
    mu = np.array([0.0, 2.0, 4.0, 9.0])
    result = profile(problem, "mu", mu)
    nu = mu + 5.0
    np.testing.assert_allclose(result.q, 2 * (nu - 9 - 9 * np.log(nu / 9)), atol=1e-8)
    np.testing.assert_allclose([result.best, result.error], [4.0, 3.0], atol=1e-5)
    assert result.converged.all()
    ends = interval(problem, "mu", 1.0)
    assert ends.closed == (True, True)
    for end in (ends.low, ends.high):
        nu = end + 5.0
        np.testing.assert_allclose(2 * (nu - 9 - 9 * np.log(nu / 9)), 1.0, atol=1e-3)


def test_interval_that_reaches_the_bound():
    ends = interval(counting(5.0, 5.0), "mu", 4.0)
    assert ends.low == 0.0
    assert ends.closed == (False, True)


def test_nothing_seen():
    """-ln L = mu + const: no curvature, and q = 2 mu rises by 1 at 1/2."""
    ends = interval(counting(0.0, 3.0), "mu", 1.0)
    assert (ends.best, ends.low, ends.closed) == (0.0, 0.0, (False, True))
    np.testing.assert_allclose(ends.high, 0.5, atol=1e-4)


def test_progress_counts_every_value(small):
    seen = []
    profile(small, "mu", np.linspace(0, 2, 20), seen.append)
    assert sum(seen) == 20


@pytest.mark.parametrize(
    ("values", "message"),
    [([], "one or more finite"), ([np.nan], "one or more finite"), ([-1.0], "below its lower bound")],
)
def test_bad_values(values, message):
    with pytest.raises(InputError, match=message):
        profile(counting(5.0, 5.0), "mu", np.array(values))


def test_bad_names_and_levels(small):
    with pytest.raises(InputError, match="unknown parameter"):
        profile(small, "nu", np.ones(1))
    with pytest.raises(InputError, match="is held at 1"):
        interval(define_problem(small.likelihood, held={"mu": 1.0}), "mu")
    with pytest.raises(InputError, match="expected a positive rise"):
        interval(small, "mu", 0.0)
    with pytest.raises(InputError, match="expected a finite number"):
        define_problem(small.likelihood, held={"mu": np.nan})
    with pytest.raises(InputError, match="context is nan"):
        define_problem(small.likelihood, np.nan)
