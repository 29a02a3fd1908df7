"""jaxflav sample: draws from a posterior."""

import argparse
import contextlib
from pathlib import Path

import yaml

from jaxflav.cli.commands.summary import columns_of, lines_of, print_summary, report
from jaxflav.cli.options.analysis_file import AnalysisReader, task_of
from jaxflav.cli.options.devices import add_devices_option, devices_of
from jaxflav.cli.options.hypothesis import add_hypothesis_options, one_mass
from jaxflav.cli.options.sampling import add_sampling_options
from jaxflav.cli.progress import nested_progress, progress_bar
from jaxflav.inference.posteriors.posterior import define_posterior
from jaxflav.inference.sampling.diagnostics import summarise, write_chains
from jaxflav.io.directory_lock import hold_directory
from jaxflav.io.errors import InputError
from jaxflav.io.output import check_new_directory, csv_text, plain, write_file
from jaxflav.tasks.analysis_file import METHODS
from jaxflav.tasks.problem import problem_of
from jaxflav.tasks.run_directory import DESCRIPTION, DRAWS, TABLE, check_same_run, with_absolute_paths
from jaxflav.tasks.sampling import Method, draw

CHECKPOINT = "checkpoint.npz"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    command.description = (
        "Posterior of couplings, masses and all nuisance parameters. Every parameter without constraint "
        "term needs a prior: in the analysis file (priors: {mu: {uniform: [0, 20]}}) or by --prior."
    )
    command.add_argument("analysis", nargs="?", type=Path, metavar="ANALYSIS.yaml", help="options replace its keys")
    command.set_defaults(reader=AnalysisReader(command, "sample"))
    add_hypothesis_options(command)
    add_sampling_options(command)
    add_devices_option(command)
    command.add_argument("--out", type=Path, metavar="DIR", help="directory for draws, description and table")
    command.add_argument("--resume", action="store_true", help="continue the run in DIR")
    command.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    command.set_defaults(run=run)


def _check_directory(path: Path, resume: bool) -> None:
    """A new directory, or one with an unfinished run that is to be resumed."""
    if resume and path.is_dir() and (path / CHECKPOINT).is_file():
        return
    check_new_directory(path)


def run(arguments: argparse.Namespace) -> None:
    """Run ``jaxflav sample``."""
    task = task_of(arguments, None if arguments.mass is None else one_mass(arguments.mass))
    if arguments.resume and arguments.out is None:
        raise InputError("--resume continues the run in a directory: give it with --out")
    if task.method != METHODS[0] and (arguments.resume or arguments.devices is not None):
        raise InputError(f"the method {task.method} takes neither --resume nor --devices: leave them out")
    devices = devices_of(arguments)
    with hold_directory(arguments.out):
        if arguments.resume and (arguments.out / DESCRIPTION).is_file():
            check_same_run(arguments.out, "run", task, {})
            report(arguments.out, as_json=arguments.json)
            return
        if arguments.out is not None:
            _check_directory(arguments.out, arguments.resume)
        _sample(task, arguments, devices)


def _sample(task, arguments, devices):
    """Sample into a directory, if there is one, and print the summary."""
    problem, description = problem_of(task)
    posterior = define_posterior(problem, task.priors)
    chains, how = _draw(task, problem, posterior, arguments, devices)
    summary = summarise(chains)
    if arguments.out is None:
        print_summary(summary, chains.with_prior, arguments.json)
        return
    description["analysis"] = with_absolute_paths(task.content)
    description["summary"] = lines_of(summary, chains.with_prior)
    description["method"] = task.method
    description |= how
    description["convergence"] = {
        "largest R-hat": summary.r_hat.max(),
        "smallest effective number of draws": summary.effective.min(),
        "divergences": summary.divergences,
        "warnings": summary.warnings,
    }
    arguments.out.mkdir(exist_ok=True)
    write_chains(arguments.out / DRAWS, chains, {"seed": task.settings.seed})
    write_file(arguments.out / TABLE, lambda file: file.write_text(csv_text(columns_of(summary))))
    text = yaml.safe_dump(plain(description), sort_keys=False, width=110, allow_unicode=True)
    write_file(arguments.out / DESCRIPTION, lambda file: file.write_text(text))
    (arguments.out / CHECKPOINT).unlink(missing_ok=True)
    print_summary(summary, chains.with_prior, arguments.json)


def _draw(task, problem, posterior, arguments, devices):
    """Draws by the method of the task with a progress bar, and how they were made."""
    settings, checkpoint = task.settings, None
    method = Method(task.method, settings, task.nested, task.values)
    if task.method != METHODS[0]:
        with nested_progress("nested sampling") if task.method == "nested" else contextlib.nullcontext() as report:
            return draw(problem, posterior, task.priors, method, left=report)
    if arguments.out is not None:
        arguments.out.mkdir(exist_ok=True)
        checkpoint = arguments.out / CHECKPOINT
    options = {"checkpoint": checkpoint, "resume": arguments.resume, "devices": devices}
    with progress_bar(settings.warmup + settings.draws, "sampling", "iteration") as bar:
        return draw(problem, posterior, task.priors, method, progress=bar.update, **options)
