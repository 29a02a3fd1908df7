"""Every plane of Figs. 6 to 10 of arXiv:2403.13887 and every command of the README, run as printed: pytest -m slow."""

import itertools
import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from tests.cli.test_main import run

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
FERMIONS = [
    ("fermion-pair", x, y, 0.6, extra)
    for names, extra in ((("f_VV", "f_VA", "f_AV", "f_AA"), ()), (("V_LL", "V_LR", "V_RL", "V_RR"), ("--chiral",)))
    for x, y in itertools.combinations(names, 2)
]
PLANES = [
    ("scalar", "g_S", "g_P", 2.1, ()),
    ("scalar-pair", "g_SS", "g_PS", 0.52, ()),
    ("scalar-pair", "g_VV", "g_AV", 0.38, ()),
    *FERMIONS,
    ("vector", "h_V", "h_A", 2.1, ()),
    ("vector", "h_T", "h_Tt", 2.1, ()),
]


@pytest.mark.parametrize(("family", "x", "y", "mass", "extra"), PLANES, ids=lambda value: str(value))
def test_planes(capsys, family, x, y, mass, extra):
    """Automatic ranges, all experiments, each alone and together: all fits are results, the best one inside."""
    command = ("scan", "plane", "--family", family, "--x", x, "--y", y, "--mass", mass, *extra, "--json")
    status, out, err = run(capsys, *command)
    assert status == 0, err
    result = json.loads(out)
    assert sum(result["unconverged"].values()) == 0
    assert result["failed"] == {}
    assert result["remarks"] == {}
    for name in result["best"]:
        q = np.array(result[f"q_{name}"], dtype=float)
        assert np.all(np.isfinite(q))
        assert q.min() >= -1e-5


def commands():
    """Commands in blocks and in running text, without those that only show a placeholder."""
    blocks = re.findall(r"^```bash\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE)
    lines = [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]
    text = re.sub(r"^```.*?^```", "", README, flags=re.DOTALL | re.MULTILINE)
    lines += [" ".join(found.split()) for found in re.findall(r"`(jaxflav [^`]*)`", text)]
    placeholder = re.compile(r"\||FILE|DIR|NAME|\bA --|\bB$")
    return [c for c in dict.fromkeys(lines) if c.startswith("jaxflav ") and not placeholder.search(c)]


def test_readme_commands(capsys, tmp_path, monkeypatch):
    """One after the other in one directory, as later ones read what earlier ones wrote."""
    (tmp_path / "notebooks").symlink_to(ROOT / "notebooks")
    monkeypatch.chdir(tmp_path)
    needs = {"predictive", "project", "discriminate", "toys"}
    ran = []
    for command in commands():
        words = shlex.split(command)[1:]
        if len(words) == 1 and words[0] in needs | {"profile", "limit", "contour", "impacts", "plot"}:
            continue  # the name of a command, not a call
        if "--out" in words:
            name = words[words.index("--out") + 1]
            words[words.index("--out") + 1] = name if name == "run" and words[0] == "sample" else f"{len(ran)}_{name}"
        if words[0] in ("evidence", "calibrate"):
            monkeypatch.chdir(ROOT / "notebooks" / "analyses")
            words = [str(tmp_path / w) if w.endswith("_ranks") else w for w in words]
            words = [str(p) for w in words for p in (sorted(Path().glob(w)) if "*" in w else [w])]
        status, _, err = run(capsys, *words)
        monkeypatch.chdir(tmp_path)
        assert status == 0, f"{command}: {err}"
        ran.append(command)
    assert len(ran) >= 8
