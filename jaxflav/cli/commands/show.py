"""jaxflav show: what made a result, and how complete it is."""

import argparse
from pathlib import Path
from typing import Any

import yaml

from jaxflav.io.chunk_store import DESCRIPTION, ChunkStore, is_store
from jaxflav.io.errors import InputError
from jaxflav.io.output import json_text, plain
from jaxflav.io.yaml_file import read_yaml


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    command.description = (
        "Version, inputs, hashes of the data, seed, convergence and device of a directory made by --out."
    )
    command.add_argument("directory", type=Path, metavar="DIR")
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(run=run)


def description_of(directory: Path) -> dict[str, Any]:
    """Description of a result, for a store with the number of chunks that are complete.

    Raises
    ------
    InputError
        If the directory is no result, its description is spoilt, or the content of a store is not what was written.
    """
    if not (directory / DESCRIPTION).is_file():
        raise InputError(f"{directory}: no result of jaxflav (no {DESCRIPTION}); give a directory made by --out")
    content = read_yaml(directory / DESCRIPTION)
    if is_store(directory):
        store = ChunkStore(directory)
        content["complete_chunks"] = len(store.complete_chunks())
        if store.finished:
            store.read_result()
    return content


def _completeness(content):
    if "chunks" not in content:
        return "complete"
    if content["complete"]:
        return f"complete and intact: {content['points']} points in {content['chunks']} chunks"
    if content["complete_chunks"] == content["chunks"]:
        return "all chunks are there, but not put together; do that with the same command and --resume"
    return (
        f"not complete: {content['complete_chunks']} of {content['chunks']} chunks; continue with the same command "
        "and --resume"
    )


def run(arguments: argparse.Namespace) -> None:
    """Run the command."""
    content = description_of(arguments.directory)
    if arguments.json:
        print(json_text(content))
        return
    command = " ".join(map(str, content.get("command", ())))
    shown = ("summary", "command", "complete", "complete_chunks")
    rest = {k: v for k, v in content.items() if k not in shown}
    print(f"{arguments.directory}: {_completeness(content)}")
    print(f"command: {command}")
    print("\n".join(f"  {line}" for line in content.get("summary", ())))
    print(yaml.safe_dump(plain(rest), sort_keys=False, width=110, allow_unicode=True, default_flow_style=None), end="")
