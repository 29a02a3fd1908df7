import jax
import numpy as np
import pytest

from jaxflav.io.errors import InputError
from jaxflav.observables.observable import DECAYS, Observable, find_decay, parse_observable
from jaxflav.rates.decays import B_PLUS_TO_K_PLUS, B_S_TO_INVISIBLE, B_ZERO_TO_KSTAR_ZERO


@pytest.mark.parametrize(
    "name",
    [
        "BR(B+ -> K+)",
        "BR(B+ -> K+)[0, 4]",
        "dBR/dq2(B+ -> K+)(4.5)",
        "dshare/dq2(B+ -> K*+)(4.5)",
        "share(B0 -> K*0)[4, 8]",
        "FL(B0 -> K*0)(0)",
        "FL(Bs -> phi)",
        "R(B0 -> K*0)(3)",
        "BR(Bs -> invisible)",
    ],
)
def test_names_are_read_back(name):
    observable = parse_observable(name)
    assert observable.name == name
    assert parse_observable(name.replace(" ", "")).name == name


def test_bins_are_leaves():
    leaves = jax.tree.leaves(Observable("BR", B_PLUS_TO_K_PLUS, (1, 6)))
    np.testing.assert_array_equal(leaves, [[1.0, 6.0]])
    assert all(find_decay(name).name == name for name in DECAYS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("BR", "expected an observable such as"),
        ("BR(B+ -> K+", "expected an observable such as"),
        ("AFB(B+ -> K+)", "unknown quantity 'AFB'"),
        ("BR(B+ -> K-)", r"unknown decay 'B\+ -> K-'"),
        ("FL(B+ -> K+)", "F_L needs a vector meson"),
        ("BR(B+ -> K+)(4)", "densities"),
        ("dBR/dq2(B+ -> K+)", "densities"),
        ("BR(B+ -> K+)[4, 2]", "0 <= low < high"),
        ("BR(B+ -> K+)[-1, 2]", "0 <= low < high"),
        ("BR(B+ -> K+)[a, b]", "must be numbers"),
        ("dBR/dq2(B+ -> K+)(inf)", "at a point"),
        ("FL(B0 -> K*0)(nan)", "at a point"),
        ("FL(Bs -> invisible)", "has no spectrum"),
    ],
)
def test_bad_text(text, message):
    with pytest.raises(InputError, match=message):
        parse_observable(text)


def test_bad_observables():
    with pytest.raises(InputError, match="unknown quantity 'Br'"):
        Observable("Br", B_PLUS_TO_K_PLUS)
    with pytest.raises(InputError, match="has no spectrum"):
        Observable("BR", B_S_TO_INVISIBLE, (0, 3))
    with pytest.raises(InputError, match="0 <= low < high"):
        Observable("BR", B_ZERO_TO_KSTAR_ZERO, (3, 3))
