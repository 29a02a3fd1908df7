import pytest

from jaxflav.io.errors import DataFileError
from jaxflav.io.yaml_file import read_yaml, require


def test_reads_a_mapping_from_text_path(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("x: 1\ny: [1.5, é]\n", encoding="utf-8")
    assert read_yaml(path) == read_yaml(str(path)) == {"x": 1, "y": [1.5, "é"]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"x: [1, 2", "not valid YAML"),
        (b"- 1\n- 2", "expected a mapping .* found list"),
        (b"", "found NoneType"),
        (b"\xff\xfe\x00", "cannot be read as text"),
        (b"!!python/object/apply:os.getcwd []", "not valid YAML"),
    ],
)
def test_refuses_other_content(tmp_path, content, message):
    path = tmp_path / "a.yaml"
    path.write_bytes(content)
    with pytest.raises(DataFileError, match=message) as error:
        read_yaml(path)
    assert str(path) in str(error.value)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(DataFileError, match="no such file"):
        read_yaml(tmp_path / "none.yaml")
    with pytest.raises(DataFileError, match="cannot be read"):
        read_yaml(tmp_path)


def test_require_returns_and_converts():
    found = require({"a": 2}, "a", float, "f")
    assert found == 2.0
    assert isinstance(found, float)
    assert require({"a": 2}, "a", (int, str), "f") == 2


@pytest.mark.parametrize(
    ("mapping", "kind", "message"),
    [
        ({"b": 1}, int, "f.yaml: missing key 'a'; found the keys b"),
        ({"a": "x"}, int, "f.yaml: 'a' must be int, found 'x'"),
        ({"a": "x"}, (int, list), "'a' must be int or list"),
        ({"a": True}, float, "must be float, found True"),
        ({"a": True}, int, "must be int, found True"),
        ({"a": "1e-5"}, float, "write 1.0e-5"),
    ],
)
def test_require_names_file_key_and_type(mapping, kind, message):
    with pytest.raises(DataFileError, match=message):
        require(mapping, "a", kind, "f.yaml")
