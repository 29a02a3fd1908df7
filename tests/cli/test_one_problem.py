"""One analysis file is the same problem in every command that reads it: parameters, start, bounds, what is held."""

import jax
import numpy as np
import pytest
import yaml

import jaxflav
from jaxflav.cli.commands import (
    calibrate,
    contour,
    evidence,
    feldman_cousins,
    impacts,
    limit,
    profile,
    sample,
    toys,
)
from jaxflav.cli.commands.scan import masses
from jaxflav.cli.main import main
from jaxflav.tasks import problem as task_problem, run_directory
from jaxflav.tasks.analysis_file import load_task
from jaxflav.tasks.problem import problem_of

SMALL, COUNT = "SMALL", "COUNT"  # in place of directories
BR = {"branching_fraction": {"uniform": [0, 5e-5]}}
STRENGTH = {"strength": {"log-uniform": [1e-20, 1e-14]}}
FILES = {
    "line": {"scenario": "two-body", "experiment": SMALL, "mass": 2.0, "priors": BR},
    "pair": {"scenario": "pair", "experiment": SMALL, "coupling": "f_VV", "mass": 0.6, "priors": BR},
    "Majorana pair": {
        "scenario": "pair",
        "experiment": SMALL,
        "coupling": "f_SS",
        "self_conjugate": True,
        "mass": 0.6,
        "priors": BR,
    },
    "pair of two experiments": {
        "scenario": "pair",
        "coupling": "f_VV",
        "experiment": [SMALL, COUNT],
        "mass": 0.6,
        "priors": {"strength": {"uniform": [0, 10]}},
    },
    "scalar": {"scenario": "two-body", "coupling": "g_S", "experiment": COUNT, "mass": 1.0, "priors": STRENGTH},
    "couplings": {
        "scenario": "couplings",
        "coupling": ["f_VV", "f_SS"],
        "experiment": COUNT,
        "mass": 0.6,
        "priors": {"f_VV": {"uniform": [0, 5]}, "f_SS": {"uniform": [0, 5]}},
    },
    "hypothesis": {
        "hypothesis": "fermion-pair: f_VV, f_SS",
        "experiment": COUNT,
        "mass": 0.6,
        "priors": {"f_VV": {"uniform": [0, 5]}, "f_SS": {"uniform": [0, 5]}},
    },
    "Standard Model": {"scenario": "sm", "experiment": SMALL, "priors": {"mu": {"uniform": [0, 20]}}},
}
# where each command hands the problem over to inference, and the options that it needs
COMMANDS = {
    "profile": (profile, "best_fit", ()),
    "limit": (limit, "upper_limit", ()),
    "contour": (contour, "profile_plane", ("--x-range", "0.1:1:2", "--y-range", "0:1:2")),
    "impacts": (impacts, "impacts", ()),
    "toys": (toys, "significance", ()),
    "feldman-cousins": (feldman_cousins, "feldman_cousins", ("--values", "0:1:2")),
    "sample": (sample, "define_posterior", None),
    "evidence": (evidence, "define_posterior", None),
    "calibrate": (calibrate, "define_posterior", None),
    "predictive": (run_directory, "define_posterior", None),
}


class HandedOver(Exception):
    """The problem is there."""


def handed_over(monkeypatch, module, name, arguments):
    """First argument of a function when a command calls it."""

    def stop(first, *more, **options):
        raise HandedOver(first)

    with monkeypatch.context() as patch:
        patch.setattr(module, name, stop)
        with pytest.raises(HandedOver) as found:
            main([str(a) for a in arguments])
    return found.value.args[0]


def write_file(case, small_data, tmp_path):
    """Analysis file with the directories of the data."""
    file = tmp_path / "analysis.yaml"
    names = FILES[case]["experiment"]
    found = [small_data[name] for name in (names if isinstance(names, list) else [names])]
    file.write_text(yaml.safe_dump({**FILES[case], "experiment": found}))
    return file


def command_line(command, file, options, tmp_path):
    if command == "predictive":
        return (command, file, "--prior", "--out", tmp_path / "new")
    return (command, file) if options is None else (command, "--analysis", file, *options)


