"""What a results directory of jaxflav sample holds, and the posterior that its draws are of."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jaxflav.experiments.analysis import experiment_names
from jaxflav.inference.posteriors.posterior import Posterior, define_posterior
from jaxflav.inference.sampling.diagnostics import read_chains
from jaxflav.inference.sampling.draws import Chains
from jaxflav.io.errors import InputError
from jaxflav.io.output import plain
from jaxflav.io.provenance import check_same_result, differences, refuse_to_continue
from jaxflav.io.yaml_file import read_yaml
from jaxflav.tasks.analysis_file import AnalysisTask, check_content, task_from, texts_of
from jaxflav.tasks.problem import problem_of

DRAWS, DESCRIPTION, TABLE = "posterior.nc", "description.yaml", "table.csv"


@dataclasses.dataclass(frozen=True)
class Model:
    """A posterior with the task that it was made from.

    Attributes
    ----------
    task : AnalysisTask
    posterior : Posterior
    description : mapping
        Of the problem.
    """

    task: AnalysisTask
    posterior: Posterior
    description: dict[str, Any]


def model_of(task: AnalysisTask) -> Model:
    """Model of a task; raises ``InputError`` as ``problem_of`` and ``define_posterior``."""
    problem, description = problem_of(task)
    return Model(task, define_posterior(problem, task.priors), description)


def with_absolute_paths(content: Mapping[str, Any]) -> dict[str, Any]:
    """Content of an analysis file whose directories and files are found from everywhere."""
    result, names = dict(content), experiment_names()
    for key in ("experiment", "form_factors"):
        if key in result:
            result[key] = [_absolute(text) if text not in names else text for text in texts_of(result[key])]
    return result


def settings_of(task: AnalysisTask) -> dict[str, Any]:
    """All that decides what a task gives, as plain values: what the analysis file leaves out, too."""
    content = with_absolute_paths(task.content)
    settings = {key: value for key, value in dataclasses.asdict(task).items() if key != "content"}
    settings["priors"] = {name: repr(prior) for name, prior in task.priors.items()}
    settings["experiments"] = texts_of(content.get("experiment"))
    settings["form_factors"] = texts_of(content.get("form_factors"))
    return plain(settings)


def check_same_run(directory: Path, what: str, task: AnalysisTask, more: Mapping[str, Any]) -> dict[str, Any]:
    """Description of a finished run, after a check that it is the one that is asked for.

    Parameters
    ----------
    directory : Path
        With its description.
    what : str
        It holds, for messages.
    task : AnalysisTask
        What is asked for now.
    more : mapping
        Further settings, as the description has them.

    Raises
    ------
    InputError
        If the directory is of another kind, or task, settings, data or versions differ.
    """
    file = directory / DESCRIPTION
    content = read_yaml(file)
    if not isinstance(content.get("analysis"), dict):
        raise InputError(f"{file}: no analysis in it, so that this is no {what}; give another name to --out")
    before = task_from(check_content(content["analysis"], f"{file}, 'analysis'"))
    changed = differences(
        {**settings_of(before), **{key: content.get(key) for key in more}}, {**settings_of(task), **plain(more)}
    )
    refuse_to_continue(directory, what, changed)
    _, description = problem_of(task)
    check_same_result(directory, what, content, {**description, **more})
    return content


def _absolute(text):
    path, colon, channels = text.partition(":")
    return f"{Path(path).absolute()}{colon}{channels}" if Path(path).exists() else text


def chains_of(directory: Path) -> Chains:
    """Draws in a directory; raises ``InputError`` if there are none."""
    file = directory / DRAWS
    if not file.is_file():
        raise InputError(f"{directory}: no {DRAWS} there; give the --out directory of a finished jaxflav sample")
    return read_chains(file)


def load_run(directory: Path) -> tuple[Model, Chains]:
    """Model and draws of a directory.

    Raises
    ------
    InputError
        If it is not that of a finished run, or the data or the program have changed, so that the posterior is another.
    """
    chains, file = chains_of(directory), directory / DESCRIPTION
    content = read_yaml(file)
    if not isinstance(content.get("analysis"), dict):
        raise InputError(f"{file}: no analysis in it; give the --out directory of a finished jaxflav sample")
    model = model_of(task_from(check_content(content["analysis"], f"{file}, 'analysis'")))
    if model.posterior.names != chains.names or model.description["data"] != content.get("data"):
        raise InputError(f"{directory}: the data, or the parameters, are no longer those of these draws; sample again")
    return model, chains
