"""One file for all commands: it says what their options say."""

import argparse
import json

import numpy as np
import pytest

from jaxflav.cli.main import make_parser
from jaxflav.cli.options.analysis_file import parse_arguments, task_of
from jaxflav.inference.posteriors.posterior import define_posterior
from jaxflav.inference.posteriors.priors import LogUniform, Uniform
from jaxflav.io.errors import InputError
from jaxflav.tasks import problem as task_problem
from jaxflav.tasks.analysis_file import SECTIONS, check_content, load_task, task_from
from jaxflav.tasks.hypothesis import family_of
from jaxflav.tasks.problem import problem_of
from tests.cli.test_main import run

LINE = """
experiment: belle2-2025
scenario: two-body
form_factors: GRvDV2023
mass: 2.05
width: 0.01
held: {mu: 1.25, "form_factor[0]": 0.5}
priors: {branching_fraction: {uniform: [0, 5.0e-5]}}
seed: 7
sample: {chains: 2, draws: 50, target_accept: 0.9, adapt_mass_matrix: true}
profile: {values: "0:2e-5:5"}
limit: {mass: "1:2:3", cl: 0.9, toys: 20}
contour: {x: mu, x_range: "0:5:11"}
impacts: {top: 3}
toys: {toys: 30, look_elsewhere: "1:4:5"}
feldman-cousins: {values: "0:2e-5:3", toys: 40}
scan: {mass: "0:4:9"}
"""
SAME = ("--form-factors", "GRvDV2023", "--width", "0.01")
HELD = (*SAME, "--hold", "mu=1.25", "--hold", "form_factor[0]=0.5")
FULL = ("--experiment", "belle2-2025", "--mass", "2.05", *HELD)
COMMANDS = {
    "sample": (
        ("sample", *FULL, "--seed", "7", "--prior", "branching_fraction=uniform:0:5e-5", "--chains", "2"),
        ("--draws", "50", "--target-accept", "0.9", "--adapt-mass-matrix"),
    ),
    "profile": (("profile", *FULL), ("--values", "0:2e-5:5")),
    "limit": (("limit", *FULL), ("--mass", "1:2:3", "--cl", "0.9", "--toys", "20", "--seed", "7")),
    "contour": (("contour", *FULL), ("--x", "mu", "--x-range", "0:5:11")),
    "impacts": (("impacts", *FULL), ("--top", "3")),
    "toys": (("toys", *FULL), ("--toys", "30", "--look-elsewhere", "1:4:5", "--seed", "7")),
    "feldman-cousins": (("feldman-cousins", *FULL), ("--values", "0:2e-5:3", "--toys", "40", "--seed", "7")),
    "fit": (("fit", "sm", "--experiment", "belle2-2025"), ()),
}


def parsed(*arguments):
    found = vars(parse_arguments(make_parser(), [str(a) for a in arguments]))
    return {key: value for key, value in found.items() if key not in ("analysis", "reader")}


def file_option(command, file):
    return (file,) if command == "sample" else ("--analysis", file)


@pytest.fixture
def line(tmp_path):
    file = tmp_path / "line.yaml"
    file.write_text(LINE)
    return file


@pytest.mark.parametrize("command", COMMANDS)
def test_file_and_options_say_the_same(command, line):
    hypothesis, settings = COMMANDS[command]
    words = [a for a in hypothesis[:2] if a in (command, "sm")]
    from_options = parsed(*hypothesis, *settings)
    from_file = parsed(*words, *file_option(command, line))
    assert normal(from_file) == normal(from_options)


def normal(arguments):
    """Values as the commands use them: texts of held parameters and priors are read, so 5e-5 is 5.0e-05."""
    if "hold" not in arguments:
        return arguments
    task = task_of(argparse.Namespace(**arguments), 1.0)
    rest = {key: value for key, value in arguments.items() if key not in ("hold", "prior")}
    return rest | {"held": dict(task.held), "priors": dict(task.priors)}


@pytest.mark.parametrize("kind", ["two-body", "pair"])
def test_scans_read_the_file(kind, tmp_path):
    file = tmp_path / "a.yaml"
    extra = "width: 0.01\n" if kind == "two-body" else "coupling: f_VA\nself_conjugate: true\n"
    file.write_text(f"scenario: {kind}\nmass: 0.6\nform_factors: GRvDV2023\nscan: {{mass: '0:2:5'}}\n{extra}")
    options = ("--width", "0.01") if kind == "two-body" else ("--coupling", "f_VA", "--self-conjugate")
    scan = ("scan", kind, "--form-factors", "GRvDV2023", "--mass", "0:2:5", *options)
    assert parsed("scan", kind, "--analysis", file) == parsed(*scan)


def test_options_replace_keys(line):
    found = parsed("profile", "--analysis", line, "--mass", "1.5", "--form-factors", "HPQCD2022", "--hold", "mu=2")
    assert (found["mass"], found["form_factors"], found["width"]) == ("1.5", ["HPQCD2022"], 0.01)
    assert normal(found)["held"] == {"mu": 2.0, "form_factor[0]": 0.5}
    assert parsed("profile", "--analysis", line, "--scenario", "two-body")["mass"] == "2.05"


