"""Scans into a store, as a user calls them."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import xarray
import yaml

from jaxflav.io.chunk_store import open_store
from tests.cli.test_main import run

ARGUMENTS = ("scan", "two-body", "--mass", "1.5:5:8", "--width", "0.05:0.2:2:log", "--chunk", "16")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A complete scan over mass and width."""
    from jaxflav.cli.main import main

    out = tmp_path_factory.mktemp("scans") / "run"
    assert main([*ARGUMENTS, "--out", str(out)]) == 0
    return out


def test_product_of_masses_and_widths(store, capsys):
    with xarray.open_dataset(store / "scan.nc") as dataset:
        assert dict(dataset.sizes) == {"width": 2, "mass": 8, "parameter": 10}
        assert dataset["mass"].attrs["units"] == "GeV"
        assert dataset.attrs["jaxflav"]
        # a wide resonance is in several bins: at 2 GeV it fits differently from a narrow one
        assert abs(float(dataset["t"][0, 1] - dataset["t"][1, 1])) > 0.1
        t = dataset["t"].values
    # the widths that a scan of one width gives
    for i, width in enumerate(("0.05", "0.2")):
        status, out, _ = run(capsys, "scan", "two-body", "--mass", "1.5:5:8", "--width", width, "--json")
        assert status == 0
        expected = np.array(json.loads(out)["t"], dtype=float)
        np.testing.assert_allclose(t[i], expected, atol=1e-8)


def test_a_complete_scan_is_not_computed_again(store, capsys, monkeypatch):
    from jaxflav.inference.scans import run as runner

    def never(*args):
        raise AssertionError

    monkeypatch.setattr(runner, "Evaluator", never)
    before = (store / "scan.nc").read_bytes()
    status, out, _ = run(capsys, *ARGUMENTS, "--out", store, "--resume", "--json")
    assert status == 0
    result = json.loads(out)
    assert result["axes"] == {"width": 2, "mass": 8}
    assert sum(result["convergence"].values()) == 16
    assert result["best"]["significance"] > 3
    assert (store / "scan.nc").read_bytes() == before
    status, out, _ = run(capsys, "show", store, "--json")
    assert status == 0
    assert json.loads(out)["best"] == result["best"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (("--resume", "--form-factors", "GRvDV2023"), "data/grvdv2023_b_to_k.yaml"),
        ((), "exists already, with a scan; continue it with --resume"),
    ],
)
def test_another_scan_is_not_mixed_in(store, capsys, changed, message):
    before = sorted((p.name, p.stat().st_mtime_ns) for p in store.iterdir())
    status, out, err = run(capsys, *ARGUMENTS, "--out", store, *changed)
    assert (status, out, len(err.splitlines())) == (2, "", 1)
    assert message in err
    assert sorted((p.name, p.stat().st_mtime_ns) for p in store.iterdir()) == before


@pytest.mark.slow
def test_several_couplings_are_an_axis(tmp_path, capsys):
    arguments = ("--coupling", "f_VV,f_SS", "--mass", "0.5:2.5:2", "--axis", "branching_fraction=0:1e-5:2")
    status, out, _ = run(capsys, "scan", "pair", *arguments, "--out", tmp_path / "run")
    assert status == 0
    assert "8 (2 coupling x 2 mass x 2 branching_fraction)" in out
    with xarray.open_dataset(tmp_path / "run" / "scan.nc") as dataset:
        assert dataset["coupling"].values.tolist() == ["f_VV", "f_SS"]
        t = dataset["t"].sel(mass=0.5)
        np.testing.assert_allclose(t.sel(branching_fraction=0.0), 0.0, atol=1e-8)  # the Standard Model
        assert t[0, 1] != t[1, 1]
    description = yaml.safe_load((tmp_path / "run" / "description.yaml").read_text())
    assert description["couplings"] == ["f_VV", "f_SS"]
    assert description["complete"] is True
    assert open_store(tmp_path / "run").finished


@pytest.mark.slow
def test_processes_of_the_command_give_the_bits_of_one(tmp_path):
    from tests.inference.scans.test_scan_faults import ROOT, assert_same_bits, free_port

    base = [sys.executable, "-m", "jaxflav", "scan", "two-body", "--mass", "0:4.75:96", "--chunk", "16"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    one = subprocess.run([*base, "--out", tmp_path / "one"], env=environment, capture_output=True, text=True)
    assert one.returncode == 0, one.stderr
    port = free_port()
    several = ["--distributed", "--coordinator", f"127.0.0.1:{port}", "--num-processes", "2", "--process-id"]
    both = [
        subprocess.Popen(
            [*base, "--out", tmp_path / "two", "--devices", "2", *several, str(i)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for i in (0, 1)
    ]
    first, second = (process.communicate() for process in both)
    assert [process.returncode for process in both] == [0, 0], first[1] + second[1]
    assert one.stdout in first[0]
    assert "best mass" not in second[0]
    with xarray.open_dataset(tmp_path / "one" / "scan.nc") as expected:
        assert_same_bits(tmp_path / "two", expected)
    assert yaml.safe_load((tmp_path / "two" / "description.yaml").read_text())["device"]["count"] == 2
