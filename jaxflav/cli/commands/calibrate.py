"""jaxflav calibrate: whether the posterior of an analysis file finds what data were simulated from."""

import argparse
import csv
import dataclasses
import hashlib
from importlib.metadata import version
from pathlib import Path

import numpy as np
import yaml

from jaxflav.cli.progress import progress_bar
from jaxflav.inference.checks.calibrated_samplers import (
    draws_by_chains,
    draws_by_grid,
    draws_by_nested_sampling,
    most_constrained,
)
from jaxflav.inference.checks.calibration import Calibration, calibrate, simulate
from jaxflav.inference.checks.rank_file import RankFile
from jaxflav.inference.posteriors.posterior import define_posterior
from jaxflav.io.directory_lock import hold_directory
from jaxflav.io.errors import InputError
from jaxflav.io.output import check_new_directory, csv_text, json_text, plain, write_file
from jaxflav.tasks.analysis_file import METHODS, load_task
from jaxflav.tasks.problem import problem_of
from jaxflav.tasks.run_directory import DESCRIPTION, check_same_run, with_absolute_paths

CHECKPOINT, RANKS = "checkpoint.jsonl", "ranks.csv"
_LEVELS = (0.683, 0.95)
_UNEVEN = 0.01  # corrected p-value, below which ranks are said to be uneven


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    command.description = (
        "Draw parameters from the priors, data from the parameters, and a posterior from the data, by the "
        "method and the settings of the analysis file: ranks of the parameters among their posterior draws must be "
        "uniform, and intervals must cover them as often as they say."
    )
    command.add_argument("analysis", type=Path, metavar="ANALYSIS.yaml", help="with priors")
    command.add_argument("--datasets", type=int, default=500, metavar="N", help="simulated (default %(default)s)")
    command.add_argument("--draws", type=int, default=99, metavar="L", help="posterior draws (default %(default)s)")
    command.add_argument("--nuisances", type=int, default=10, metavar="N", help="to check, too (default %(default)s)")
    command.add_argument("--seed", type=int, default=0, help="default %(default)s")
    command.add_argument("--out", type=Path, metavar="DIR", help="directory for ranks, table and description")
    command.add_argument("--resume", action="store_true", help="continue the calibration in DIR")
    command.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Run ``jaxflav calibrate``."""
    for name in ("datasets", "draws"):
        if getattr(arguments, name) < 2:
            raise InputError(f"--{name} is {getattr(arguments, name)}, expected at least 2")
    if arguments.resume and arguments.out is None:
        raise InputError("--resume continues the calibration in a directory: give it with --out")
    task = load_task(arguments.analysis)
    if task.method not in METHODS[:3]:
        raise InputError(
            f"the method {task.method} is a quick look, which is not calibrated; take nuts, nested or grid"
        )
    with hold_directory(arguments.out):
        if arguments.resume and (arguments.out / DESCRIPTION).is_file():
            result = _finished(arguments, task)
        else:
            result = _calibrated(arguments, task)
    columns = _columns(result)
    if arguments.json:
        print(json_text({**_summary(result), "quantities": columns}))
        return
    _print(result, columns)


def _options(arguments):
    """The options that decide the ranks, as the description has them."""
    return {"seed": arguments.seed, "asked for": arguments.datasets, **_of_each(arguments)}


def _of_each(arguments):
    return {"draws": arguments.draws, "nuisances": arguments.nuisances}


def _finished(arguments, task):
    """Calibration that a directory holds, if it is the one that is asked for."""
    content = check_same_run(arguments.out, "calibration", task, _options(arguments))
    with (arguments.out / RANKS).open(newline="") as file:
        names, *rows = csv.reader(file)
    ranks = np.array(rows, dtype=int).reshape(len(rows), len(names))
    return Calibration(tuple(names), ranks, arguments.draws, tuple(content["failed"]))


def _calibrated(arguments, task):
    """Calibration, into a directory if there is one."""
    unfinished = arguments.resume and (arguments.out / CHECKPOINT).is_file()
    if arguments.out is not None and not unfinished:
        check_new_directory(arguments.out)
    problem, description = problem_of(task)
    posterior = define_posterior(problem, task.priors)
    index = most_constrained(posterior, problem, arguments.nuisances)
    simulations = simulate(posterior, arguments.datasets, arguments.seed)
    if task.method == "nuts":
        draw = draws_by_chains(problem, task.priors, task.settings, arguments.draws)
    elif task.method == "nested":
        draw = draws_by_nested_sampling(problem, task.priors, task.nested, arguments.draws)
    else:
        draw = draws_by_grid(problem, task.priors, task.values, arguments.draws)
    kept = {}
    if arguments.out is not None:
        arguments.out.mkdir(exist_ok=True)
        file = RankFile(arguments.out / CHECKPOINT, _key(arguments, task, simulations))
        kept = {"finished": file.finished, "keep": file.append}
    with progress_bar(arguments.datasets, "calibrating", "data set") as bar:
        result = calibrate(simulations, draw, posterior.names, index, bar.update, **kept)
    if arguments.out is not None:
        description |= {"analysis": with_absolute_paths(task.content), "method": task.method}
        description |= {**_summary(result), **_options(arguments)}
        description["settings"] = _settings(task)
        columns = _columns(result)
        write_file(arguments.out / "table.csv", lambda file: file.write_text(csv_text(columns)))
        ranks = dict(zip(result.names, result.ranks.T, strict=True))
        write_file(arguments.out / RANKS, lambda file: file.write_text(csv_text(ranks)))
        text = yaml.safe_dump(plain(description), sort_keys=False, width=110, allow_unicode=True)
        write_file(arguments.out / DESCRIPTION, lambda file: file.write_text(text))
        (arguments.out / CHECKPOINT).unlink()
    return result


def _settings(task):
    if task.method == "grid":
        return {"values": task.values}
    return dataclasses.asdict(task.settings if task.method == "nuts" else task.nested)


def _key(arguments, task, simulations):
    """Digest of what decides the ranks: the simulated data have the model and their seed in them."""
    digest = hashlib.sha256(json_text(task.content).encode())
    versions = {name: version(name) for name in ("jaxflav", "jax", "jaxlib")}
    digest.update(json_text({**_of_each(arguments), **versions}).encode())
    digest.update(np.ascontiguousarray(simulations.observed).tobytes())
    return digest.hexdigest()


def _columns(result: Calibration) -> dict:
    return {
        "name": result.names,
        "p_value": result.p_values(),
        "corrected_p_value": result.corrected_p_values(),
        "mean_rank": result.ranks.mean(axis=0) / result.draws,
        **{f"coverage_{level:g}": result.coverage(level) for level in _LEVELS},
    }


def _summary(result):
    return {
        "data sets": len(result.ranks),
        "draws": result.draws,
        "smallest corrected p-value": float(result.corrected_p_values().min()),
        "failed": list(result.failed),
    }


def _print(result, columns):
    width = max(len(name) for name in result.names)
    expected = [(high - low + 1) / (result.draws + 1) for low, high in map(result.inside, _LEVELS)]
    heads = "  ".join(f"covers {100 * share:.4g} %" for share in expected)
    print(f"{len(result.ranks)} data sets, {result.draws} draws of each")
    print(f"{'':{width}}  {'p-value':>9} {'corrected':>9} {'mean rank':>9}  {heads}")
    for k, name in enumerate(result.names):
        cover = "  ".join(
            f"{100 * columns[f'coverage_{level:g}'][k]:>{len(head)}.1f}"
            for level, head in zip(_LEVELS, heads.split("  "), strict=True)
        )
        print(
            f"{name:{width}}  {columns['p_value'][k]:9.3g} {columns['corrected_p_value'][k]:9.3g} "
            f"{columns['mean_rank'][k]:9.3f}  {cover}"
        )
    worst = int(np.argmin(columns["corrected_p_value"]))
    if columns["corrected_p_value"][worst] < _UNEVEN:
        print(f"warning: ranks of {result.names[worst]!r} are not uniform: the posterior is not calibrated")
    for text in result.failed:
        print(f"warning: left out: {text}")
