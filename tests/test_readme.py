"""The README is right: its Python runs, its commands are those of CI, its figures are those of the program."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE)


@pytest.mark.slow
def test_python_example_runs(capsys):
    (code,) = blocks("python")
    names = {}
    exec(compile(code, "README.md", "exec"), names)
    assert abs(names["scan"].best - 2.1) < 0.1
    assert names["slope"].shape == names["problem"].start.shape
    assert names["best"]["h_V"] < names["limit"].observed < 2e-8
    assert "@" in capsys.readouterr().out


def test_the_two_commands():
    first, second = blocks("sh")
    assert "jaxflav scan two-body" in first
    assert second.strip() == 'pip install -e ".[test]" && pytest'
    assert "grep -m1 '^pip install -e \"\\.\\[test\\]\"' README.md" in (ROOT / ".ci" / "run").read_text()


def test_shown_output_is_what_the_command_prints(capsys):
    from jaxflav.cli.main import main

    (shown,) = blocks("text")
    assert main(["scan", "two-body"]) == 0
    printed = capsys.readouterr().out
    for line in shown.strip().splitlines():
        assert line in printed


@pytest.mark.parametrize("name", ["belle2-2025", "GRvDV2023", "HPQCD2022+FLAG2021"])
def test_names_exist(name):
    from jaxflav.experiments import analysis_names
    from jaxflav.form_factors import form_factor_names

    assert name in (*analysis_names(), *form_factor_names())