@pytest.mark.parametrize("case", FILES)
def test_of_all_commands(case, small_data, tmp_path, monkeypatch):
    file = write_file(case, small_data, tmp_path)
    expected, description = problem_of(load_task(file))
    names = expected.likelihood.parameter_names
    for command, (module, name, options) in COMMANDS.items():
        if case == "Standard Model" and command == "contour":
            continue  # it has neither a mass nor a second parameter
        problem = handed_over(monkeypatch, module, name, command_line(command, file, options, tmp_path))
        assert problem.likelihood.parameter_names == names, command
        np.testing.assert_array_equal(problem.start, expected.start, err_msg=command)
        np.testing.assert_array_equal(problem.fixed, expected.fixed, err_msg=command)
        lower = np.array(expected.likelihood.lower)
        if case == "Standard Model" and command in ("limit", "toys", "feldman-cousins"):
            lower[names.index("mu")] = 0.0  # where a signal is asked for, it is not negative
        np.testing.assert_array_equal(np.array(problem.likelihood.lower), lower, err_msg=command)
        if command != "contour" and "mass_GeV" in description:
            assert problem.context == FILES[case]["mass"], command
    check_same(jaxflav.load(file), expected)


def check_same(found, expected):
    assert found.names == expected.names
    assert (found.context, found.fixed.tolist(), found.start.tolist()) == (
        expected.context,
        expected.fixed.tolist(),
        expected.start.tolist(),
    )
    ours, theirs = (jax.tree.leaves(one.likelihood) for one in (found, expected))
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)
    for end in ("lower", "upper"):
        np.testing.assert_array_equal(getattr(found.likelihood, end), getattr(expected.likelihood, end))


WORDS = {  # what the keys of a scenario are in words
    "line": "line",
    "couplings": "fermion-pair: f_VV, f_SS",
}


@pytest.mark.parametrize("case", WORDS)
def test_of_words_and_of_a_scenario(case, small_data, tmp_path):
    content = FILES[case]
    found = jaxflav.load(
        small_data[content["experiment"]], hypothesis=WORDS[case], mass=content["mass"], priors=content["priors"]
    )
    check_same(found, problem_of(load_task(write_file(case, small_data, tmp_path)))[0])


@pytest.mark.parametrize("case", ["line", "pair", "Majorana pair", "pair of two experiments", "scalar"])
def test_of_a_scan(case, small_data, tmp_path, monkeypatch):
    file = write_file(case, small_data, tmp_path)
    expected = problem_of(load_task(file))[0].likelihood
    arguments = ("scan", FILES[case]["scenario"], "--analysis", file, "--mass", "0.5:1:2")
    found = handed_over(monkeypatch, masses, "scan_masses", arguments)
    assert found.parameter_names == expected.parameter_names
    np.testing.assert_array_equal(np.array(found.lower), np.array(expected.lower))
    np.testing.assert_array_equal(np.array(found.start), np.array(expected.start))
    np.testing.assert_array_equal(np.array(found.observed), np.array(expected.observed))
    assert type(found.signal) is type(expected.signal)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("profile", "--scenario", "pair", "--coupling", "f_VV", "--parameter", "strength"), "'branching_fraction'"),
        (("contour", "--coupling", "g_S", "--y", "branching_fraction"), "this one has 'strength'"),
        (("contour", "--coupling", "g_S"), "--y-range LO:HI:N says which values of strength"),
        (("contour", "--scenario", "sm"), "the scenario sm has no mass here"),
        (("contour", "--scenario", "couplings", "--coupling", "f_VV", "--y", "strength"), "no parameter 'strength'"),
        (("profile", "--scenario", "pair", "--coupling", "f_AV"), "coupling of a pair that B+ -> K+ sees 'f_AV'"),
    ],
)
def test_parameters_of_another_scenario(arguments, message, capsys, monkeypatch):
    """Told before a likelihood is built."""
    monkeypatch.setattr(task_problem, "combine", None)
    assert main(list(arguments)) == 2
    captured = capsys.readouterr()
    assert (captured.out, len(captured.err.splitlines())) == ("", 1)
    assert message in captured.err