def test_another_scenario_takes_no_hypothesis_from_the_file(line):
    found = parsed("profile", "--analysis", line, "--scenario", "sm")
    assert (found["mass"], found["width"], found["hold"], found["form_factors"]) == (None, None, [], ["GRvDV2023"])
    assert found["values"] == "0:2e-5:5"


def test_mass_is_not_taken_where_it_is_an_axis(line):
    assert parsed("contour", "--analysis", line, "--x", "mass")["mass"] is None


def test_every_setting_is_an_option(line):
    words = {"scan": ("scan", "two-body")}
    line.write_text(LINE.replace("held:", "held: {} #"))
    for command, keys in SECTIONS.items():
        known = parsed(*words.get(command, (command,)), *file_option(command, line))
        assert set(keys) <= set(known), command


@pytest.mark.parametrize(
    ("text", "arguments", "message"),
    [
        (
            "scenario: pair\ncoupling: f_VV\n",
            ("scan", "two-body"),
            "of the scenario pair; this command is for two-body",
        ),
        ("held: {mu: 2}\n", ("scan", "two-body"), "holds mu = 1 and nothing else"),
        ("speed: 3\n", ("fit", "sm"), "unknown key of"),
        ("limit: {cl: high}\n", ("profile",), "'cl' must be float"),
        ("priors: {mu: {uniform: [0, .inf]}}\n", ("profile",), "the posterior would be improper"),
        ("scenario: pair\ncoupling: f_VX\nmass: 0.6\n", ("profile",), "did you mean f_VV"),
    ],
)
def test_bad_files_are_told(capsys, tmp_path, text, arguments, message):
    file = tmp_path / "a.yaml"
    file.write_text(text)
    status, out, err = run(capsys, *arguments, "--analysis", file)
    assert (status, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1


def test_file_gives_the_output_of_the_options(capsys, tmp_path, small_experiment):
    file = tmp_path / "a.yaml"
    file.write_text("scenario: sm\nprofile: {values: '0:2:4'}\n")
    of_file = run(capsys, "profile", "--analysis", file, "--json")
    assert of_file == run(capsys, "profile", "--scenario", "sm", "--values", "0:2:4", "--json")
    assert json.loads(of_file[1])["parameter"] == "mu"


def test_load_task(line):
    task = load_task(line)
    assert task.experiments == ("belle2-2025",)
    assert task.priors == {"branching_fraction": Uniform(0.0, 5e-5)}
    assert (task.settings.seed, task.settings.chains, task.settings.target_accept) == (7, 2, 0.9)
    assert task_from(task.content) == task


def test_families_by_their_names():
    def family(coupling, **more):
        return family_of(task_from(check_content({"scenario": "couplings", "coupling": coupling, **more}, "test")))

    assert family(["f_VV", "im(f_AV)"]) == "fermion-pair"
    assert family("cVL") == "neutrinos"
    assert family("V_LL", chiral=True, family="fermion-pair") == "fermion-pair"
    with pytest.raises(InputError, match="did you mean"):
        family("f_VX")
    with pytest.raises(InputError, match="are not of one family"):
        family(["f_VV", "g_SS"])
    with pytest.raises(InputError, match="need their family"):
        family("V_LL", chiral=True)


def task(**content):
    return task_from(check_content(content, "test"))


def test_couplings_of_two_experiments():
    content = {"scenario": "couplings", "coupling": ["f_VV", "f_TT"], "experiment": ["belle-2017:K+", "babar-2013:K+"]}
    priors = {"f_VV": {"log-uniform": [0.1, 10]}, "f_TT": {"uniform": [-8, 8]}, "mass": {"uniform": [0.0, 2.0]}}
    problem, description = problem_of(task(**content, priors=priors))
    likelihood = problem.likelihood
    assert sorted(description["experiments"]) == ["babar-2013", "belle-2017"]
    assert description["held"] == {"mu": 1.0}
    # vectors and tensors interfere: one sign of both is free
    assert [float(likelihood.lower[likelihood.index(name)]) for name in ("f_VV", "f_TT")] == [0.0, -np.inf]
    posterior = define_posterior(problem, task(**content, priors=priors).priors)
    assert posterior.free_context
    assert dict(posterior.priors)[posterior.names.index("f_VV")] == LogUniform(0.1, 10.0)
    with pytest.raises(InputError, match="no prior for f_VV, f_TT"):
        define_posterior(problem, {})


class Built(Exception):
    """Stops before the likelihood of a pair, which takes seconds and has tests of its own."""


def test_pair_has_its_direction(monkeypatch):
    def stop(experiments, constants, sets, hypothesis, *, vary_constants):
        (analysis,), (form_factors,), direction = experiments, sets, hypothesis.direction
        assert not vary_constants
        raise Built(analysis.name, form_factors.name, float(direction.f_VA[0]), direction.self_conjugate)

    monkeypatch.setattr(task_problem, "combine", stop)
    with pytest.raises(Built) as found:
        problem_of(task(scenario="pair", coupling="f_VA", self_conjugate=True, mass=0.5, form_factors="GRvDV2023"))
    assert found.value.args == ("belle2-2025", "GRvDV2023", 1.0, True)
    with pytest.raises(InputError, match="several experiments or form factors need couplings"):
        problem_of(task(experiment=["belle2-2025", "babar-2013"]))
