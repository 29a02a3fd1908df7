import pytest

from jaxflav.io.errors import DataFileError
from jaxflav.io.json_file import read_json, read_json_of_format


def test_content(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"format": "x/1", "value": [1.5]}')
    assert read_json(path) == {"format": "x/1", "value": [1.5]}
    assert read_json_of_format(path, "x/1")["value"] == [1.5]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "a.json: not JSON"),
        ("[]", "format is 'list', expected 'x/1'"),
        ('{"format": "y"}', "format is 'y'"),
        ("{}", "format is None"),
    ],
)
def test_malformed(tmp_path, text, message):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(DataFileError, match=message):
        read_json_of_format(path, "x/1")


def test_missing(tmp_path):
    with pytest.raises(DataFileError, match=r"cannot be read .*check the path"):
        read_json(tmp_path / "a.json")
