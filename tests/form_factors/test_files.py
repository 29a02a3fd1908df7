import jax
import numpy as np
import pytest
import yaml

import jaxflav
from jaxflav.form_factors.files import form_factor_names, load_form_factors
from jaxflav.io.errors import DataFileError, InputError

CONTENT = {
    "format": "jaxflav-form-factors/1",
    "name": "mine",
    "process": "B -> K",
    "parametrisation": "BSZ",
    "order": 0,
    "sources": ["FLAG2021"],
    "year": 2026,
    "unit": "1",
    "m_parent": 5.28,
    "m_daughter": 0.49,
    "poles": {"f_plus": 5.4, "f_0": 5.6, "f_T": 5.4},
    "parameters": ["f_T_0", "f_plus_0"],
    "mean": [1, 2],
    "covariance": [[1.0, 0.5], [0.5, 4.0]],
}


def write(tmp_path, **changes):
    path = tmp_path / "mine.yaml"
    content = {key: value for key, value in {**CONTENT, **changes}.items() if value is not None}
    path.write_text(yaml.safe_dump(content))
    return path


def test_built_in_sets():
    assert form_factor_names() == ("GRvDV2023", "HPQCD2022+FLAG2021")
    for name in form_factor_names():
        assert load_form_factors(name).name == name


@pytest.mark.parametrize(
    ("name", "value", "variances"),
    [
        # arXiv:2305.06301, ancillary files: f_+(0) and the variances of the first and the last coefficient
        ("GRvDV2023", 0.33196382, (1.0622745e-4, 0.118254612)),
        # the fit of arXiv:2507.12393
        ("HPQCD2022+FLAG2021", 0.33797434, (1.1119114e-4, 0.14567512)),
    ],
)
def test_published_coefficients(name, value, variances):
    ff_set = load_form_factors(name)
    assert ff_set.parameters == tuple(
        f"{f}_{k}" for f in ("f_plus", "f_0", "f_T") for k in range(3) if (f, k) != ("f_0", 0)
    )
    # the digits quoted here
    np.testing.assert_allclose(ff_set.mean[0], value, rtol=2e-8)
    np.testing.assert_allclose(np.diag(ff_set.covariance)[[0, -1]], variances, rtol=1e-7)


def test_sources_of_the_built_in_sets_are_known():
    text = jaxflav.cite(*(load_form_factors(name) for name in form_factor_names()))
    for number in ("2305.06301", "2207.12468", "2111.09849"):
        assert number in text


def test_own_file_is_reordered(tmp_path):
    path = write(tmp_path)
    for argument in (path, str(path)):
        ff_set = load_form_factors(argument)
        assert ff_set.parameters == ("f_plus_0", "f_T_0")
        np.testing.assert_array_equal(ff_set.mean, [2, 1])
        np.testing.assert_array_equal(ff_set.covariance, [[4, 0.5], [0.5, 1]])


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"did you mean GRvDV2023\? Known: GRvDV2023, HPQCD2022\+FLAG2021"):
        load_form_factors("GRvDV")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "other/1"}, "'format' must be 'jaxflav-form-factors/1', found 'other/1'"),
        ({"parametrisation": "BCL"}, "'parametrisation' must be 'BSZ'"),
        ({"order": -1}, "'order' must be at least 0"),
        ({"year": None}, "missing key 'year'"),
        ({"parameters": ["f_plus_0", "f_t_0"]}, "missing: f_T_0; unknown or repeated: f_t_0"),
        ({"parameters": ["f_plus_0"]}, "missing: f_T_0; unknown or repeated: none"),
        ({"process": "B -> D"}, "unknown process 'B -> D'"),
        ({"mean": [1.0]}, r"'mean' must have the shape \(2,\), found \(1,\)"),
        ({"mean": [1.0, "x"]}, "'mean' must hold numbers"),
        ({"mean": [1.0, float("nan")]}, "coefficients must be finite"),
        ({"covariance": [[1.0, 0.5]]}, r"'covariance' must have the shape \(2, 2\), found \(1, 2\)"),
        ({"covariance": [[1.0, 0.5], [0.5]]}, "'covariance' must hold numbers"),
        ({"covariance": [[1.0, 0.5], [0.4, 4.0]]}, "symmetric"),
        ({"covariance": [[1.0, 3.0], [3.0, 4.0]]}, "positive definite"),
        ({"covariance": [[1.0, float("nan")], [float("nan"), 4.0]]}, "must be finite"),
        ({"poles": {"f_plus": "x", "f_0": 5.6, "f_T": 5.4}}, "could not convert"),
    ],
)
def test_refused_files_are_named(tmp_path, changes, message):
    path = write(tmp_path, **changes)
    with pytest.raises(DataFileError, match=message) as error:
        load_form_factors(path)
    assert str(path) in str(error.value)


def test_single_precision_is_refused():
    jax.config.update("jax_enable_x64", False)
    try:
        with pytest.raises(RuntimeError, match="needs double precision"):
            load_form_factors("GRvDV2023")
    finally:
        jax.config.update("jax_enable_x64", True)


def test_names_and_sets_by_process():
    assert form_factor_names("B -> K*") == form_factor_names("Bs -> phi") == ("GRvDV2023",)
    assert form_factor_names("B -> pi") == ()
    for process in ("B -> K", "B -> K*", "Bs -> phi"):
        assert load_form_factors("GRvDV2023", process).process == process
    with pytest.raises(InputError, match=r"form-factor set of B -> pi .*'GRvDV2023'"):
        load_form_factors("GRvDV2023", "B -> pi")
    for function in (lambda: load_form_factors("GRvDV2023", "B -> D"), lambda: form_factor_names("B -> D")):
        with pytest.raises(InputError, match="unknown process 'B -> D'"):
            function()


def test_own_file_for_another_process(tmp_path):
    path = write(tmp_path, process="B -> pi")
    assert load_form_factors(path).process == "B -> pi"
    assert load_form_factors(path, "B -> pi").process == "B -> pi"
    with pytest.raises(InputError, match="expected form factors of B -> K, found B -> pi"):
        load_form_factors(path, "B -> K")


@pytest.mark.parametrize(
    ("process", "first", "last", "variance"),
    [("B -> K*", 0.34213768, 1.82128227, 5.85862899), ("Bs -> phi", 0.38000311, 1.79990344, None)],
)
def test_published_coefficients_of_b_to_v(process, first, last, variance):
    # ancillary files of arXiv:2305.06301: A0(0), and the highest coefficient of T23 with its variance
    ff_set = load_form_factors("GRvDV2023", process)
    assert ff_set.mean[ff_set.parameters.index("A0_0")] == first
    assert ff_set.mean[ff_set.parameters.index("T23_2")] == last
    if variance is not None:
        assert ff_set.covariance[-1, -1] == variance
    assert "2305.06301" in jaxflav.cite(ff_set)
