import pytest


@pytest.fixture
def small_experiment(monkeypatch):
    """A workspace of one bin in place of Belle II: what is tested here is the way through the command."""
    from jaxflav.cli import analysis_problem
    from jaxflav.experiments.loading import load_experiment
    from jaxflav.likelihood.pyhf_json import parse_workspace
    from tests.likelihood.workspaces import COUNTING

    tables = parse_workspace(COUNTING)
    original = analysis_problem.build_histfactory
    monkeypatch.setattr(analysis_problem, "build_histfactory", lambda _: original(tables))
    return load_experiment
