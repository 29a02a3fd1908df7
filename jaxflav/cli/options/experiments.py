"""Options of the commands that combine experiments."""

import argparse
from collections.abc import Sequence


def add_combination_options(command: argparse.ArgumentParser, default: Sequence[str]) -> None:
    """Options of the experiments and their form factors."""
    command.add_argument(
        "--experiment",
        action="append",
        metavar="NAME[:CHANNELS]",
        help=f"name or directory, perhaps with channels to keep; may be repeated (default {', '.join(default)})",
    )
    command.add_argument(
        "--form-factors", action="append", default=[], metavar="NAME", help="set or YAML file; may be repeated"
    )
