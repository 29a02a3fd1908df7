"""Every command with combinations of its options, on the smallest data: an answer or one line, never a traceback."""

import itertools

import pytest
import yaml

from jaxflav.cli.main import main
from jaxflav.experiments.data_file import load_data
from jaxflav.experiments.loading import load_experiment
from jaxflav.io.errors import InputError
from tests.cli.test_help import COMMANDS

ONE, BOTH = ("--experiment", "SMALL"), ("--experiment", "SMALL", "--experiment", "COUNT")
COUPLING, PAIR = ("--coupling", "g_S"), ("--scenario", "pair", "--coupling", "f_VV")
HYPOTHESES = [
    *((*ONE, *more) for more in ((), ("--width", "0.1"), COUPLING, PAIR, (*PAIR, "--self-conjugate"))),
    *((*ONE, "--scenario", name) for name in ("sm", "neutrinos")),
    *((*BOTH, *more) for more in ((), COUPLING, PAIR, ("--scenario", "couplings", "--coupling", "f_VV,f_SS"))),
    (*ONE, "--hold", "b=0.5"),
    (*ONE, "--form-factors", "GRvDV2023"),
]
MASS = [(), ("--mass", "1")]
RESULTS = [("--json",), ("--out", "run", "--plot", "figure.pdf")]
SCAN = [(), ("--out", "run", "--all-parameters"), ("--plot", "figure.pdf", "--json")]
AXES = [(), ("--out", "run", "--axis", "strength=0:10:2"), ("--out", "run", "--axis", "branching_fraction=0:1e-5:2")]
SAMPLING = [
    ("--method", name, "--draws", "20", "--chains", "2", "--warmup", "20", "--live", "50", "--values", "8")
    for name in ("nuts", "nested", "grid", "laplace", "variational")
]
PRIORS = [
    (*ONE, "--prior", "branching_fraction=uniform:0:5e-5", "--mass", "1"),
    (*ONE, *PAIR, "--prior", "branching_fraction=uniform:0:5e-5", "--mass", "0.6"),
    (*BOTH, *PAIR, "--prior", "strength=uniform:0:10", "--mass", "0.6"),
    (*ONE, "--scenario", "sm", "--prior", "mu=uniform:0:9"),
]
TRUTHS = [(), ("--hypothesis", "scalar:g_S"), ("--coupling", "mu=1"), ("--hypothesis", "scalar:g_S", "--mass", "1")]
FUTURE = [("--luminosity", "4"), ("--luminosity", "4,40", "--systematics", "scaled")]
DECAYS = [("BR(B+ -> K+)",), ("FL(B0 -> K*0)[4,8]", "dBR/dq2(B+ -> K+)(4)"), ("--decay", "Bs -> invisible")]
SCENARIOS = [
    (),
    ("--scenario", "scalar", "--coupling", "g_S=1e-8"),
    ("--scenario", "fermion-pair", "--coupling", "f_VV=1"),
]
# options of each command, of which all combinations are walked
WALK = {
    "profile": (HYPOTHESES, MASS, [(), ("--values", "0:1:3")], RESULTS),
    "limit": (HYPOTHESES, [(), ("--mass", "1:2:2"), ("--widths", "0,0.1")], [(), ("--toys", "100")], RESULTS),
    "contour": (HYPOTHESES, [("--x-range", "0.5:1:2", "--y-range", "0:1e-5:2"), ("--x", "mu")], RESULTS),
    "impacts": (HYPOTHESES, MASS, RESULTS),
    "toys": (HYPOTHESES, [("--toys", "100"), ("--toys", "100", "--look-elsewhere", "0.5:1:2")], RESULTS),
    "feldman-cousins": (HYPOTHESES, MASS, [("--values", "0:1e-5:2", "--toys", "100")], RESULTS),
    "fit sm": ([ONE, BOTH], [(), ("--json",)]),
    "scan two-body": ([ONE, BOTH], [(), COUPLING, ("--width", "0.1"), ("--width", "0.1:0.2:2")], AXES, SCAN),
    "scan pair": ([ONE, BOTH], [("--coupling", "f_VV"), ("--coupling", "f_VV,f_SS"), ()], AXES, SCAN),
    "scan plane": ([BOTH], [(), ("--mass", "0.6")], [(), ("--combined-only",)], RESULTS),
    "scan scenarios": ([ONE, BOTH], [("--scenario", "fermion-pair f_VV")], RESULTS),
    "sample": (PRIORS, SAMPLING, [("--json",), ("--out", "run"), ("--out", "run", "--resume")]),
    "project": ([BOTH], TRUTHS, FUTURE, [(), ("--toys", "3")], RESULTS),
    "discriminate": ([BOTH], [("--hypothesis", "sm", "--hypothesis", "scalar:g_S")], FUTURE, RESULTS),
    "predict": (DECAYS, SCENARIOS, [(), ("--mass", "1"), ("--width", "0.1")], [(), ("--no-sm",)], [(), ("--json",)]),
    "plot spectrum": ([("--decay", "B+ -> K+"), ("--decay", "B0 -> K*0")], [("--points", "3", "--out", "f.pdf")]),
    "plot fl": ([("--coupling", "f_VV=1"), ("--coupling", "f_AV=1")], [("--points", "3", "--out", "f.pdf")]),
    "data check": ([("SMALL",), ("COUNT",)], [(), ("--json",)]),
    "info": ([(), ("--json",)],),
}
ALWAYS = {
    "scan two-body": ("--mass", "0.5:1:2", "--chunk", "16"),
    "scan pair": ("--mass", "0.5:1:2", "--chunk", "16"),
    "scan plane": ("--family", "fermion-pair", "--x", "f_VV=-3:3:3", "--y", "f_SS=-3:3:3"),
    "scan scenarios": ("--points", "8"),
}
# of results of the others, with their own tests, or groups of commands
ELSEWHERE = {"", "fit", "scan", "plot", "data", "evidence", "calibrate", "predictive", "summary", "show"}
ELSEWHERE |= {f"plot {name}" for name in ("corner", "trace", "predictive")}


