"""jaxflav sample: draws from a posterior; jaxflav summary: what they say."""

import argparse
import dataclasses
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
from jaxflav.inference.diagnostics import Summary, summarise, write_chains
from jaxflav.inference.grid_posterior import grid_posterior
from jaxflav.inference.marginal import define_marginal
from jaxflav.inference.modes import find_modes
from jaxflav.inference.nested import nested_sample
from jaxflav.inference.nested_posterior import nested_posterior
from jaxflav.inference.nuts import sample
from jaxflav.inference.posterior import define_posterior
from jaxflav.inference.quick_looks import laplace_draws, variational_draws
from jaxflav.io.directory_lock import hold_directory
from jaxflav.io.errors import InputError
from jaxflav.io.output import check_new_directory, csv_text, json_text, plain, write_file
from jaxflav.tasks.analysis_file import METHODS
from jaxflav.tasks.problem import problem_of
from jaxflav.tasks.run_directory import DESCRIPTION, DRAWS, TABLE, chains_of, check_same_run, with_absolute_paths

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
    if task.method == "nuts":
        chains, how = _by_chains(task, problem, posterior, arguments, devices)
    elif task.method in ("nested", "grid"):
        chains, how = _by_integration(task, problem, posterior)
    else:
        chains, how = _by_quick_look(task, problem, posterior)
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


def _by_chains(task, problem, posterior, arguments, devices):
    """Draws of the No-U-Turn sampler, and how they were made."""
    modes, checkpoint = find_modes(posterior, problem), None
    if arguments.out is not None:
        arguments.out.mkdir(exist_ok=True)
        checkpoint = arguments.out / CHECKPOINT
    # chains of one group advance together: every device needs a group
    group = min(task.settings.group, max(1, task.settings.chains // len(devices)))
    settings = dataclasses.replace(task.settings, group=group)
    options = {"checkpoint": checkpoint, "resume": arguments.resume, "devices": devices}
    with progress_bar(settings.warmup + settings.draws, "sampling", "iteration") as bar:
        chains = sample(posterior, modes, settings, progress=bar.update, **options)
    how = {"settings": dataclasses.asdict(settings)}
    return chains, how | {"modes": {"log_density": modes.log_density, "weight": modes.weight}}


def _by_integration(task, problem, posterior):
    """Independent draws by nested sampling or on a grid, and how they were made."""
    marginal, draws, seed = define_marginal(problem, task.priors), task.settings.draws, task.settings.seed
    if task.method == "nested":
        with nested_progress("nested sampling") as report:
            nested = nested_sample(marginal, task.nested, report)
        chains, evidence = nested_posterior(marginal, posterior, nested, draws, seed)
        settings = dataclasses.asdict(task.nested)
    else:
        chains, evidence = grid_posterior(problem, marginal, posterior, task.values, draws, seed)
        settings = {"values": task.values, "seed": seed}
    how = {"settings": {**settings, "draws": draws}}
    return chains, how | {"log_evidence": evidence.log_evidence, "error": evidence.error, "k_hat": evidence.k_hat}


def _by_quick_look(task, problem, posterior):
    """Draws of a normal density with weights, and how they were made."""
    modes = find_modes(posterior, problem)
    look = {"laplace": laplace_draws, "variational": variational_draws}[task.method]
    chains = look(posterior, modes, task.settings.draws, task.settings.seed)
    how = {"settings": {"draws": task.settings.draws, "seed": task.settings.seed}, "k_hat": chains.k_hat}
    return chains, how | {"modes": {"log_density": modes.log_density, "weight": modes.weight}}


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
