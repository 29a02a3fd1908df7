import numpy as np
import pytest

from jaxflav.form_factors.processes import find_process


def test_coefficients_of_b_to_k():
    assert find_process("B -> K").free_coefficients(1) == ("f_plus_0", "f_plus_1", "f_0_1", "f_T_0", "f_T_1")


def test_embedding_copies_the_value_at_zero():
    all_coefficients = find_process("B -> K").embedding(1) @ np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    np.testing.assert_array_equal(all_coefficients, [[1, 2], [1, 3], [4, 5]])


def test_unknown_process():
    with pytest.raises(ValueError, match="unknown process 'B->K': did you mean B -> K"):
        find_process("B->K")
