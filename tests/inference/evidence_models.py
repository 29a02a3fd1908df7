"""Small models whose integrals are known by quadrature."""

from jaxflav.inference.fitting.problem import define_problem
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood, NoSignal
from jaxflav.likelihood.pyhf_json import parse_workspace
from tests.likelihood.workspaces import COUNTING

_FREE = {"name": "k", "type": "normfactor", "data": None}
_ERRORS = {"name": "mc", "type": "staterror", "data": [1.5, 4.0]}
_COMMON = {"name": "b", "type": "normsys", "data": {"lo": 0.85, "hi": 1.2}}

TWO_FREE = {
    "version": "1.0.0",
    "channels": [
        {
            "name": "only",
            "samples": [
                {
                    "name": "signal",
                    "data": [4.0, 9.0],
                    "modifiers": [{"name": "mu", "type": "normfactor", "data": None}],
                },
                {"name": "other", "data": [6.0, 2.0], "modifiers": [_FREE]},
                {"name": "background", "data": [20.0, 30.0], "modifiers": [_ERRORS, _COMMON]},
            ],
        }
    ],
    "observations": [{"name": "only", "data": [31.0, 44.0]}],
    "measurements": [{"name": "measurement", "config": {"poi": "mu", "parameters": []}}],
}


def problem_of(workspace, **held):
    return define_problem(Likelihood(build_histfactory(parse_workspace(workspace)), NoSignal()), held=held)


def counting():
    return problem_of(COUNTING)


def two_free(**held):
    return problem_of(TWO_FREE, **held)
