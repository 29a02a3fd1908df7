"""jaxflav sample: draws from a posterior; jaxflav summary: what they say."""

import argparse
import contextlib
import math
from pathlib import Path

import yaml

from jaxflav.cli.analysis_options import (
    AnalysisReader,
    add_hypothesis_options,
    add_sampling_options,
    one_mass,
    task_of,
)
from jaxflav.cli.common import nested_progress, progress_bar
from jaxflav.cli.devices import add_devices_option, devices_of
from jaxflav.inference.posteriors.posterior import define_posterior
from jaxflav.inference.sampling.diagnostics import Summary, summarise, write_chains
from jaxflav.io.directory_lock import hold_directory
from jaxflav.io.errors import InputError
from jaxflav.io.output import check_new_directory, csv_text, json_text, plain, write_file
from jaxflav.tasks.analysis_file import METHODS
from jaxflav.tasks.problem import problem_of
from jaxflav.tasks.run_directory import DESCRIPTION, DRAWS, TABLE, chains_of, check_same_run, with_absolute_paths
from jaxflav.tasks.sampling import Method, draw

CHECKPOINT = "checkpoint.npz"
_LEVEL = 0.95  # of the intervals


def add_arguments(commands) -> None:
    """Add both commands to the parser."""
    command = commands.add_parser(
        "sample",
        help="draws from a posterior by the No-U-Turn sampler or nested sampling",
        description="Posterior of couplings, masses and all nuisance parameters. Every parameter without constraint "
        "term needs a prior: in the analysis file (priors: {mu: {uniform: [0, 20]}}) or by --prior.",
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
    summary = commands.add_parser(
        "summary", help="intervals and diagnostics of a posterior", description="Of the results of jaxflav sample."
    )
    summary.add_argument("directory", type=Path, metavar="DIR", help="results of jaxflav sample")
    summary.add_argument("--level", type=float, default=_LEVEL, help="of the intervals (default %(default)s)")
    summary.add_argument("--all", action="store_true", help="also the nuisance parameters")
    summary.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    summary.set_defaults(run=run_summary)


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
            _report(arguments.out, _LEVEL, False, arguments.json)
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
        _print(summary, chains.with_prior, arguments.json)
        return
    description["analysis"] = with_absolute_paths(task.content)
    description["summary"] = _lines(summary, chains.with_prior)
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
    write_file(arguments.out / TABLE, lambda file: file.write_text(csv_text(_columns(summary))))
    text = yaml.safe_dump(plain(description), sort_keys=False, width=110, allow_unicode=True)
    write_file(arguments.out / DESCRIPTION, lambda file: file.write_text(text))
    (arguments.out / CHECKPOINT).unlink(missing_ok=True)
    _print(summary, chains.with_prior, arguments.json)


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


def run_summary(arguments: argparse.Namespace) -> None:
    """Run ``jaxflav summary``."""
    _report(arguments.directory, arguments.level, arguments.all, arguments.json)


def _report(directory, level, everything, as_json):
    chains = chains_of(directory)
    _print(summarise(chains, level), chains.names if everything else chains.with_prior, as_json)


def _columns(summary: Summary) -> dict:
    return {
        "name": summary.names,
        "mean": summary.mean,
        "deviation": summary.deviation,
        "median": summary.median,
        "equal_tailed_low": summary.equal_tailed[:, 0],
        "equal_tailed_high": summary.equal_tailed[:, 1],
        "highest_density_low": summary.highest_density[:, 0],
        "highest_density_high": summary.highest_density[:, 1],
        "r_hat": summary.r_hat,
        "effective": summary.effective,
    }


def _rows(summary, shown):
    columns = _columns(summary)
    return {name: {c: v[summary.names.index(name)] for c, v in columns.items() if c != "name"} for name in shown}


def _print(summary, shown, as_json):
    if as_json:
        content = {"level": summary.level, "posterior": _rows(summary, shown), "divergences": summary.divergences}
        content |= {"r_hat_max": summary.r_hat.max(), "effective_min": summary.effective.min()}
        print(json_text({**content, "warnings": summary.warnings}))
        return
    print("\n".join(_lines(summary, shown)))


def _lines(summary, shown):
    width = max([len(name) for name in shown], default=0)
    interval = f"{100 * summary.level:g} %"
    lines = [
        f"{'':{width}}  {'mean':>10} {'deviation':>10}  {interval + ' equal-tailed':>24}  "
        f"{interval + ' highest density':>24}  {'R-hat':>6} {'effective':>9}"
    ]
    for name, row in _rows(summary, shown).items():
        tails = f"[{row['equal_tailed_low']:.4g}, {row['equal_tailed_high']:.4g}]"
        r_hat = "-" if math.isnan(row["r_hat"]) else f"{row['r_hat']:.3f}"
        shortest = f"[{row['highest_density_low']:.4g}, {row['highest_density_high']:.4g}]"
        lines.append(
            f"{name:{width}}  {row['mean']:10.4g} {row['deviation']:10.3g}  {tails:>24}  {shortest:>24}  "
            f"{r_hat:>6} {row['effective']:9.0f}"
        )
    return [*lines, *(f"warning: {warning}" for warning in summary.warnings)]
