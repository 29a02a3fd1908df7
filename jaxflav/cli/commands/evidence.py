"""jaxflav evidence: evidences of hypotheses for the same data, and their Bayes factors."""

import argparse
import dataclasses
from pathlib import Path

import numpy as np
import yaml

from jaxflav.cli.progress import nested_progress
from jaxflav.inference.evidence.bridge import bridge_evidence
from jaxflav.inference.evidence.evidence import Evidence, corrected, laplace_evidence, verdict
from jaxflav.inference.evidence.exact_draws import exact_draws
from jaxflav.inference.evidence.grid import grid_evidence
from jaxflav.inference.evidence.marginal import define_marginal
from jaxflav.inference.evidence.nested import Nested, NestedSettings, equal_draws, nested_sample
from jaxflav.inference.evidence.prior_sensitivity import OtherPrior, prior_sensitivity
from jaxflav.inference.fitting.problem import Problem
from jaxflav.inference.posteriors.modes import find_modes
from jaxflav.inference.posteriors.posterior import Posterior, define_posterior
from jaxflav.inference.sampling.importance import TRUSTED
from jaxflav.inference.sampling.nuts import sample
from jaxflav.io.errors import InputError
from jaxflav.io.output import check_new_directory, csv_text, json_text, plain, write_file
from jaxflav.tasks.analysis_file import AnalysisTask, load_task
from jaxflav.tasks.problem import problem_of

CHECKS = ("grid", "laplace", "bridge")
_GRID = 60  # values of each parameter
_POINTS = 500  # for the importance weights


@dataclasses.dataclass(frozen=True)
class _Hypothesis:
    """One analysis file, with what was found."""

    name: str
    task: AnalysisTask
    problem: Problem
    description: dict
    posterior: Posterior


