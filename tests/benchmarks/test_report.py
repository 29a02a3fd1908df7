"""A long benchmark loses nothing to a section that fails or takes too long."""

import json
import time

import numpy as np

from benchmarks.report import Report


def test_failures_and_slow_sections(tmp_path):
    path = tmp_path / "figures.json"
    report = Report(path, budget=1e3, small=True)

    def fails(section):
        section.add("before", points=3)
        raise ValueError("no such thing")

    def in_pieces(section):
        with section.guarded("piece", lanes=16):
            raise ArithmeticError("not finite")
        program = section.compile(lambda x: x + 1.0, np.ones(3))
        section.add("sum", value=float(program.get(section.left())(np.ones(3)).sum()))
        section.add("pause", **section.time(lambda: time.sleep(0.01), most=3))

    report.run([("fails", 1, fails), ("pieces", 1, in_pieces)])
    sections = json.loads(path.read_text())["sections"]
    assert sections["fails"]["status"] == "failed"
    assert sections["fails"]["error"] == "ValueError: no such thing"
    assert sections["fails"]["rows"] == [{"what": "before", "points": 3}]
    assert sections["pieces"]["status"] == "done"
    failed, total, pause = sections["pieces"]["rows"]
    assert failed == {"what": "piece: failed", "lanes": 16, "error": "ArithmeticError: not finite"}
    assert total["value"] == 6.0
    assert pause["rounds"] == 3
    assert 0.01 <= pause["fastest"] <= pause["seconds"] < 1.0


def test_shares_of_the_budget(tmp_path):
    path = tmp_path / "figures.json"
    report = Report(path, budget=5.5, small=True, grace=0.6)
    limits = []

    def notes(section):
        limits.append(section.limit)

    def hangs(section):
        time.sleep(2.0)

    report.run([("first", 3, notes), ("second", 1, notes), ("hangs", 1, hangs), ("last", 9, notes)])
    sections = json.loads(path.read_text())["sections"]
    assert limits[0] <= 5.5 * 3 / 14
    assert limits[1] > 1.1 * limits[0] / 3  # what the first one left over is shared out
    assert sections["hangs"]["status"] == "did not end in time"
    assert sections["hangs"]["seconds"] < 2.0
    assert sections["last"]["status"].startswith("left out")
