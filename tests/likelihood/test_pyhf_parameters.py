"""Settings of a measurement, names, and bounds, against pyhf where it accepts them."""

import copy

import numpy as np
import pytest

from jaxflav.io.errors import InputError
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood, NoSignal
from jaxflav.likelihood.luminosity import scale_luminosity
from jaxflav.likelihood.merge import merge_tables
from jaxflav.likelihood.pyhf_json import parse_workspace
from tests.likelihood.workspaces import LUMI, MU, SHAPES, SHAPESYS, STATERROR, _modifier, _workspace


def with_settings(workspace, *settings):
    content = copy.deepcopy(workspace)
    content["measurements"][0]["config"]["parameters"] += settings
    return content


def column(tables, name, field):
    return getattr(tables, field)[tables.parameter_names.index(name)]


def test_count_and_rate_are_two_numbers():
    tables = parse_workspace(with_settings(SHAPESYS, {"name": "uncorrelated", "auxdata": [40.0, 1.0, 7.0]}))
    np.testing.assert_allclose(column(tables, "uncorrelated[0]", "rate"), (20 / 3) ** 2)
    assert [column(tables, f"uncorrelated[{i}]", "centre") for i in range(3)] == [40.0, 1.0, 7.0]
    model = build_histfactory(tables)
    at = model.parameter_names.index("uncorrelated[0]")
    np.testing.assert_allclose(model.measured[at], 40 / (20 / 3) ** 2)
    np.testing.assert_allclose(model.spread[at], np.sqrt(40) / (20 / 3) ** 2)
    tables = parse_workspace(with_settings(SHAPESYS, {"name": "uncorrelated", "factors": [50.0, 1.0, 3.0]}))
    assert column(tables, "uncorrelated[0]", "rate") == 50
    np.testing.assert_allclose(column(tables, "uncorrelated[0]", "centre"), (20 / 3) ** 2)


def test_both_numbers_survive_other_operations():
    tables = parse_workspace(with_settings(SHAPESYS, {"name": "uncorrelated", "auxdata": [40.0, 1.0, 7.0]}))
    more = scale_luminosity(tables, 4.0, shrink=True)
    for field in ("centre", "rate"):
        assert column(more, "uncorrelated[0]", field) == 4 * column(tables, "uncorrelated[0]", field)
    same = scale_luminosity(tables, 4.0, shrink=False)
    np.testing.assert_array_equal([same.centre, same.rate], [tables.centre, tables.rate])
    merged = merge_tables((("one", tables), ("two", parse_workspace(SHAPESYS))))
    assert column(merged, "one/uncorrelated[0]", "centre") == 40
    np.testing.assert_array_equal(merged.rate, np.concatenate([tables.rate, tables.rate]))
    left = tables.without(("mu",))
    assert column(left, "uncorrelated[0]", "centre") == 40
    np.testing.assert_allclose(column(left, "uncorrelated[0]", "rate"), (20 / 3) ** 2)


def test_bounds_are_those_of_the_workspace():
    settings = (
        {"name": "mu", "bounds": [[-2.0, 1.5]]},
        {"name": "tilt", "bounds": [[-0.5, 0.7]]},
    )
    model = build_histfactory(parse_workspace(with_settings(SHAPES, *settings)))
    found = {n: (float(a), float(b)) for n, a, b in zip(model.parameter_names, model.lower, model.upper, strict=True)}
    assert found == {"mu": (-2.0, 1.5), "tilt": (-0.5, 0.7), "other": (-np.inf, np.inf)}
    np.testing.assert_array_equal(Likelihood(model, NoSignal()).lower, model.lower)


def test_bounds_of_a_set():
    setting = {"name": "mc", "bounds": [[0.1, 3.0], [0.2, 4.0]]}
    tables = parse_workspace(with_settings(STATERROR, setting))
    assert [column(tables, f"mc[{i}]", "lower") for i in range(2)] == [0.1, 0.2]
    assert [column(tables, f"mc[{i}]", "upper") for i in range(2)] == [3.0, 4.0]
    assert column(tables, "mc_second[0]", "lower") == 1e-10
    assert column(tables, "mc_second[0]", "upper") == np.inf


