"""jaxflav summary: what the draws from a posterior say."""

import argparse
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jaxflav.inference.sampling.diagnostics import Summary, summarise
from jaxflav.io.output import json_text
from jaxflav.tasks.run_directory import chains_of

LEVEL = 0.95  # of the intervals


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    command.description = "Of the results of jaxflav sample."
    command.add_argument("directory", type=Path, metavar="DIR", help="results of jaxflav sample")
    command.add_argument("--level", type=float, default=LEVEL, help="of the intervals (default %(default)s)")
    command.add_argument("--all", action="store_true", help="also the nuisance parameters")
    command.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Run the command."""
    report(arguments.directory, arguments.level, arguments.all, arguments.json)


def report(directory: Path, level: float = LEVEL, everything: bool = False, as_json: bool = False) -> None:
    """Print the summary of a directory, of all parameters or of those with a prior."""
    chains = chains_of(directory)
    print_summary(summarise(chains, level), chains.names if everything else chains.with_prior, as_json)


def columns_of(summary: Summary) -> dict[str, Any]:
    """Columns of the table, by name."""
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
    columns = columns_of(summary)
    return {name: {c: v[summary.names.index(name)] for c, v in columns.items() if c != "name"} for name in shown}


def print_summary(summary: Summary, shown: Sequence[str], as_json: bool) -> None:
    """Print the rows of these parameters and the warnings, as a table or as one JSON object."""
    if as_json:
        content = {"level": summary.level, "posterior": _rows(summary, shown), "divergences": summary.divergences}
        content |= {"r_hat_max": summary.r_hat.max(), "effective_min": summary.effective.min()}
        print(json_text({**content, "warnings": summary.warnings}))
        return
    print("\n".join(lines_of(summary, shown)))


def lines_of(summary: Summary, shown: Sequence[str]) -> list[str]:
    """Lines of the table with the rows of these parameters, and the warnings."""
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