def walk(capsys, data, folder, command, options):
    """Status of a command in a new folder, after a check of what it prints."""
    folder.mkdir()
    words = [data.get(word, word) for word in options]
    for option in ("--out", "--plot"):
        if option in words:
            words[words.index(option) + 1] = str(folder / words[words.index(option) + 1])
    try:
        status = main([*command.split(), *ALWAYS.get(command, ()), *words])
    except SystemExit as stop:  # the parser refuses
        status = stop.code
    captured = capsys.readouterr()
    where = (command, options, captured.err)
    assert status in (0, 1, 2), where
    assert len(captured.err.splitlines()) == (status > 0), where
    assert (captured.out == "") == (status > 0), where
    assert not list(folder.glob(".*")), where  # neither locks nor temporary files
    return status


def combinations(command):
    return [tuple(itertools.chain(*parts)) for parts in itertools.product(*WALK[command])]


def test_every_command_is_in_the_walk():
    assert set(WALK) | ELSEWHERE == set(COMMANDS)


def test_the_data_are_sound(small_data):
    assert load_data(small_data["SMALL"]).tables.channel_bins == (3,)
    with pytest.raises(InputError, match="no public likelihood"):
        load_experiment(small_data["COUNT"])


@pytest.mark.slow
@pytest.mark.parametrize("command", WALK)
def test_all_combinations(command, small_data, capsys, tmp_path):
    status = [
        walk(capsys, small_data, tmp_path / str(i), command, options) for i, options in enumerate(combinations(command))
    ]
    assert 0 in status


SHORT = {
    "product of a strength": ("scan pair", (*BOTH, "--coupling", "f_VV", "--out", "run", "--axis", "strength=0:10:2")),
    "product of a scalar": ("scan two-body", (*BOTH, *COUPLING, "--out", "run", "--axis", "strength=0:1e-15:2")),
    "profile": ("profile", (*ONE, "--mass", "1", "--values", "0:1e-5:3", *RESULTS[1])),
    "profile of two experiments": ("profile", (*BOTH, *PAIR, "--mass", "0.6", "--values", "0:10:3", *RESULTS[1])),
    "contour": ("contour", (*ONE, "--x-range", "0.5:1:2", "--y-range", "0:1e-5:2", *RESULTS[1])),
    "project": ("project", (*BOTH, "--luminosity", "4", "--coupling", "mu=1", *RESULTS[1])),
}


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=pytest.mark.slow if "product of a strength" in case else ()) for case in SHORT]
)
def test_some_combinations(case, small_data, capsys, tmp_path):
    command, options = SHORT[case]
    assert walk(capsys, small_data, tmp_path / "here", command, options) == 0
    description = yaml.safe_load((tmp_path / "here" / "run" / "description.yaml").read_text())
    assert {"command", "jaxflav", "jax", "jaxlib", "python", "device", "date", "seed", "data"} < set(description)
    assert all(len(digest) == 64 for digest in description["data"].values())
    experiments = ["analysis.yaml", "likelihood.json"] if options[: len(ONE)] == ONE else ["analysis.yaml"]
    assert {name.rpartition("/")[2] for name in description["data"]} >= set(experiments)
    if command == "scan pair":
        assert "strength" in description["best"]