@dataclasses.dataclass(frozen=True)
class _Found:
    nested: Nested
    evidence: Evidence
    effective: float
    checks: list[Evidence]
    others: list[OtherPrior]


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    command.description = (
        "Evidence of each analysis file, and Bayes factors with respect to the first one. Nuisance "
        "parameters are integrated, the others sampled by nested sampling."
    )
    command.add_argument("analysis", nargs="+", type=Path, metavar="ANALYSIS.yaml", help="with the same data")
    command.add_argument("--live", type=int, default=NestedSettings().live, help="live points (default %(default)s)")
    command.add_argument("--seed", type=int, default=0, help="default %(default)s")
    command.add_argument(
        "--check",
        action="append",
        default=[],
        choices=CHECKS,
        help="compare with another method: a grid (one or two parameters), the normal approximation, or bridge "
        "sampling of a Markov chain (not for a free mass); may be repeated",
    )
    command.add_argument("--out", type=Path, metavar="DIR", help="directory for the table and the description")
    command.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Run ``jaxflav evidence``."""
    if arguments.out is not None:
        check_new_directory(arguments.out)
    settings = NestedSettings(live=arguments.live, seed=arguments.seed)
    hypotheses = [_hypothesis(path) for path in arguments.analysis]
    _check_same_data(hypotheses)
    for one in hypotheses:
        if "grid" in arguments.check and len(one.task.priors) > 2:
            names = ", ".join(one.task.priors)
            raise InputError(f"{one.name}: --check grid takes at most two parameters with a prior, found {names}")
        if "bridge" in arguments.check and one.posterior.free_context:
            raise InputError(f"{one.name}: --check bridge needs chains that converge; with a free mass take grid")
    found = [_find(one, settings, arguments.check) for one in hypotheses]
    rows = [_row(one, result, found[0]) for one, result in zip(hypotheses, found, strict=True)]
    if arguments.out is not None:
        _write(arguments.out, hypotheses, found, rows, settings)
    if arguments.json:
        print(json_text({"hypotheses": rows, "prior sensitivity": _sensitivity(hypotheses, found)}))
        return
    _print(rows, hypotheses, found)


def _hypothesis(path: Path) -> _Hypothesis:
    task = load_task(path)
    problem, description = problem_of(task)
    return _Hypothesis(path.stem, task, problem, description, define_posterior(problem, task.priors))


def _check_same_data(hypotheses):
    first = hypotheses[0]
    for one in hypotheses[1:]:
        ours, theirs = (np.asarray(h.problem.likelihood.observed) for h in (first, one))
        if ours.shape != theirs.shape or not np.array_equal(ours, theirs):
            raise InputError(
                f"{one.name} has other data than {first.name}: evidences of different data cannot be compared; give "
                "both the same experiments"
            )


def _find(one, settings, checks) -> _Found:
    marginal = define_marginal(one.problem, one.task.priors)
    with nested_progress(one.name) as report:
        nested = nested_sample(marginal, settings, report)
    draws = exact_draws(marginal, equal_draws(nested, _POINTS, settings.seed), settings.seed)
    others = []
    if "grid" in checks and marginal.names:
        grid = grid_evidence(marginal, _GRID).evidence
        others.append(dataclasses.replace(grid, log_evidence=grid.log_evidence + draws.log_correction))
    if {"laplace", "bridge"} & set(checks):
        modes = find_modes(one.posterior, one.problem)
        if "laplace" in checks:
            others.append(laplace_evidence(one.posterior, modes))
        if "bridge" in checks:
            chains = sample(one.posterior, modes, one.task.settings)
            others.append(bridge_evidence(one.posterior, chains, settings.seed))
    sensitivity = prior_sensitivity(nested, marginal)
    return _Found(nested, corrected(nested, draws), draws.effective, others, sensitivity)


def _row(one, found, first):
    factor = found.evidence.log_evidence - first.evidence.log_evidence
    return {
        "hypothesis": one.name,
        "log_evidence": found.evidence.log_evidence,
        "error": found.evidence.error,
        "log_bayes_factor": factor,
        "bayes_factor_error": 0.0 if found is first else float(np.hypot(found.evidence.error, first.evidence.error)),
        "verdict": "" if found is first else f"{verdict(factor)} {'for' if factor > 0 else 'against'} it",
        "k_hat": found.evidence.k_hat,
        "effective": found.effective,
        "evaluations": found.nested.evaluations,
    } | {check.method: check.log_evidence for check in found.checks}


def _sensitivity(hypotheses, found):
    return [
        {"hypothesis": one.name, "parameter": o.name, "prior": repr(o.prior), "change": o.change}
        for one, result in zip(hypotheses, found, strict=True)
        for o in result.others
    ]


def _write(directory, hypotheses, found, rows, settings):
    directory.mkdir(exist_ok=True)
    names = list(dict.fromkeys(key for row in rows for key in row))
    columns = {key: [row.get(key, np.nan) for row in rows] for key in names}
    description = {
        one.name: {
            **one.description,
            "seed": settings.seed,
            "analysis": one.task.content,
            "priors": {name: repr(prior) for name, prior in one.task.priors.items()},
        }
        for one in hypotheses
    }
    description["settings"] = dataclasses.asdict(settings)
    description["prior sensitivity"] = _sensitivity(hypotheses, found)
    write_file(directory / "table.csv", lambda file: file.write_text(csv_text(columns)))
    text = yaml.safe_dump(plain(description), sort_keys=False, width=110, allow_unicode=True)
    write_file(directory / "description.yaml", lambda file: file.write_text(text))


def _print(rows, hypotheses, found):
    width = max(len(row["hypothesis"]) for row in rows)
    print(f"{'':{width}}  {'ln Z':>16}  {'ln Bayes factor':>16}  verdict")
    for row in rows:
        evidence = f"{row['log_evidence']:.2f} +- {row['error']:.2f}"
        factor = f"{row['log_bayes_factor']:.2f} +- {row['bayes_factor_error']:.2f}"
        print(f"{row['hypothesis']:{width}}  {evidence:>16}  {factor:>16}  {row['verdict']}".rstrip())
    for one, result in zip(hypotheses, found, strict=True):
        for check in result.checks:
            error = "" if np.isnan(check.error) else f" +- {check.error:.2f}"
            print(f"{one.name}: ln Z by {check.method} {check.log_evidence:.2f}{error}")
    for one, result in zip(hypotheses, found, strict=True):
        for other in result.others:
            text = "too few draws there" if np.isnan(other.change) else f"{other.change:+.2f}"
            print(f"{one.name}: with the prior {other.prior!r} of {other.name} ln Z changes by {text}")
    for row in rows:
        if row["k_hat"] > TRUSTED:
            print(
                f"warning: {row['hypothesis']}: the nuisance parameters are far from normal (k-hat {row['k_hat']:.2f}, "
                f"above {TRUSTED}); compare with --check bridge"
            )
