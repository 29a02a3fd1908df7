"""Data flows one way: a folder may import only from folders before it in this list, and from itself."""

import ast
from pathlib import Path

import pytest

import jaxflav

ORDER = [
    "numerics",
    "io",
    "inputs",
    "form_factors",
    "couplings",
    "rates",
    "spectra",
    "observables",
    "models",
    "response",
    "likelihood",
    "experiments",
    "inference",
    "plots",
    "interfaces",
    "cli",
]
ROOT = Path(jaxflav.__file__).parent
FILES = sorted(p for p in ROOT.rglob("*.py") if p.parent != ROOT)


def imported_folders(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level > 0:
            raise AssertionError(f"{path}: relative import; write the full path, which shows the folder")
        if isinstance(node, ast.ImportFrom) and node.module == "jaxflav":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("jaxflav."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (a.name.split(".")[1] for a in node.names if a.name.startswith("jaxflav."))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_upstream(path):
    here = ORDER.index(path.relative_to(ROOT).parts[0])
    for folder in imported_folders(path):
        if folder == "__version__":
            continue
        assert folder in ORDER, f"{path}: unknown folder jaxflav.{folder}"
        assert ORDER.index(folder) <= here, f"{path.relative_to(ROOT)} imports downstream from {folder}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_samplers_stay_in_inference(path):
    if path.relative_to(ROOT).parts[0] != "inference":
        assert "numpyro" not in path.read_text()
