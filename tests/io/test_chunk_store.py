import re

import numpy as np
import pytest
import yaml

from jaxflav.io.chunk_store import create_store, is_store, open_store
from jaxflav.io.errors import DataFileError, InputError
from jaxflav.io.provenance import differences

RECORDS = np.array([(1.5, 0), (np.nan, 3)], dtype=[("t", "f8"), ("status", "i1")])


@pytest.fixture
def store(tmp_path):
    return create_store(tmp_path / "run", {"what": "a test", "x": 0.1 + 0.2}, {"start": np.arange(3.0)}, 3)


def test_chunks_come_back_bit_by_bit(store):
    assert store.missing_chunks() == [0, 1, 2]
    store.write_chunk(1, RECORDS)
    assert (store.complete_chunks(), store.missing_chunks()) == ([1], [0, 2])
    again = open_store(store.path)
    assert again.read_chunk(1).tobytes() == RECORDS.tobytes()
    assert again.description == {"what": "a test", "x": 0.1 + 0.2, "chunks": 3, "complete": False}
    np.testing.assert_array_equal(again.setup()["start"], [0, 1, 2])
    assert not again.finished


def test_a_result_replaces_the_chunks(store):
    for k in range(3):
        store.write_chunk(k, RECORDS)
    store.finish(b"content", {"convergence": {"converged": 3}})
    assert store.finished
    assert (store.complete_chunks(), store.missing_chunks()) == ([0, 1, 2], [])
    assert sorted(p.name for p in store.path.iterdir()) == ["description.yaml", "scan.nc", "setup.npz"]
    description = yaml.safe_load((store.path / "description.yaml").read_text())
    assert description["convergence"] == {"converged": 3}
    assert description["complete"] is True


def test_what_an_interrupted_write_leaves_does_not_count(store):
    for folder in (store.path, store.path / "chunks"):
        (folder / ".writing-1-000002.0.npy").write_bytes(b"half")
    assert store.complete_chunks() == []
    store.clean()
    assert not list(store.path.rglob(".writing*"))


@pytest.mark.parametrize("change", [lambda b: b[:-1], lambda b: b[:-1] + bytes([b[-1] ^ 1]), lambda b: b""])
def test_a_spoilt_chunk_is_named(store, change):
    store.write_chunk(0, RECORDS)
    (file,) = (store.path / "chunks").iterdir()
    file.write_bytes(change(file.read_bytes()))
    message = f"{re.escape(str(file))}: the content is not what was written.*remove the file, and continue"
    with pytest.raises(DataFileError, match=message):
        store.clean()
    file.unlink()
    with pytest.raises(DataFileError, match="chunk 0 of 3 is missing"):
        store.read_chunk(0)


def test_a_spoilt_result_or_setup_is_named(store):
    store.finish(b"content", {})
    assert store.read_result() == b"content"
    (store.path / "scan.nc").write_bytes(b"contents")
    with pytest.raises(DataFileError, match=r"scan.nc: the content is not what was written"):
        store.read_result()
    (store.path / "setup.npz").write_bytes(b"nothing")
    with pytest.raises(DataFileError, match=r"setup.npz: spoilt"):
        store.setup()


def test_no_store(tmp_path):
    assert not is_store(tmp_path)
    with pytest.raises(InputError, match="not the store of a scan"):
        open_store(tmp_path)
    (tmp_path / "description.yaml").write_text("what: another result\n")
    assert not is_store(tmp_path)


def test_differences_are_named():
    old, new = {"a": {"b": 1, "c": 2}, "d": "x" * 60}, {"a": {"b": 1, "c": 3}, "e": 0}
    assert differences(old, old) == []
    assert differences(old, new) == ["a: c is 3, was 2", f"d is None, was {'x' * 37}...", "e is 0, was None"]
