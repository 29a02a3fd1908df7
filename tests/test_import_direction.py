"""Data flows one way: a folder may import only from folders before it, and from itself."""

import ast
from pathlib import Path

import jaxflav

# folders of one group import none of each other
ORDER = [
    ["numerics"],
    ["io"],
    ["constants", "inputs"],
    ["form_factors"],
    ["couplings"],
    ["rates"],
    ["spectra"],
    ["observables"],
    ["response"],
    ["likelihood"],
    ["hypotheses"],
    ["experiments", "models", "inference"],
    ["studies"],
    ["tasks"],
    ["plots"],
    ["interfaces"],
    ["cli"],
]
INFERENCE = [
    ["fitting"],
    ["posteriors", "profiling", "scans"],
    ["hypothesis_tests", "sampling"],
    ["evidence"],
    ["checks"],
]
ROOT = Path(jaxflav.__file__).parent


def imported_modules(path):
    """Full names of what a file imports from jaxflav; those of ``from package import module`` with the module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import; write the full path, which shows the folder"
            for alias in node.names:
                yield f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def wrong_arrows(root, package, order):
    """Imports that point to a folder after or beside that of the file, and folders without a place in the order."""
    floor = {name: i for i, names in enumerate(order) for name in names}
    files = [path for path in sorted(root.rglob("*.py")) if path.parent != root]
    assert files
    for path in files:
        here = path.relative_to(root).parts[0]
        if here not in floor:
            yield f"{path.relative_to(root)}: folder {here} has no place in the order"
            continue
        for module in imported_modules(path):
            if not module.startswith(package + "."):
                continue
            there = module.removeprefix(package + ".").partition(".")[0]
            if there != here and (root / there).is_dir() and not floor.get(there, len(order)) < floor[here]:
                yield f"{path.relative_to(root)} imports {module}"


def test_folders_import_only_to_the_left():
    assert list(wrong_arrows(ROOT, "jaxflav", ORDER)) == []
    assert list(wrong_arrows(ROOT / "inference", "jaxflav.inference", INFERENCE)) == []


def test_samplers_stay_in_inference():
    outside = [path for path in ROOT.rglob("*.py") if ROOT / "inference" not in path.parents]
    assert [str(path) for path in outside if "numpyro" in path.read_text(encoding="utf-8")] == []
