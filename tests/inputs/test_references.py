import re

import pytest

from jaxflav.inputs.parameters import load_parameters
from jaxflav.inputs.references import cite


def keys(bibtex):
    return re.findall(r"^@\w+\{([^,]+),", bibtex, flags=re.M)


def test_all_entries_are_sorted_balanced_and_named_by_their_key():
    text = cite()
    found = keys(text)
    assert found == sorted(set(found))
    assert text.count("{") == text.count("}")
    for number in ("1009.0947", "2403.13887", "2305.06301", "2207.12468", "2111.09849", "2311.14647"):
        assert text.count(number) == 1
    for key in found:
        assert keys(cite(key)) == [key]


def test_sources_of_objects_without_duplicates():
    p = load_parameters()
    assert keys(cite(p, "PDG2024", "FLAG2021", p)) == [
        *("Bharucha:2015bzk", "Brod:2010hi", "FLAG2021", "PDG2024", "PDG2025"),
    ]


def test_unknown_key_and_object():
    with pytest.raises(ValueError, match=r"unknown source 'PDG2023': did you mean .*PDG2024"):
        cite("PDG2023")
    with pytest.raises(TypeError, match="cannot cite int"):
        cite(3)
