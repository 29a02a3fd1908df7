"""Words, objects and files that a task takes for its hypothesis."""

import pytest

from jaxflav.hypotheses.couplings import couplings_hypothesis
from jaxflav.io.errors import InputError
from jaxflav.tasks.analysis_file import check_content, load_task, task_from
from jaxflav.tasks.hypothesis import words_of

MODEL = """
import jaxflav

def light(g, mass):
    return {"h_V": g, "mass": mass}

model = jaxflav.hypothesis(light, {"g": (0, 1), "mass": (0.1, 4.0, 2.0)})
"""


def test_model_beside_the_analysis_file(tmp_path, monkeypatch):
    """Found from every directory."""
    (tmp_path / "my_model.py").write_text(MODEL)
    file = tmp_path / "a.yaml"
    file.write_text("experiment: belle2-2025\nhypothesis: my_model.py:model\n")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    task = load_task(file)
    assert task.hypothesis == f"{tmp_path / 'my_model.py'}:model"
    assert words_of(task).names == ("g", "mass")
    file.write_text("hypothesis: my_model.py:modell\n")
    with pytest.raises(InputError, match="did you mean model"):
        words_of(load_task(file))


def test_hypothesis_takes_the_place_of_a_scenario():
    content = check_content({"hypothesis": "vector: h_V", "scenario": "two-body"}, "test")
    with pytest.raises(InputError, match="takes the place of scenario"):
        task_from(content)
    model = couplings_hypothesis("vector", ["h_V"])
    assert words_of(task_from({}, model)) is model
    with pytest.raises(InputError, match="an object has its own"):
        words_of(task_from({"chiral": True}, model))
