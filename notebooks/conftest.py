"""The longest notebooks are slow tests: pytest -m slow notebooks."""

import pytest

_SLOW = ("05_", "06_", "08_", "09_", "10_")


def pytest_collection_modifyitems(items):
    """Mark them."""
    for item in items:
        if item.path.name.startswith(_SLOW):
            item.add_marker(pytest.mark.slow)
