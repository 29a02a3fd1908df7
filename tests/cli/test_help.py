"""Help of every command, and what it promises."""

import argparse
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from jaxflav.cli.main import make_parser
from jaxflav.experiments.data_file import check_data
from jaxflav.experiments.loading import load_experiments
from jaxflav.io.errors import InputError

HEPDATA = Path(__file__).parents[1] / "data" / "hepdata_166082"


def parsers_below(parser, words=()):
    """All parsers, by the words that lead to them."""
    yield " ".join(words), parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, one in action.choices.items():
                yield from parsers_below(one, (*words, name))


COMMANDS = [words for words, _ in parsers_below(make_parser())]


@pytest.mark.parametrize("words", COMMANDS)
def test_help(capsys, words):
    with pytest.raises(SystemExit) as stop:
        make_parser().parse_args([*shlex.split(words), "--help"])
    text = capsys.readouterr().out
    assert stop.value.code == 0
    assert text.startswith(f"usage: jaxflav {words}".rstrip())
    assert "%" not in text.replace(" %", "").replace("%%", "!%")  # neither %(default)s nor an escape is left


def test_every_command_is_walked():
    assert {"scan two-body", "scan plane", "plot trace", "plot fl", "data check", "feldman-cousins"} < set(COMMANDS)
    assert len(COMMANDS) > 30


def test_a_combination_takes_the_directory_of_hepdata(tmp_path):
    """The built-in data are those of HEPData: together they would count twice, so that they are refused."""
    (one,) = load_experiments([str(HEPDATA)])
    (built_in,) = load_experiments(["belle2-2025"])
    assert one.tables.channel_names == built_in.tables.channel_names
    with pytest.raises(InputError, match="belle2-2025 is given more than once"):
        load_experiments(["belle2-2025", str(HEPDATA)])
    found = check_data(HEPDATA)
    assert found["file"] == str(HEPDATA / "combined_likelihood.json")
    assert found["bins"] == check_data("belle2-2025")["bins"]


@pytest.mark.parametrize("word", ["--help", "--version", "nonsense"])
def test_help_does_not_wait(word):
    """Nothing that takes long to import is needed to say what commands there are."""
    program = "import sys, atexit; from jaxflav.cli.main import main; atexit.register(lambda: print(HEAVY)); main()"
    program = program.replace("HEAVY", "'heavy:', {'jax', 'numpy', 'scipy'} & {*sys.modules}")
    found = subprocess.run([sys.executable, "-c", program, word], capture_output=True, text=True)
    assert found.returncode == (2 if word == "nonsense" else 0)
    assert found.stdout.endswith("heavy: set()\n")
