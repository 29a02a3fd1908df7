"""The analysis files that come with the notebooks."""

from pathlib import Path

import pytest

from jaxflav.cli.main import make_parser
from jaxflav.cli.options.analysis_file import parse_arguments
from jaxflav.tasks.analysis_file import load_task
from jaxflav.tasks.run_directory import model_of

FILES = sorted((Path(__file__).parents[2] / "notebooks" / "analyses").glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_commands_read_the_examples(path):
    task = load_task(path)
    assert task.priors or task.held
    assert task.settings.seed == 1
    for command in ("profile", "limit", "contour", "impacts", "toys", "feldman-cousins"):
        arguments = parse_arguments(make_parser(), [command, "--analysis", str(path)])
        assert (arguments.scenario, arguments.experiment) == (task.scenario, list(task.experiments))


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_examples_have_a_posterior(path):
    model = model_of(load_task(path))
    assert len(model.posterior.priors) == len(model.task.priors)
    assert {model.posterior.names[k] for k, _ in model.posterior.priors} == set(model.task.priors)
