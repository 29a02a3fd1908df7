"""Spoiled data files: an error that names the file and the key, never a traceback, never a silent default."""

import copy
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml

import jaxflav.experiments
from jaxflav.experiments.data_file import check_data, load_data
from jaxflav.io.errors import DataFileError
from tests.experiments.files import (
    BINNED,
    COUNTING,
    EVERY,
    GAUSSIAN,
    LIMIT,
    PROJECTION,
    TABULATED,
    WITH_TABLE,
    number,
    write,
)

LARGE = ("binned", "tabulated")  # files of hundreds of values
OPTIONAL = {"uncertainty", "sm_covariance", "published_limit", "normalisation", "resolution"}
NASTY = [None, "text", -1, -1.0e9, float("nan"), float("inf"), [], {}, [[1.0]], ["a"], True, 0, [0.1, float("nan")]]


def places(content, path=()):
    """Every key of a nested file."""
    pairs = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in pairs:
        yield (*path, key)
        yield from places(value, (*path, key))


def spoiled(content, path, change):
    content = copy.deepcopy(content)
    inner = content
    for key in path[:-1]:
        inner = inner[key]
    change(inner, path[-1])
    return content


@pytest.mark.parametrize("kind", EVERY)
def test_the_files_are_sound(kind, tmp_path):
    assert check_data(write(tmp_path, EVERY[kind]))["name"] == "mine"


@pytest.mark.parametrize("kind", EVERY)
def test_every_missing_key(kind, tmp_path):
    for path in places(EVERY[kind]):
        if isinstance(path[-1], int) or path[-1] in OPTIONAL:
            continue
        folder = write(tmp_path, spoiled(EVERY[kind], path, lambda d, k: d.pop(k)))
        with pytest.raises(DataFileError) as error:
            load_data(folder)
        assert str(folder / "analysis.yaml") in str(error.value)
        assert path[-1] in str(error.value) or path[-1] == "kind", path


def attempt(folder):
    """Message of the error or None, and data or None."""
    try:
        return None, load_data(folder)
    except DataFileError as error:
        return str(error), None


@pytest.mark.parametrize("kind", [pytest.param(k, marks=[pytest.mark.slow] * (k in LARGE)) for k in EVERY])
def test_every_value_replaced_by_nonsense(kind, tmp_path):
    """An error that names the file, or data that are sound; any other exception fails the test."""
    refused = 0
    for path in places(EVERY[kind]):
        for value in NASTY:
            folder = write(tmp_path, spoiled(EVERY[kind], path, lambda d, k, v=value: d.__setitem__(k, v)))
            message, data = attempt(folder)
            if message is not None:
                refused += 1
                assert "analysis.yaml" in message, (path, value)
                assert len(message) < 1000
            elif hasattr(data, "channels"):
                everything = [c.observed for c in data.channels]
                everything += [b.events for c in data.channels for b in c.backgrounds]
                assert all(np.all(np.isfinite(e)) and np.all(e >= 0) for e in everything), (path, value)
    assert refused > 100


def channel(**changes):
    return {**BINNED, "channels": [{**BINNED["channels"][0], **changes}]}


def counted(**changes):
    return {**COUNTING, "channels": [{**COUNTING["channels"][0], **changes}]}


def background(**changes):
    return channel(backgrounds=[{**BINNED["channels"][0]["backgrounds"][1], **changes}])


def kernel(**changes):
    return channel(kernel={**TABULATED, **changes})


def future(**changes):
    return {**PROJECTION, "measurements": [{**PROJECTION["measurements"][0], **changes}]}


