import numpy as np
import pytest

from jaxflav.inference.fitting.problem import define_problem, fit_held
from jaxflav.inference.profiling.impacts import impacts
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood, NoSignal
from jaxflav.likelihood.pyhf_json import parse_workspace
from tests.likelihood.workspaces import SHAPES, SHAPESYS, STATERROR


def problem_of(workspace):
    return define_problem(Likelihood(build_histfactory(parse_workspace(workspace)), NoSignal()))


@pytest.mark.parametrize("workspace", [SHAPES, SHAPESYS, STATERROR])
def test_each_impact_is_a_refit(workspace):
    problem = problem_of(workspace)
    result = impacts(problem, "mu")
    best = fit_held(problem).parameters[0]
    k = problem.likelihood.index("mu")
    free = {n for n, f in zip(problem.likelihood.parameter_names, problem.fixed, strict=True) if not f} - {"mu"}
    assert set(result.names) == free
    size = np.maximum(np.abs(result.down), np.abs(result.up))
    assert np.all(np.diff(size) <= 1e-9)
    width = dict(zip(problem.likelihood.parameter_names, np.asarray(problem.likelihood.model.width), strict=True))
    name = result.names[0]
    tau = float(problem.likelihood.centre[problem.likelihood.index(name)])
    sigma = result.constraint[0] * (1 / np.sqrt(tau) if workspace is SHAPESYS else width[name])
    value = best[problem.likelihood.index(name)]
    fits = fit_held(problem, [name], np.array([[value - sigma], [value + sigma]]))
    np.testing.assert_allclose([result.down[0], result.up[0]], fits.parameters[:, k] - best[k], atol=1e-5)


def test_one_background_by_hand():
    """n seen on s mu + b theta, theta = 1 +- w: no pull, no constraint, and an impact of -b w/s on mu."""
    mu = {"name": "mu", "type": "normfactor", "data": None}
    mc = {"name": "mc", "type": "staterror", "data": [5.0]}
    samples = [
        {"name": "signal", "data": [10.0], "modifiers": [mu]},
        {"name": "background", "data": [50.0], "modifiers": [mc]},
    ]
    workspace = {
        **STATERROR,
        "channels": [{"name": "only", "samples": samples}],
        "observations": [{"name": "only", "data": [75.0]}],
    }
    result = impacts(problem_of(workspace), "mu")
    np.testing.assert_allclose([result.pull[0], result.constraint[0]], [0.0, 1.0], atol=1e-5)
    np.testing.assert_allclose([result.down[0], result.up[0]], [0.5, -0.5], rtol=1e-5)
    np.testing.assert_allclose(result.error, np.sqrt(75 + 25) / 10, rtol=1e-5)


def test_belle2_impacts_add_up(published):
    """The largest impacts on mu are a good part of its systematic error, and none exceeds the error."""
    result = impacts(define_problem(published), "mu")
    assert len(result.names) == len(published.parameter_names) - 1
    assert np.max(np.abs(result.up)) < result.error
    assert np.sqrt(np.sum(result.up**2)) < 1.3 * result.error
    # asymmetric effects bend ln L: norm_qqbar_1_had has 1.05 from the curvature, 0.90 from the rise of q by 1
    assert np.all(result.constraint < 1.1)
    assert np.median(result.constraint) <= 1.0
