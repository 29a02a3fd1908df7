import copy
import json

import pytest

from jaxflav.io.errors import InputError
from jaxflav.likelihood.pyhf_json import parse_workspace, read_workspace
from tests.likelihood.workspaces import ALL, LUMI, SHAPEFACTOR, SHAPES, SHAPESYS, STATERROR


def broken(workspace, change):
    content = copy.deepcopy(workspace)
    change(content)
    return content


def sample(content, channel=0, index=1):
    return content["channels"][channel]["samples"][index]


def modifier(content, channel=0, index=1, which=0):
    return sample(content, channel, index)["modifiers"][which]


CASES = {
    "no channels": (SHAPES, lambda w: w.pop("channels"), "field 'channels' is missing"),
    "no observations": (SHAPES, lambda w: w.pop("observations"), "field 'observations' is missing"),
    "no measurements": (SHAPES, lambda w: w.pop("measurements"), "field 'measurements' is missing"),
    "empty measurements": (SHAPES, lambda w: w["measurements"].clear(), "at least one measurement"),
    "channels not a list": (SHAPES, lambda w: w.update(channels={}), "expected list, found dict"),
    "channel without observation": (SHAPES, lambda w: w["observations"].pop(), "no entry for channel 'alpha'"),
    "channel without samples": (SHAPES, lambda w: w["channels"][1]["samples"].clear(), "at least one sample"),
    "sample without data": (SHAPES, lambda w: sample(w).pop("data"), "zeta/samples/background: field 'data'"),
    "sample without modifiers": (SHAPES, lambda w: sample(w).pop("modifiers"), "field 'modifiers' is missing"),
    "modifier without name": (SHAPES, lambda w: modifier(w).pop("name"), "field 'name' is missing"),
    "modifier without type": (SHAPES, lambda w: modifier(w).pop("type"), "tilt: field 'type' is missing"),
    "modifier without data": (SHAPES, lambda w: modifier(w).pop("data"), "field 'data' is missing"),
    "unknown type": (SHAPES, lambda w: modifier(w).update(type="histosis"), "did you mean histosys"),
    "NaN yield": (SHAPES, lambda w: sample(w).update(data=[50.0, 1.0, float("nan")]), "entry 2 is not a finite"),
    "text for a yield": (SHAPES, lambda w: sample(w).update(data=["many", 1, 2]), "expected a list of 3 numbers"),
    "wrong number of bins": (SHAPES, lambda w: sample(w).update(data=[50.0]), "expected a list of 3 numbers, found 1"),
    "negative count": (SHAPES, lambda w: w["observations"][0].update(data=[-4, 1, 1]), "entry 0 is -4"),
    "short variation": (
        SHAPES,
        lambda w: modifier(w)["data"].update(hi_data=[1.0]),
        "hi_data: expected a list of 3 numbers",
    ),
    "no lower variation": (SHAPES, lambda w: modifier(w)["data"].pop("lo_data"), "field 'lo_data' is missing"),
    "factor zero": (SHAPES, lambda w: modifier(w, which=1)["data"].update(lo=0.0), "lo = 0.* must be positive"),
    "two types under one name": (
        SHAPES,
        lambda w: modifier(w).update(name="mu"),
        "'mu' is a histosys here and a normf",
    ),
    "shared shapesys": (
        SHAPESYS,
        lambda w: sample(w, 0, 0)["modifiers"].append({"name": "uncorrelated", "type": "shapesys", "data": [1, 1, 1]}),
        "'uncorrelated' occurs twice; its parameters cannot be shared",
    ),
    "shapefactor of two sizes": (
        SHAPEFACTOR,
        lambda w: (w["observations"][1].update(data=[210.0]), sample(w, 1, 0).update(data=[220.0])),
        "has 2 bins here and 1 at channels.control_region",
    ),
    "lumi without measurement": (
        LUMI,
        lambda w: w["measurements"][0]["config"]["parameters"].pop(0),
        "lumi parameter 'lumi' needs 'auxdata' and 'sigmas'",
    ),
    "channel twice": (
        SHAPES,
        lambda w: w["channels"].append(w["channels"][0]),
        "channels: channel 'zeta' occurs twice",
    ),
    "sample twice": (
        SHAPES,
        lambda w: w["channels"][0]["samples"].append(sample(w)),
        "channels/zeta/samples: sample 'background' occurs twice",
    ),
    "observation twice": (
        SHAPES,
        lambda w: w["observations"].append(w["observations"][1]),
        "observations: the observation of channel 'alpha' occurs twice",
    ),
    "measurement twice": (
        SHAPES,
        lambda w: w["measurements"].append(w["measurements"][0]),
        "measurements: measurement 'measurement' occurs twice",
    ),
    "modifier twice": (
        SHAPES,
        lambda w: sample(w)["modifiers"].append({"name": "tilt", "type": "normsys", "data": {"lo": 0.8, "hi": 1.3}}),
        r"zeta/samples/background/modifiers/tilt \(normsys\): this modifier occurs twice",
    ),
    "staterror twice": (
        STATERROR,
        lambda w: sample(w)["modifiers"].append({"name": "mc", "type": "staterror", "data": [1.0, 1.0]}),
        r"mc \(staterror\): this modifier occurs twice",
    ),
    "parameter of interest not a name": (
        SHAPES,
        lambda w: w["measurements"][0]["config"].update(poi=["mu"]),
        "config/poi: expected str, found list",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_malformed_workspace(case):
    workspace, change, message = CASES[case]
    with pytest.raises(InputError, match=message):
        parse_workspace(broken(workspace, change), "file.json")


def test_the_message_names_the_file():
    with pytest.raises(InputError, match=r"^file\.json"):
        parse_workspace({}, "file.json")


def test_unknown_measurement():
    with pytest.raises(InputError, match="unknown measurement 'other'"):
        parse_workspace(SHAPES, measurement="other")


def test_files(tmp_path):
    path = tmp_path / "workspace.json"
    with pytest.raises(InputError, match="cannot be read"):
        read_workspace(path)
    path.write_text("{")
    with pytest.raises(InputError, match="not JSON"):
        read_workspace(path)
    path.write_text("[]")
    with pytest.raises(InputError, match="expected an object, found list"):
        read_workspace(path)
    path.write_text(json.dumps(ALL["counting"]))
    assert read_workspace(path).parameter_names == ("b", "mu")


def test_rows_without_effect_are_not_stored():
    tables = parse_workspace(SHAPES)
    other = tables.parameter_names.index("other")
    assert (tables.shape_parameter == other).sum() == 1