def test_start_moves_into_bounds_and_equal_bounds_hold():
    tables = parse_workspace(with_settings(SHAPES, {"name": "mu", "bounds": [[2.0, 5.0]]}))
    assert column(tables, "mu", "start") == 2.0
    tables = parse_workspace(with_settings(SHAPES, {"name": "mu", "bounds": [[3.0, 3.0]]}))
    assert column(tables, "mu", "start") == 3.0
    assert column(tables, "mu", "fixed")


BOUNDS = "mu/bounds: expected 1 pair of numbers"
MALFORMED = {
    "one number": (SHAPES, {"name": "mu", "bounds": [[0.0]]}, BOUNDS),
    "no list of pairs": (SHAPES, {"name": "mu", "bounds": [0.0, 1.0]}, BOUNDS),
    "a number": (SHAPES, {"name": "mu", "bounds": 3}, BOUNDS),
    "nothing": (SHAPES, {"name": "mu", "bounds": None}, BOUNDS),
    "no pair": (SHAPES, {"name": "mu", "bounds": []}, BOUNDS),
    "text": (SHAPES, {"name": "mu", "bounds": [["a", "b"]]}, BOUNDS),
    "two pairs": (SHAPES, {"name": "mu", "bounds": [[0.0, 1.0], [0.0, 2.0]]}, BOUNDS),
    "three numbers": (SHAPES, {"name": "mu", "bounds": [[0.0, 1.0, 2.0]]}, BOUNDS),
    "reversed": (SHAPES, {"name": "mu", "bounds": [[4.0, 1.0]]}, r"found \[4.0, 1.0\] in entry 0; the lower"),
    "NaN": (SHAPES, {"name": "mu", "bounds": [[0.0, float("nan")]]}, r"found \[0.0, nan\]"),
    "only infinite": (SHAPES, {"name": "mu", "bounds": [[float("inf"), float("inf")]]}, BOUNDS),
    "too few pairs": (STATERROR, {"name": "mc", "bounds": [[0.0, 2.0]]}, "mc/bounds: expected 2 pairs"),
    "start outside": (
        SHAPES,
        {"name": "mu", "bounds": [[0.0, 2.0]], "inits": [3.0]},
        "mu/inits: entry 0 is 3, outside",
    ),
    "negative start": (SHAPES, {"name": "mu", "inits": [-1.0]}, "from 0 to inf"),
    "start NaN": (SHAPES, {"name": "mu", "inits": [float("nan")]}, "mu/inits: entry 0 is not a finite number"),
    "two starts": (SHAPES, {"name": "mu", "inits": [1.0, 2.0]}, "mu/inits: expected a list of 1 numbers, found 2"),
    "start without list": (SHAPES, {"name": "mu", "inits": 1.0}, "mu/inits: expected a list of 1 numbers, found 1.0"),
    "auxdata of a factor": (SHAPES, {"name": "mu", "auxdata": [1.0]}, "mu/auxdata: a normfactor has none"),
    "widths of a pull": (SHAPES, {"name": "tilt", "sigmas": [2.0]}, "a histosys/normsys has none, only inits, auxdata"),
    "auxdata too long": (SHAPES, {"name": "tilt", "auxdata": [1.0, 0.0]}, "tilt/auxdata: expected a list of 1 numbers"),
    "auxdata too short": (
        SHAPESYS,
        {"name": "uncorrelated", "auxdata": [1.0]},
        "expected a list of 3 numbers, found 1",
    ),
    "negative count": (SHAPESYS, {"name": "uncorrelated", "auxdata": [1.0, -1.0, 1.0]}, "entry 1 is -1, expected at"),
    "factor zero": (SHAPESYS, {"name": "uncorrelated", "factors": [1.0, 0.0, 1.0]}, "entry 1 is 0, expected positive"),
    "width zero": (STATERROR, {"name": "mc_second", "sigmas": [0.0]}, "mc_second/sigmas: entry 0 is 0, expected posi"),
    "fixed as text": (SHAPES, {"name": "mu", "fixed": "false"}, "mu/fixed: expected bool, found str"),
    "without name": (SHAPES, {"fixed": True}, "config/parameters: field 'name' is missing"),
    "twice": (LUMI, {"name": "k", "inits": [1.0]}, "config/parameters: the setting of 'k' occurs twice"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed_setting(case):
    workspace, setting, message = MALFORMED[case]
    with pytest.raises(InputError, match=message):
        parse_workspace(with_settings(workspace, setting))


def test_settings_of_absent_parameters_are_ignored():
    absent = ({"name": "lumi", "sigmas": [0.02, 5], "bounds": "anything"}, {"name": "mu_other", "inits": [1.0]})
    found, wanted = parse_workspace(with_settings(SHAPES, *absent)), parse_workspace(SHAPES)
    assert found.parameter_names == wanted.parameter_names
    np.testing.assert_array_equal(found.start, wanted.start)


def test_a_setting_that_looks_misspelt():
    with pytest.warns(UserWarning, match=r"config/parameters: no sample has .*: 'tlt' \(tilt\?\)$"):
        found = parse_workspace(with_settings(SHAPES, {"name": "tlt", "fixed": True}))
    assert not np.any(found.fixed)
    # what has a setting of its own is not meant
    parse_workspace(with_settings(SHAPES, {"name": "tlt", "fixed": True}, {"name": "tilt", "inits": [0.0]}))


def test_parameter_of_interest_that_no_sample_has():
    without = {**SHAPES, "measurements": [{"name": "m", "config": {"poi": "signal", "parameters": []}}]}
    assert parse_workspace(without).poi == ""
    misspelt = {**SHAPES, "measurements": [{"name": "m", "config": {"poi": "otherr", "parameters": []}}]}
    with pytest.warns(UserWarning, match="no sample has 'otherr'; there is none, or is 'other' meant"):
        assert parse_workspace(misspelt).poi == ""


def two_names(first, second, bins=3):
    return _workspace([("c", [22.0, 33.0, 4.0][:bins], [("s", [3.0] * bins, [first]), ("b", [20.0] * bins, [second])])])


def test_names_with_brackets_are_names():
    workspace = with_settings(two_names(MU, _modifier("mu[2]", "normfactor")), {"name": "mu", "inits": [2.0]})
    tables = parse_workspace(workspace)
    assert tables.parameter_names == ("mu", "mu[2]")
    np.testing.assert_array_equal(tables.start, [2.0, 1.0])
    assert tables.without(("mu",)).parameter_names == ("mu[2]",)
    tables = parse_workspace(two_names(_modifier("a[0]", "staterror", [1.0, 1.0, 1.0]), _modifier("a", "normfactor")))
    assert tables.parameter_names == ("a", "a[0][0]", "a[0][1]", "a[0][2]")
    assert tables.without(("a[0]",)).parameter_names == ("a",)


LISTS = {"shapesys": [2.0] * 3, "staterror": [1.0] * 3}
DATA = {**LISTS, "normsys": {"lo": 0.9, "hi": 1.1}, "histosys": {"lo_data": [19.0] * 3, "hi_data": [22.0] * 3}}
KINDS = ("normfactor", "shapefactor", "normsys", "histosys", "shapesys", "staterror", "lumi")
TOGETHER = {frozenset(("normsys", "histosys")), *(frozenset((kind,)) for kind in KINDS if kind != "shapesys")}


@pytest.mark.parametrize("first", KINDS)
@pytest.mark.parametrize("second", KINDS)
def test_one_name_for_two(first, second):
    workspace = two_names(*(_modifier("x", kind, DATA.get(kind)) for kind in (first, second)))
    workspace = with_settings(workspace, *([{"name": "x", "auxdata": [1.0], "sigmas": [0.1]}] * (first == "lumi")))
    if frozenset((first, second)) in TOGETHER:
        assert all(name.startswith("x") for name in parse_workspace(workspace, "here").parameter_names)
    else:
        with pytest.raises(InputError, match=r"^here/channels/c/samples/.*'x'"):
            parse_workspace(workspace, "here")


def test_a_name_that_reads_as_one_of_a_set():
    with pytest.raises(InputError, match=r"'x\[1\]' reads as one of the shapefactor 'x' at channels/c/samples/b"):
        parse_workspace(two_names(_modifier("x[1]", "normfactor"), _modifier("x", "shapefactor")))
