"""A shapesys with auxiliary data of its own: 80 counted where 100 are expected at 1, so that 60 - 0.8 x 50 = 5 mu."""

import copy

import numpy as np

from jaxflav.inference.fitting.problem import define_problem
from jaxflav.inference.hypothesis_tests.likelihood_ratios import asimov_data
from jaxflav.inference.hypothesis_tests.toys import sample_toys
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood, NoSignal
from jaxflav.likelihood.pyhf_json import parse_workspace
from tests.likelihood.workspaces import MU, _modifier, _workspace

SAMPLES = [("signal", [5.0], [MU]), ("background", [50.0], [_modifier("s", "shapesys", [5.0])])]
WORKSPACE = _workspace([("c", [60.0], SAMPLES)], [{"name": "s", "auxdata": [80.0]}])


def test_expected_counts_are_those_of_the_rate():
    problem = define_problem(Likelihood(build_histfactory(parse_workspace(copy.deepcopy(WORKSPACE))), NoSignal()))
    k = problem.likelihood.index("s[0]")
    assert float(problem.likelihood.centre[k]) == 80.0
    x = problem.start.copy()
    x[k] = 0.9
    assert asimov_data(problem, x).centre[0, k] == 90.0
    counts = sample_toys(problem, x, 4000, 1).centre[:, k]
    # 4000 toys: the mean is known to 0.15, the variance to 2.2 %
    np.testing.assert_allclose([counts.mean(), counts.var()], [90.0, 90.0], rtol=0.1, atol=0.0)
    np.testing.assert_allclose(counts.mean(), 90.0, atol=0.6)
