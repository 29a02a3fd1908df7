"""jaxflav project and discriminate, on a counting experiment that goes on running."""

import json

import numpy as np
import pytest
import yaml

from jaxflav.cli.main import main
from tests.experiments.files import COUNTING, number, write


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    taken = {"luminosity": number(0.4, "ab^-1"), "running": True}
    return str(write(tmp_path_factory.mktemp("running"), {**COUNTING, **taken}))


def run(capsys, *arguments):
    status = main([str(a) for a in arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_project(capsys, experiment, tmp_path):
    out_dir, figure = tmp_path / "run", tmp_path / "z.png"
    options = ("--experiment", experiment, "--luminosity", "4,40", "--coupling", "mu=1", "--systematics", "scaled")
    more = ("--out", out_dir, "--plot", figure, "--toys", 20, "--seed", 5)
    status, out, err = run(capsys, "project", *options, *more, "--json")
    found = json.loads(out)
    assert (status, err) == (0, "")
    np.testing.assert_allclose(found["t_sm"], 0.0, atol=1e-8)
    np.testing.assert_allclose(found["t_rescaled-sm"], 0.0, atol=1e-8)
    np.testing.assert_allclose(
        found["t_no-signal"][1] / found["t_no-signal"][0], 10.0, rtol=1e-6
    )  # nothing else is known
    assert found["error_mu"][1] < found["error_mu"][0]
    assert figure.read_bytes().startswith(b"\x89PNG")
    description = yaml.safe_load((out_dir / "description.yaml").read_text())
    assert description["truth"] == {"hypothesis": "rescaled-sm", "mass": 0.0, "mu": 1.0}
    assert description["experiments"]["mine"]["scaled"] is True
    with np.load(out_dir / "arrays.npz") as arrays:
        assert list(arrays["row_names"]) == ["K[0]"]
        assert arrays["toys_observed_4"].shape == (20, 1)
        assert arrays["observed_40"][0] == pytest.approx(10 * arrays["observed_4"][0])
        assert arrays["centre_4"].shape == arrays["parameter_names"].shape


def test_discriminate(capsys, experiment, tmp_path):
    names = ("--hypothesis", "sm", "--hypothesis", "rescaled-sm")
    options = (
        "--experiment",
        experiment,
        "--luminosity",
        "4,40",
        "--out",
        tmp_path / "run",
        "--plot",
        tmp_path / "t.pdf",
    )
    status, out, err = run(capsys, "discriminate", *names, *options)
    assert (status, err) == (0, "")
    assert "t at 40 ab^-1, systematics fixed; rows: truth" in out
    table = np.genfromtxt(tmp_path / "run" / "table.csv", delimiter=",", names=True, dtype=None, encoding=None)
    t = table["t"].reshape(2, 2, 2)
    np.testing.assert_allclose(np.diagonal(t, axis1=1, axis2=2), 0.0, atol=1e-8)
    np.testing.assert_allclose(t[:, 0, 1], 0.0, atol=1e-8)  # mu = 1 is a rescaled Standard Model
    assert t[1, 1, 0] > t[0, 1, 0] > 0
    assert (tmp_path / "t.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("project", "--luminosity", "5,1"), "--luminosity must increase"),
        (("project", "--luminosity", "five"), "--luminosity must be numbers of ab^-1"),
        (("project", "--luminosity", "0.1"), "has 0.362 ab^-1 already"),
        (("project", "--luminosity", "100"), "end at 50 ab^-1"),
        (("project", "--toys", "5"), "give --out DIR"),
        (("project", "--coupling", "mu=1+2j"), "expected real numbers"),
        (("project", "--hypothesis", "fermion-pair"), "name couplings, such as 'fermion-pair: f_VV'"),
        (("discriminate", "--hypothesis", "sm"), "two or more different ones"),
        (("discriminate", "--hypothesis", "sm", "--hypothesis", "scalar:f_VV"), "coupling of scalar"),
        (
            ("discriminate", "--experiment", "belle2-2025", "--experiment", "belle2-prospects"),
            "both have the future data",
        ),
    ],
)
def test_bad_options(capsys, arguments, message):
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1