FB = number(362.0, "fb^-1")
LOSSY = [[0.9, 0.2, 0.0], [0.1, 0.5, 0.0], [0.0, 0.2, 1.0]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (channel(q2_rec_edges=number([-3.0, 8.0, 4.0, 25.0], "GeV^2")), "'q2_rec_edges': edges must increase.*overlap"),
        (channel(q2_rec_edges=number([-3.0, 4.0, 8.0, 25.0], "GeV")), "unit is 'GeV', expected 'GeV.2'"),
        (channel(observed=number([40.0, 31.0])), "'observed': found 2 numbers, expected 3, one per bin"),
        (channel(observed=number([40.0, -31.0, 80.0])), "'observed': numbers of events must be finite and at least 0"),
        (channel(observed=number([40.0, float("nan"), 80.0])), "'observed'.* NaN"),
        (channel(observed=number([[40.0, 31.0, 80.0]])), r"'observed': expected 1 dimension\(s\)"),
        (channel(observed=number({"file": "gone.csv"})), "'observed': file 'gone.csv' is not a readable table"),
        (channel(efficiency=number([0.1, 0.2])), "'efficiency': missing key 'q2'"),
        (channel(efficiency=number([0.1, 0.2], q2=[5.0, 1.0])), "must be finite and increase"),
        (channel(efficiency=number(1.2)), "efficiencies must be between 0 and 1"),
        (channel(kernel={"type": "boxx"}), "unknown type 'boxx'; known: none, gaussian"),
        (channel(kernel={"type": "gaussian", "resolution": number(0.0, "GeV^2")}), "expected a positive number"),
        (channel(decay="B+ -> K"), "'decay': unknown decay 'B. -> K'; known"),
        (channel(observd=number([1.0])), "unknown key 'observd': did you mean 'observed'"),
        (kernel(shares=LOSSY), "'shares': the shares of column 1 sum to 0.9, expected 1: a kernel conserves events"),
        (kernel(shares=TABULATED["shares"][:2]), "'shares': found 2 rows, expected 3"),
        (kernel(shares=[[1.0], [0.0], [0.0]]), "as many points as values"),
        (background(value=[10.0, 9.0]), "background mixed, 'value': found 2 numbers, expected 3"),
        (background(uncertainty=[1.0, -1.0, 1.0]), "'uncertainty': numbers of events must be"),
        (background(value=[0.0, 9.0, 20.0]), "'uncertainty': a bin without expected events cannot have one"),
        (counted(background=number(0, uncertainty=0.1)), "'uncertainty': a bin without expected events"),
        (background(covariance=[[1.0]]), "give either 'covariance'"),
        (background(normalisation=-0.1), "'normalisation': expected a relative error of at least 0"),
        (channel(sm_covariance=number([[1.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 1.0]])), "no negative eigenvalues"),
        (channel(sm_covariance=number([[1.0]])), "'sm' has 3 bins and a covariance of 1"),
        (counted(observed=number(-3)), "'observed': expected a number of events of at least 0, found -3"),
        (counted(efficiency="from nowhere"), "expected a number, a table or 'from published_limit'"),
        (counted(published_limit=number(-1.0e-5, confidence_level=0.9)), "'published_limit': expected a positive"),
        (counted(published_limit=number("3.7e-5", confidence_level=0.9)), "'published_limit'.*'value' must be"),
        ({**COUNTING, "channels": []}, "'channels': the list is empty"),
        ({**COUNTING, "channels": 2 * COUNTING["channels"]}, "two channels have the same name"),
        ({**COUNTING, "kind": "conting"}, "'kind' is 'conting', expected one of histfactory"),
        ({**LIMIT, "limits": []}, "one or two confidence levels, found 0"),
        ({**LIMIT, "limits": LIMIT["limits"][:1] * 2}, "must be larger at the higher confidence level"),
        ({**LIMIT, "limits": [LIMIT["limits"][0], number(54.0, confidence_level=0.95)]}, "no normal likelihood"),
        ({**GAUSSIAN, "branching_fraction": number(1e-5)}, "'branching_fraction': missing key 'uncertainty'"),
        ({**GAUSSIAN, "branching_fraction": number(1e-5, uncertainty=0)}, "a positive error"),
        (
            {**GAUSSIAN, "branching_fraction": number(1e-5, uncertainty=1e-6, systematic=2e-6)},
            "'systematic': expected a part of the uncertainty, 0 to 1e-06",
        ),
        ({**GAUSSIAN, "running": True}, "missing key 'luminosity', from which 'running' data are scaled"),
        ({**COUNTING, "luminosity": number(0.4)}, "'luminosity': unit is '1', expected one of ab.-1, fb.-1"),
        ({**COUNTING, "luminosity": {**FB, "value": -1}}, "'luminosity': expected positive numbers"),
        ({**COUNTING, "luminosity": FB, "running": "yes"}, "'running' must be bool"),
        ({**PROJECTION, "measurements": []}, "'measurements': the list is empty"),
        ({**PROJECTION, "measurements": 2 * PROJECTION["measurements"]}, "two have the same name"),
        (future(observable="BR(B+ -> K+)[1, 6]"), "'observable': expected BR or FL in all of phase space"),
        (future(observable="R(B+ -> K+)"), "'observable': expected BR or FL"),
        (future(observable="FL(B+ -> K+)"), "'observable': F_L needs a vector meson"),
        (future(luminosity=number([10.0, 1.0], "ab^-1")), "'luminosity': expected increasing numbers"),
        (future(luminosity=number([1.0], "ab^-1")), "'uncertainty': found 2 numbers, expected 1, one per luminosity"),
        (future(uncertainty=number([0.5, 0.0])), "'uncertainty': expected positive numbers"),
    ],
)
def test_message(content, message, tmp_path):
    with pytest.raises(DataFileError, match=message) as error:
        check_data(write(tmp_path, content))
    assert str(tmp_path / "analysis.yaml") in str(error.value)


def test_a_table_in_a_file(tmp_path):
    (tmp_path / "shares.csv").write_text("0.9, 0.2, 0\n0.1, 0.6, 0\n0, 0.2, 1\n")
    recast = load_data(write(tmp_path, kernel(shares={"file": "shares.csv"})))
    inline = load_data(write(tmp_path, WITH_TABLE))
    for a, b in zip(recast.responses[0].kernel.rows, inline.responses[0].kernel.rows, strict=True):
        np.testing.assert_array_equal(a.value, b.value)


def spoil_likelihood(folder):
    (folder / "likelihood.json").write_text('{"format": "jaxflav-likelihood/1"}')


def spoil_density(folder):
    path = folder / "number_density.json"
    path.write_text(
        path.read_text().replace("[[0.773084606", "[[-0.773084606").replace("[0.773084606", "[-0.773084606")
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        *(
            (lambda d, m, k=key: m.pop(k), f"missing key '{key}'")
            for key in ("signal", "likelihood", "decay", "sources")
        ),
        (lambda d, m: m.update(channels=["sgn_had"]), "unknown channel 'sgn_had': did you mean sgn1_had"),
        (lambda d, m: m.update(channels=[]), "no channel is left"),
        (lambda d, m: m["simulation"].pop("m_parent"), "missing key 'm_parent'"),
        (lambda d, m: m.update(dropped=["nu"]), "unknown parameter 'nu'"),
        (lambda d, m: spoil_likelihood(d), "likelihood.json: column 'channel_names' is missing"),
        (lambda d, m: spoil_density(d), "negative or not finite"),
    ],
)
def test_bad_public_likelihood(change, message, tmp_path):
    folder = tmp_path / "mine"
    shutil.copytree(Path(jaxflav.experiments.__file__).parent / "data" / "belle2-2025", folder)
    meta = yaml.safe_load((folder / "analysis.yaml").read_text())
    change(folder, meta)
    with pytest.raises(DataFileError, match=message) as error:
        load_data(write(folder, meta))
    assert str(folder) in str(error.value)
