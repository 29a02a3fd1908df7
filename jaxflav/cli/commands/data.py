"""jaxflav data: is a data file sound, and what is in it?"""

import argparse

from jaxflav.experiments.data_file import check_data
from jaxflav.io.output import json_text


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    kinds = command.add_subparsers(dest="kind", required=True, metavar="WHAT")
    check = kinds.add_parser(
        "check",
        help="check a data file and all that it names",
        description="Check analysis.yaml and all files that it names; a fault gives one line with file, key and what "
        "to do, and status 2. The format is documented in jaxflav.experiments.data_file.",
    )
    check.add_argument("file", metavar="FILE", help="analysis.yaml, its directory, or the name of built-in data")
    check.add_argument("--json", action="store_true", help="print one JSON object")
    check.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Run the command."""
    found = check_data(arguments.file)
    print(json_text(found) if arguments.json else "\n".join(lines_of(found)))


def lines_of(found: dict) -> list[str]:
    """What was found, for people."""
    lines = [f"{key:14}{found[key]}" for key in ("name", "title", "kind", "licence")]
    if found["luminosity"] is not None:
        running = ", goes on running" if found["running"] else ""
        lines.append(f"{'luminosity':14}{found['luminosity']:g} ab^-1{running}")
    lines += [f"{'channel':14}{name}: {channel}" for name, channel in found["channels"].items()]
    return [*lines, f"{'cite':14}{', '.join(found['sources'])}", f"{'sound':14}{found['file']}"]
