import pytest

from jaxflav.io.errors import InputError
from jaxflav.tasks.result import Quantity, with_error


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (8.61e-6, 2.48e-6, "(8.6 +- 2.5)e-06"),
        (2.114, 0.105, "2.11 +- 0.10"),
        (1.0, 0.0, "1"),
        (3.5, float("nan"), "3.5"),
        (0.0, 2e-9, "(0.0 +- 2.0)e-09"),
        (-41.0, 3.2, "-41.0 +- 3.2"),
    ],
)
def test_numbers_with_errors(value, error, text):
    assert with_error(value, error) == text
    assert str(Quantity("x", value, error)) == f"x = {text}"


def test_tables_need_pandas(monkeypatch):
    import sys

    from jaxflav.tasks.profiles import ProfileResult

    monkeypatch.setitem(sys.modules, "pandas", None)
    found = ProfileResult("x", [0.0], [0.0], [True], ("converged",), 0.0, 1.0, (-1.0, 1.0), (True, True), 3.0)
    with pytest.raises(InputError, match="pip install pandas"):
        found.to_dataframe()
    assert found.to_dict()["interval_68"] == [-1.0, 1.0]
