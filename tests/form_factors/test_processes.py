import numpy as np
import pytest

from jaxflav.form_factors.processes import find_process


def test_coefficients_of_b_to_k():
    assert find_process("B -> K").free_coefficients(1) == ("f_plus_0", "f_plus_1", "f_0_1", "f_T_0", "f_T_1")


def test_embedding_copies_the_value_at_zero():
    all_coefficients = find_process("B -> K").embedding(1, 5.28, 0.49) @ np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    np.testing.assert_array_equal(all_coefficients, [[1, 2], [1, 3], [4, 5]])


def test_unknown_process():
    with pytest.raises(ValueError, match="unknown process 'B->K': did you mean B -> K"):
        find_process("B->K")


def test_coefficients_of_b_to_v_are_those_of_the_published_sets():
    found = find_process("B -> K*").free_coefficients(2)
    assert len(found) == 19
    assert "A12_0" not in found
    assert "T2_0" not in found


def test_longitudinal_form_factor_at_zero_follows_from_a0():
    M, m = 5.0, 1.0
    values = find_process("B -> rho").embedding(0, M, m) @ np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    # V, A0, A1, A12 = A0 (25 - 1)/40, T1, T2 = T1, T23
    np.testing.assert_allclose(values[:, 0], [1, 2, 3, 2 * 24 / 40, 4, 4, 5], rtol=1e-15)
