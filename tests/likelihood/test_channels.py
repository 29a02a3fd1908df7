"""What is left of a model; its log-density is compared with pyhf in tests/experiments/test_data_file.py."""

import numpy as np
import pytest

from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.likelihood.channels import keep_channels
from jaxflav.likelihood.recast import Background, Channel, recast_tables

BACKGROUND = Background("b", np.array([3.0, 4.0]), 0.1, "tau", np.diag([0.01, 0.02]))
ZERO = np.zeros((2, 2))
TABLES = recast_tables(
    tuple(Channel(name, np.array([5.0, i]), (BACKGROUND,), ZERO, ZERO) for i, name in enumerate("ABC")), "mine"
)


def test_cells_bins_and_parameters_of_what_is_left():
    left = keep_channels(TABLES, ("C", "A"))
    assert left.channel_names == ("A", "C")
    np.testing.assert_array_equal(left.observed, [5, 0, 5, 2])
    np.testing.assert_array_equal(left.nominal[left.cells_of("C", "b")], [3, 4])
    assert set(left.parameter_names) == {"tau", *(f"mine/{c}/b[{i}]" for c in "AC" for i in range(2))}
    everything = keep_channels(TABLES, ("A", "B", "C"))
    assert everything.parameter_names == TABLES.parameter_names


def test_bad_names():
    with pytest.raises(UnknownNameError, match="unknown channel 'D'"):
        keep_channels(TABLES, ("D",))
    with pytest.raises(InputError, match="keep at least one of A, B, C"):
        keep_channels(TABLES, ())
