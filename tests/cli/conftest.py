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


@pytest.fixture(scope="session")
def small_data(tmp_path_factory):
    """Directories of a public likelihood of three bins, SMALL, and of a counting experiment, COUNT."""
    from tests.cli.small_data import write_small_data

    small, count = (tmp_path_factory.mktemp(name) for name in ("small", "count"))
    write_small_data(small, count)
    return {"SMALL": str(small), "COUNT": str(count)}
